"""Course and section of enrollment rows: what a row names, what is remembered from the row before, and default sections."""

from collections.abc import Iterable

from pipeline.sandbox.importers.enrollment_line import Line
from pipeline.sandbox.importers.work import Skip, Work
from pipeline.sandbox.store.records import Course, Section

__all__ = ["Places"]


class Places:
    """The courses and sections of one segment. The course of a row is remembered for the next one."""

    def __init__(self, work: Work) -> None:
        self._courses, self._sections = work.session.courses, work.session.sections
        self._now = work.settings.now
        self._course: Course | None = None
        self._default: dict[int, Section] = {}

    def prefetch(self, course_ids: Iterable[str | None], section_ids: Iterable[str | None]) -> set[int]:
        """Look many SIS ids up at once; the result is the sections that exist."""
        self._courses.load("sis_id", course_ids)
        self._sections.load("sis_id", section_ids)
        found = [self._sections.find("sis_id", id_) for id_ in set(section_ids) if id_ is not None]
        sections = [section for section in found if section is not None]
        self._courses.get_all({section.course_id for section in sections})
        return {section.id for section in sections}

    def forget(self, line: Line) -> None:
        """Remember the course no longer when the row names another, whatever becomes of the row."""
        if self._course is not None and line.course_id is not None and self._course.sis_id != line.course_id:
            self._course = None

    def find(self, line: Line) -> tuple[Course, Section]:
        """Course and section of a row. Errors: Skip."""
        course, section = self._course, None
        if line.course_id is not None and course is None:
            course = self._course = self._courses.find("sis_id", line.course_id)
        if line.section_id is not None:
            section = self._sections.find("sis_id", line.section_id)
        if section is None and (course is None or line.section_id is not None):
            self._refuse_without_section(line, course)
        if line.course_id is not None and course is None:
            raise Skip(f"An enrollment referenced a non-existent course {line.course_id}")
        if section is None:
            section = self.default_section(course)  # type: ignore[arg-type]  # there is a course, or the row was refused
        elif line.course_id is not None and course.id not in (section.course_id, section.nonxlist_course_id):  # type: ignore[union-attr]
            raise Skip(
                f"An enrollment listed a section ({line.section_id}) and a course ({line.course_id}) "
                f"that are unrelated for user ({line.user_id or ''})"
            )
        if course is None or course.id != section.course_id:
            course = self._courses.get(section.course_id)
        if line.course_id is None:
            self._course = course
        return course, section

    def _refuse_without_section(self, line: Line, course: Course | None) -> None:
        """Neither a section nor a course that would do without one."""
        if course is None:
            raise Skip(
                f"Neither course nor section existed for user enrollment (Course ID: {line.course_id or ''}, "
                f"Section ID: {line.section_id or ''}, User ID: {line.user_id or ''})"
            )
        self._course = None
        raise Skip(f"An enrollment referenced a non-existent section {line.section_id}")

    def default_section(self, course: Course) -> Section:
        """The course's default section, else the first cross-listed away from it, else a new one."""
        section = self._default.get(course.id)
        if section is None:
            found = self._sections.where(live=True, course_id=course.id, default_section=True)
            found = found or self._sections.where(live=True, nonxlist_course_id=course.id)
            section = found[0] if found else self._new_default(course)
            self._default[course.id] = section
        return section

    def _new_default(self, course: Course) -> Section:
        section = Section(course_id=course.id, name=course.name, default_section=True)
        section.created_at = section.updated_at = self._now
        return self._sections.add(section)
