"""Observers: their links to students, and the observer enrollments that follow a student's enrollments."""

from collections.abc import Callable, Iterable, Sequence

from pipeline.sandbox.importers.work import Work
from pipeline.sandbox.store.questions import links_of_students
from pipeline.sandbox.store.records import Enrollment, UserObserver

__all__ = ["Observing", "follow_students", "linked_enrollments", "student_enrollments"]

OBSERVER = "ObserverEnrollment"
OBSERVER_ROLE_ID = 5  # the built-in role
ONGOING = ("active", "invited", "creation_pending")
RETURNING = ("non-existent", "inactive", "deleted", "completed")  # from these a student brings observers along


class Observing:
    """The observers of the students of one segment. at_place: the enrollments of (section, user), to be appended to."""

    def __init__(self, work: Work, at_place: Callable[[int, int], list[Enrollment]]) -> None:
        self._work, self._at_place = work, at_place
        self._observers: dict[int, list[int]] = {}

    def prefetch(self, user_ids: Iterable[int]) -> None:
        """Look up who observes these people."""
        links = self._work.session.user_observers
        if links.exists():
            for link in links_of_students(self._work.session, user_ids):
                self._observers.setdefault(link.student_id, []).append(link.observer_id)

    def follow(self, enrollment: Enrollment, before: str) -> None:
        """Let a student's observers have the student's enrollment too, in its state and with its dates.

        before: the student's state until now (`non-existent` for a new one). An observer enrollment that somebody
        deleted alone comes back only with a student who was not active.
        """
        for observer_id in self._observers.get(enrollment.user_id, ()):
            own = self._own(observer_id, enrollment)
            is_there = own is not None and (own.workflow_state != "deleted" or before == "deleted")
            if is_there or before in RETURNING:
                self._copy(observer_id, enrollment, own)

    def enroll(self, observer_id: int, student: Enrollment) -> None:
        """Give a new observer the enrollment that goes with a student's, unless there is one."""
        own = self._own(observer_id, student)
        if own is None or own.workflow_state in ("deleted", "inactive"):
            self._copy(observer_id, student, own)

    def _own(self, observer_id: int, student: Enrollment) -> Enrollment | None:
        there = self._at_place(student.section_id, observer_id)
        return next((e for e in there if e.type == OBSERVER and e.associated_user_id == student.user_id), None)

    def _copy(self, observer_id: int, student: Enrollment, own: Enrollment | None) -> None:
        """Make the observer's enrollment like the student's. Canvas records no change of state of these."""
        session = self._work.session
        if (own is None or own.workflow_state == "deleted") and not session.logins.exists(
            live=True, user_id=observer_id
        ):
            return
        if own is None:
            own = Enrollment(
                user_id=observer_id, type=OBSERVER, role_id=OBSERVER_ROLE_ID, section_id=student.section_id
            )
            own.associated_user_id, own.created_at = student.user_id, self._work.settings.now
            self._at_place(student.section_id, observer_id).append(session.enrollments.add(own))
        own.course_id, own.workflow_state = student.course_id, student.workflow_state
        own.start_at, own.end_at, own.completed_at = student.start_at, student.end_at, student.completed_at
        own.updated_at = self._work.settings.now
        session.enrollments.touch(own)


def follow_students(work: Work, enrollments: Sequence[Enrollment]) -> None:
    """Let the observers of students whose enrollments were put into a state as a whole have theirs in it, too."""

    def at_place(section_id: int, user_id: int) -> list[Enrollment]:
        return work.session.enrollments.where(section_id=section_id, user_id=user_id)

    students = [enrollment for enrollment in enrollments if enrollment.type == "StudentEnrollment"]
    observing = Observing(work, at_place)
    observing.prefetch(student.user_id for student in students)
    for student in students:
        observing.follow(student, "deleted")


def student_enrollments(work: Work, student_id: int) -> list[Enrollment]:
    """A student's active and pending enrollments."""
    return work.session.enrollments.where(user_id=student_id, type="StudentEnrollment", workflow_state=ONGOING)


def linked_enrollments(work: Work, link: UserObserver) -> list[Enrollment]:
    """The live observer enrollments that a link stands behind."""
    return work.session.enrollments.where(
        live=True, user_id=link.observer_id, associated_user_id=link.student_id, type=OBSERVER
    )
