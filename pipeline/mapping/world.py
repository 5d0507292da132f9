"""The tables that a mapping works on: those of the drop, and those it derives from them, each made once when asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DropError
from pipeline.mapping import language
from pipeline.mapping.document import Mapping
from pipeline.mapping.escape import made_outside
from pipeline.mapping.faults import Fault
from pipeline.mapping.lookups import KeyIndex, expand, index_of, look_up, missing_faults
from pipeline.mapping.merging import key_numbers, merge_rows
from pipeline.mapping.rows import Rows, arrow_of
from pipeline.mapping.values import Context, asked_of, evaluate, is_available, test_rows
from pipeline.model.source import SourceTables

__all__ = ["FILTERED", "IDENTICAL", "MERGED", "REFUSED", "USED", "World"]

FILTERED, IDENTICAL, MERGED, REFUSED, USED = range(5)  # what became of a source row; the greatest counts


@dataclass(slots=True)
class World:
    """Source rows numbered through all tables, what became of each, and the tables made so far."""

    mapping: Mapping
    sources: SourceTables
    zone: ZoneInfo
    today: date
    file_no: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    line_no: npt.NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    fate: npt.NDArray[np.int8] = field(default_factory=lambda: np.empty(0, np.int8))
    first: dict[str, int] = field(default_factory=dict)  # number of a source table's first row
    made: dict[str, Rows] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    has_line_breaks: bool = False  # whether a cell of any file can be on several lines
    remarks: set[tuple[str, str, str]] = field(
        default_factory=set
    )  # code, table and message of what was met on the way
    without_origin: list[str] = field(default_factory=list)  # tables whose rows do not know where they come from
    indexes: dict[tuple[str, tuple[str, ...], tuple[str, ...]], KeyIndex] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Number all rows."""
        frames = {name: table.rows for name, table in self.sources.tables.items()}
        at = 0
        for name, frame in frames.items():
            self.first[name] = at
            at += len(frame)
        nowhere = np.array([-1], np.int32)  # last, where NOWHERE points
        self.file_no = np.concatenate([*(frame["file_no"].to_numpy(np.int32) for frame in frames.values()), nowhere])
        self.line_no = np.concatenate([*(frame["line_no"].to_numpy(np.int32) for frame in frames.values()), nowhere])
        self.fate = np.full(at + 1, FILTERED, np.int8)
        self.has_line_breaks = any(_may_have_line_breaks(frame) for frame in frames.values())

    def is_present(self, name: str) -> bool:
        """Whether any file of the drop feeds a source or derived table."""
        derived = self.mapping.document.tables.get(name)
        if derived is None:
            return name in self.sources.tables
        if derived.sql or derived.python:
            return any(self.is_present(one) for one in derived.takes or tuple(self.mapping.document.needs))
        return any(self.is_present(one) for one in derived.union or (derived.source,))

    def label(self, name: str) -> str:
        """What people call a table: the names of its files, or its own where the drop has none."""
        derived = self.mapping.document.tables.get(name)
        if derived is not None:
            return self.label(next(iter(derived.union), derived.source))
        table = self.sources.tables.get(name)
        if table is None or not len(table.rows):
            return name
        files = [self.sources.files[number].name for number in table.rows["file_no"].unique()[:3]]
        return " and ".join(file.rsplit(" › ", 1)[-1].rsplit("/", 1)[-1] for file in files)

    def mark(self, origins: npt.NDArray[np.int32], fate: int) -> None:
        """Something became of source rows; what counts more stays."""
        self.fate[origins] = np.maximum(self.fate[origins], fate)

    def context(self) -> Context:
        """What values may ask for; faults go into a list of its own."""
        return Context(self.mapping.document, self.zone, self.today, self.table, self.remarks)

    def table(self, name: str) -> Rows:
        """A source or derived table."""
        if name not in self.made:
            document = self.mapping.document
            self.made[name] = (
                self._derive(name, document.tables[name]) if name in document.tables else self._source(name)
            )
        return self.made[name]

    def index(self, lookup: language.Lookup, asked: tuple[str, ...]) -> KeyIndex:
        """The keys of a look-up's table, made once. asked: its columns that are asked for."""
        key = (lookup.table, lookup.key, asked)
        if key not in self.indexes:
            self.indexes[key] = index_of(self.table(lookup.table), lookup.key, asked, self.label(lookup.table))
        return self.indexes[key]

    def begin(self, plan: language.Derived | language.Producer, context: Context) -> Rows:
        """The rows of `from`, with their look-ups, split, and filtered; faults of rows that are filtered are gone."""
        rows = self.table(plan.source)
        context.faults.extend(self.faults.get(plan.source, ()))
        if plan.split is not None:
            count = len(rows)
            rows, picks = _split(rows, plan.split)
            context.faults[:] = [fault.taken(picks, count) for fault in context.faults]
        for alias, lookup in plan.lookups.items():
            if lookup.many:
                rows = self._expand(rows, alias, lookup, context)
            else:
                rows = look_up(rows, alias, lookup, self.index(lookup, asked_of(plan, alias)), context)
        if plan.where is None:
            return rows
        apart = context.apart()
        mask = test_rows(rows, plan.where, apart)
        picks = np.flatnonzero(mask)
        context.faults[:] = [fault.taken(picks, len(rows)) for fault in [*context.faults, *apart.faults]]
        return rows.where(mask)

    def _expand(self, rows: Rows, alias: str, lookup: language.Lookup, context: Context) -> Rows:
        """The rows once for each row that a look-up finds."""
        table = self.table(lookup.table)
        ours, theirs = expand(rows, lookup, table, context)
        context.faults[:] = [fault.taken(ours, len(rows)) for fault in context.faults]
        rows = rows.take(ours).with_found(alias, table, theirs)
        context.faults.extend(missing_faults(rows, lookup, theirs, context, label=self.label(lookup.table)))
        return rows

    def _source(self, name: str) -> Rows:
        need = self.mapping.document.needs[name]
        table = self.sources.tables.get(name)
        if table is None:
            if not need.may_be_absent:
                raise DropError(
                    f'None of the files is "{name}" (columns {", ".join(need.required)}). Nothing was imported.',
                    code="table-missing",
                    remedy="Check that the export is complete, and that the right mapping is set for this feed.",
                )
            return Rows(np.empty(0, np.int32), dict.fromkeys((*need.required, *need.optional), _no_cells))
        first = self.first[name]
        makers = {
            column: _maker(table.rows[column], need.blank_words.get(column, ()) + need.blank_words.get("*", ()))
            for column in table.rows.columns
            if column not in {"file_no", "line_no"}
        }
        return Rows(np.arange(first, first + len(table.rows), dtype=np.int32), makers)

    def _derive(self, name: str, plan: language.Derived) -> Rows:
        context = self.context()
        if plan.sql or plan.python:
            rows = self._outside(name, plan)
        else:
            rows = self._union(plan.union, context) if plan.union else self.begin(plan, context)
        columns = {
            column: evaluate(rows, value, context)
            for column, value in plan.columns.items()
            if is_available(rows, value, context.document)
        }
        rows = rows.with_columns(columns)
        rows = rows.with_columns({column: _counted(rows, by) for column, by in plan.count.items()})
        if plan.merge is not None:
            rows = self._distinct(rows, plan.merge, context)
        self.faults[name] = context.faults
        return rows

    def _outside(self, name: str, plan: language.Derived) -> Rows:
        rows, knows_origin = made_outside(self.mapping, name, plan, self.table)
        if not knows_origin:
            self.without_origin.append(name)
            for one in plan.takes or tuple(self.mapping.document.needs):
                self.mark(self.table(one).origin, USED)  # which of them were used nobody can tell
        return rows

    def _union(self, names: tuple[str, ...], context: Context) -> Rows:
        parts = [self.table(name) for name in names if self.is_present(name)] or [self.table(names[0])]
        columns = dict.fromkeys(column for part in parts for column in part.columns)
        at = 0
        for name in names:
            if self.is_present(name):
                context.faults.extend(fault.shifted(at) for fault in self.faults.get(name, ()))
                at += len(self.table(name))
        return Rows(
            np.concatenate([part.origin for part in parts]),
            {column: _stacked(parts, column) for column in columns},
        )

    def _distinct(self, rows: Rows, rule: language.Merge, context: Context) -> Rows:
        numbers = key_numbers([rows.column(column) for column in rule.by], len(rows))
        columns = {column: rows.column(column) for column in rows.columns}
        compared = () if rule.winner else list(columns)
        merged = merge_rows(numbers, np.arange(len(rows)), columns, compared, rule.winner)
        self.mark(rows.origin[merged.dropped], MERGED)
        kept = np.sort(
            np.concatenate((merged.kept, merged.refused))
        )  # what contradicts itself is told where it is used
        context.faults[:] = [fault.taken(kept, len(rows)) for fault in context.faults]
        return rows.take(kept)


def _may_have_line_breaks(frame: pd.DataFrame) -> bool:
    """Whether a table's rows do not stand line under line, and a cell of them holds a line break."""
    steps = np.diff(frame["line_no"].to_numpy(np.int32))
    if not len(frame) or (steps == 1).all():
        return len(frame) == 1 and _holds_line_break(frame)
    return _holds_line_break(frame)


def _holds_line_break(frame: pd.DataFrame) -> bool:
    texts = [column for column in frame.columns if column not in {"file_no", "line_no"}]
    return any(pc.any(pc.match_substring(arrow_of(frame[column]), "\n")).as_py() for column in texts)


def _counted(rows: Rows, by: tuple[str, ...]) -> pa.Array:
    """How many rows agree with each in these columns."""
    numbers = key_numbers([rows.column(column) for column in by], len(rows))
    _, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    return pa.array(counts[inverse]).cast(pa.string())


def _no_cells() -> pa.Array:
    return pa.array([], pa.string())


def _maker(column: pd.Series, nothing: tuple[str, ...]) -> Callable[[], pa.Array]:
    def make() -> pa.Array:
        array = arrow_of(column)
        if not nothing:
            return array
        return pc.if_else(pc.is_in(array, value_set=pa.array(nothing, pa.string())), "", array)

    return make


def _stacked(parts: list[Rows], column: str) -> Callable[[], pa.Array]:
    return lambda: pa.concat_arrays([part.column(column) for part in parts])


def _split(rows: Rows, rule: language.Split) -> tuple[Rows, npt.NDArray[np.int64]]:
    """One row per item of a list in a cell; a row with an empty list is gone."""
    lists = pc.split_pattern(rows.column(rule.column), rule.by)
    items = pc.utf8_trim_whitespace(pc.list_flatten(lists))
    picks = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    filled = np.flatnonzero(pc.not_equal(items, "").to_numpy(zero_copy_only=False))
    picks = picks[filled]
    return rows.take(picks).with_columns({rule.to: items.take(pa.array(filled))}), picks
