"""What a changed course does to others: courses copied from it by cross-listing, and enrollments."""

from pipeline.sandbox.importers.removal import set_enrollment_states
from pipeline.sandbox.importers.validation import end_before_start, too_long
from pipeline.sandbox.importers.work import Draft, Skip, Work
from pipeline.sandbox.store.records import Course

__all__ = ["follow_state", "update_copies"]

COPIED = ("account_id", "name", "course_code", "term_id")
DATES = ("start_at", "conclude_at", "restrict_to_dates")
ONGOING = ("active", "invited", "creation_pending")


def update_copies(work: Work, course: Draft, short_name: str) -> None:
    """Hand name, code, account, term and dates on to the courses that cross-listing copied from this one.

    course: the changes to come; a copy that they would make invalid refuses the row, after copies before it were saved.
    """
    for copy in work.session.courses.where(template_course_id=course.record.id):
        draft = Draft(copy, is_new=False, stuck=work.stuck(copy) | course.stuck)
        for column in COPIED:
            draft.offer(column, course[column])
        if course.stuck.isdisjoint(DATES[:2]) and work.stuck(copy).isdisjoint(DATES):
            draft.staged.update({column: course[column] for column in DATES})
        errors = [
            *too_long(draft, {"name": "Name", "course_code": "Course code"}),
            *end_before_start(draft["start_at"], draft["conclude_at"], "Conclude at"),
        ]
        if errors:
            raise Skip(
                f"A (templated) course did not pass validation (course: {course['sis_id']} / {short_name}, "
                f"error: {','.join(errors)})"
            )
        work.save(work.session.courses, draft, "Course", frozenset(COPIED + DATES))


def follow_state(work: Work, course: Course) -> None:
    """A concluded course concludes its enrollments, a deleted one deletes them; nothing brings them back.

    Memberships in the course's groups stay.
    """
    if course.workflow_state not in ("completed", "deleted"):
        return
    live = work.session.enrollments.where(live=True, course_id=course.id)
    if course.workflow_state == "deleted":
        set_enrollment_states(work, live, "deleted")
    else:
        set_enrollment_states(work, [e for e in live if e.workflow_state in ONGOING], "completed")
