"""What a hold takes with it: creates that refer to a held create, the delete of a held move, parents of a held delete."""

import numpy as np
import pandas as pd

from pipeline.canvas.identity import ORDER, REFERENCES, row_keys
from pipeline.model.plan import GOING, Action
from pipeline.planning.cascade import cascades
from pipeline.planning.lookup import Positions, column, found, join_texts, positions, same_texts
from pipeline.planning.scopes import Scopes

__all__ = ["dependent_tables", "spread_holds"]

SEVERAL = "depends on several holds"
_NOTHING = -1
_APPEARING = (str(Action.CREATE), str(Action.REACTIVATE))

Tables = dict[str, pd.DataFrame]


def dependent_tables(table: str) -> set[str]:
    """The table and every table that refers to it, directly or through others."""
    found_tables = {table}
    for name in ORDER:
        parents = {parent for parent, _ in REFERENCES.get(name, {}).values()}
        if parents & found_tables:
            found_tables.add(name)
    return found_tables


def spread_holds(tables: Tables, scopes: Scopes, in_canvas: Scopes) -> Tables:
    """The tables with parts such that each hold can be decided by itself; rows that depend on several holds are withheld."""
    result = dict(tables)
    if all((rows["part"].to_numpy() <= GOING).all() for rows in tables.values()):
        return result
    for table in ORDER:
        if table in result:
            result[table] = _with_parents(table, result)
    if "enrollments" in result:
        result["enrollments"] = _with_moves(result["enrollments"], scopes)
    for table in reversed(ORDER):
        if table in result:
            result[table] = _with_children(table, result, in_canvas)
    return result


def _with_parents(table: str, tables: Tables) -> pd.DataFrame:
    """Rows that come or change follow the held create that they refer to."""
    rows = tables[table]
    part = rows["part"].to_numpy()
    concerned = np.flatnonzero((part >= GOING) & ~same_texts(rows["action"], str(Action.DELETE)))
    parts = np.zeros((0, len(concerned)), dtype=np.int64)
    for name, (parent, key) in REFERENCES.get(table, {}).items():
        if parent in tables and name in rows.columns and key in tables[parent].columns:
            held = tables[parent][
                (tables[parent]["part"].to_numpy() > GOING) & found(tables[parent]["action"], _APPEARING)
            ]
            places = positions(rows[name].take(concerned).reset_index(drop=True), column(held, key))
            parts = np.vstack([parts, _part_at(held, places)])
    return _moved(rows, concerned, parts)


def _with_moves(rows: pd.DataFrame, scopes: Scopes) -> pd.DataFrame:
    """The delete of a move follows its held create."""
    part = rows["part"].to_numpy()
    held = rows[(part > GOING) & found(rows["action"], _APPEARING)].reset_index(drop=True)
    stuck = rows[same_texts(rows["reason"], SEVERAL)].reset_index(drop=True)
    deletes = np.flatnonzero((part == GOING) & same_texts(rows["action"], str(Action.DELETE)))
    pairs = _pairs(rows.take(deletes).reset_index(drop=True), scopes)
    moved = _moved(rows, deletes, _part_at(held, positions(pairs, _pairs(held, scopes)))[np.newaxis])
    return _withheld(moved, deletes[found(pairs, _pairs(stuck, scopes))])


def _with_children(table: str, tables: Tables, in_canvas: Scopes) -> pd.DataFrame:
    """A parent's delete follows the held delete that it would carry out by cascade."""
    rows = tables[table]
    deletes = np.flatnonzero((rows["part"].to_numpy() >= GOING) & same_texts(rows["action"], str(Action.DELETE)))
    low = np.full(len(deletes), np.iinfo(np.int64).max, dtype=np.int64)
    high = np.zeros(len(deletes), dtype=np.int64)
    for cascade in cascades(table, rows.take(deletes).reset_index(drop=True), in_canvas):
        child = tables.get(cascade.table)
        if child is None:
            continue
        held = child[(child["part"].to_numpy() > GOING) & same_texts(child["action"], str(Action.DELETE))]
        keys = row_keys(cascade.table, in_canvas.base[cascade.table].take(cascade.children)).reset_index(drop=True)
        parts = _part_at(held, positions(keys, column(held, "key")))
        np.maximum.at(high, cascade.parents, parts)
        np.minimum.at(low, cascade.parents[parts > 0], parts[parts > 0])
    low = np.where(high > 0, low, 0)
    return _moved(rows, deletes, np.vstack([low, high]))


def _pairs(rows: pd.DataFrame, scopes: Scopes) -> pd.Series:
    return join_texts([column(rows, "user_id"), scopes.course_of("enrollments", rows)])


def _part_at(held: pd.DataFrame, places: Positions) -> Positions:
    """The part of the held row at each position, 0 for -1."""
    parts = np.append(held["part"].to_numpy(dtype=np.int64), 0)
    return parts[places]


def _moved(rows: pd.DataFrame, places: Positions, parts: np.ndarray) -> pd.DataFrame:
    """The rows at these places in the one part that they depend on; withheld where there are several, as they are where none.

    parts: one line per dependence, 0 where there is none.
    """
    if not len(places) or not parts.size or not parts.any():
        return rows
    high = parts.max(axis=0)
    low = np.where(parts > 0, parts, np.iinfo(np.int64).max).min(axis=0)
    several = (high > 0) & (low != high)
    one = (high > 0) & ~several
    part = rows["part"].to_numpy().copy()
    part[places[one]] = high[one]
    return _withheld(rows.assign(part=part), places[several])


def _withheld(rows: pd.DataFrame, places: Positions) -> pd.DataFrame:
    if not len(places):
        return rows
    flags = np.zeros(len(rows), dtype=np.bool_)
    flags[places] = True
    part = np.where(flags, _NOTHING, rows["part"].to_numpy()).astype(np.int32)
    action = rows["action"].where(~flags, str(Action.WITHHELD))
    return rows.assign(part=part, action=action, reason=rows["reason"].where(~flags, SEVERAL))
