"""accounts.csv: sub-accounts, their parents and their names."""

from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Crash, Draft, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import Account
from pipeline.sandbox.store.seed import ROOT_ACCOUNT_ID

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("account_id", "parent_account_id", "name", "status", "integration_id")
STICKY = frozenset({"name", "parent_account_id"})
MAX_NAME = 255


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order; a parent has to come before its children."""
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> bool:
    account_id, _, name, status, integration_id = row
    if account_id is None:
        raise Skip("No account_id given for an account")
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    accounts = work.session.accounts
    account = accounts.find("sis_id", account_id)
    parent = _parent(work, account, row)
    if account is None:
        if name is None:
            raise Skip(f"No name given for account {account_id}, skipping")
        if not starts_with(status, ("active", "deleted")):
            raise Skip(f'Improper status "{status or ""}" for account {account_id}, skipping')
    draft = work.draft(account, Account())
    draft.offer("parent_account_id", ROOT_ACCOUNT_ID if parent is None else parent.id)
    if name is not None:
        draft.offer("name", name)
    draft["integration_id"], draft["sis_id"] = integration_id, account_id
    _set_state(work, draft, status)
    _check(work, draft)
    work.save(accounts, draft, "Account", STICKY)
    return True


def _parent(work: Work, account: Account | None, row: Row) -> Account | None:
    """The account named as parent; None is the root account."""
    account_id, parent_id, _, status, _ = row
    if parent_id is None:
        return None
    parent = work.session.accounts.find("sis_id", parent_id)
    if parent is None:
        raise Skip(f"Parent account didn't exist for {account_id}")
    restores = status is not None or account is None or account.workflow_state == "deleted"
    if parent.workflow_state == "deleted" and restores and not work.settings.is_2022:
        raise Skip(
            f"Cannot restore sub_account with ID: {account_id} because parent_account with ID: {parent_id} has been deleted."
        )
    return parent


def _set_state(work: Work, draft: Draft, status: str | None) -> None:
    """An existing account takes `active` or `deleted` from anywhere in the text, so from `inactive` too."""
    word = (status or "").lower()
    if "active" in word:
        draft["workflow_state"] = "active"
    elif "deleted" in word:
        _refuse_in_use(work, draft)
        draft["workflow_state"] = "deleted"


def _refuse_in_use(work: Work, draft: Draft) -> None:
    if draft.is_new:
        return
    account_id, id_ = draft["sis_id"], draft.record.id
    if work.session.accounts.exists(live=True, parent_account_id=id_):
        raise Skip(f"Cannot delete the sub_account with ID: {account_id} because it has active sub accounts.")
    if work.session.courses.exists(live=True, account_id=id_):
        raise Skip(f"Cannot delete the sub_account with ID: {account_id} because it has active courses.")


def _check(work: Work, draft: Draft) -> None:
    """The account's own validation, then what only the database refuses."""
    accounts = work.session.accounts
    ancestor = None if draft.is_new else draft["parent_account_id"]
    while ancestor is not None:
        if ancestor == draft.record.id:
            parent = accounts.get(draft["parent_account_id"])
            raise Skip(f"Setting account {draft['sis_id']}'s parent to {parent.sis_id} would create a loop")
        ancestor = accounts.get(ancestor).parent_account_id
    if len(draft["name"]) > MAX_NAME:
        raise Skip("is too long (maximum is 255 characters)")
    refuse_long(draft["sis_id"], draft["integration_id"])
    other = draft["integration_id"] and accounts.find("integration_id", draft["integration_id"])
    if other and other is not draft.record:
        raise Crash
