"""differentiation_tags.csv: differentiation tags, each in a set of a course."""

from pipeline.sandbox.importers.group import STATUSES, STICKY, end_memberships
from pipeline.sandbox.importers.lookup import live_course
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.tagging import has_tags, refuse_without_tags
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Crash, Draft, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import Course, Group, GroupCategory

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("tag_id", "tag_set_id", "course_id", "name", "status")
MAX_NAME = 255


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> bool:
    tag_id, set_id, _, name, status = row
    if tag_id is None:
        raise Skip("No tag_id given for a differentiation tag.")
    if name is None:
        raise Skip(f"No name given for differentiation tag {tag_id}.")
    if not starts_with(status, STATUSES):
        raise Skip(f'Improper status "{status or ""}" for differentiation tag {tag_id}.')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    refuse_long(tag_id)
    groups = work.session.groups
    found = groups.find("sis_id", tag_id)
    draft = work.draft(found, Group(non_collaborative=True))
    course, category = _course(work, row), None
    if set_id is not None:
        category = _set(work, row, course)
        refuse_without_tags(work, category.course_id)
    elif course is None:
        _refuse_without_place(work, found, tag_id)
    place = category.course_id if category is not None else course.id if course is not None else draft["course_id"]
    _refuse_move(work, draft, place, tag_id)
    if len(name) > MAX_NAME:
        raise Skip(
            "A differentiation tag did not pass validation "
            f"(differentiation_tag: {tag_id}, error: Name is too long (maximum is {MAX_NAME} characters))"
        )
    draft["sis_id"], draft["course_id"] = tag_id, place
    draft.offer("name", name)
    draft["workflow_state"] = "deleted" if status == "deleted" else "available"
    draft["group_category_id"] = _set_of(work, draft, category, place)
    work.save(groups, draft, "Group", STICKY)
    if status == "deleted":
        end_memberships(work, draft.record)
    _end_own_set(work, draft.record)
    return True


def _course(work: Work, row: Row) -> Course | None:
    if row[2] is None:
        return None
    course = live_course(work, row[2])
    if course is None:
        raise Skip(f"Course with sis id {row[2]} didn't exist for differentiation tag {row[0]}.")
    refuse_without_tags(work, course.id)
    return course


def _set(work: Work, row: Row, course: Course | None) -> GroupCategory:
    tag_id, set_id, course_id, *_ = row
    category = work.session.group_categories.find("sis_id", set_id)
    is_there = category is not None and category.workflow_state != "deleted" and category.non_collaborative
    if course is not None and category is not None:
        is_there = is_there and category.course_id == course.id
    if category is None or not is_there:
        place = f" in course {course_id}" if course is not None else ""
        raise Skip(f"Differentiation Tag Set {set_id} didn't exist{place} for differentiation tag {tag_id}.")
    return category


def _refuse_without_place(work: Work, found: Group | None, tag_id: str) -> None:
    """A row that names neither set nor course is for tags that exist, where tags are enabled."""
    if found is None:
        raise Skip(
            f"No tag_set_id or course_id given for differentiation tag {tag_id}. At least one is required for new tags."
        )
    if found.course_id is not None and not has_tags(work, work.session.courses.get(found.course_id).account_id):
        raise Crash


def _refuse_move(work: Work, draft: Draft, course_id: int | None, tag_id: str) -> None:
    if draft.is_new or draft["course_id"] == course_id:
        return
    if work.session.group_memberships.exists(live=True, group_id=draft.record.id):
        raise Skip(f"Cannot move differentiation tag {tag_id} because it has differentiation_tag_memberships.")


def _set_of(work: Work, draft: Draft, category: GroupCategory | None, course_id: int | None) -> int | None:
    """The set of a tag: the named one, the one it is in, or a new one with the tag's name."""
    if category is not None:
        return category.id
    if not draft.is_new and draft.record.course_id == course_id:
        kept: int | None = draft.record.group_category_id
        return kept
    now = work.settings.now
    own = GroupCategory(course_id=course_id, name=draft["name"], non_collaborative=True)
    own.created_at = own.updated_at = now
    return work.session.group_categories.add(own).id


def _end_own_set(work: Work, tag: Group) -> None:
    """A set that was made for one tag goes with it."""
    if tag.workflow_state != "deleted" or tag.group_category_id is None:
        return
    own = work.session.group_categories.get(tag.group_category_id)
    if own.sis_id is None and own.workflow_state != "deleted":
        own.workflow_state, own.updated_at = "deleted", work.settings.now
        work.session.group_categories.touch(own)
