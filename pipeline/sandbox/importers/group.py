"""groups.csv: groups in accounts, courses and categories."""

from dataclasses import dataclass

from pipeline.sandbox.importers.lookup import live_account, live_course
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Draft, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import Group, GroupCategory
from pipeline.sandbox.store.seed import ROOT_ACCOUNT_ID

__all__ = ["COLUMNS", "STATUSES", "STICKY", "end_memberships", "import_segment"]

COLUMNS = ("group_id", "group_category_id", "account_id", "course_id", "name", "status")
STATUSES = ("available", "deleted", "closed", "completed")
STICKY = frozenset({"name"})
MAX_NAME = 255
STUDENT_GROUPS = "Student Groups"  # a course's own category, for groups that name none


@dataclass(frozen=True, slots=True)
class _Context:
    """Where a group lives: in an account or a course, and in which category."""

    account_id: int | None
    course_id: int | None
    category_id: int | None = None


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> bool:
    group_id, _, account_id, course_id, name, status = row
    if group_id is None:
        raise Skip("No group_id given for a group.")
    if name is None:
        raise Skip(f"No name given for group {group_id}.")
    if not starts_with(status, STATUSES):
        raise Skip(f'Improper status "{status or ""}" for group {group_id}.')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    refuse_long(group_id)
    if account_id is not None and course_id is not None:
        raise Skip(
            f"Only one context is allowed and both course_id and account_id where provided for group {group_id}."
        )
    groups = work.session.groups
    draft = work.draft(groups.find("sis_id", group_id), Group())
    context = _context(work, draft, row)
    _refuse_move(work, draft, context, group_id)
    draft["sis_id"] = group_id
    draft["account_id"], draft["course_id"] = context.account_id, context.course_id
    draft["group_category_id"] = context.category_id
    draft.offer("name", name)
    draft["workflow_state"] = "deleted" if status == "deleted" else "available"
    if len(draft["name"]) > MAX_NAME:
        raise Skip(f"A group did not pass validation (group: {group_id}, error: Name Enter a shorter group name)")
    work.save(groups, draft, "Group", STICKY)
    if not work.settings.is_2022:
        _take_category_along(work, context)
    if status == "deleted":
        end_memberships(work, draft.record)
    return True


def end_memberships(work: Work, group: Group) -> None:
    """A deleted group has no members any more."""
    memberships = work.session.group_memberships
    for membership in memberships.where(live=True, group_id=group.id):
        work.log("GroupMembership", membership.id, membership.workflow_state, "deleted")
        membership.workflow_state, membership.updated_at = "deleted", work.settings.now
        memberships.touch(membership)


def _context(work: Work, draft: Draft, row: Row) -> _Context:
    """The category's context if one is given, else the named account or course, else what holds without either."""
    category_id = row[1]
    named = _named(work, row)
    if category_id is not None:
        category = _category(work, row, named)
        return _Context(category.account_id, category.course_id, category.id)
    if named is None:
        if draft.is_new or work.settings.is_2022:
            return _Context(ROOT_ACCOUNT_ID, None, draft["group_category_id"])
        return _Context(draft["account_id"], draft["course_id"], draft["group_category_id"])
    if not draft.is_new and draft["group_category_id"] is not None:
        return _Context(named.account_id, named.course_id, draft["group_category_id"])
    if named.course_id is not None:
        return _Context(None, named.course_id, _student_groups(work, named.course_id).id)
    return named


def _take_category_along(work: Work, context: _Context) -> None:
    """The category of a group that moved to another course, or to another account, follows it."""
    if context.category_id is None:
        return
    category = work.session.group_categories.get(context.category_id)
    is_same_kind = (category.course_id is None) == (context.course_id is None)
    if is_same_kind and (category.account_id, category.course_id) != (context.account_id, context.course_id):
        category.account_id, category.course_id = context.account_id, context.course_id
        category.updated_at = work.settings.now
        work.session.group_categories.touch(category)


def _named(work: Work, row: Row) -> _Context | None:
    group_id, _, account_id, course_id, *_ = row
    if account_id is not None:
        account = live_account(work, account_id)
        if account is None:
            raise Skip(f"Account with sis id {account_id} didn't exist for group {group_id}.")
        return _Context(account.id, None)
    if course_id is not None:
        course = live_course(work, course_id)
        if course is None:
            raise Skip(f"Course with sis id {course_id} didn't exist for group {group_id}.")
        return _Context(None, course.id)
    return None


def _category(work: Work, row: Row, named: _Context | None) -> GroupCategory:
    group_id, category_id, account_id, course_id, *_ = row
    category = work.session.group_categories.find("sis_id", category_id)
    is_there = category is not None and category.workflow_state != "deleted"
    if named is not None and category is not None:
        is_there = is_there and (category.account_id, category.course_id) == (named.account_id, named.course_id)
    if category is None or not is_there:
        place = f" in account {account_id}" if account_id is not None else ""
        place = f" in course {course_id}" if course_id is not None else place
        raise Skip(f"Group Category {category_id} didn't exist{place} for group {group_id}.")
    return category


def _student_groups(work: Work, course_id: int) -> GroupCategory:
    """The course's own category."""
    categories = work.session.group_categories
    found = categories.where(course_id=course_id, role="student_organized")
    if found:
        return found[0]
    now = work.settings.now
    fresh = GroupCategory(course_id=course_id, name=STUDENT_GROUPS, role="student_organized")
    fresh.created_at = fresh.updated_at = now
    return categories.add(fresh)


def _refuse_move(work: Work, draft: Draft, context: _Context, group_id: str) -> None:
    """A group with memberships stays when its old or new context is a course."""
    before = (draft["account_id"], draft["course_id"])
    if draft.is_new or before == (context.account_id, context.course_id):
        return
    is_about_courses = before[1] is not None or context.course_id is not None
    if is_about_courses and work.session.group_memberships.exists(live=True, group_id=draft.record.id):
        raise Skip(f"Cannot move group {group_id} because it has group_memberships.")
