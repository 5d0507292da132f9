"""Plans that take back: the inverse of an import, and the half of a move that must not stand alone."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.canvas.identity import ORDER, row_keys
from pipeline.model.frames import concat, empty_frame
from pipeline.model.plan import GOING, Action, Part, Plan
from pipeline.model.roster import Base
from pipeline.planning.build import NOTHING, SENDING, count_actions
from pipeline.planning.columns import TRANSIENT, canvas_columns
from pipeline.planning.compare import Absence, Side, compare
from pipeline.planning.lookup import (
    Flags,
    column,
    constant,
    found,
    join_texts,
    pick,
    positions,
    sorted_by_key,
    worseness,
)
from pipeline.planning.scopes import Scopes
from pipeline.planning.withhold import has_action, move_pairs

__all__ = ["CHANGED_SINCE", "inverse_plan", "plan_towards", "repair_moves"]

CHANGED_SINCE = "changed since by another import"

Tables = Mapping[str, pd.DataFrame]


def inverse_plan(before: Base, after: Base, now: Base) -> Plan:
    """What brings an instance back to how it was before one import, as far as rows can: fields, deletes, and what ended with them.

    before, after: the base around the import; now: the present base. Rows that were new are deleted. Rows that another import
    changed since are withheld. What rows cannot bring back (submissions of a deleted person, states that Canvas keeps beside
    the row) is for `restore_states`.
    """
    wanted: dict[str, pd.DataFrame] = {}
    touched: dict[str, pd.Series] = {}
    for table in [name for name in ORDER if name in after.tables]:
        frame = after.tables[table]
        earlier = before.tables.get(table, empty_frame((), with_provenance=False))
        changed = frame[_differing(table, frame, earlier)].reset_index(drop=True)
        if not len(changed):
            continue
        wanted[table] = _earlier_versions(table, changed, earlier)
        current = now.tables.get(table, empty_frame((), with_provenance=False))
        moved_on = _differing(table, changed, current)
        touched[table] = row_keys(table, changed)[moved_on]
    plan = plan_towards(wanted, now)
    return _withheld(plan, touched) if touched else plan


def repair_moves(part: Part, before: Base, after: Base) -> Plan:
    """What re-activates an enrollment that a move ended although Canvas refused the other half; to be sent at once.

    part: as sent; before, after: the base around its import.
    """
    rows = part.tables.get("enrollments")
    accepted = after.tables.get("enrollments")
    earlier = before.tables.get("enrollments")
    if rows is None or accepted is None or earlier is None or not len(rows):
        return Plan({}, {})
    keys = row_keys("enrollments", rows).reset_index(drop=True)
    levels = worseness(column(rows, "status"))
    now = positions(keys, row_keys("enrollments", accepted))
    is_in = (now >= 0) & (worseness(pick(column(accepted, "status"), now)) == 0)
    scopes = Scopes(part.tables, after.tables)
    pairs = move_pairs(rows.reset_index(drop=True), scopes)
    lost = pairs[(levels == 0) & ~is_in]
    ended = keys[(levels > 0) & found(pairs, lost)]
    was = earlier[found(row_keys("enrollments", earlier), ended)].reset_index(drop=True)
    living = was[worseness(column(was, "status")) == 0].reset_index(drop=True)
    return plan_towards({"enrollments": living} if len(living) else {}, after)


def plan_towards(wanted: Tables, base: Base) -> Plan:
    """The plan that gives exactly these rows these values; no other row of the base is looked at.

    wanted: rows by table, Canvas columns alone; a row that Canvas does not have and that is wanted as deleted is already so.
    """
    tables: dict[str, pd.DataFrame] = {}
    counts: dict[str, dict[str, int]] = {}
    scopes = Scopes(wanted, base.tables)
    for table in [name for name in ORDER if name in wanted]:
        accepted = base.tables.get(table, empty_frame((), with_provenance=False))
        concerned = (
            accepted[found(row_keys(table, accepted), row_keys(table, wanted[table]))] if len(accepted) else accepted
        )
        names = [name for name in canvas_columns(table) if name in wanted[table].columns]
        side = Side(table, wanted[table][names].reset_index(drop=True), concerned.reset_index(drop=True), ())
        result = compare(side, Absence("keep", lambda rows: np.zeros(len(rows), dtype=np.bool_)))
        rows = sorted_by_key(result.rows)
        part = np.where(has_action(rows, *SENDING), GOING, NOTHING).astype(np.int32)
        tables[table] = rows.assign(**scopes.terms_and_accounts(table, rows), part=part)
        counts[table] = count_actions(rows)
        if result.unchanged:
            counts[table][str(Action.UNCHANGED)] = result.unchanged
    effective = {table: count_actions(rows[rows["part"].to_numpy() >= GOING]) for table, rows in tables.items()}
    return Plan(
        tables=tables, counts=counts, effective={table: actions for table, actions in effective.items() if actions}
    )


def _differing(table: str, rows: pd.DataFrame, others: pd.DataFrame) -> Flags:
    """Which rows the other frame has not, or has with other values."""
    names = [name for name in canvas_columns(table) if name in rows.columns or name in others.columns]
    own = join_texts([row_keys(table, rows).reset_index(drop=True), *[column(rows, name) for name in names]])
    if not len(others):
        return np.ones(len(rows), dtype=np.bool_)
    theirs = join_texts([row_keys(table, others).reset_index(drop=True), *[column(others, name) for name in names]])
    return ~found(own, theirs)


def _earlier_versions(table: str, changed: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """What these rows were before; rows that were not there at all are wanted as deleted."""
    names = [name for name in canvas_columns(table) if name not in TRANSIENT]
    places = np.full(len(changed), -1, dtype=np.int64)
    if len(earlier):
        places = positions(row_keys(table, changed), row_keys(table, earlier))
    was = earlier.take(places[places >= 0]).reset_index(drop=True)
    fresh = changed[places < 0].reset_index(drop=True)
    if "status" in canvas_columns(table):
        fresh = fresh.assign(status=constant("deleted", len(fresh)))
    joined = concat([frame for frame in (was, fresh) if len(frame)])
    return joined[[name for name in names if name in joined.columns]]


def _withheld(plan: Plan, touched: Mapping[str, pd.Series]) -> Plan:
    tables = dict(plan.tables)
    counts = {table: dict(actions) for table, actions in plan.counts.items()}
    for table, keys in touched.items():
        rows = tables[table]
        stopped = found(rows["key"], keys) & (rows["part"].to_numpy() == GOING)
        tables[table] = rows.assign(
            action=rows["action"].where(~stopped, str(Action.WITHHELD)),
            reason=rows["reason"].where(~stopped, CHANGED_SINCE),
            part=np.where(stopped, NOTHING, rows["part"].to_numpy()).astype(np.int32),
        )
        unchanged = counts[table].get(str(Action.UNCHANGED), 0)
        counts[table] = count_actions(tables[table]) | ({str(Action.UNCHANGED): unchanged} if unchanged else {})
    effective = {table: count_actions(rows[rows["part"].to_numpy() >= GOING]) for table, rows in tables.items()}
    return Plan(tables=tables, counts=counts, effective=effective)
