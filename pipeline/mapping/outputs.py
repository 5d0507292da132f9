"""The rows of one Canvas table: made from their sources, refused where something is missing, merged by key, sorted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.file_types import file_types
from pipeline.canvas.identity import KEYS
from pipeline.mapping.faults import Fault, Said, fault_of, mask_of, once_each
from pipeline.mapping.language import CanvasTable, Producer
from pipeline.mapping.merging import Merged, encode, key_numbers, merge_rows
from pipeline.mapping.rows import Mask, Picks, Rows, arrow_of, constant, side_by_side
from pipeline.mapping.tell import tell_code_counts, tell_faults, tell_merged, tell_odd_mails
from pipeline.mapping.values import evaluate, is_available
from pipeline.mapping.world import IDENTICAL, MERGED, REFUSED, USED, World
from pipeline.model.findings import Severity
from pipeline.model.frames import PROVENANCE, text_column
from pipeline.model.protection import PROTECTED_KEYS, protections_frame

__all__ = ["Made", "canvas_table"]

_OPTIONAL_KEYS = frozenset(
    {"associated_user_id", "date_override_enrollment_type", "role", "old_integration_id", "old_id"}
)
"""Key columns that may be blank: not every enrollment has them, and an admin or enrollment may name its role by number."""


@dataclass(slots=True)
class Made:
    """One Canvas table with what was said and kept back on the way."""

    frame: pd.DataFrame
    findings: list[pd.DataFrame] = field(default_factory=list)
    protections: list[pd.DataFrame] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of one producer, and which of them go on. Hidden columns begin with an underscore."""

    rows: Rows
    columns: dict[str, pa.Array]
    going: Picks


def canvas_table(world: World, name: str, plan: CanvasTable) -> Made:
    """All rows of a Canvas table, one per key, in the order of their keys, with the provenance."""
    made = Made(pd.DataFrame())
    present = [producer for producer in plan.rows if world.is_present(producer.source)]
    parts = [_Maker(world, name, plan, made).produce(producer) for producer in present]
    table = _Table(world, name, *_stacked(parts))
    numbers = key_numbers(table.key_parts(plan.merge.by), len(table.origin))
    if plan.blank_keys == "pass":
        numbers = _apart_if_blank(table, numbers)
    compared = [column for column in table.columns if not column.startswith("_")]
    merged = merge_rows(numbers, _alive(parts), table.columns, compared, plan.merge.winner)
    del numbers
    _account(table, parts, merged)
    if plan.merge.tell:
        made.findings.append(tell_merged(world, name, table.columns, table.origin, merged))
    if len(merged.refused):
        _refuse_contradictions(table, merged.refused, made)
    made.frame = _frame(table, plan, merged.kept)
    if name == "users":
        made.findings.append(tell_odd_mails(made.frame))
    return made


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows of a Canvas table on the way: their cells, and the source row that caused each."""

    world: World
    name: str
    columns: dict[str, pa.Array]
    origin: npt.NDArray[np.int32]
    encoded: dict[str, pa.DictionaryArray] = field(default_factory=dict)

    def key_parts(self, by: Sequence[str]) -> list[pa.Array]:
        """The columns of the key, Canvas's own unless the mapping says otherwise."""
        names = [key for key in by or KEYS[self.name] if key in self.columns]
        parts = dict(zip(names, side_by_side(encode, [self.columns[name] for name in names]), strict=True))
        self.encoded.update(parts)
        if self.name == "enrollments" and "course_id" in parts and "section_id" in parts and not by:
            parts["course_id"] = pc.if_else(pc.equal(self.columns["section_id"], ""), self.columns["course_id"], "")
        return list(parts.values())

    def picked(self, picks: Picks) -> dict[str, pa.Array]:
        """The cells of these rows, of the columns that Canvas knows, in Canvas's order."""
        known = next(file_type.columns for file_type in file_types() if file_type.table == self.name)
        names = [column for column in known if column in self.columns]
        at = pa.array(picks)

        def take(column: pa.Array) -> pa.Array:
            if isinstance(column, pa.DictionaryArray):  # few texts, often asked for: they stay near the processor
                return column.dictionary.take(column.indices.take(at))
            return column.take(at)

        columns = [self.encoded.get(name, self.columns[name]) for name in names]
        return dict(zip(names, side_by_side(take, columns), strict=True))

    def protect(self, picks: Picks, reasons: str | Sequence[str]) -> pd.DataFrame:
        """Protections of rows that are refused: what they would have become stays, by as much of the key as is known."""
        texts: dict[str, str | pd.Series] = {
            "table": self.name,
            "reason": reasons if isinstance(reasons, str) else text_column(reasons),
        }
        for key in KEYS[self.name]:
            if key in PROTECTED_KEYS and key in self.columns:
                texts[key] = text_column(self.columns[key].take(pa.array(picks)))
        origin = self.origin[picks]
        numbers: dict[str, int | pd.Series] = {
            "file_no": pd.Series(self.world.file_no[origin]),
            "line_no": pd.Series(self.world.line_no[origin]),
        }
        return protections_frame(len(picks), texts, numbers)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the rows of one producer after another."""

    world: World
    name: str
    plan: CanvasTable
    made: Made

    def produce(self, producer: Producer) -> _Part:
        """The rows of a producer that go on; the others are told, and leave protections."""
        context = self.world.context()
        rows = self.world.begin(producer, context)
        columns = {
            column: evaluate(rows, value, context)
            for column, value in producer.columns.items()
            if is_available(rows, value, context.document)
        }
        if self.world.has_line_breaks:
            columns = _on_one_line(self.name, columns, context.faults)
        if self.plan.blank_keys == "refuse":
            context.faults.extend(_blank_keys(self.name, columns, len(rows)))
        skipped = mask_of(context.faults, "skip", len(rows))
        refused = mask_of(context.faults, "refuse", len(rows)) & ~skipped
        if refused.any():
            self.world.mark(rows.origin[refused], REFUSED)
            picks = np.flatnonzero(refused)
            table = _Table(self.world, self.name, columns, rows.origin)
            self.made.protections.append(table.protect(picks, _reasons(context.faults, picks, len(rows))))
        told = [fault.narrowed(~skipped) for fault in once_each(context.faults) if fault.kind != "skip"]
        self.made.findings.append(tell_faults(self.world, self.name, rows.origin, told))
        self.made.findings.append(tell_code_counts(self.name, told))
        return _Part(rows, columns, np.flatnonzero(~(refused | skipped)).astype(np.int32))


def _on_one_line(name: str, columns: Mapping[str, pa.Array], faults: list[Fault]) -> dict[str, pa.Array]:
    """Line breaks inside cells become blanks; in a key they refuse the row (M35)."""
    result = dict(columns)
    for column, cells in columns.items():
        broken = pc.match_substring(cells, "\n").to_numpy(zero_copy_only=False)
        if not broken.any():
            continue
        result[column] = pc.replace_substring_regex(cells, r"\s*\n\s*", " ")
        said = Said("line-break", column, f'"{{value}}" in {column} was on several lines.', "", Severity.REMARK)
        if column in KEYS[name]:
            said = Said(
                "key-line-break", column, f'"{{value}}" in {column} is on several lines.', "Mend it in the source."
            )
            result[column] = pc.if_else(pa.array(broken), "", cells)
        faults.append(fault_of("refuse" if column in KEYS[name] else "tell", broken, result[column], said))
    return result


def _blank_keys(name: str, columns: Mapping[str, pa.Array], count: int) -> list[Fault]:
    """Rows that lack a part of their key. An enrollment needs a section or a course."""
    needed = [key for key in KEYS[name] if key not in _OPTIONAL_KEYS]
    groups = [("section_id", "course_id"), ("user_id",)] if name == "enrollments" else [(key,) for key in needed]
    faults = []
    for group in groups:
        mask = np.ones(count, bool)
        for column in (columns[key] for key in group if key in columns):
            mask &= pc.equal(column, "").to_numpy(zero_copy_only=False)
        if mask.any():
            message = f"The row has no {' and no '.join(group)}."
            remedy = "Add it in the source and export again."
            faults.append(fault_of("refuse", mask, constant("", count), Said("key-blank", group[0], message, remedy)))
    return faults


def _reasons(faults: Sequence[Fault], picks: Picks, count: int) -> list[str]:
    """The code of the first fault that refuses each row."""
    reasons = np.full(count, "", dtype=object)
    for fault in reversed(faults):
        if fault.kind == "refuse":
            reasons[fault.rows] = fault.said.code
    return list(reasons[picks])


def _stacked(parts: Sequence[_Part]) -> tuple[dict[str, pa.Array], npt.NDArray[np.int32]]:
    """The rows of all producers below each other."""
    if len(parts) == 1:
        return parts[0].columns, parts[0].rows.origin
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns = {
        name: pa.concat_arrays([part.columns.get(name, constant("", len(part.rows))) for part in parts])
        for name in names
    }
    return columns, np.concatenate([part.rows.origin for part in parts])


def _alive(parts: Sequence[_Part]) -> Picks:
    """The rows of all producers that go on."""
    if len(parts) == 1:
        return parts[0].going
    at = np.cumsum([0, *(len(part.rows) for part in parts)]).astype(np.int32)
    return np.concatenate([part.going + first for part, first in zip(parts, at[:-1], strict=True)])


def _apart_if_blank(table: _Table, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows without a key that are passed on to the checks are never merged with each other."""
    blank = np.zeros(len(numbers), bool)
    for fault in _blank_keys(table.name, table.columns, len(numbers)):
        blank[fault.rows] = True
    if not blank.any():
        return numbers
    return np.where(blank, int(numbers.max()) + 1 + np.arange(len(numbers)), numbers)


def _account(table: _Table, parts: Sequence[_Part], merged: Merged) -> None:
    """What became of the source rows, looked-up ones included."""
    world, origin = table.world, table.origin
    world.mark(origin[merged.kept], USED)
    world.mark(origin[merged.refused], REFUSED)
    equal = _equal_sources(world, origin[merged.dropped], origin[merged.winners])
    world.mark(origin[merged.dropped[equal]], IDENTICAL)
    world.mark(origin[merged.dropped[~equal]], MERGED)
    for part in parts:
        for found in part.rows.found.values():
            is_hit = np.zeros(len(found.rows), bool)
            hits = found.picks[part.going]
            is_hit[hits[hits >= 0]] = True
            world.mark(found.rows.origin[is_hit], USED)


def _equal_sources(world: World, dropped: npt.NDArray[np.int32], winners: npt.NDArray[np.int32]) -> Mask:
    """Whether the source row of a dropped row says the same, cell for cell, as that of its winner."""
    equal = np.zeros(len(dropped), bool)
    for table, first in world.first.items():
        rows = world.sources.tables[table].rows
        last = first + len(rows)
        is_here = (dropped >= first) & (dropped < last) & (winners >= first) & (winners < last)
        if not is_here.any():
            continue
        mine, its = dropped[is_here] - first, winners[is_here] - first
        same = mine != its  # one source row that makes two rows of one key is no duplicate of itself
        for column in rows.columns:
            if column not in PROVENANCE:
                cells = arrow_of(rows[column])
                pair = pc.equal(cells.take(pa.array(mine)), cells.take(pa.array(its)))
                same &= pair.to_numpy(zero_copy_only=False)
        equal[is_here] = same
    return equal


def _refuse_contradictions(table: _Table, refused: Picks, made: Made) -> None:
    """Rows of one key that say different things, without a rule who wins: none is used, what Canvas has stays (M51)."""
    key = next((column for column in KEYS[table.name] if column in table.columns), "")
    said = Said(
        "rows-contradict",
        key,
        f'{table.name} "{{value}}" comes several times with different content, and no rule says which row counts.',
        "Send each only once, or state in the mapping which row wins.",
    )
    rows = np.sort(refused)
    fault = Fault("refuse", rows, table.columns[key].take(pa.array(rows)), said)
    made.findings.append(tell_faults(table.world, table.name, table.origin, [fault]))
    made.protections.append(table.protect(rows, said.code))


def _frame(table: _Table, plan: CanvasTable, kept: Picks) -> pd.DataFrame:
    """The rows that stay, under Canvas's columns in Canvas's order, with the provenance."""
    taken = table.picked(kept) | {column: constant("", len(kept)) for column in plan.clear}
    known = next(file_type.columns for file_type in file_types() if file_type.table == table.name)
    frame = {column: text_column(taken[column]) for column in known if column in taken}
    origin = table.origin[kept]
    frame["file_no"] = pd.Series(table.world.file_no[origin], dtype=np.int32)
    frame["line_no"] = pd.Series(table.world.line_no[origin], dtype=np.int32)
    return pd.DataFrame(frame)
