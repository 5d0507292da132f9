"""What Canvas changes by itself when a user, course, section or group ends: rows of other tables that end with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.canvas.identity import KEYS, row_keys
from pipeline.model.plan import Action
from pipeline.planning.lookup import (
    Positions,
    coalesce,
    column,
    constant,
    found,
    pick,
    positions,
    same_texts,
    worseness,
)
from pipeline.planning.scopes import Scopes

__all__ = ["Cascade", "Ending", "cascades", "planned_endings"]


@dataclass(frozen=True, slots=True)
class Cascade:
    """children: positions in the base's table of the rows that end; parents: position of the row each ends with."""

    table: str
    children: Positions
    parents: Positions
    status: str


@dataclass(frozen=True, slots=True)
class Ending:
    """A base row that Canvas will end by itself. rows: positions in the base's table, each once; and the plan's row that does it."""

    rows: Positions
    parent_table: str
    parent_rows: Positions


_ENDS_WITH: dict[str, tuple[tuple[str, str], ...]] = {
    "users": (
        ("enrollments", "user_id"),
        ("admins", "user_id"),
        ("groups_membership", "user_id"),
        ("user_observers", "observer_id"),
        ("user_observers", "student_id"),
    ),
    "courses": (("enrollments", "course_id"),),
    "sections": (("enrollments", "section_id"),),
    "groups": (("groups_membership", "group_id"),),
    "differentiation_tags": (("differentiation_tag_membership", "tag_id"),),
}
"""Table → tables and columns whose rows end when a row of it is deleted (canvas/sis-csv-rules, semantics per type)."""


def cascades(table: str, ending: pd.DataFrame, scopes: Scopes) -> Iterator[Cascade]:
    """The living base rows that end when these rows take effect.

    ending: rows of `table` with their keys and new `status`; scopes: over the base alone, since that is what Canvas holds.
    Deleting ends rows as deleted; completing a course completes its enrollments. Nothing else reaches beyond its own row.
    """
    if table not in _ENDS_WITH or not len(ending):
        return
    for status in ("deleted", "completed") if table == "courses" else ("deleted",):
        concerned = np.flatnonzero(same_texts(column(ending, "status"), status))
        if not len(concerned):
            continue
        ids = column(ending, KEYS[table][0]).take(concerned).reset_index(drop=True)
        level = int(worseness(constant(status, 1))[0])
        for child, name in _ENDS_WITH[table]:
            rows = scopes.base.get(child)
            if rows is None or not len(rows):
                continue
            keys = _courses_now(child, rows, scopes) if name == "course_id" else column(rows, name)
            places = positions(keys, ids)
            children = np.flatnonzero((places >= 0) & (worseness(column(rows, "status")) < level))
            if len(children):
                yield Cascade(child, children, concerned[places[children]], status)


def _courses_now(table: str, rows: pd.DataFrame, scopes: Scopes) -> pd.Series:
    """The course in which each row is: that of a cross-listing, where its section has one, not the one it came from."""
    own = scopes.course_of(table, rows)
    crossed = scopes.base.get("xlists")
    if crossed is None or not len(crossed):
        return own
    living = crossed[worseness(column(crossed, "status")) == 0].reset_index(drop=True)
    places = positions(column(rows, "section_id"), column(living, "section_id"))
    return coalesce(pick(column(living, "xlist_course_id"), places), own)


def planned_endings(
    tables: Mapping[str, pd.DataFrame], in_canvas: Scopes, only: str | None = None
) -> dict[str, list[Ending]]:
    """The base rows that end by cascade of a plan's deletes and that the plan does not delete itself, by table.

    only: look at the rows of this one table.
    """
    seen: dict[str, np.ndarray] = {}
    endings: dict[str, list[Ending]] = {}
    for table, rows in tables.items():
        if only not in (None, *(child for child, _ in _ENDS_WITH.get(table, ()))):
            continue
        deletes = np.flatnonzero(same_texts(rows["action"], str(Action.DELETE)))
        for cascade in cascades(table, rows.take(deletes).reset_index(drop=True), in_canvas):
            base_rows = in_canvas.base[cascade.table]
            if cascade.table not in seen:
                seen[cascade.table] = np.zeros(len(base_rows), dtype=np.bool_)
            fresh = ~seen[cascade.table][cascade.children]
            fresh &= ~_deleted_anyway(tables.get(cascade.table), cascade.table, base_rows.take(cascade.children))
            seen[cascade.table][cascade.children[fresh]] = True
            if fresh.any():
                ending = Ending(cascade.children[fresh], table, deletes[cascade.parents[fresh]])
                endings.setdefault(cascade.table, []).append(ending)
    return endings


def _deleted_anyway(planned: pd.DataFrame | None, table: str, rows: pd.DataFrame) -> np.ndarray:
    if planned is None:
        return np.zeros(len(rows), dtype=np.bool_)
    deletes = planned[same_texts(planned["action"], str(Action.DELETE))]
    return found(row_keys(table, rows).reset_index(drop=True), deletes["key"])
