"""Batch mode: what is in the term, came from SIS, and was not touched by this import goes.

Judged by the marks that the import left, not by the files: a row that drew a warning did not touch its object.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.sandbox.batch.context import Context
from pipeline.sandbox.importers.observing import follow_students
from pipeline.sandbox.importers.removal import delete_enrollments, set_enrollment_states
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import ImportSettings, Work, joined_columns, stuck_columns
from pipeline.sandbox.store.batch_mode import Candidates
from pipeline.sandbox.store.imports import ImportRow, ImportTables
from pipeline.sandbox.store.records import Course, Section
from pipeline.sandbox.store.session import Session

__all__ = ["CleanUp", "CleanUpCrash", "CleanUpResult"]

TYPES = (("course", "courses"), ("section", "sections"), ("enrollment", "enrollments"))  # in the order of comparison
CHUNK = 1000  # objects in one transaction
DROP_STATES = ("deleted", "completed", "inactive")
NO_TERMS = "Terms not found. Terms must be included with multi_term_batch_mode"


class CleanUpCrash(Exception):
    """The drop status is one that Canvas accepts and then fails on."""


@dataclass(frozen=True, slots=True)
class CleanUpResult:
    """Figures for `data.counts`, or the warning with which the import is aborted before anything is removed."""

    counts: dict[str, int]
    refusal: str | None = None


class CleanUp:
    """The clean-up after one import. supplied: the types that were in the upload; is_running: nobody aborted it."""

    def __init__(
        self, context: Context, row: ImportRow, settings: ImportSettings, is_running: Callable[[], bool]
    ) -> None:
        self._context, self._row, self._settings, self._is_running = context, row, settings, is_running
        self._drop_status = row["batch_mode_enrollment_drop_status"]
        self._done = self._all = 0

    def is_wanted(self, supplied: Sequence[str]) -> bool:
        """Whether there is one."""
        has_terms = self._row["batch_mode_term_id"] is not None or bool(self._row["multi_term_batch_mode"])
        return bool(self._row["batch_mode"]) and has_terms and any(kind in supplied for kind, _ in TYPES)

    def run(self, supplied: Sequence[str]) -> CleanUpResult:
        """Compare and remove. Errors: CleanUpCrash."""
        with self._context.database.work() as connection:
            terms = self._terms(ImportTables(connection))
            if not terms:
                return CleanUpResult({}, NO_TERMS)
            going: dict[str, list[int]] = {}
            for kind, plural in TYPES:
                if kind not in supplied:
                    continue
                candidates = Candidates(connection, self._settings.import_id, terms).of(kind, self._left_out())
                if self._exceeds(len(candidates.missing), candidates.all):
                    text = f"{len(candidates.missing)} {plural} would be deleted and exceeds the set threshold of "
                    return CleanUpResult({}, f"{text}{self._row['change_threshold']}%")
                going[kind] = candidates.missing
        self._all = sum(map(len, going.values()))
        removals = {
            "enrollment": self._drop_enrollments,
            "section": self._delete_sections,
            "course": self._delete_courses,
        }
        counts = {}
        for kind, remove in removals.items():
            if kind in going:
                plural = dict(TYPES)[kind]
                counts[f"batch_{plural}_deleted"] = sum(self._chunks(going[kind], remove))
        return CleanUpResult(counts)

    def _terms(self, tables: ImportTables) -> list[int]:
        if self._row["batch_mode_term_id"] is not None:
            return [self._row["batch_mode_term_id"]]
        return tables.touched_terms(self._settings.import_id)

    def _left_out(self) -> str:
        """The state whose enrollments do not count; newer versions leave out those that are in the drop status already."""
        return "deleted" if self._context.is_2022 else self._drop_status or "deleted"

    def _exceeds(self, missing: int, candidates: int) -> bool:
        threshold = self._row["change_threshold"]
        return threshold is not None and candidates > 0 and missing / candidates * 100 > threshold

    def _chunks(self, ids: list[int], remove: Callable[[Work, Sequence[int]], int]) -> Iterator[int]:
        """Remove a thousand at a time, until all are gone or the import is aborted."""
        for start in range(0, len(ids), CHUNK):
            if not self._is_running():
                return
            chunk = ids[start : start + CHUNK]
            with self._context.database.work() as connection:
                self._context.check()
                work = Work(Session(connection, self._context.database.last_ids), self._settings, Segment((), 2, []))
                yield remove(work, chunk)
                work.session.flush()
                tables = ImportTables(connection)
                tables.add_state_changes(self._settings.import_id, work.changes, batch_mode=True)
                self._done += len(chunk)
                tables.update(self._settings.import_id, progress=min(99, round(100 * self._done / self._all)))

    def _drop_enrollments(self, work: Work, ids: Sequence[int]) -> int:
        status = self._drop_status or "deleted"
        if status not in DROP_STATES:
            raise CleanUpCrash
        enrollments = work.session.enrollments.get_all(ids)
        if status == "deleted":
            return delete_enrollments(work, enrollments)
        set_enrollment_states(work, enrollments, status)
        follow_students(work, enrollments)
        return len(enrollments)

    def _delete_sections(self, work: Work, ids: Sequence[int]) -> int:
        """Sections with all their enrollments; the older Canvas records nothing of a section that had none."""
        sections: list[Section] = work.session.sections.get_all(ids)
        for section in sections:
            live = work.session.enrollments.where(live=True, section_id=section.id)
            self._delete(
                work, work.session.sections, section, "CourseSection" if live or not work.settings.is_2022 else None
            )
            delete_enrollments(work, live)
        return len(sections)

    def _delete_courses(self, work: Work, ids: Sequence[int]) -> int:
        """Courses with all their enrollments; their state is not protected any more."""
        courses: list[Course] = work.session.courses.get_all(ids)
        for course in courses:
            course.stuck = joined_columns(stuck_columns(course.stuck) - {"workflow_state"})
            self._delete(work, work.session.courses, course, "Course")
            live = work.session.enrollments.where(live=True, course_id=course.id)
            delete_enrollments(work, live)
        return len(courses)

    def _delete(self, work: Work, table: Any, record: Any, class_name: str | None) -> None:
        if class_name is not None:
            work.log(class_name, record.id, record.workflow_state, "deleted")
        record.workflow_state, record.updated_at = "deleted", work.settings.now
        table.touch(record)
