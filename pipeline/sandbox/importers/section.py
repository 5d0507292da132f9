"""sections.csv: sections and the course each lives in."""

from dataclasses import dataclass

from pipeline.sandbox.importers.move import move_section, uncrosslist
from pipeline.sandbox.importers.removal import delete_enrollments
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.validation import end_before_start, taken_integration_id, too_long
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Draft, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import Course, Section

__all__ = ["COLUMNS", "STICKY", "import_segment"]

COLUMNS = ("section_id", "course_id", "name", "status", "integration_id", "start_date", "end_date")
STICKY = frozenset({"course_id", "name", "start_at", "end_at", "restrict_to_dates"})


@dataclass(frozen=True, slots=True)
class _Line:
    """One row; start and end as they could be read."""

    section_id: str
    course_id: str
    name: str | None
    status: str
    integration_id: str | None
    start: str | None
    end: str | None


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order; enrollments of deleted sections go after the last row."""
    deleted: list[Section] = []
    rows = list(segment.rows(COLUMNS))
    work.session.sections.load("sis_id", (row[0] for _, row in rows))
    work.session.courses.load("sis_id", (row[1] for _, row in rows))
    for number, row in rows:
        start, end, is_bad = work.dates(row[5], row[6])
        if is_bad:
            work.warn(number, f"Bad date format for section {row[0] or ''}")
        try:
            line = _checked(row, start, end)
            if work.drops_deletes(line.status):
                continue
            refuse_nul(row)
            section = _import_row(work, line)
            work.count += 1
            if section.workflow_state == "deleted":
                deleted.append(section)
        except Skip as refusal:
            work.warn(number, str(refusal))
    for section in deleted:
        delete_enrollments(work, work.session.enrollments.where(live=True, section_id=section.id))


def _checked(row: Row, start: str | None, end: str | None) -> _Line:
    """The row after the checks that need nothing but the row."""
    section_id, course_id, name, status, integration_id, *_ = row
    if section_id is None:
        raise Skip(f"No section_id given for a section in course {course_id or ''}")
    if course_id is None:
        raise Skip(f"No course_id given for a section {section_id}")
    if name is None and starts_with(status, ("active",)):
        raise Skip(f"No name given for section {section_id} in course {course_id}")
    if status is None or not starts_with(status, ("active", "deleted")):
        raise Skip(f'Improper status "{status or ""}" for section {section_id} in course {course_id}')
    return _Line(section_id, course_id, name, status, integration_id, start, end)


def _import_row(work: Work, line: _Line) -> Section:
    course = work.session.courses.find("sis_id", line.course_id)
    if course is None:
        raise Skip(f"Section {line.section_id} references course {line.course_id} which doesn't exist")
    found = work.session.sections.find("sis_id", line.section_id)
    if found is None and line.name is None:
        raise Skip(f"No name given for section {line.section_id} in course {line.course_id}")
    draft = work.draft(found, Section(course_id=course.id))
    if found is None:
        draft["course_id"] = course.id
    draft["sis_id"], draft["integration_id"] = line.section_id, line.integration_id
    if line.name is not None:
        draft.offer("name", line.name)
    draft["workflow_state"] = "active" if "active" in line.status.lower() else "deleted"
    _keep_one_default(work, draft)
    if draft.stuck.isdisjoint(("start_at", "end_at")):
        draft["start_at"], draft["end_at"] = line.start, line.end
    draft.offer("restrict_to_dates", draft["start_at"] is not None or draft["end_at"] is not None)
    _check(work, draft, line)
    if found is not None:
        _rehome(work, found, course, line)
    work.save(work.session.sections, draft, "CourseSection", STICKY)
    section: Section = draft.record
    return section


def _rehome(work: Work, section: Section, course: Course, line: _Line) -> None:
    """Bring an existing section to the course that the row names.

    A cross-listed section stays away as long as the row names its home, unless the course it was listed into is deleted.
    """
    if section.course_id == course.id:
        return
    was = section.course_id
    may_move = "course_id" not in work.stuck(section)
    if section.nonxlist_course_id is not None:
        away = work.session.courses.get(section.course_id)
        is_lost = away.workflow_state == "deleted" and line.status.startswith("active")
        if (section.nonxlist_course_id != course.id and may_move) or is_lost:
            uncrosslist(work, section)
            move_section(work, section, course)
    elif may_move:
        move_section(work, section, course)
    if section.course_id != was:
        work.mark_sticky(section, {"course_id"})


def _keep_one_default(work: Work, draft: Draft) -> None:
    """A former default section that comes back beside another default is no default any more."""
    section: Section = draft.record
    revived = not draft.is_new and section.workflow_state == "deleted" and draft["workflow_state"] == "active"
    if revived and section.default_section:
        same = {"course_id": section.course_id, "default_section": True}
        draft["default_section"] = not work.session.sections.exists(live=True, but=section.id, **same)


def _check(work: Work, draft: Draft, line: _Line) -> None:
    """The section's own validation, then what only the database refuses."""
    errors = taken_integration_id(work.session.sections, draft, "Integration INTEGRATRION ID") or [
        *too_long(draft, {"name": "Name", "sis_id": "Sis source"}),
        *end_before_start(draft["start_at"], draft["end_at"], "End at"),
    ]
    if errors:
        raise Skip(
            f"A section did not pass validation (section: {line.section_id} / {line.name or ''}, "
            f"course: {line.course_id}, error: {', '.join(errors)})"
        )
    refuse_long(draft["integration_id"])
