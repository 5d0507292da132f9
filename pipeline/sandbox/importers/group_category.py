"""group_categories.csv: sets of groups in accounts and courses."""

from pipeline.sandbox.importers.lookup import live_account, live_course
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Draft, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import GroupCategory
from pipeline.sandbox.store.seed import ROOT_ACCOUNT_ID

__all__ = ["COLUMNS", "category_errors", "import_segment"]

COLUMNS = ("group_category_id", "account_id", "course_id", "category_name", "status")
RESERVED_IN_ACCOUNTS = ("Communities", "Imported Groups")
RESERVED_IN_COURSES = ("Student Groups", "Imported Groups")
MAX_NAME = 255


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> bool:
    category_id, account_id, course_id, name, status = row
    if category_id is None:
        raise Skip("No sis_id given for a group category")
    if name is None:
        raise Skip(f"No name given for group category {category_id}")
    if status is None:
        raise Skip(f"No status given for group category {category_id}")
    if not starts_with(status, ("active", "deleted")):
        raise Skip(f'Improper status "{status}" for group category {category_id}, skipping')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    refuse_long(category_id)
    if account_id is not None and course_id is not None:
        raise Skip(
            "Only one context is allowed and both course_id and account_id where provided "
            f"for group category {category_id}."
        )
    account, course = _context(work, row)
    categories = work.session.group_categories
    draft = work.draft(categories.find("sis_id", category_id), GroupCategory())
    _refuse_move(work, draft, (account, course), category_id)
    draft["sis_id"], draft["name"], draft["account_id"], draft["course_id"] = category_id, name, account, course
    draft["workflow_state"] = "active" if starts_with(status, ("active",)) else "deleted"
    if errors := category_errors(work, draft):
        raise Skip(
            f"A group category did not pass validation (group category: {category_id}, error: {','.join(errors)})"
        )
    work.save(categories, draft, "GroupCategory")
    return True


def _context(work: Work, row: Row) -> tuple[int | None, int | None]:
    """Account and course that own the category, one of them None; the root account when none is named."""
    category_id, account_id, course_id, *_ = row
    if account_id is not None:
        account = live_account(work, account_id)
        if account is None:
            raise Skip(f'Account with id "{account_id}" didn\'t exist for group category {category_id}')
        return account.id, None
    if course_id is not None:
        course = live_course(work, course_id)
        if course is None:
            raise Skip(f'Course with id "{course_id}" didn\'t exist for group category {category_id}')
        return None, course.id
    return ROOT_ACCOUNT_ID, None


def _refuse_move(work: Work, draft: Draft, context: tuple[int | None, int | None], category_id: str) -> None:
    if draft.is_new or (draft["account_id"], draft["course_id"]) == context:
        return
    if work.session.groups.exists(live=True, group_category_id=draft.record.id):
        raise Skip(f"Cannot move group category {category_id} because it has groups in it.")


def category_errors(work: Work, draft: Draft) -> list[str]:
    """The category's own validation: of its name, if that is another than before. Deleted ones do not hold a name."""
    name = draft["name"]
    if "name" not in draft.changed():
        return []
    reserved = RESERVED_IN_COURSES if draft["course_id"] is not None else RESERVED_IN_ACCOUNTS
    if name in reserved and not draft["non_collaborative"]:
        return [f"Name {name} is a reserved name."]
    own = 0 if draft.is_new else draft.record.id
    same = {column: draft[column] for column in ("account_id", "course_id", "non_collaborative")}
    if work.session.group_categories.exists(live=True, but=own, name=name, **same):
        return [f"Name {name} is already in use."]
    return ["Name Enter a shorter category name"] if len(name) > MAX_NAME else []
