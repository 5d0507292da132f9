"""admins.csv: account roles of people."""

from pipeline.sandbox.importers.lookup import live_account
from pipeline.sandbox.importers.roles import Role, Roles
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.work import Skip, Work, refuse_nul
from pipeline.sandbox.store.records import Admin, Login
from pipeline.sandbox.store.seed import ROOT_ACCOUNT_ID

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("user_id", "account_id", "role_id", "role", "status", "root_account")


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    roles = Roles(work, for_accounts=True)
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, roles, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, roles: Roles, row: Row) -> bool:
    user_id, account_id, role_id, role_name, status, root_account = row
    if user_id is None:
        raise Skip("No user_id given for admin")
    if status is None:
        raise Skip("No status given for admin")
    if role_id is None and role_name is None:
        raise Skip("No role_id or role given for admin")
    if status.lower() not in ("active", "deleted"):
        raise Skip(f"Invalid status {status} for admin")
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    account = ROOT_ACCOUNT_ID
    if account_id is not None:
        found = live_account(work, account_id)
        if found is None:
            raise Skip("Invalid account_id given for admin")
        account = found.id
    role = _role(roles, account, row)
    login = None if root_account is not None else work.session.logins.find("sis_id", user_id)
    if login is None or login.workflow_state == "deleted":
        raise Skip(f"Invalid or unknown user_id '{user_id}' for admin")
    if status.lower() == "active":
        _grant(work, account, login, role)
    else:
        _withdraw(work, account, login, role)
    return True


def _role(roles: Roles, account: int, row: Row) -> Role:
    role = roles.find(account, row[2], row[3])
    if role is not None:
        return role
    if row[3] is not None:
        raise Skip(f"Invalid role '{row[3]}' for admin")
    raise Skip(f"Invalid role_id '{row[2]}' for admin")


def _found(work: Work, account: int, login: Login, role: Role) -> Admin | None:
    found = work.session.admins.where(account_id=account, user_id=login.user_id, role_id=role[0])
    return found[0] if found else None


def _grant(work: Work, account: int, login: Login, role: Role) -> None:
    """Create or revive the role; either way SIS manages it from now on."""
    draft = work.draft(
        _found(work, account, login, role), Admin(account_id=account, user_id=login.user_id, role_id=role[0])
    )
    draft["workflow_state"] = "active"
    work.save(work.session.admins, draft, "AccountUser")


def _withdraw(work: Work, account: int, login: Login, role: Role) -> None:
    """Remove a role that SIS manages; others stay, without a message."""
    if account == ROOT_ACCOUNT_ID and login.user_id == work.settings.user_id:
        raise Skip(f"Can't remove yourself user_id '{login.sis_id}'")
    admin = _found(work, account, login, role)
    if admin is None or admin.sis_import_id is None:
        return
    draft = work.draft(admin, admin)
    draft["workflow_state"] = "deleted"
    work.save(work.session.admins, draft, "AccountUser")
