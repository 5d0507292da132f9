"""Carrying out enrollment rows: finding the people, the role and the enrollment, and what the status does to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.sandbox.importers.enrollment_line import Line
from pipeline.sandbox.importers.observing import Observing
from pipeline.sandbox.importers.places import Places
from pipeline.sandbox.importers.removal import delete_enrollments
from pipeline.sandbox.importers.roles import Role, Roles
from pipeline.sandbox.importers.segment import Row
from pipeline.sandbox.importers.standing import Standing
from pipeline.sandbox.importers.values import boolean
from pipeline.sandbox.importers.work import NOTHING, Skip, Work, refuse_nul
from pipeline.sandbox.store.questions import Person, people_by
from pipeline.sandbox.store.records import Course, Enrollment, Section

__all__ = ["Enrolling"]

OUTSIDERS = {"StudentEnrollment": "Student", "ObserverEnrollment": "Observer"}  # not in blueprint courses
DATES = ("start_at", "end_at")


@dataclass(slots=True, eq=False)
class _Found:
    """What a row is about. enrollment: None when there is none yet."""

    person: Person
    course: Course
    section: Section
    role: Role
    associated: int
    source: int
    enrollment: Enrollment | None = None


class Enrolling:
    """The enrollments of one segment."""

    def __init__(self, work: Work, *, may_have_nul: bool) -> None:
        self._work, self._may_have_nul = work, may_have_nul
        self._table = work.session.enrollments
        self._places, self._roles = Places(work), Roles(work, for_accounts=False)
        self._standing = Standing(work.session)
        self._observing = Observing(work, self._standing.at)
        self._people: dict[str, Person] = {}
        self._people_by_integration: dict[str, Person] = {}
        self._to_delete: list[Enrollment] = []

    def prefetch(self, rows: Iterable[Row]) -> None:
        """Look up at once the people, courses and sections that the rows name."""
        columns: list[Sequence[str | None]] = list(zip(*rows, strict=True))
        if not columns:
            return
        session = self._work.session
        named = {*columns[2], *columns[7], *columns[12]}
        self._people = people_by(session, "sis_id", named)
        self._people_by_integration = people_by(session, "integration_id", columns[3])
        sections = self._places.prefetch(columns[0], columns[1])
        self._standing.load(sections, len(columns[0]))
        self._observing.prefetch(person.user_id for person in self._people.values())
        self._observing.prefetch(person.user_id for person in self._people_by_integration.values())

    def apply(self, lines: Iterable[Line]) -> None:
        """Carry out rows in order."""
        for line in lines:
            try:
                self._work.count += self._apply(line)
            except Skip as refusal:
                self._work.warn(line.number, str(refusal), line.info())

    def delete_collected(self) -> None:
        """Delete the existing enrollments whose rows said so, whatever rows after them said."""
        delete_enrollments(self._work, self._to_delete)

    def _apply(self, line: Line) -> bool:
        if self._may_have_nul:
            refuse_nul(value for value in (line.course_id, line.section_id, line.user_id, line.role, line.role_id))
        self._places.forget(line)
        if line.root_account is not None:  # only a closed plugin finds people of other accounts
            return False
        found = self._found(line)
        state = self._state_for(line, found)
        if state is None:
            return False
        if state == "deleted_last_completed":
            state = "deleted" if self._is_elsewhere(found) else "completed"
        if state == "deleted" and found.enrollment is not None:
            self._collect(found.enrollment)
            return True
        self._write(line, found, state.removeprefix("at once "))
        return True

    def _found(self, line: Line) -> _Found:
        """People, place and role of a row. Errors: Skip."""
        if line.user_integration_id is not None:
            person = self._people_by_integration.get(line.user_integration_id)
        else:
            person = self._people.get(line.user_id or "")
        if person is None:
            raise Skip(
                f"User not found for enrollment (User ID: {line.user_id or ''}, "
                f"Course ID: {line.course_id or ''}, Section ID: {line.section_id or ''})"
            )
        course, section = self._places.find(line)
        role = self._roles.find_loosely(course.account_id, line.role_id, line.role)
        if role is None:
            raise Skip(f'Improper role "{line.role or ""}" for an enrollment')
        if course.is_blueprint and role[1] in OUTSIDERS:
            raise Skip(
                f'{OUTSIDERS[role[1]]} enrollment for "{line.user_id or ""}" '
                f'not allowed in blueprint course "{course.sis_id or ""}"'
            )
        found = _Found(person, course, section, role, self._associated(line, role), self._source(line))
        for enrollment in self._standing.at(section.id, person.user_id):
            if enrollment.role_id == role[0] and self._identity(enrollment) == (
                role[1],
                found.associated,
                found.source,
            ):
                found.enrollment = enrollment
        return found

    def _identity(self, enrollment: Enrollment) -> tuple[str, int, int]:
        return enrollment.type, enrollment.associated_user_id, enrollment.source_user_id

    def _associated(self, line: Line, role: Role) -> int:
        if role[1] != "ObserverEnrollment" or line.associated_user_id is None:
            return 0
        person = self._people.get(line.associated_user_id)
        if person is None:
            raise Skip(f"An enrollment referenced a non-existent associated user {line.associated_user_id}")
        return person.user_id

    def _source(self, line: Line) -> int:
        if line.source_user_id is None or self._work.settings.is_2022:
            return 0
        person = self._people.get(line.source_user_id)
        if person is None:
            raise Skip(
                f"An enrollment referenced a non-existent temporary enrollment source user {line.source_user_id}"
            )
        return person.user_id

    def _state_for(self, line: Line, found: _Found) -> str | None:
        """The state that the row asks for, after what a deleted person allows; None: passed over silently.

        `at once deleted` is the state of one who tries to come back.
        """
        state = line.state()
        is_login_gone, is_user_gone = found.person.is_login_gone, found.person.is_user_gone
        if not is_login_gone and not is_user_gone:
            return state
        is_out = is_user_gone or not self._has_other_login(found.person)
        if found.enrollment is not None and found.enrollment.workflow_state == "deleted":
            self._refuse_return(line, found.person, is_out=is_out)
            if is_login_gone:
                return None
        if state != "active":
            return state
        if is_out:
            self._tell(
                line, f"Attempted enrolling of deleted user {line.user_id or ''} in course {line.course_id or ''}"
            )
            return "at once deleted"
        place = f"course {line.course_id or ''}"
        self._tell(line, f"Enrolled a user {line.user_id or ''} in {place}, but referenced a deleted sis login")
        return state

    def _refuse_return(self, line: Line, person: Person, *, is_out: bool) -> None:
        """Newer versions tell of rows for enrollments that went with their people.

        A person without any live login is passed over silently: so the acceptance cases have it, in all versions.
        """
        if self._work.settings.is_2022:
            return
        if person.is_user_gone:
            raise Skip(f"Attempted enrolling of deleted user {line.user_id or ''} in course {line.course_id or ''}")
        if not is_out:
            place = f"course {line.course_id or ''}"
            raise Skip(f"Attempted enrolling with deleted sis login {person.name} in {place}")

    def _has_other_login(self, person: Person) -> bool:
        return self._work.session.logins.exists(live=True, but=person.login_id, user_id=person.user_id)

    def _tell(self, line: Line, text: str) -> None:
        self._work.warn(line.number, text, line.info())

    def _is_elsewhere(self, found: _Found) -> bool:
        """Whether the person has another live enrollment of this role in the course."""
        return self._table.exists(
            live=True,
            but=found.enrollment.id if found.enrollment is not None else 0,
            user_id=found.person.user_id,
            course_id=found.course.id,
            role_id=found.role[0],
            associated_user_id=found.associated,
        )

    def _collect(self, enrollment: Enrollment) -> None:
        """An existing enrollment is deleted at the end of the segment; one that is deleted already is counted only."""
        enrollment.sis_import_id = self._work.settings.import_id
        self._table.touch(enrollment)
        if enrollment.workflow_state != "deleted":
            self._to_delete.append(enrollment)

    def _write(self, line: Line, found: _Found, state: str) -> None:
        _validate(line, found, state)
        if found.enrollment is None:
            self._create(line, found, state)
        else:
            self._update(line, found, found.enrollment, state)

    def _create(self, line: Line, found: _Found, state: str) -> None:
        settings = self._work.settings
        limit = line.limit_section_privileges
        enrollment = Enrollment(
            0,
            found.person.user_id,
            found.course.id,
            found.section.id,
            found.role[1],
            found.role[0],
            found.associated,
            found.source,
            state,
            line.start,
            line.end,
            settings.now if state == "completed" else None,
            limit is not None and boolean(limit),
        )
        enrollment.sis_import_id, enrollment.login_id = settings.import_id, found.person.login_id
        enrollment.created_at = enrollment.updated_at = settings.now
        if settings.add_stickiness and not settings.clear_stickiness:
            self._work.mark_sticky(enrollment, DATES)
        self._table.add(enrollment)
        self._standing.at(found.section.id, found.person.user_id).append(enrollment)
        self._work.log("Enrollment", enrollment.id, "non-existent", state)
        if enrollment.type == "StudentEnrollment":
            self._observing.follow(enrollment, "non-existent")

    def _update(self, line: Line, found: _Found, enrollment: Enrollment, state: str) -> None:
        settings, before = self._work.settings, enrollment.workflow_state
        changed = self._changed_dates(line, enrollment)
        limit = line.limit_section_privileges
        ends_again = state == "completed" and not settings.is_2022
        is_same_login = enrollment.login_id == found.person.login_id
        if before == state and is_same_login and not changed and limit is None and not ends_again:
            self._table.stamp(enrollment, settings.import_id)
            return
        if changed:
            enrollment.start_at, enrollment.end_at = line.start, line.end
        self._work.mark_sticky(enrollment, changed)
        if state == "completed" and (before != state or ends_again):
            enrollment.completed_at = settings.now
        if limit is not None:
            enrollment.limit_section_privileges = boolean(limit)
        enrollment.workflow_state, enrollment.sis_import_id = state, settings.import_id
        enrollment.login_id, enrollment.updated_at = found.person.login_id, settings.now
        self._table.touch(enrollment)
        if before != state:
            self._work.log("Enrollment", enrollment.id, before, state)
        if enrollment.type == "StudentEnrollment":
            self._observing.follow(enrollment, before)

    def _changed_dates(self, line: Line, enrollment: Enrollment) -> frozenset[str]:
        """The dates that the row changes; one of them that is stuck protects both."""
        was_start, was_end = enrollment.start_at, enrollment.end_at
        if was_start == line.start and was_end == line.end:
            return NOTHING
        if not self._work.stuck(enrollment).isdisjoint(DATES):
            return NOTHING
        return frozenset(DATES[:1] * (was_start != line.start) + DATES[1:] * (was_end != line.end))


def _validate(line: Line, found: _Found, state: str) -> None:
    """The enrollment's own validation. The opening text really is repeated inside Canvas's message."""
    errors, is_deleted = [], state == "deleted"
    if found.associated and found.associated == found.person.user_id:
        errors.append("Associated user Cannot observe yourself")
    if not is_deleted and found.course.workflow_state == "deleted":
        errors.append("Course is not a valid course")
    if found.course.is_template:
        errors.append("Course is a template course")
    if not is_deleted and found.section.workflow_state == "deleted":
        errors.append("Course section is not a valid section")
    if errors:
        opening = (
            f"An enrollment did not pass validation (course: {line.course_id or ''}, section: {line.section_id or ''}, "
        )
        raise Skip(f"{opening}user: {line.user_id or ''}, role: {line.role or ''}, error: {opening}{','.join(errors)})")
