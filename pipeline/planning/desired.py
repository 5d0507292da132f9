"""The desired roster: what the SIS says now. The last full export of each table, changed by the deltas since."""

import numpy as np
import pandas as pd

from pipeline.canvas.identity import KEYS, row_keys
from pipeline.model.frames import NO_LINE, concat
from pipeline.model.protection import join_protections
from pipeline.model.roster import Roster
from pipeline.planning.lookup import blank, constant, found, same_texts
from pipeline.planning.rules import PlanRules
from pipeline.planning.shield import ANY_TABLE, EARLIER, Shield, make_shield

__all__ = ["PROTECTED", "WHOLE", "update_desired"]

PROTECTED = "protected"
WHOLE = "whole"


def update_desired(previous: Roster | None, checked: Roster, rules: PlanRules) -> Roster:
    """The desired roster after one more drop.

    A full table replaces the earlier one, a delta changes and adds rows. Rows of the earlier roster that a refused row stands
    for stay, with their last good values. Each frame gets the text column `protected` (the code that refused the row, or "");
    rows kept from earlier have provenance -1. The column `whole`, always "", is there once a full export of the table came:
    only then does absence mean anything.
    """
    earlier = {} if previous is None else dict(previous.tables)
    shield = make_shield(checked.protections, earlier)
    tables: dict[str, pd.DataFrame] = {}
    for table, rows in checked.tables.items():
        before = earlier.get(table)
        update = _after_delta if rules.export_of(table) == "delta" else _after_full
        tables[table] = update(table, before, rows, shield)
    for table, frame in earlier.items():
        if table not in tables and rules.export_of(table) == "delta":
            tables[table] = _from_earlier(frame)
    return Roster(
        tables=tables,
        files=checked.files,
        findings=checked.findings,
        protections=_protections(previous, checked, rules),
        clears=checked.clears if previous is None else {**_still_cleared(previous, tables), **checked.clears},
        sums=checked.sums,
    )


def _after_full(table: str, before: pd.DataFrame | None, rows: pd.DataFrame, shield: Shield) -> pd.DataFrame:
    fresh = rows.reset_index(drop=True).assign(**{PROTECTED: blank(len(rows)), WHOLE: blank(len(rows))})
    if before is None or not len(before) or table not in KEYS or not len(shield.of_table(table)):
        return fresh
    absent = _without(table, before, fresh)
    reasons = shield.reasons(table, absent)
    is_protected = ~same_texts(reasons, "")
    if not is_protected.any():
        return fresh
    kept = _from_earlier(absent[is_protected].assign(**{PROTECTED: reasons[is_protected]}))
    return concat([fresh, kept])


def _after_delta(table: str, before: pd.DataFrame | None, rows: pd.DataFrame, shield: Shield) -> pd.DataFrame:
    fresh = rows.reset_index(drop=True).assign(**{PROTECTED: blank(len(rows))})
    if before is None or table not in KEYS:
        return fresh
    fresh = fresh.assign(**{WHOLE: blank(len(rows))}) if WHOLE in before.columns else fresh
    kept = _from_earlier(_without(table, before, fresh))
    reasons = shield.reasons(table, kept)
    protected = reasons.where(reasons != "", kept[PROTECTED].reset_index(drop=True))
    return concat([fresh, kept.assign(**{PROTECTED: protected})])


def _without(table: str, before: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    gone = ~found(row_keys(table, before), row_keys(table, fresh))
    return before[gone].reset_index(drop=True)


def _from_earlier(rows: pd.DataFrame) -> pd.DataFrame:
    nowhere = np.full(len(rows), NO_LINE, dtype=np.int32)
    return rows.reset_index(drop=True).assign(file_no=nowhere, line_no=nowhere)


def _protections(previous: Roster | None, checked: Roster, rules: PlanRules) -> pd.DataFrame:
    """The drop's protections, and earlier ones of tables of which this drop says only the changes, marked `earlier`.

    Those still explain what an earlier full export lacks; they say nothing against a later explicit delete.
    """
    if previous is None or not len(previous.protections):
        return checked.protections
    earlier = previous.protections
    kept = [
        table for table, rows in previous.tables.items() if WHOLE in rows.columns and rules.export_of(table) == "delta"
    ]
    stays = found(earlier["table"], [*kept, ANY_TABLE] if kept else [])
    remaining = _from_earlier(earlier[stays])
    return join_protections([checked.protections, remaining.assign(**{EARLIER: constant("yes", len(remaining))})])


def _still_cleared(previous: Roster, tables: dict[str, pd.DataFrame]) -> dict[str, tuple[str, ...]]:
    return {table: columns for table, columns in previous.clears.items() if table in tables}
