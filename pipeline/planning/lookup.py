"""Whole-column look-ups on text: positions of keys, values by position. The fast paths that planning rests on."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.identity import WORSE
from pipeline.model.frames import TEXT

__all__ = [
    "Flags",
    "Positions",
    "blank",
    "coalesce",
    "column",
    "constant",
    "differs",
    "found",
    "join_texts",
    "pick",
    "pick_rows",
    "positions",
    "same_texts",
    "sorted_by_key",
    "worseness",
]

FEW = 4  # times fewer keys than rows from which on the rows are looked up among the keys
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def constant(value: str, rows: int) -> pd.Series:
    """A text column of one value."""
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.repeat(pa.scalar(value, pa.string()), rows)))


def blank(rows: int) -> pd.Series:
    """A text column of so many empty cells."""
    return constant("", rows)


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column of a frame, or empty cells where the frame does not have it."""
    if name not in frame.columns:
        return blank(len(frame))
    cells = frame[name]
    is_numbered = isinstance(cells.index, pd.RangeIndex) and cells.index.start == 0 and cells.index.step == 1
    return cells if is_numbered else cells.reset_index(drop=True)


def positions(keys: pd.Series, among: pd.Series) -> Positions:
    """Where each key is found first in another column; -1 where it is not."""
    if len(keys) * FEW < len(among):  # a table of the few keys is made faster than one of the many
        candidates = np.flatnonzero(found(among, keys))
        return np.append(candidates, -1)[_index_in(keys, among.take(candidates))]
    return _index_in(keys, among)


def found(keys: pd.Series, among: pd.Series | Sequence[str]) -> Flags:
    """Which keys occur in another column or list."""
    values = _one_array(among) if isinstance(among, pd.Series) else pa.array(list(among), pa.string())
    return _flags(pc.is_in(pa.array(keys), value_set=values))


def pick(values: pd.Series, places: Positions) -> pd.Series:
    """The values at these positions; "" for -1."""
    if not len(values):
        return blank(len(places))
    taken = values.array.take(places, allow_fill=True, fill_value="")
    return pd.Series(taken, dtype=TEXT)


def pick_rows(frame: pd.DataFrame, places: Positions) -> pd.DataFrame:
    """The rows at these positions, renumbered; none may be -1."""
    return frame.take(places).reset_index(drop=True)


def sorted_by_key(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows sorted by their column `key`, renumbered; keys are unique."""
    keys = _one_array(frame["key"])
    if len(keys) < 2 or not pc.any(pc.greater(keys[:-1], keys[1:])).as_py():
        return frame.reset_index(drop=True)
    return pick_rows(frame, np.asarray(pc.array_sort_indices(keys), dtype=np.int64))


def coalesce(first: pd.Series, second: pd.Series) -> pd.Series:
    """The first column's cells, and the second's where those are blank."""
    cells = pa.array(first)
    filled = pc.if_else(pc.equal(cells, ""), pa.array(second), cells)
    return pd.Series(pd.arrays.ArrowExtensionArray(filled))


def differs(left: pd.Series, right: pd.Series) -> Flags:
    """Where two columns of the same length differ."""
    return _flags(pc.not_equal(pa.array(left), pa.array(right)))


def same_texts(column_of_texts: pd.Series, value: str) -> Flags:
    """Where a column holds exactly this text."""
    return _flags(pc.equal(pa.array(column_of_texts), value))


def join_texts(parts: Sequence[pd.Series]) -> pd.Series:
    """One text of several columns, joined by a character that no id holds."""
    joined = pc.binary_join_element_wise(*[pa.array(part) for part in parts], "\x1f")
    return pd.Series(pd.arrays.ArrowExtensionArray(joined))


def worseness(statuses: pd.Series) -> npt.NDArray[np.int8]:
    """How much each status takes away, as `canvas.identity.WORSE` says; unknown words take nothing."""
    words = pd.Series(list(WORSE), dtype=TEXT)
    levels = np.array([*WORSE.values(), 0], dtype=np.int8)
    return levels[positions(statuses, words)]


def _index_in(keys: pd.Series, among: pd.Series) -> Positions:
    places = pc.index_in(pa.array(keys), value_set=_one_array(among))
    return np.asarray(pc.fill_null(places, -1).to_numpy(), dtype=np.int64)


def _one_array(values: pd.Series) -> pa.Array:
    array = pa.array(values)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _flags(answers: pa.Array | pa.ChunkedArray) -> Flags:
    """A writable array of its own: callers combine flags in place."""
    array = answers.combine_chunks() if isinstance(answers, pa.ChunkedArray) else answers
    return np.array(array.to_numpy(zero_copy_only=False), dtype=np.bool_)
