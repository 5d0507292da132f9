"""Ending enrollments: what else goes when they are deleted, and what is recorded of it."""

from collections.abc import Iterable, Sequence

from pipeline.sandbox.importers.work import Work
from pipeline.sandbox.store.questions import linked_observers, orphaned_memberships
from pipeline.sandbox.store.records import Enrollment

__all__ = ["delete_enrollments", "leave_course_groups", "set_enrollment_states"]


def delete_enrollments(work: Work, enrollments: Iterable[Enrollment], *, records_linked: bool = False) -> int:
    """Delete live enrollments, with those of linked observers and memberships in groups of courses left for good.

    The result is how many of those given were live; linked ones are not counted, and their changes not recorded
    unless `records_linked`.
    """
    going = [enrollment for enrollment in enrollments if enrollment.workflow_state != "deleted"]
    count = len(going)
    set_enrollment_states(work, going, "deleted")
    students = [(e.user_id, e.section_id) for e in going if e.type == "StudentEnrollment"]
    if students:
        linked = linked_observers(work.session, students)
        set_enrollment_states(work, linked, "deleted", is_recorded=records_linked)
        going += linked
    leave_course_groups(work, {(e.user_id, e.course_id) for e in going})
    return count


def set_enrollment_states(
    work: Work, enrollments: Sequence[Enrollment], state: str, *, is_recorded: bool = True
) -> None:
    """Put enrollments into a state and record the changes, unless Canvas does not."""
    for enrollment in enrollments:
        if enrollment.workflow_state == state:
            continue
        if is_recorded:
            work.log("Enrollment", enrollment.id, enrollment.workflow_state, state)
        enrollment.workflow_state = state
        enrollment.updated_at = work.settings.now
        if state == "completed":
            enrollment.completed_at = work.settings.now
        work.session.enrollments.touch(enrollment)


def leave_course_groups(work: Work, users_and_courses: Iterable[tuple[int, int]]) -> None:
    """End the memberships in groups of courses where the person has no live enrollment any more."""
    for membership in orphaned_memberships(work.session, list(users_and_courses)):
        work.log("GroupMembership", membership.id, membership.workflow_state, "deleted")
        membership.workflow_state, membership.updated_at = "deleted", work.settings.now
        work.session.group_memberships.touch(membership)
