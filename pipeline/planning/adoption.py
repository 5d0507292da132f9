"""Decisions on the base: what a Canvas held before us, Canvas's own version of drifted rows, and an earlier instance caught up."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.canvas.identity import ACTIVE_STATUS, KEYS, ORDER, REFERENCES, row_keys
from pipeline.model.frames import concat, empty_frame
from pipeline.model.plan import Part, Plan
from pipeline.model.roster import Base
from pipeline.planning.columns import TRANSIENT, canvas_columns
from pipeline.planning.inverse import plan_towards
from pipeline.planning.lookup import column, constant, found, pick, positions, same_texts

__all__ = ["accept_rows", "adopt", "catch_up"]

Tables = Mapping[str, pd.DataFrame]


def adopt(base: Base, tables: Tables) -> tuple[Base, dict[str, int]]:
    """The base with the rows that a Canvas already holds and that it lacks, and how many were taken over, by table.

    tables: rows as an older script last sent them, or as a provisioning report shows them, under Canvas's column names; rows
    without a key are left out. What was accepted from this feed stays as it is. The first plan is still the first.
    """
    adopted = dict(base.tables)
    counts: dict[str, int] = {}
    for table in [name for name in ORDER if name in tables]:
        before = adopted.get(table, empty_frame((), with_provenance=False))
        rows = _as_accepted(table, tables[table])
        keys = row_keys(table, rows).reset_index(drop=True)
        is_new = ~keys.duplicated(keep="last").to_numpy(dtype=np.bool_)
        if len(before):
            is_new &= ~found(keys, row_keys(table, before))
        counts[table] = int(is_new.sum())
        adopted[table] = concat([frame for frame in (before, rows[is_new]) if len(frame)] or [before])
    return replace(base, tables=adopted), counts


def accept_rows(base: Base, tables: Tables) -> Base:
    """The base with Canvas's version of these rows: a person takes a drift for right."""
    accepted = dict(base.tables)
    for table in [name for name in ORDER if name in tables]:
        rows = _as_accepted(table, tables[table])
        before = accepted.get(table, empty_frame((), with_provenance=False))
        stays = before
        if len(before):
            keys = row_keys(table, before).reset_index(drop=True)
            old = before[found(keys, row_keys(table, rows))]
            rows = _filled(table, rows, old)
            stays = before[~found(keys, row_keys(table, rows))]
        accepted[table] = concat([frame for frame in (stays, rows) if len(frame)] or [before])
    return replace(base, tables=accepted)


def catch_up(part: Part, last: Base, earlier: Base) -> Plan:
    """What an earlier instance must be sent first, so that the rehearsal of a part says something about the last one.

    The rows that the part touches and all that they refer to, as the last instance has them: what the earlier one lacks or has
    otherwise is upserted, what the last one has deleted is deleted. What the earlier one has beyond that stays.
    """
    touched: dict[str, pd.DataFrame] = {}
    needed: dict[str, list[pd.Series]] = {}
    for table in reversed(ORDER):
        accepted = last.tables.get(table)
        if accepted is None or not len(accepted):
            continue
        wanted = np.zeros(len(accepted), dtype=np.bool_)
        if table in part.tables:
            wanted |= found(row_keys(table, accepted).reset_index(drop=True), row_keys(table, part.tables[table]))
            _note_references(table, part.tables[table], needed)
        for ids in needed.get(table, ()):
            wanted |= found(column(accepted, KEYS[table][0]), ids)
        rows = accepted[wanted].reset_index(drop=True)
        if len(rows):
            touched[table] = rows
            _note_references(table, rows, needed)
    return plan_towards(touched, earlier)


def _note_references(table: str, rows: pd.DataFrame, needed: dict[str, list[pd.Series]]) -> None:
    for name, (parent, _) in REFERENCES.get(table, {}).items():
        if name in rows.columns:
            needed.setdefault(parent, []).append(rows[name][~same_texts(rows[name], "")])


def _as_accepted(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as a base has them: Canvas columns alone, a status where Canvas has one, certain, with a key."""
    names = [name for name in canvas_columns(table) if name in rows.columns and name not in TRANSIENT]
    chosen = rows[names].reset_index(drop=True)
    if "status" in canvas_columns(table):
        status = column(chosen, "status")
        chosen = chosen.assign(status=status.where(status != "", ACTIVE_STATUS.get(table, "active")))
    person = KEYS[table][0] if table != "enrollments" else "user_id"
    has_key = ~same_texts(column(chosen, person), "")
    return chosen.assign(uncertain=constant("", len(chosen)))[has_key].reset_index(drop=True)


def _filled(table: str, rows: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Columns that the new rows lack keep their accepted values."""
    places = positions(row_keys(table, rows), row_keys(table, old))
    missing = [name for name in old.columns if name not in rows.columns]
    return rows.assign(**{name: pick(column(old, name), places) for name in missing})
