"""Which term and account a row belongs to: by its course, which the export knows, or else the base."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.planning.lookup import blank, coalesce, column, pick, positions

__all__ = ["Scopes"]

_BY_COURSE = frozenset({"sections", "groups", "group_categories", "differentiation_tag_sets", "differentiation_tags"})


@dataclass(frozen=True, slots=True)
class Scopes:
    """Look-ups from sections to courses, and from courses to terms and accounts. desired wins over base."""

    desired: Mapping[str, pd.DataFrame]
    base: Mapping[str, pd.DataFrame]

    def course_of(self, table: str, rows: pd.DataFrame) -> pd.Series:
        """The course id of each row, "" where there is none or it is not known."""
        if table == "courses" or table in _BY_COURSE:
            return column(rows, "course_id")
        if table == "enrollments":
            by_section = self._look_up("sections", "section_id", column(rows, "section_id"), "course_id")
            return coalesce(by_section, column(rows, "course_id"))
        if table == "xlists":
            return self._look_up("sections", "section_id", column(rows, "section_id"), "course_id")
        return blank(len(rows))

    @property
    def knows_sections(self) -> bool:
        """Whether there are sections to compare with: else nothing can be said about an unknown one."""
        return any(len(tables.get("sections", ())) for tables in (self.desired, self.base))

    def terms_and_accounts(self, table: str, rows: pd.DataFrame) -> dict[str, pd.Series]:
        """The columns `term_id_of` and `account_id_of` of a plan's rows."""
        if table == "abstract_courses":
            return {"term_id_of": column(rows, "term_id"), "account_id_of": column(rows, "account_id")}
        courses = self.course_of(table, rows)
        wanted = {"term_id_of": "term_id", "account_id_of": "account_id"}
        return {name: self._look_up("courses", "course_id", courses, found) for name, found in wanted.items()}

    def terms_of(self, table: str, rows: pd.DataFrame) -> pd.Series:
        """The term id of each row, "" where it has none."""
        return self._of_course(table, rows, "term_id")

    def accounts_of(self, table: str, rows: pd.DataFrame) -> pd.Series:
        """The account id of each row's course, "" where it has none."""
        return self._of_course(table, rows, "account_id")

    def _of_course(self, table: str, rows: pd.DataFrame, wanted: str) -> pd.Series:
        if table == "abstract_courses":
            return column(rows, wanted)
        return self._look_up("courses", "course_id", self.course_of(table, rows), wanted)

    def _look_up(self, table: str, key: str, ids: pd.Series, wanted: str) -> pd.Series:
        result = blank(len(ids))
        for tables in (self.desired, self.base):
            frame = tables.get(table)
            if frame is not None and key in frame.columns and wanted in frame.columns and len(frame):
                result = coalesce(result, pick(column(frame, wanted), positions(ids, column(frame, key))))
        return result.where(ids != "", "")
