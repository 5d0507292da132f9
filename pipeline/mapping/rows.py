"""Rows under way through a mapping: Arrow columns taken lazily, and for each row the source row that caused it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Mask", "Picks", "Rows", "arrow_of", "constant", "side_by_side"]

Picks = npt.NDArray[np.integer[Any]]  # numbers of rows; 32 bits where there can be millions of them
Mask = npt.NDArray[np.bool_]
_WORTH_A_THREAD = 50_000  # rows


def arrow_of(column: pd.Series) -> pa.Array:
    """A text column as one Arrow array."""
    array = (
        pa.array(column, pa.string())
        if not hasattr(column.array, "__arrow_array__")
        else column.array.__arrow_array__()
    )
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    return array.cast(pa.string()) if array.type != pa.string() else array


def side_by_side(work: Callable[[pa.Array], Any], columns: Sequence[pa.Array]) -> list[Any]:
    """The results of the same work on several columns, done on two processors: Arrow lets other threads run meanwhile."""
    if len(columns) < 2 or len(columns[0]) < _WORTH_A_THREAD:
        return [work(column) for column in columns]
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(work, columns))


def constant(text: str, count: int) -> pa.Array:
    """A column of one text."""
    return pa.repeat(pa.scalar(text, pa.string()), count)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up found. rows: the table looked into; picks: its row per row of ours, -1 where none."""

    rows: "Rows"
    picks: Picks


@dataclass(slots=True)
class Rows:
    """A table under way.

    origin: per row the number of the source row that caused it, over all source rows of the drop; columns: functions that
    give a column as Arrow text, called once; found: look-ups by name.
    """

    origin: npt.NDArray[np.int32]
    columns: dict[str, Callable[[], pa.Array]]
    found: dict[str, Found] = field(default_factory=dict)
    cache: dict[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.origin)

    def has(self, name: str) -> bool:
        """Whether there is such a column, an own one or `lookup.column`."""
        if name in self.columns:
            return True
        alias, _, column = name.partition(".")
        return alias in self.found and self.found[alias].rows.has(column)

    def column(self, name: str) -> pa.Array:
        """A column as text; through a look-up, "" where nothing was found; "" throughout where the files lack it."""
        if not self.has(name):
            return constant("", len(self))
        if name not in self.cache:
            self.cache[name] = self._make(name)
        return self.cache[name]

    def _make(self, name: str) -> pa.Array:
        if name in self.columns:
            return self.columns[name]()
        alias, _, column = name.partition(".")
        found = self.found[alias]
        return take(found.rows.column(column), found.picks)

    def where(self, mask: Mask) -> "Rows":
        """The rows where the mask holds."""
        return self if mask.all() else self.take(np.flatnonzero(mask))

    def take(self, picks: Picks) -> "Rows":
        """These rows, in this order; a row may come several times."""
        return Rows(
            self.origin[picks],
            {name: _later(self, name, picks) for name in self.columns},
            {alias: Found(one.rows, one.picks[picks]) for alias, one in self.found.items()},
        )

    def with_columns(self, columns: Mapping[str, pa.Array]) -> "Rows":
        """The same rows with further columns, or others under the same names."""
        cache = {name: array for name, array in self.cache.items() if name not in columns} | dict(columns)
        makers = {name: _given(array) for name, array in columns.items()}
        return Rows(self.origin, self.columns | makers, self.found, cache)

    def with_found(self, alias: str, rows: "Rows", picks: Picks) -> "Rows":
        """The same rows with a further look-up."""
        return Rows(self.origin, self.columns, self.found | {alias: Found(rows, picks)}, self.cache)


def take(array: pa.Array, picks: Picks) -> pa.Array:
    """The picked cells, "" where a pick is negative."""
    if len(picks) and picks.min() < 0:
        indices = pa.array(np.where(picks < 0, 0, picks), mask=picks < 0)
        return pc.fill_null(array.take(indices), "") if len(array) else constant("", len(picks))
    return array.take(pa.array(picks))


def _later(rows: Rows, name: str, picks: Picks) -> Callable[[], pa.Array]:
    return lambda: take(rows.column(name), picks)


def _given(array: pa.Array) -> Callable[[], pa.Array]:
    return lambda: array
