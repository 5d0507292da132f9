"""The plan: desired roster against base, row by row, with everything kept back that a refused row may explain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.canvas.identity import ORDER
from pipeline.model.findings import Severity, findings_frame, join_findings
from pipeline.model.frames import TEXT, concat, empty_frame
from pipeline.model.plan import GOING, Action, Plan
from pipeline.model.roster import Base, Roster
from pipeline.planning.absence import TermScope, judge_terms
from pipeline.planning.cascade import planned_endings
from pipeline.planning.compare import Compared, Side, compare
from pipeline.planning.doubts import doubt_findings
from pipeline.planning.lookup import sorted_by_key
from pipeline.planning.memory import apply_marks
from pipeline.planning.others import OtherFeed, keep_for_others, lead_findings
from pipeline.planning.renames import (
    WAITS_FOR_RENAME,
    Renames,
    find_renames,
    rename_ids,
    rename_rows,
    waiting_for_renames,
)
from pipeline.planning.rules import PlanRules
from pipeline.planning.scopes import Scopes
from pipeline.planning.shield import make_shield
from pipeline.planning.told import NOTHING_TOLD
from pipeline.planning.withhold import has_action, protect, withhold_dependants, withhold_moves, withhold_parents

__all__ = ["NOTHING", "SENDING", "count_actions", "make_plan"]

SENDING = (Action.CREATE, Action.UPDATE, Action.DELETE, Action.REACTIVATE, Action.RENAME)
LOGINS_STAY = "Canvas does not change a login that exists"
NOTHING = -1  # in `part`: the row is not sent

Counts = dict[str, dict[str, int]]


def make_plan(desired: Roster, base: Base, rules: PlanRules, others: Sequence[OtherFeed] = ()) -> Plan:
    """What becomes of every row of the desired roster and of the base; guards come afterwards.

    others: the feeds that go into the same instance, in the order of the configuration. Renamed ids are compared as if Canvas
    had them already; what names one is withheld until it has. The frames list all rows but those that are unchanged, or kept because their term is none of this export's: these are only
    counted. `part` is 0 where a row is sent and -1 where not. HOLD findings are for `apply_guards`.
    """
    renames = find_renames(desired, base, rules)
    base = replace(base, tables=rename_ids(base.tables, renames.all))
    scopes = Scopes(desired.tables, base.tables)
    terms = judge_terms(rules, scopes)
    compared = {table: _compare(table, desired, base, terms) for table in _tables(desired, base)}
    shield = make_shield(desired.protections, base.tables)
    tables = {table: protect(table, result.rows, shield) for table, result in compared.items()}
    for table in [name for name in ORDER if name in tables]:
        tables[table] = apply_marks(table, tables, base, rules.today)
    tables = keep_for_others(_without_idle_changes(tables), others)
    tables = _with_renames(tables, renames)
    tables = withhold_dependants(tables, shield, base.tables)
    if "enrollments" in tables:
        tables["enrollments"] = withhold_moves(tables["enrollments"], shield, scopes)
    tables = withhold_parents(tables, shield, Scopes({}, base.tables))
    tables = {table: _finished(table, rows, scopes) for table, rows in tables.items()}
    findings = [
        lead_findings(tables),
        terms.findings(),
        _unknown_rows(shield.unknown),
        _carried_findings(compared, tables),
    ]
    findings.append(doubt_findings(desired, base, rules, tables))
    counts = {table: _counts(rows, compared.get(table)) for table, rows in tables.items()}
    return Plan(
        tables=tables,
        counts=counts,
        effective=_effective(tables, base),
        files=desired.files,
        findings=join_findings(findings),
    )


def count_actions(rows: pd.DataFrame) -> dict[str, int]:
    """How many rows each action has; actions without rows are left out."""
    return {str(action): int(number) for action, number in rows["action"].value_counts().items()}


def _tables(desired: Roster, base: Base) -> list[str]:
    names = [table for table in ORDER if table in desired.tables or table in base.tables]
    return [table for table in names if table != "change_sis_id" or table in desired.tables]


def _compare(table: str, desired: Roster, base: Base, terms: TermScope) -> Compared:
    accepted = base.tables.get(table)
    if accepted is None:
        accepted = empty_frame((), with_provenance=False)
    side = Side(table, desired.tables.get(table), accepted, tuple(desired.clears.get(table, ())))
    return compare(side, terms.absence(table))


def _without_idle_changes(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables without changes of logins: Canvas never changes one that is there, it complains."""
    rows = tables.get("logins")
    if rows is None:
        return tables
    idle = has_action(rows, Action.UPDATE)
    action = rows["action"].where(~idle, str(Action.KEPT))
    return tables | {"logins": rows.assign(action=action, reason=rows["reason"].where(~idle, LOGINS_STAY))}


def _with_renames(tables: dict[str, pd.DataFrame], renames: Renames) -> dict[str, pd.DataFrame]:
    """The tables with proposed renames as rows, and with everything withheld that names an id not yet in Canvas."""
    pending = renames.all
    if not len(pending):
        return tables
    result = {}
    for table, rows in tables.items():
        waits = waiting_for_renames(table, rows, pending) & has_action(rows, *SENDING)
        result[table] = rows.assign(
            action=rows["action"].where(~waits, str(Action.WITHHELD)),
            reason=rows["reason"].where(~waits, WAITS_FOR_RENAME),
        )
    if len(renames.proposed):
        proposed = rename_rows(renames.proposed)
        given = result.get("change_sis_id")
        joined = proposed if given is None or not len(given) else concat([given, proposed])
        result = {
            "change_sis_id": joined,
            **{table: rows for table, rows in result.items() if table != "change_sis_id"},
        }
    return result


def _finished(table: str, rows: pd.DataFrame, scopes: Scopes) -> pd.DataFrame:
    """The rows sorted by key, with scope and part."""
    ordered = sorted_by_key(rows)
    part = np.where(has_action(ordered, *SENDING), GOING, NOTHING).astype(np.int32)
    return ordered.assign(**scopes.terms_and_accounts(table, ordered), part=part)


def _counts(rows: pd.DataFrame, compared: Compared | None) -> dict[str, int]:
    counts = count_actions(rows)
    unlisted = (compared.unchanged, compared.outside) if compared is not None else (0, 0)
    for action, number in zip((Action.UNCHANGED, Action.KEPT), unlisted, strict=True):
        if number:
            counts[str(action)] = counts.get(str(action), 0) + number
    return {str(action): counts[str(action)] for action in Action if str(action) in counts}


def _effective(tables: Mapping[str, pd.DataFrame], base: Base) -> Counts:
    """Rows sent, and rows that Canvas will end with them, by table and action."""
    counts = {table: count_actions(rows[rows["part"] >= GOING]) for table, rows in tables.items()}
    for table, endings in planned_endings(tables, Scopes({}, base.tables)).items():
        ends = counts.setdefault(table, {})
        ends[str(Action.DELETE)] = ends.get(str(Action.DELETE), 0) + sum(len(ending.rows) for ending in endings)
    return {table: actions for table, actions in counts.items() if actions}


def _unknown_rows(unknown: pd.DataFrame) -> pd.DataFrame:
    """A hold for each refused row of which no part of the key is known."""
    if not len(unknown):
        return NOTHING_TOLD
    return findings_frame(
        len(unknown),
        {
            "code": "plan-unknown-row",
            "severity": str(Severity.HOLD),
            "table": unknown["table"],
            "value": unknown["reason"],
            "message": "Nobody can tell whom or what this refused row stands for: it may explain any row that is absent.",
            "remedy": "Mend the row in the export, or approve the deletes if the row stands for none of them.",
        },
        {"file_no": unknown["file_no"], "line_no": unknown["line_no"]},
    )


def _carried_findings(compared: Mapping[str, Compared], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A warning for each table of which rows are sent without knowing what Canvas has in a column that it erases."""
    lines = []
    for table, result in compared.items():
        sent = int((tables[table]["part"].to_numpy() >= GOING).sum())
        if result.unknown and sent:
            lines.append((table, " ".join(result.unknown), str(sent)))
    if not lines:
        return NOTHING_TOLD
    names, columns, rows = ([line[place] for line in lines] for place in range(3))
    texts: dict[str, str | pd.Series] = {
        "code": "plan-carried-unknown",
        "severity": str(Severity.WARNING),
        "table": pd.Series(names, dtype=TEXT),
        "column": pd.Series(columns, dtype=TEXT),
        "value": pd.Series(rows, dtype=TEXT),
        "message": "Canvas erases columns that the mapping does not fill, and what it has there is not known for these rows.",
        "remedy": "Map the columns, say `clear`, or take over what Canvas has with `sis-pipeline adopt` first.",
    }
    return findings_frame(len(lines), texts)
