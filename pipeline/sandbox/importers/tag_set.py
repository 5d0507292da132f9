"""differentiation_tag_sets.csv: sets of differentiation tags in courses."""

from pipeline.sandbox.importers.group_category import category_errors
from pipeline.sandbox.importers.lookup import live_course
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.tagging import refuse_without_tags
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import GroupCategory

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("tag_set_id", "course_id", "set_name", "status")


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> bool:
    set_id, course_id, name, status = row
    if set_id is None:
        raise Skip("No sis_id given for a differentiation tag set")
    if name is None:
        raise Skip(f"No name given for differentiation tag set {set_id}")
    if status is None:
        raise Skip(f"No status given for differentiation tag set {set_id}")
    if not starts_with(status, ("active", "deleted")):
        raise Skip(f'Improper status "{status}" for differentiation tag set {set_id}, skipping')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    refuse_long(set_id)
    if course_id is None:
        raise Skip(f"No course_id given for differentiation tag set {set_id}")
    course = live_course(work, course_id)
    if course is None:
        raise Skip(f'Course with id "{course_id}" didn\'t exist for differentiation tag set {set_id}')
    refuse_without_tags(work, course.id)
    categories = work.session.group_categories
    found = categories.find("sis_id", set_id)
    draft = work.draft(found, GroupCategory(non_collaborative=True))
    moves = found is not None and found.course_id != course.id
    if found is not None and moves and work.session.groups.exists(live=True, group_category_id=found.id):
        raise Skip(f"Cannot move differentiation tag set {set_id} because it has tags in it.")
    draft["sis_id"], draft["name"], draft["course_id"] = set_id, name, course.id
    draft["workflow_state"] = "active" if starts_with(status, ("active",)) else "deleted"
    if errors := category_errors(work, draft):
        raise Skip(
            "A differentiation tag set did not pass validation "
            f"(differentiation tag set: {set_id}, error: {','.join(errors)})"
        )
    work.save(categories, draft, "GroupCategory")
    return True
