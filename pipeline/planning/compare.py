"""One table of the desired roster against the base: what becomes of each row, before protections and scope have their say."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.identity import row_keys
from pipeline.model.frames import NO_LINE, PROVENANCE, TEXT
from pipeline.model.plan import Action
from pipeline.planning.columns import TRANSIENT, canvas_columns, carried_columns, columns_to_send, is_kept_when_blank
from pipeline.planning.desired import PROTECTED, WHOLE
from pipeline.planning.lookup import (
    Flags,
    Positions,
    blank,
    coalesce,
    column,
    constant,
    differs,
    pick,
    pick_rows,
    positions,
    same_texts,
    worseness,
)

__all__ = ["ABSENT", "DELETED_LEVEL", "UNCERTAIN", "Absence", "Compared", "Side", "compare"]

ABSENT = "absent from the export"
UNCERTAIN = "uncertain"
DELETED_LEVEL = 3  # of `canvas.identity.WORSE`: gone for good

_WORDS = tuple(Action)
_CODE = {action: number for number, action in enumerate(_WORDS)}


@dataclass(frozen=True, slots=True)
class Side:
    """One table on both sides. desired is None where the mapping does not make the table."""

    table: str
    desired: pd.DataFrame | None
    base: pd.DataFrame
    clears: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """means: `keep` or a status; outside: which accepted rows belong to a scope that the export says nothing of."""

    means: str
    outside: Callable[[pd.DataFrame], Flags]


@dataclass(frozen=True, slots=True)
class Compared:
    """rows: all rows in the form of a plan (`model.plan.PLAN_TEXTS`), unsorted, but those that are counted only.

    unchanged: rows that are so already; outside: kept rows of a scope that the export says nothing of.
    """

    rows: pd.DataFrame
    unchanged: int
    outside: int
    unknown: tuple[str, ...]  # columns that Canvas erases when they are absent, and of which nobody knows what it has


def compare(side: Side, absence: Absence) -> Compared:
    """Every row of both sides with its action; rows absent from the desired side get the status that absence means, or KEPT."""
    here = _Present.of(side)
    there = _Absent.of(side, here.places, absence)
    columns = columns_to_send(side.table, _mapped(side), side.clears, side.base if len(side.base.columns) else None)
    present_rows = _present_rows(side, here, columns)
    absent_rows = _absent_rows(side, there.listed, columns, absence.means)
    filled = [part for part in (present_rows, absent_rows) if len(part)] or [present_rows]
    rows = pd.concat(filled, ignore_index=True)
    return Compared(rows, here.unchanged + there.unchanged, there.outside, _unknown(side, columns))


@dataclass(frozen=True, slots=True)
class _Present:
    """The desired rows: keys, positions in the base (-1: not there), and those that are listed with their actions."""

    keys: pd.Series
    places: Positions
    listed: Positions
    actions: npt.NDArray[np.int8]
    diffs: dict[str, Flags]  # per changed column, for the listed rows
    unchanged: int

    @classmethod
    def of(cls, side: Side) -> "_Present":
        if side.desired is None:
            none = np.zeros(0, dtype=np.int64)
            return cls(blank(0), none, none, none.astype(np.int8), {}, 0)
        desired = side.desired
        keys = row_keys(side.table, desired).reset_index(drop=True)
        places = positions(keys, row_keys(side.table, side.base).reset_index(drop=True))
        diffs = _differences(side, places)
        actions = _actions(side, places, diffs)
        listed = np.flatnonzero(actions != _CODE[Action.UNCHANGED])
        few = {name: flags[listed] for name, flags in diffs.items()}
        return cls(keys, places, listed, actions[listed], few, len(desired) - len(listed))


@dataclass(frozen=True, slots=True)
class _Absent:
    """listed: positions of the base rows that the desired side lacks; unchanged: those already gone; outside: out of scope."""

    listed: Positions
    unchanged: int
    outside: int

    @classmethod
    def of(cls, side: Side, matched: Positions, absence: Absence) -> "_Absent":
        is_absent = np.ones(len(side.base), dtype=np.bool_)
        is_absent[matched[matched >= 0]] = False
        absent = np.flatnonzero(is_absent)
        levels = worseness(column(side.base, "status"))[absent]
        is_kept = absence.means == "keep"
        meant = 1 if is_kept else int(worseness(constant(absence.means, 1))[0])
        living = absent[levels < meant]
        is_outside = np.zeros(len(living), np.bool_) if is_kept else absence.outside(pick_rows(side.base, living))
        return cls(living[~is_outside], len(absent) - len(living), int(is_outside.sum()))


def _mapped(side: Side) -> list[str]:
    if side.desired is None:
        return []
    return [name for name in canvas_columns(side.table) if name in side.desired.columns]


def _differences(side: Side, places: Positions) -> dict[str, Flags]:
    """Per column whether the desired value differs from the accepted one; False for rows that are not in the base."""
    assert side.desired is not None
    is_in = places >= 0
    diffs: dict[str, Flags] = {}
    if not is_in.any():
        return diffs
    mapped = [name for name in _mapped(side) if name not in TRANSIENT]
    for name in dict.fromkeys([*mapped, *side.clears]):
        wanted = blank(len(places)) if name in side.clears else column(side.desired, name)
        flags = differs(wanted, pick(column(side.base, name), places)) & is_in
        if name not in side.clears and is_kept_when_blank(side.table, name):
            flags &= ~same_texts(wanted, "")
        if flags.any():
            diffs[name] = flags
    return diffs


def _actions(side: Side, places: Positions, diffs: dict[str, Flags]) -> npt.NDArray[np.int8]:
    assert side.desired is not None
    is_in = places >= 0
    wanted = worseness(column(side.desired, "status"))
    accepted = worseness(pick(column(side.base, "status"), places))
    is_uncertain = same_texts(pick(column(side.base, "uncertain"), places), "yes")
    is_changed = np.logical_or.reduce([*diffs.values(), is_uncertain & is_in])
    is_deleted = wanted == DELETED_LEVEL
    codes = np.select(
        [
            ~same_texts(column(side.desired, PROTECTED), ""),
            ~is_in & is_deleted,
            ~is_in,
            wanted > accepted,
            is_deleted,  # gone already: nothing else of such a row matters to Canvas
            wanted < accepted,
            is_changed,
        ],
        [
            _CODE[Action.PROTECTED],
            _CODE[Action.ALREADY_SO],
            _CODE[Action.CREATE],
            _CODE[Action.DELETE],
            _CODE[Action.UNCHANGED],
            _CODE[Action.REACTIVATE],
            _CODE[Action.UPDATE],
        ],
        _CODE[Action.UNCHANGED],
    )
    return codes.astype(np.int8)


def _present_rows(side: Side, here: _Present, columns: tuple[str, ...]) -> pd.DataFrame:
    if side.desired is None:
        return _absent_rows(side, here.listed, columns, "keep")
    listed, places = here.listed, here.places[here.listed]
    desired = side.desired.take(listed).reset_index(drop=True)
    values: dict[str, pd.Series] = {}
    for name in columns:
        if name in side.clears:
            values[name] = blank(len(listed))
        elif name in desired.columns:
            values[name] = desired[name]
        else:
            values[name] = pick(column(side.base, name), places)
    accepted = {f"was:{name}": pick(column(side.base, name), places) for name in columns}
    is_uncertain = same_texts(pick(column(side.base, "uncertain"), places), "yes")
    reasons = coalesce(column(desired, PROTECTED), constant(UNCERTAIN, len(listed)).where(is_uncertain, ""))
    texts = {
        "key": here.keys.take(listed).reset_index(drop=True),
        "action": _action_words(here.actions),
        "changed": _changed_names(here.diffs, len(listed)),
        "reason": reasons,
    }
    provenance = {name: _line_numbers(desired, name) for name in PROVENANCE}
    return pd.DataFrame({**values, **accepted, **texts, **provenance})


def _absent_rows(side: Side, listed: Positions, columns: tuple[str, ...], absent_means: str) -> pd.DataFrame:
    base = pick_rows(side.base, listed)
    rows = len(base)
    accepted = {name: column(base, name) for name in columns}
    is_kept = absent_means == "keep"
    values = accepted if is_kept else {**accepted, "status": constant(absent_means, rows)}
    reason = _why_kept(side) if is_kept else ABSENT
    texts = {
        "key": row_keys(side.table, base).reset_index(drop=True).astype(TEXT) if rows else blank(0),
        "action": constant(Action.KEPT if is_kept else Action.DELETE, rows),
        "changed": constant("" if is_kept else "status", rows),
        "reason": constant(reason, rows),
    }
    nowhere = {name: pd.Series(np.full(rows, NO_LINE, dtype=np.int32)) for name in PROVENANCE}
    return pd.DataFrame({**values, **{f"was:{name}": cells for name, cells in accepted.items()}, **texts, **nowhere})


def _why_kept(side: Side) -> str:
    if side.desired is None:
        return "the mapping does not make this table"
    return "absent, kept by rule" if WHOLE in side.desired.columns else "no full export of this table"


def _unknown(side: Side, columns: tuple[str, ...]) -> tuple[str, ...]:
    if side.desired is None:
        return ()
    return tuple(name for name in carried_columns(side.table) if name not in columns)


def _action_words(codes: npt.NDArray[np.int8]) -> pd.Series:
    words = pa.array([str(action) for action in _WORDS], pa.string())
    return pd.Series(pd.arrays.ArrowExtensionArray(words.take(pa.array(codes, pa.int8()))))


def _changed_names(diffs: dict[str, Flags], rows: int) -> pd.Series:
    """The names of the columns that differ, joined by a space."""
    changed = pa.array(blank(rows))
    for name, flags in diffs.items():
        word = pc.if_else(pa.array(flags), f"{name} ", "")
        changed = pc.binary_join_element_wise(changed, word, "")
    return pd.Series(pd.arrays.ArrowExtensionArray(pc.utf8_rtrim_whitespace(changed)))


def _line_numbers(rows: pd.DataFrame, name: str) -> pd.Series:
    if name in rows.columns:
        return rows[name].astype(np.int32)
    return pd.Series(np.full(len(rows), NO_LINE, dtype=np.int32))
