"""Observers: their links to students, and the observer enrollments that follow a student's enrollments."""

from collections.abc import Callable, Iterable

from pipeline.sandbox.importers.work import Work
from pipeline.sandbox.store.questions import links_of_students
from pipeline.sandbox.store.records import Enrollment, UserObserver

__all__ = ["Observing", "linked_enrollments", "student_enrollments"]

OBSERVER = "ObserverEnrollment"
OBSERVER_ROLE_ID = 5  # the built-in role
ONGOING = ("active", "invited", "creation_pending")


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

    def follow(self, enrollment: Enrollment) -> None:
        """Let the observers of a student have the student's enrollment too, in its state and with its dates."""
        for observer_id in self._observers.get(enrollment.user_id, ()):
            self.enroll(observer_id, enrollment)

    def enroll(self, observer_id: int, student: Enrollment) -> None:
        """Give one observer the enrollment that goes with a student's."""
        there = self._at_place(student.section_id, observer_id)
        own = next((e for e in there if e.type == OBSERVER and e.associated_user_id == student.user_id), None)
        before = "non-existent" if own is None else own.workflow_state
        if own is None:
            own = Enrollment(
                user_id=observer_id, type=OBSERVER, role_id=OBSERVER_ROLE_ID, section_id=student.section_id
            )
            own.associated_user_id, own.created_at = student.user_id, self._work.settings.now
            there.append(self._work.session.enrollments.add(own))
        own.course_id, own.workflow_state = student.course_id, student.workflow_state
        own.start_at, own.end_at, own.completed_at = student.start_at, student.end_at, student.completed_at
        own.updated_at = self._work.settings.now
        self._work.session.enrollments.touch(own)
        if before != own.workflow_state:
            self._work.log("Enrollment", own.id, before, own.workflow_state)


def student_enrollments(work: Work, student_id: int) -> list[Enrollment]:
    """A student's active and pending enrollments."""
    return work.session.enrollments.where(user_id=student_id, type="StudentEnrollment", workflow_state=ONGOING)


def linked_enrollments(work: Work, link: UserObserver) -> list[Enrollment]:
    """The live observer enrollments that a link stands behind."""
    return work.session.enrollments.where(
        live=True, user_id=link.observer_id, associated_user_id=link.student_id, type=OBSERVER
    )
