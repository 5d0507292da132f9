"""Scope: what the absence of a row from a full export may touch. Terms that ended and left the export are closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from pipeline.canvas.identity import GONE
from pipeline.model.findings import Severity, findings_frame, join_findings
from pipeline.model.frames import TEXT
from pipeline.planning.columns import canvas_columns
from pipeline.planning.compare import Absence
from pipeline.planning.desired import PROTECTED, WHOLE
from pipeline.planning.lookup import Flags, column, found, same_texts
from pipeline.planning.rules import PlanRules
from pipeline.planning.scopes import Scopes
from pipeline.planning.told import NOTHING_TOLD

__all__ = ["TermScope", "judge_terms"]


@dataclass(frozen=True, slots=True)
class TermScope:
    """The terms of the base that absence may not touch, and those that are missing though they run.

    closed: ended and no longer in the export; others: not this feed's by `terms: {mine}`; missing: running, or without any
    known end, and no longer in the export.
    """

    rules: PlanRules
    scopes: Scopes
    closed: frozenset[str]
    others: frozenset[str]
    missing: frozenset[str]

    def outside(self, table: str, rows: pd.DataFrame) -> Flags:
        """Which rows belong to a term that this export says nothing of."""
        beyond = self.closed | self.others
        if not beyond or not len(rows):
            return np.zeros(len(rows), dtype=np.bool_)
        return found(self.scopes.terms_of(table, rows), sorted(beyond))

    def absence(self, table: str) -> Absence:
        """What absence means for the rows of one table."""
        return Absence(self._means(table), lambda rows: self.outside(table, rows))

    def findings(self) -> pd.DataFrame:
        """A remark for each closed term, a hold for each that is missing though it runs."""
        if not self.closed and not self.missing:
            return NOTHING_TOLD
        parts = [
            _about(sorted(self.closed), "plan-term-closed", Severity.REMARK, _CLOSED),
            _about(sorted(self.missing), "plan-term-missing", Severity.HOLD, _MISSING),
        ]
        return join_findings(parts)

    def _means(self, table: str) -> str:
        desired = self.scopes.desired.get(table)
        if desired is None or WHOLE not in desired.columns or self.rules.export_of(table) == "delta":
            return "keep"
        if "status" not in canvas_columns(table):  # Canvas has no word for their end: logins end with users.csv
            return "keep"
        return self.rules.absent_means(table)


_CLOSED = (
    "The export no longer holds this term, and the term has ended: its rows stay in Canvas as they are.",
    "Nothing to do. Name the term under `terms: {mine}` if absence should still count.",
)
_MISSING = (
    "The export no longer holds this term, although it has not ended.",
    "Look whether the export is complete. If the term is over, name it under `terms: {closed}` or give it an end date.",
)


def judge_terms(rules: PlanRules, scopes: Scopes) -> TermScope:
    """What the export says of each term in which the base has living courses.

    A term occurs in the export when one of its courses does; being named in the list of terms alone says nothing.
    """
    accepted = scopes.base.get("courses")
    if accepted is None or "term_id" not in accepted.columns:
        return TermScope(rules, scopes, frozenset(rules.terms.closed), frozenset(), frozenset())
    living = accepted[~found(column(accepted, "status"), sorted(GONE))]
    of_base = {str(term) for term in living["term_id"].unique() if term}
    others = {term for term in of_base if not _is_mine(term, rules)}
    closed = set(rules.terms.closed)
    if not _speaks_for_courses(rules, scopes):
        return TermScope(rules, scopes, frozenset(closed), frozenset(others), frozenset())
    absent = of_base - _occurring(scopes) - others - closed
    ended = {term for term in absent if _has_ended(term, scopes, rules.today)}
    return TermScope(rules, scopes, frozenset(closed | ended), frozenset(others), frozenset(absent - ended))


def _speaks_for_courses(rules: PlanRules, scopes: Scopes) -> bool:
    desired = scopes.desired.get("courses")
    return desired is not None and WHOLE in desired.columns and rules.export_of("courses") == "full"


def _occurring(scopes: Scopes) -> set[str]:
    courses = scopes.desired["courses"]
    said = courses[same_texts(column(courses, PROTECTED), "")]
    return {str(term) for term in scopes.terms_of("courses", said).unique() if term}


def _is_mine(term: str, rules: PlanRules) -> bool:
    return not rules.terms.mine or any(fnmatchcase(term, pattern) for pattern in rules.terms.mine)


def _has_ended(term: str, scopes: Scopes, today: date | None) -> bool:
    """Whether the term's own end, or else the last end of its courses, is before today; False where no date is known."""
    if today is None:
        return False
    ends = [_latest(tables, "terms", term) for tables in (scopes.desired, scopes.base)]
    ends += [_latest(tables, "courses", term) for tables in (scopes.desired, scopes.base)]
    known = [end for end in ends if end]
    return bool(known) and known[0][:10] < today.isoformat()


def _latest(tables: Mapping[str, pd.DataFrame], table: str, term: str) -> str:
    frame = tables.get(table)
    if frame is None or "end_date" not in frame.columns or "term_id" not in frame.columns:
        return ""
    ends = frame["end_date"][same_texts(frame["term_id"], term)]
    if "date_override_enrollment_type" in frame.columns:
        ends = ends[same_texts(frame["date_override_enrollment_type"][ends.index], "")]
    return max((str(end) for end in ends), default="")


def _about(terms: list[str], code: str, severity: Severity, texts: tuple[str, str]) -> pd.DataFrame:
    return findings_frame(
        len(terms),
        {
            "code": code,
            "severity": str(severity),
            "table": "courses",
            "column": "term_id",
            "value": pd.Series(terms, dtype=TEXT),
            "message": texts[0],
            "remedy": texts[1],
        },
    )
