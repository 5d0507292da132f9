"""xlists.csv: sections that are taught in another course than their own."""

from pipeline.sandbox.importers.move import crosslist, revive, uncrosslist, unsavable
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.work import Draft, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import Course, Section

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("xlist_course_id", "section_id", "status")
COPIED = ("account_id", "term_id", "name", "course_code", "start_at", "conclude_at", "restrict_to_dates")
STICKY = frozenset(COPIED) | {"workflow_state"}


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> bool:
    course_id, section_id, status = row
    if course_id is None:
        raise Skip("No xlist_course_id given for a cross-listing")
    if section_id is None:
        raise Skip("No section_id given for a cross-listing")
    word = (status or "").lower()
    if word not in ("active", "deleted"):
        raise Skip(f'Improper status "{status or ""}" for a cross-listing')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    section = work.session.sections.find("sis_id", section_id)
    if section is None:
        raise Skip(f"A cross-listing referenced a non-existent section {section_id}")
    course = work.session.courses.find("sis_id", course_id)
    if course is None and word == "active":
        course = _copied_course(work, section, course_id)
    if "course_id" in work.stuck(section):  # the new course stays all the same
        return False
    if course is not None and word == "active":
        _list_into(work, section, course)
    else:
        _bring_back(work, section, course)
    return True


def _copied_course(work: Work, section: Section, course_id: str) -> Course:
    """A new unpublished course with the data of the section's present course, which it remembers as its template."""
    refuse_long(course_id)
    template = work.session.courses.get(section.course_id)
    draft = Draft(Course(), is_new=True, stuck=frozenset())
    for column in COPIED:
        draft[column] = getattr(template, column)
    draft["template_course_id"], draft["workflow_state"], draft["sis_id"] = template.id, "claimed", course_id
    work.save(work.session.courses, draft, "Course", STICKY)
    course: Course = draft.record
    return course


def _list_into(work: Work, section: Section, course: Course) -> None:
    revive(work, course)
    if section.course_id == course.id:
        return
    if refusal := unsavable(section):
        raise Skip(f"An active cross-listing failed: {refusal}")
    was = section.course_id
    crosslist(work, section, course)
    if was != section.course_id:
        work.mark_sticky(section, {"course_id"})


def _bring_back(work: Work, section: Section, course: Course | None) -> None:
    """Un-cross-list, unless the row names a course where the section is not; an unknown course does not matter."""
    if course is not None and section.course_id != course.id:
        return
    if section.nonxlist_course_id is not None and (refusal := unsavable(section)):
        raise Skip(f"A deleted cross-listing failed: {refusal}")
    was = section.course_id
    uncrosslist(work, section)
    if was != section.course_id:
        work.mark_sticky(section, {"course_id"})
