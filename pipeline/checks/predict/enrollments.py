"""Enrollments, as Canvas imports them: in pieces, with the course and section of the row before remembered."""

import re

from pipeline.checks.predict.speaking import Cells, Dates, Speaker
from pipeline.checks.predict.world import Course, EnrollmentKey, Login, Person, Section, World

__all__ = ["Enrollments"]

TYPES = ("StudentEnrollment", "TeacherEnrollment", "TaEnrollment", "ObserverEnrollment", "DesignerEnrollment")

_SHORT_ROLES = (
    (re.compile(r"teacher\Z", re.IGNORECASE), "TeacherEnrollment"),
    (re.compile("student", re.IGNORECASE), "StudentEnrollment"),
    (re.compile(r"ta\Z", re.IGNORECASE), "TaEnrollment"),
    (re.compile(r"observer\Z", re.IGNORECASE), "ObserverEnrollment"),
    (re.compile(r"designer\Z", re.IGNORECASE), "DesignerEnrollment"),
)


class Enrollments:
    """enrollments.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker
        self.course: Course | None = None
        self.section: Section | None = None
        self.to_delete: list[EnrollmentKey] = []

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One enrollment."""
        self._forget(cells)
        if cells.get("root_account"):
            return
        login = self._login(cells)
        if login is None:
            self.speaker.say("ENROLLMENT-05", cells)
            return
        if not self._find_place(cells):
            return
        course, section = self.course, self.section
        assert course is not None  # found just now
        assert section is not None
        role = cells.get("role", "")
        kind = _type_of(role)
        if kind is None and (self.world.is_lenient or cells.get("role_id")):
            kind = "StudentEnrollment"
        if kind is None:
            self.speaker.say("ENROLLMENT-11", cells)
            return
        others = self._others(cells, kind)
        if others is None:
            return
        role_key = role if role not in TYPES and kind == "StudentEnrollment" and not _type_of(role) else kind
        self._save(cells, login, (section, login.person, kind, role_key + cells.get("role_id", ""), *others))

    def finish(self) -> None:
        """Deletions of what was there before come last."""
        for key in self.to_delete:
            self.world.enrollments[key] = "deleted"

    def _forget(self, cells: Cells) -> None:
        """Course and section of the row before hold until a row names others."""
        course_id, section_id = cells.get("course_id", ""), cells.get("section_id", "")
        if self.course is not None and course_id and self.course.sis_id != course_id:
            self.course = self.section = None
        if self.section is not None and section_id and self.section.sis_id != section_id:
            self.section = None

    def _login(self, cells: Cells) -> Login | None:
        integration_id = cells.get("user_integration_id", "")
        if integration_id:
            found = self.world.integrations["user"].get(integration_id)
            login = found if isinstance(found, Login) else None
        else:
            login = self.world.logins.get(cells.get("user_id", ""))
        if login is None and self.world.is_lenient:
            login = Login(cells.get("user_id", ""), "", Person())
            login.person.logins.append(login)
            self.world.logins[login.sis_id] = login
        return login

    def _find_place(self, cells: Cells) -> bool:
        """Find course and section; says what is wrong with them otherwise."""
        world, say = self.world, self.speaker.say
        course_id, section_id = cells.get("course_id", ""), cells.get("section_id", "")
        if self.course is None and course_id:
            self.course = world.courses.get(course_id)
        if self.section is None and section_id:
            self.section = world.sections.get(section_id)
        if world.is_lenient:
            self._invent(course_id, section_id)
        if self.course is None and self.section is None:
            say("ENROLLMENT-07", cells)
        elif section_id and self.section is None:
            self.course = None if world.is_current else self.course
            say("ENROLLMENT-08", cells)
        elif course_id and self.course is None:
            self.section = None if world.is_current else self.section
            say("ENROLLMENT-09", cells)
        else:
            return self._fit_together(cells)
        return False

    def _invent(self, course_id: str, section_id: str) -> None:
        """In files that Canvas has accepted, what is named was there."""
        world = self.world
        if self.course is None and course_id:
            self.course = world.courses[course_id] = Course(course_id, world.root, world.default_term, "claimed")
        if self.section is None and section_id:
            if self.course is None:
                self.course = Course("", world.root, world.default_term, "claimed")
            self.section = world.sections[section_id] = Section(section_id, self.course)
            self.course.sections[self.section] = None

    def _fit_together(self, cells: Cells) -> bool:
        section, course = self.section, self.course
        has_course, has_section = bool(cells.get("course_id")), bool(cells.get("section_id"))
        if course is not None and (section is None or (not has_section and not section.is_default)):
            section = self._default_section(course)
        assert section is not None  # one of the two was found
        if course is None or (course is not section.course and (not has_course or section.home is course)):
            course = section.course
        self.section, self.course = section, course
        if course is not section.course and not self.world.is_lenient:
            self.speaker.say("ENROLLMENT-10", cells)
            return False
        self.course = section.course
        return True

    def _default_section(self, course: Course) -> Section:
        """The course's default section; else the first one cross-listed away; else a new one."""
        for section in course.sections:
            if section.is_default and section.state != "deleted":
                return section
        for section in self.world.sections.values():
            if section.home is course and section.state != "deleted":
                return section
        default = Section("", course, is_default=True)
        course.sections[default] = None
        return default

    def _others(self, cells: Cells, kind: str) -> tuple[Person | None, Person | None] | None:
        """The person observed and the source of a temporary enrollment; None when one is unknown."""
        observed = source = None
        observed_id = cells.get("associated_user_id", "")
        if observed_id and kind == "ObserverEnrollment":
            observed = self.world.logins.get(observed_id)
            if observed is None and not self.world.is_lenient:
                self.speaker.say("ENROLLMENT-13", cells)
                return None
        source_id = cells.get("temporary_enrollment_source_user_id", "")
        if source_id and self.world.is_current:
            source = self.world.logins.get(source_id)
            if source is None and not self.world.is_lenient:
                self.speaker.say("ENROLLMENT-14", cells)
                return None
        return (observed.person if observed else None, source.person if source else None)

    def _save(self, cells: Cells, login: Login, key: EnrollmentKey) -> None:
        status, was = cells["status"].lower(), self.world.enrollments.get(key)
        if was == "deleted" and login.state == "deleted":
            return
        if status.startswith("active"):
            state = self._activate(cells, login)
        elif status.startswith("completed"):
            state = "completed"
        elif status.startswith("inactive"):
            state = "inactive"
        elif status.startswith("deleted_last_completed") and not self._has_another(key):
            state = "completed"
        else:
            state = "deleted"
            if was is not None:
                if was != "deleted":
                    self.to_delete.append(key)
                return
        if errors := self._errors(key, state, was):
            self._refuse(cells, errors)
            if not self.world.is_lenient:
                return
        self.world.enroll(key, state)

    def _activate(self, cells: Cells, login: Login) -> str:
        if login.state != "deleted":
            return "active"
        if any(other.state != "deleted" for other in login.person.logins if other is not login):
            self.speaker.say("ENROLLMENT-17", cells)
            return "active"
        self.speaker.say("ENROLLMENT-16", cells)
        return "deleted"

    def _has_another(self, key: EnrollmentKey) -> bool:
        """Whether the person has another living enrollment of that role in the course."""
        return any(
            other is not key
            and other != key
            and other[0].course is key[0].course
            and other[2:] == key[2:]
            and self.world.enrollments[other] != "deleted"
            for other in key[1].enrollments
        )

    def _errors(self, key: EnrollmentKey, state: str, was: str | None) -> list[str]:
        """What keeps an enrollment from being saved, in Canvas's order."""
        section = key[0]
        if state in {"deleted", was}:
            return []
        errors = []
        if key[2] == "ObserverEnrollment" and key[4] is key[1]:
            errors.append("Associated user Cannot observe yourself")
        if section.course.state == "deleted":
            errors.append("Course is not a valid course")
        if section.state == "deleted":
            errors.append("Course section is not a valid section")
        return errors

    def _refuse(self, cells: Cells, errors: list[str]) -> None:
        self.speaker.say("ENROLLMENT-18", cells, errors=",".join(errors))


def _type_of(role: str) -> str | None:
    """The base type of a role: Canvas's own names to the letter, the short ones in any case."""
    if role in TYPES:
        return role
    return next((kind for pattern, kind in _SHORT_ROLES if pattern.match(role)), None)
