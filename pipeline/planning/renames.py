"""Renames: an id that vanished while another with the same other identifiers appeared. Proposed with evidence, never sent unasked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.canvas.identity import KEYS, row_keys
from pipeline.model.frames import NO_LINE, PROVENANCE, TEXT, concat
from pipeline.model.plan import Action
from pipeline.model.roster import Base, Roster
from pipeline.planning.columns import canvas_columns
from pipeline.planning.desired import PROTECTED, WHOLE
from pipeline.planning.doubts import active_rows
from pipeline.planning.lookup import (
    Flags,
    Positions,
    blank,
    coalesce,
    column,
    constant,
    found,
    join_texts,
    pick,
    pick_rows,
    positions,
    same_texts,
    worseness,
)
from pipeline.planning.rules import PlanRules

__all__ = ["WAITS_FOR_RENAME", "Renames", "find_renames", "rename_ids", "rename_rows", "waiting_for_renames"]

WAITS_FOR_RENAME = "waits for a renamed id"
LEAST_OVERLAP = 0.5  # of the people under the old id that must be under the new one, where both have people

_KINDS = {
    "users": "user",
    "courses": "course",
    "sections": "section",
    "accounts": "account",
    "terms": "term",
    "groups": "group",
}
_TABLES = {kind: table for table, kind in _KINDS.items()} | {"group_category": "group_categories"}
_IDENTIFIERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "users": (("integration_id",), ("login_id",), ("email",)),
    "courses": (("integration_id",), ("short_name", "long_name", "term_id")),
    "sections": (("integration_id",), ("name", "course_id")),
}
_NAMES = ("full_name", "sortable_name", "last_name")
_ID_COLUMNS: dict[str, tuple[str, ...]] = {
    "user": ("user_id", "associated_user_id", "observer_id", "student_id", "existing_user_id"),
    "course": ("course_id", "xlist_course_id", "blueprint_course_id"),
    "section": ("section_id",),
    "term": ("term_id",),
    "account": ("account_id", "parent_account_id"),
    "group": ("group_id",),
    "group_category": ("group_category_id",),
}

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Renames:
    """found: columns type, old_id, new_id, evidence (text), file_no, line_no; given: the same, said by the export itself."""

    proposed: pd.DataFrame
    given: pd.DataFrame

    @property
    def all(self) -> pd.DataFrame:
        """Proposed and given ones."""
        return concat([frame for frame in (self.given, self.proposed) if len(frame)] or [self.given])


def find_renames(desired: Roster, base: Base, rules: PlanRules) -> Renames:
    """The ids that changed. A pair is proposed where an identifier, or title and term, fit exactly one row on either side.

    Persons whose names differ altogether, and sections or courses that share less than half of their people, are no pair.
    """
    given = _given(desired, base)
    tables = rename_ids(base.tables, given)
    proposed = given.iloc[:0]
    for table in _IDENTIFIERS:
        pairs = _pairs(table, desired, rename_ids(tables, proposed), rules)
        proposed = concat([frame for frame in (proposed, pairs) if len(frame)] or [proposed])
    declined = join_texts([proposed["type"], proposed["old_id"], proposed["new_id"]])
    return Renames(
        proposed[~found(declined, ["\x1f".join(pair) for pair in rules.not_renamed])].reset_index(drop=True), given
    )


def rename_ids(tables: Tables, renames: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables with every old id replaced by its new one, wherever it stands."""
    result = dict(tables)
    for kind, names in _ID_COLUMNS.items():
        mine = renames[same_texts(renames["type"], kind)].reset_index(drop=True)
        if not len(mine):
            continue
        for table, rows in result.items():
            cells = {
                name: _replaced(rows[name], mine) for name in names if name in rows.columns and table != "change_sis_id"
            }
            result[table] = rows.assign(**cells) if cells else rows
    return result


def rename_rows(renames: pd.DataFrame) -> pd.DataFrame:
    """Proposed renames as rows of a plan's table `change_sis_id`."""
    names = canvas_columns("change_sis_id")
    cells = {name: column(renames, name).astype(TEXT) for name in names}
    was = {f"was:{name}": blank(len(renames)) for name in names}
    rows = pd.DataFrame({**cells, **was})
    texts = {
        "key": row_keys("change_sis_id", rows),
        "action": constant(str(Action.RENAME), len(rows)),
        "changed": constant("new_id", len(rows)),
        "reason": column(renames, "evidence"),
    }
    return rows.assign(**texts, **{name: renames[name].to_numpy(dtype=np.int32) for name in PROVENANCE})


def waiting_for_renames(table: str, rows: pd.DataFrame, renames: pd.DataFrame) -> Flags:
    """Which rows of a plan's table name a renamed id: they can only go once Canvas knows it."""
    waits = np.zeros(len(rows), dtype=np.bool_)
    if table == "change_sis_id":
        return waits
    for kind, names in _ID_COLUMNS.items():
        ids = renames["new_id"][same_texts(renames["type"], kind)]
        for name in names if len(ids) else ():
            if name in rows.columns:
                waits |= found(rows[name], ids)
    return waits


def _given(desired: Roster, base: Base) -> pd.DataFrame:
    """What the export itself says: the rows of `change_sis_id` whose old id is still in the base."""
    rows = desired.tables.get("change_sis_id")
    if rows is None or not len(rows):
        return _frame("", blank(0), blank(0), blank(0))
    parts = []
    for kind in rows["type"].unique():
        mine = rows[same_texts(rows["type"], str(kind))].reset_index(drop=True)
        table = _TABLES.get(str(kind), "")
        accepted = base.tables.get(table)
        if accepted is None:
            continue
        is_open = found(column(mine, "old_id"), column(accepted, KEYS[table][0])) & ~same_texts(
            column(mine, "new_id"), ""
        )
        chosen = mine[is_open].reset_index(drop=True)
        parts.append(
            _frame(
                str(kind),
                column(chosen, "old_id"),
                column(chosen, "new_id"),
                constant("said by the export", len(chosen)),
            )
        )
    filled = [part for part in parts if len(part)]
    return concat(filled) if filled else _frame("", blank(0), blank(0), blank(0))


def _pairs(table: str, desired: Roster, accepted: Tables, rules: PlanRules) -> pd.DataFrame:
    key, kind = KEYS[table][0], _KINDS[table]
    none = _frame(kind, blank(0), blank(0), blank(0))
    rows, before = desired.tables.get(table), accepted.get(table)
    if (
        rows is None
        or before is None
        or not len(before)
        or WHOLE not in rows.columns
        or rules.export_of(table) == "delta"
    ):
        return none
    said = same_texts(column(rows, PROTECTED), "") & (worseness(column(rows, "status")) == 0)
    new = pick_rows(rows, np.flatnonzero(said & ~found(column(rows, key), column(before, key))))
    old = pick_rows(before, np.flatnonzero(active_rows(before) & ~found(column(before, key), column(rows, key))))
    if not len(new) or not len(old):
        return none
    places, evidence = _matched(table, new, old)
    chosen = np.flatnonzero(places >= 0)
    chosen = chosen[
        _is_likely(table, pick_rows(new, chosen), pick_rows(old, places[chosen]), (desired.tables, accepted))
    ]
    pairs = _frame(kind, pick(old[key], places[chosen]), pick(new[key], chosen), pick(evidence, chosen))
    return pairs.assign(**{name: new[name].to_numpy()[chosen] for name in PROVENANCE if name in new.columns})


def _matched(table: str, new: pd.DataFrame, old: pd.DataFrame) -> tuple[Positions, pd.Series]:
    """Per new row the position of its one old row by the first identifier that fits, and which that was."""
    places = np.full(len(new), -1, dtype=np.int64)
    evidence = blank(len(new))
    for names in _IDENTIFIERS[table]:
        own = join_texts([column(new, name).str.lower() for name in names])
        theirs = join_texts([column(old, name).str.lower() for name in names])
        usable = np.logical_and.reduce([~same_texts(column(new, name), "") for name in names])
        usable &= ~own.duplicated(keep=False).to_numpy(dtype=np.bool_)
        match = positions(own, theirs)
        is_single = ~theirs.duplicated(keep=False).to_numpy(dtype=np.bool_)
        fits = usable & (match >= 0) & (places < 0) & np.append(is_single, False)[match]
        fits &= ~np.isin(match, places[places >= 0])
        places = np.where(fits, match, places)
        evidence = evidence.where(~fits, f"same {' and '.join(names)}")
    return places, evidence


def _is_likely(table: str, new: pd.DataFrame, old: pd.DataFrame, rosters: tuple[Tables, Tables]) -> Flags:
    if table == "users":
        return _same_names(new, old)
    key = KEYS[table][0]
    now, before = (_people(table, tables) for tables in rosters)
    likely = np.ones(len(new), dtype=np.bool_)
    for place, (new_id, old_id) in enumerate(zip(column(new, key), column(old, key), strict=True)):
        people, earlier = now.get(new_id, set()), before.get(old_id, set())
        likely[place] = not people or not earlier or len(people & earlier) >= LEAST_OVERLAP * len(earlier)
    return likely


def _same_names(new: pd.DataFrame, old: pd.DataFrame) -> Flags:
    """Whether any name agrees, or none can be compared."""
    agrees = np.zeros(len(new), dtype=np.bool_)
    compared = np.zeros(len(new), dtype=np.bool_)
    for name in _NAMES:
        own, theirs = column(new, name).str.lower(), column(old, name).str.lower()
        both = ~same_texts(own, "") & ~same_texts(theirs, "")
        compared |= both
        agrees |= both & np.asarray(own == theirs, dtype=np.bool_)
    return agrees | ~compared


def _people(table: str, tables: Tables) -> dict[str, set[str]]:
    """The people of each section or course with living enrollments."""
    rows = tables.get("enrollments")
    if rows is None or not len(rows):
        return {}
    living = rows[active_rows(rows)].reset_index(drop=True)
    places = column(living, "section_id")
    if table == "courses":
        sections = tables.get("sections")
        by_section = blank(len(living))
        if sections is not None and len(sections):
            by_section = pick(column(sections, "course_id"), positions(places, column(sections, "section_id")))
        places = coalesce(by_section, column(living, "course_id"))
    people = pd.DataFrame({"place": places, "user": column(living, "user_id")})
    return {str(place): set(users) for place, users in people.groupby("place")["user"]}


def _replaced(ids: pd.Series, renames: pd.DataFrame) -> pd.Series:
    places = positions(ids.reset_index(drop=True), renames["old_id"])
    replaced = coalesce(pick(renames["new_id"], places), ids.reset_index(drop=True))
    return pd.Series(replaced.array, index=ids.index)


def _frame(kind: str, old: pd.Series, new: pd.Series, evidence: pd.Series) -> pd.DataFrame:
    nowhere = {name: np.full(len(old), NO_LINE, dtype=np.int32) for name in PROVENANCE}
    cells = {"type": constant(kind, len(old)), "old_id": old, "new_id": new, "evidence": evidence}
    return pd.DataFrame({**{name: cell.reset_index(drop=True) for name, cell in cells.items()}, **nowhere})
