"""enrollments.csv: who is in which section, in which role."""

from pipeline.sandbox.importers.enrolling import Enrolling
from pipeline.sandbox.importers.enrollment_line import BATCH_ROWS, COLUMNS, Line
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.values import NUL
from pipeline.sandbox.importers.work import Skip, Work

__all__ = ["COLUMNS", "import_segment"]

STATUSES = ("active", "inactive", "completed", "deleted")


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order, 100 at a time; deletions of enrollments that exist come after the last row."""
    enrolling = Enrolling(work, may_have_nul=any(NUL in text for text in segment.texts))
    rows = list(segment.rows(COLUMNS))
    enrolling.prefetch(row for _, row in rows)
    waiting: list[Line] = []
    for number, row in rows:
        try:
            line = _checked(work, number, row)
        except Skip as refusal:
            work.warn(number, str(refusal))
            continue
        if line is not None:
            waiting.append(line)
            if len(waiting) >= BATCH_ROWS:
                enrolling.apply(waiting)
                waiting.clear()
    enrolling.apply(waiting)
    enrolling.delete_collected()


def _checked(work: Work, number: int, row: Row) -> Line | None:
    """The row after the checks that need nothing but the row; None when it is passed over."""
    course_id, section_id, user_id, integration_id, role, role_id, status, associated, start, end, *rest = row
    start_at, end_at = None, None
    if start is not None or end is not None:
        start_at, end_at, is_bad = work.dates(start, end)
        if is_bad:
            place = f"course {course_id}" if course_id is not None else f"section {section_id or ''}"
            work.warn(number, f"Bad date format for user {user_id or ''} in {place}")
    if course_id is None and section_id is None:
        raise Skip("No course_id or section_id given for an enrollment")
    if user_id is None and integration_id is None:
        raise Skip("No user_id given for an enrollment")
    word = (status or "").lower()
    if not word.startswith(STATUSES):
        raise Skip(f'Improper status "{status or ""}" for an enrollment')
    if work.settings.skip_deletes and "deleted" in word:
        return None
    return Line(
        number, course_id, section_id, user_id, integration_id, role, role_id, word, associated, start_at, end_at, *rest
    )
