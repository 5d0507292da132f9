"""The enrollments that are there, by section and person."""

from collections.abc import Iterable

from pipeline.sandbox.store.questions import enrollment_count, enrollments_of_sections
from pipeline.sandbox.store.records import Enrollment
from pipeline.sandbox.store.session import Session

__all__ = ["Standing"]

WORTH_LOADING = 4  # enrollments per row of the segment; with more, single look-ups are cheaper


class Standing:
    """What one segment knows of enrollments. `at` gives lists to which new enrollments are appended."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._at: dict[tuple[int, int], list[Enrollment]] = {}
        self._whole: set[int] = set()  # sections of which every enrollment is known

    def load(self, section_ids: Iterable[int], rows: int) -> None:
        """Look up all enrollments of some sections at once, unless they are far more than the rows that ask."""
        sections = set(section_ids)
        if not sections or enrollment_count(self._session, sections) > rows * WORTH_LOADING:
            return
        self._whole |= sections
        for enrollment in enrollments_of_sections(self._session, sections):
            self._at.setdefault((enrollment.section_id, enrollment.user_id), []).append(enrollment)

    def at(self, section_id: int, user_id: int) -> list[Enrollment]:
        """The enrollments of a person in a section."""
        place = (section_id, user_id)
        there = self._at.get(place)
        if there is None:
            known = section_id in self._whole
            there = [] if known else self._session.enrollments.peek(user_id=user_id, section_id=section_id)
            self._at[place] = there
        return there
