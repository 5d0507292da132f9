"""grade_publishing_results.csv: what a student information system says of grades that Canvas sent it."""

from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.values import leading_number
from pipeline.sandbox.importers.work import Skip, Work, refuse_nul

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("enrollment_id", "grade_publishing_status", "message")


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order. enrollment_id is a Canvas id."""
    for number, row in segment.rows(COLUMNS):
        try:
            _import_row(work, row)
            work.count += 1
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> None:
    enrollment_id, status, message = row
    if enrollment_id is None:
        raise Skip("No enrollment_id given")
    if status is None:
        raise Skip(f"No grade_publishing_status given for enrollment {enrollment_id}")
    if status.lower() not in ("published", "error"):
        raise Skip(f'Improper grade_publishing_status "{status}" for enrollment {enrollment_id}')
    refuse_nul(row)
    found = work.session.enrollments.get_all([leading_number(enrollment_id)])
    if not found:
        raise Skip(f"Enrollment {enrollment_id} doesn't exist")
    found[0].grade_publishing_status, found[0].grade_publishing_message = status.lower(), message or ""
    work.session.enrollments.touch(found[0])
