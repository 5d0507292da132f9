"""user_observers.csv: who observes whom, and the observer enrollments that follow."""

from pipeline.sandbox.importers.observing import Observing, linked_enrollments, student_enrollments
from pipeline.sandbox.importers.removal import leave_course_groups, set_enrollment_states
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.work import Skip, Work, refuse_nul
from pipeline.sandbox.store.records import Enrollment, UserObserver

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("observer_id", "student_id", "status")


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order."""
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> bool:
    observer_id, student_id, word = _checked(row)
    if work.drops_deletes(word):
        return False
    refuse_nul(row)
    observer = _live_user(work, observer_id)
    if observer is None:
        raise Skip(f"An observer referenced a non-existent user {observer_id}")
    student = _live_user(work, student_id)
    if student is None:
        raise Skip(f"A student referenced a non-existent user {student_id}")
    if observer == student:
        raise Skip(f"Can't observe yourself user {student_id}")
    links = work.session.user_observers
    found = links.where(student_id=student, observer_id=observer)
    if word == "active":
        _link(work, found[0] if found else None, UserObserver(student_id=student, observer_id=observer))
        return True
    if not found or found[0].workflow_state == "deleted":
        raise Skip(f"Can't delete a non-existent observer for observer: {observer_id}, student: {student_id}")
    _unlink(work, found[0])
    return True


def _checked(row: Row) -> tuple[str, str, str]:
    """Observer, student and status after the checks that need nothing but the row."""
    observer_id, student_id, status = row
    if observer_id is None:
        raise Skip("No observer_id given for a user observer")
    if student_id is None:
        raise Skip("No user_id given for a user observer")
    if observer_id == student_id:
        raise Skip(f"Can't observe yourself user {student_id}")
    word = (status or "").lower()
    if word not in ("active", "deleted"):
        raise Skip(f'Improper status "{status or ""}" for a user_observer')
    return observer_id, student_id, word


def _live_user(work: Work, user_id: str) -> int | None:
    """The person with a login of this SIS id that is not deleted."""
    login = work.session.logins.find("sis_id", user_id)
    return None if login is None or login.workflow_state == "deleted" else login.user_id


def _link(work: Work, found: UserObserver | None, fresh: UserObserver) -> None:
    """Make or revive the link, and enroll the observer wherever the student is active or pending."""
    link = _saved(work, found, fresh, "active")
    places: dict[tuple[int, int], list[Enrollment]] = {}

    def at_place(section_id: int, user_id: int) -> list[Enrollment]:
        place = (section_id, user_id)
        if place not in places:
            places[place] = work.session.enrollments.where(section_id=section_id, user_id=user_id)
        return places[place]

    observing = Observing(work, at_place)
    for enrollment in student_enrollments(work, link.student_id):
        observing.enroll(link.observer_id, enrollment)


def _unlink(work: Work, link: UserObserver) -> None:
    """End the link, and the enrollments that it stands behind."""
    _saved(work, link, link, "deleted")
    gone = linked_enrollments(work, link)
    set_enrollment_states(work, gone, "deleted", is_recorded=False)
    leave_course_groups(work, {(enrollment.user_id, enrollment.course_id) for enrollment in gone})


def _saved(work: Work, found: UserObserver | None, fresh: UserObserver, state: str) -> UserObserver:
    """The link in a state. Canvas records no change of state of links."""
    link = work.session.user_observers.add(fresh) if found is None else found
    link.created_at = link.created_at or work.settings.now
    link.workflow_state, link.updated_at, link.sis_import_id = state, work.settings.now, work.settings.import_id
    work.session.user_observers.touch(link)
    return link
