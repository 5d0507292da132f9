"""Ending enrollments: what else goes when they are deleted, and what is recorded of it."""

import json
from collections.abc import Iterable, Sequence

from pipeline.sandbox.importers.work import Work
from pipeline.sandbox.store.records import Enrollment

__all__ = ["delete_enrollments", "leave_course_groups", "set_enrollment_states"]

LINKED = """json_each(?) j CROSS JOIN enrollments t
    ON t.associated_user_id = json_extract(j.value, '$[0]') AND t.section_id = json_extract(j.value, '$[1]')
    WHERE t.workflow_state <> 'deleted'"""
ORPHANED = """json_each(?) j
    CROSS JOIN groups g ON g.course_id = json_extract(j.value, '$[1]')
    CROSS JOIN group_memberships t ON t.group_id = g.id AND t.user_id = json_extract(j.value, '$[0]')
    WHERE t.workflow_state <> 'deleted' AND NOT EXISTS (
        SELECT 1 FROM enrollments e
        WHERE e.user_id = t.user_id AND e.course_id = g.course_id AND e.workflow_state <> 'deleted')"""


def delete_enrollments(work: Work, enrollments: Iterable[Enrollment]) -> int:
    """Delete live enrollments, with linked observer enrollments and memberships in groups of courses left for good.

    The result is how many of those given were live; linked ones are not counted.
    """
    going = [enrollment for enrollment in enrollments if enrollment.workflow_state != "deleted"]
    count = len(going)
    set_enrollment_states(work, going, "deleted")
    students = [(e.user_id, e.section_id) for e in going if e.type == "StudentEnrollment"]
    table = work.session.enrollments
    if students and table.exists("associated_user_id > 0"):
        linked = table.joined(LINKED, (json.dumps(students),))
        set_enrollment_states(work, linked, "deleted")
        going += linked
    leave_course_groups(work, {(e.user_id, e.course_id) for e in going})
    return count


def set_enrollment_states(work: Work, enrollments: Sequence[Enrollment], state: str) -> None:
    """Put enrollments into a state and record the changes."""
    for enrollment in enrollments:
        if enrollment.workflow_state == state:
            continue
        work.log("Enrollment", enrollment.id, enrollment.workflow_state, state)
        enrollment.workflow_state = state
        enrollment.updated_at = work.settings.now
        if state == "completed":
            enrollment.completed_at = work.settings.now
        work.session.enrollments.touch(enrollment)


def leave_course_groups(work: Work, users_and_courses: Iterable[tuple[int, int]]) -> None:
    """End the memberships in groups of courses where the person has no live enrollment any more."""
    pairs = list(users_and_courses)
    work.session.groups.flush()
    if not pairs or not work.session.groups.exists("course_id IS NOT NULL"):
        return
    work.session.flush()
    for membership in work.session.group_memberships.joined(ORPHANED, (json.dumps(pairs),)):
        work.log("GroupMembership", membership.id, membership.workflow_state, "deleted")
        membership.workflow_state, membership.updated_at = "deleted", work.settings.now
        work.session.group_memberships.touch(membership)
