"""Guards: which parts of a plan wait for a person. Trust guards doubt the drop and hold everything, change guards their part."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from pipeline.canvas.identity import ORDER
from pipeline.model.findings import Severity, findings_frame, join_findings
from pipeline.model.frames import TEXT
from pipeline.model.plan import GOING, Action, Hold, Plan
from pipeline.model.roster import Base
from pipeline.planning.affected import Affected, Measure, Trip, deletes_of, emptied_trips, rows_with, smallest_trips
from pipeline.planning.build import count_actions
from pipeline.planning.compare import ABSENT
from pipeline.planning.dependence import dependent_tables, spread_holds
from pipeline.planning.lookup import Flags, Positions, found, same_texts
from pipeline.planning.memory import UNDONE_BEFORE
from pipeline.planning.others import ENDS_OTHERS
from pipeline.planning.rules import DropFacts, PlanRules
from pipeline.planning.scopes import Scopes
from pipeline.planning.shield import ANY_TABLE
from pipeline.planning.trust import Doubt, doubts_of
from pipeline.planning.wording import change_hold, everything_hold, rows_hold, trust_hold

__all__ = ["apply_guards"]


_NAMED = {
    "term": ("terms", "term_id", "name"),
    "account": ("accounts", "account_id", "name"),
    "course": ("courses", "course_id", "long_name"),
    "section": ("sections", "section_id", "name"),
}


@dataclass(slots=True)
class _Desk:
    """The plan on its way through the guards: part numbers change, everything else stays."""

    tables: dict[str, pd.DataFrame]
    base: Base
    rules: PlanRules
    scopes: Scopes
    next_number: int
    holds: list[Hold] = field(default_factory=list)
    remarks: list[pd.DataFrame] = field(default_factory=list)

    def trip(self, guard: str, table: str, affected: Affected, measure: Measure) -> None:
        """Hold the smallest scopes in which a guard of a table is over its line."""
        for trip in smallest_trips(affected, self.rules.limit(table, guard), measure):
            self.hold(guard, table, affected, trip)

    def hold(self, guard: str, table: str, affected: Affected, trip: Trip) -> None:
        """A hold for one tripped scope: it gets the plan's rows that cause it."""
        causes = affected.rows[trip.rows]
        for cause in causes["cause"].unique():
            rows = causes["cause_row"].to_numpy(dtype=np.int64)[same_texts(causes["cause"], str(cause))]
            self._number(str(cause), rows)
        self.holds.append(change_hold(self.next_number, guard, table, trip, self._called(trip)))
        self.next_number += 1

    def _called(self, trip: Trip) -> str:
        """The name of a tripped term, account, course or section, as the export or Canvas has it; "" when it has none."""
        table, key, name = _NAMED.get(trip.kind, ("", "", ""))
        for frame in (self.tables.get(table), self.base.tables.get(table)):
            if frame is not None and {key, name} <= set(frame.columns):
                called = frame[name][same_texts(frame[key], trip.name)]
                if len(called) and called.iloc[0]:
                    return str(called.iloc[0])
        return ""

    def hold_rows(self, guard: str, scope: str, picked: Mapping[str, Flags]) -> None:
        """A hold for these rows of several tables; none if there are none."""
        counts = {table: int(flags.sum()) for table, flags in picked.items() if flags.any()}
        if not counts:
            return
        for table in counts:
            self._number(table, np.flatnonzero(picked[table]))
        self.holds.append(rows_hold(self.next_number, guard, scope, counts))
        self.next_number += 1

    def move_all(self, number: int) -> None:
        """Put every row that is sent into one part."""
        for table, rows in self.tables.items():
            part = rows["part"].to_numpy()
            self.tables[table] = rows.assign(part=np.where(part >= GOING, number, part).astype(np.int32))

    def move_rest(self, number: int) -> None:
        """Put every row that would go into one part."""
        for table, rows in self.tables.items():
            part = rows["part"].to_numpy()
            self.tables[table] = rows.assign(part=np.where(part == GOING, number, part).astype(np.int32))

    def _number(self, table: str, places: Positions) -> None:
        part = self.tables[table]["part"].to_numpy().copy()
        part[places] = self.next_number
        self.tables[table] = self.tables[table].assign(part=part)


def apply_guards(plan: Plan, base: Base, rules: PlanRules, facts: DropFacts) -> Plan:
    """The plan with part numbers: 0 goes, n is hold n, -1 sends nothing; and its holds.

    A row that Canvas would end by cascade counts for the guards of its own table and holds the delete that ends it. A held
    create holds what refers to it and the delete of its move; a held delete holds those of its parents. When the drop itself
    is doubted, rows under a change guard wait in their own holds and all others in hold 1.
    """
    doubts = doubts_of(plan, base, rules, facts)
    courses_and_sections = {table: plan.tables[table] for table in ("courses", "sections") if table in plan.tables}
    desk = _Desk(dict(plan.tables), base, rules, Scopes(courses_and_sections, base.tables), 2 if doubts else 1)
    _hold_renames(desk)
    _hold_for_others(desk)
    _hold_undone(desk)
    _hold_missing_terms(desk, plan)
    _hold_for_unknown_rows(desk, plan)
    for table in ORDER:
        if table in desk.tables:
            _guard_table(desk, table)
    desk.tables = spread_holds(desk.tables, desk.scopes, Scopes({}, base.tables))
    holds = _gathered(desk, doubts)
    counts = {table: _counts_after(plan, table, rows) for table, rows in desk.tables.items()}
    findings = join_findings([plan.findings, *desk.remarks])
    return replace(plan, tables=desk.tables, counts=counts, holds=holds, findings=findings)


def _guard_table(desk: _Desk, table: str) -> None:
    measure = Measure(table, desk.base, desk.scopes)
    desk.trip("delete", table, deletes_of(table, desk.tables, desk.scopes, desk.base), measure)
    if table == "enrollments":
        _guard_emptied(desk, measure)
    rows = desk.tables[table]
    changed = same_texts(rows["action"], str(Action.UPDATE)) & ~same_texts(rows["changed"], "")
    desk.trip("change", table, rows_with(table, rows, changed, desk.scopes), measure)
    if measure.total():
        _guard_appearance(desk, table, measure)


def _guard_appearance(desk: _Desk, table: str, measure: Measure) -> None:
    """Many new rows in a table that is not empty; those of a term that is new to the table are told, not held."""
    rows = desk.tables[table]
    appears = found(rows["action"], [str(Action.CREATE), str(Action.REACTIVATE)])
    affected = rows_with(table, rows, appears, desk.scopes)
    terms = affected.rows["term"]
    is_new = ~same_texts(terms, "")
    if is_new.any():
        is_new &= ~found(terms, measure.known_terms())
    if is_new.any():
        desk.remarks.append(_new_terms(table, terms[is_new]))
    desk.trip("create", table, affected.without(is_new), measure)


def _guard_emptied(desk: _Desk, measure: Measure) -> None:
    """All enrollments of one course or section gone."""
    affected = deletes_of("enrollments", desk.tables, desk.scopes, desk.base)
    limit = desk.rules.limit("enrollments", "emptied")
    if not len(affected.rows):
        return
    rows = desk.tables["enrollments"]
    appears = found(rows["action"], [str(Action.CREATE), str(Action.REACTIVATE)])
    trips = emptied_trips(affected, limit, measure, rows_with("enrollments", rows, appears, desk.scopes))
    for trip in trips:
        desk.hold("emptied", "enrollments", affected, trip)


def _hold_renames(desk: _Desk) -> None:
    """Renames are proposals: none is sent before a person has seen its evidence."""
    rows = desk.tables.get("change_sis_id")
    if rows is not None:
        flags = same_texts(rows["action"], str(Action.RENAME)) & (rows["part"].to_numpy() == GOING)
        desk.hold_rows("rename", "renamed ids", {"change_sis_id": flags})


def _hold_for_others(desk: _Desk) -> None:
    """Deletes that would end rows of another feed wait, one hold for each such feed."""
    reasons = pd.concat([rows["reason"] for rows in desk.tables.values()]) if desk.tables else pd.Series(dtype=TEXT)
    for reason in sorted(str(text) for text in reasons.unique() if str(text).startswith(ENDS_OTHERS)):
        picked = {
            table: same_texts(rows["reason"], reason) & (rows["part"].to_numpy() == GOING)
            for table, rows in desk.tables.items()
        }
        desk.hold_rows("other feed", reason.removeprefix("would end "), picked)


def _hold_undone(desk: _Desk) -> None:
    """What a person took back is not done again unasked."""
    picked = {
        table: same_texts(rows["reason"], UNDONE_BEFORE) & (rows["part"].to_numpy() == GOING)
        for table, rows in desk.tables.items()
    }
    desk.hold_rows("undone", "rows undone before", picked)


def _hold_missing_terms(desk: _Desk, plan: Plan) -> None:
    """The deletes of a running term that left the export wait apart: approving the rest does not approve them."""
    missing = plan.findings["value"][same_texts(plan.findings["code"], "plan-term-missing")]
    for term in missing:
        picked = {
            table: _absent(rows) & same_texts(rows["term_id_of"], str(term)) for table, rows in desk.tables.items()
        }
        desk.hold_rows("missing term", f"term {term}", picked)


def _hold_for_unknown_rows(desk: _Desk, plan: Plan) -> None:
    """Deletes by absence that a refused row may explain of which nobody can tell what it stands for."""
    unknown = plan.findings[same_texts(plan.findings["code"], "plan-unknown-row")]
    for table in unknown["table"].unique():
        concerned = set(ORDER) if table == ANY_TABLE else dependent_tables(str(table))
        picked = {name: _absent(rows) for name, rows in desk.tables.items() if name in concerned}
        scope = "all tables" if table == ANY_TABLE else f"{table} and what depends on them"
        desk.hold_rows("unknown row", scope, picked)


def _absent(rows: pd.DataFrame) -> Flags:
    going: Flags = rows["part"].to_numpy() == GOING
    return going & same_texts(rows["action"], str(Action.DELETE)) & same_texts(rows["reason"], ABSENT)


def _gathered(desk: _Desk, doubts: tuple[Doubt, ...]) -> tuple[Hold, ...]:
    """The holds that have rows, with their counts; what a doubt holds is the first."""
    holds = [replace(hold, counts=_counts_of(desk.tables, hold.number)) for hold in desk.holds]
    holds = [hold for hold in holds if hold.counts]
    if desk.rules.holds_all and (holds or doubts):
        desk.move_all(1)
        return (everything_hold(doubts, holds, _counts_of(desk.tables, 1)),)
    if doubts:
        desk.move_rest(1)
        holds.insert(0, trust_hold(doubts, _counts_of(desk.tables, 1)))
    return tuple(holds)


def _counts_of(tables: Mapping[str, pd.DataFrame], number: int) -> dict[str, dict[str, int]]:
    counts = {table: count_actions(rows[rows["part"].to_numpy() == number]) for table, rows in tables.items()}
    return {table: actions for table, actions in counts.items() if actions}


def _counts_after(plan: Plan, table: str, rows: pd.DataFrame) -> dict[str, int]:
    """The table's counts after some of its listed rows changed their action; rows that are only counted stay."""
    before, now = count_actions(plan.tables[table]), count_actions(rows)
    counts = {
        str(action): plan.counts[table].get(str(action), 0) - before.get(str(action), 0) + now.get(str(action), 0)
        for action in Action
    }
    return {action: number for action, number in counts.items() if number}


def _new_terms(table: str, terms: pd.Series) -> pd.DataFrame:
    counts = terms.value_counts().sort_index()
    texts: dict[str, str | pd.Series] = {
        "code": "plan-term-new",
        "severity": str(Severity.REMARK),
        "table": table,
        "column": "term_id",
        "value": pd.Series(counts.index.astype(str), dtype=TEXT),
        "message": "This term is new in Canvas: its rows appear for the first time.",
    }
    return findings_frame(len(counts), texts)
