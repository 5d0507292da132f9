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
from pipeline.mapping.language import CanvasTable, Producer
from pipeline.mapping.merging import Merged, key_numbers, merge_rows
from pipeline.mapping.rows import Mask, Picks, Rows, constant
from pipeline.mapping.tell import tell_code_counts, tell_faults, tell_merged
from pipeline.mapping.values import Fault, evaluate, is_available
from pipeline.mapping.world import IDENTICAL, MERGED, REFUSED, USED, World
from pipeline.model.frames import text_column
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
    """The rows of one producer that go on. hidden columns begin with an underscore."""

    rows: Rows
    columns: dict[str, pa.Array]


def canvas_table(world: World, name: str, plan: CanvasTable) -> Made:
    """All rows of a Canvas table, one per key, in the order of their keys, with the provenance."""
    made = Made(pd.DataFrame())
    parts = [_produce(world, name, plan, producer, made) for producer in plan.rows if world.is_present(producer.source)]
    columns, origin = _stacked(parts)
    numbers = key_numbers(_key_parts(name, columns, plan.merge.by))
    compared = [column for column in columns if not column.startswith("_")]
    merged = merge_rows(_apart_if_blank(name, plan, columns, numbers), columns, compared, plan.merge.winner)
    _account(world, parts, origin, merged)
    if plan.merge.tell:
        made.findings.append(tell_merged(world, name, columns, origin, merged))
    _refuse_contradictions(world, name, columns, origin, merged, made)
    made.frame = _frame(world, name, plan, columns, origin, merged.kept)
    return made


def _produce(world: World, name: str, plan: CanvasTable, producer: Producer, made: Made) -> _Part:
    context = world.context()
    rows = world.begin(producer, context)
    columns = {
        column: evaluate(rows, value, context)
        for column, value in producer.columns.items()
        if is_available(rows, value)
    }
    if plan.blank_keys == "refuse":
        context.faults.extend(_blank_keys(name, columns, len(rows)))
    refused, skipped = _masks(context.faults, len(rows))
    refused &= ~skipped
    if refused.any():
        world.mark(rows.origin[refused], REFUSED)
        _protect(world, name, rows, columns, refused, context.faults, made)
    made.findings.append(
        tell_faults(world, name, rows, [fault for fault in context.faults if fault.kind != "skip"], ~skipped)
    )
    made.findings.append(tell_code_counts(name, context.faults, ~skipped))
    going = np.flatnonzero(~(refused | skipped))
    if len(going) == len(rows):
        return _Part(rows, columns)
    picked = pa.array(going)
    return _Part(rows.take(going), {column: array.take(picked) for column, array in columns.items()})


def _masks(faults: Sequence[Fault], count: int) -> tuple[Mask, Mask]:
    refused, skipped = np.zeros(count, bool), np.zeros(count, bool)
    for fault in faults:
        if fault.kind == "refuse":
            refused |= fault.mask
        elif fault.kind == "skip":
            skipped |= fault.mask
    return refused, skipped


def _blank_keys(name: str, columns: Mapping[str, pa.Array], count: int) -> list[Fault]:
    """Rows that lack a part of their key. An enrollment needs a section or a course."""
    needed = [key for key in KEYS[name] if key not in _OPTIONAL_KEYS]
    groups = [("section_id", "course_id"), ("user_id",)] if name == "enrollments" else [(key,) for key in needed]
    faults = []
    for group in groups:
        present = [columns[key] for key in group if key in columns]
        mask = np.ones(count, bool)
        for column in present:
            mask &= pc.equal(column, "").to_numpy(zero_copy_only=False)
        if mask.any():
            message = f"The row has no {' and no '.join(group)}."
            faults.append(
                Fault(
                    "refuse",
                    "key-blank",
                    mask,
                    group[0],
                    constant("", count),
                    message,
                    "Add it in the source and export again.",
                )
            )
    return faults


def _protect(
    world: World,
    name: str,
    rows: Rows,
    columns: Mapping[str, pa.Array],
    refused: Mask,
    faults: Sequence[Fault],
    made: Made,
) -> None:
    """What the refused rows would have become stays as it is, by as much of the key as is known."""
    picks = np.flatnonzero(refused)
    texts: dict[str, str | pd.Series] = {"table": name, "reason": text_column(_reasons(faults, picks))}
    for key in KEYS[name]:
        if key in PROTECTED_KEYS and key in columns:
            texts[key] = text_column(columns[key].take(pa.array(picks)))
    origin = rows.origin[picks]
    numbers: dict[str, int | pd.Series] = {
        "file_no": pd.Series(world.file_no[origin]),
        "line_no": pd.Series(world.line_no[origin]),
    }
    made.protections.append(protections_frame(len(picks), texts, numbers))


def _reasons(faults: Sequence[Fault], picks: Picks) -> list[str]:
    reasons = np.full(len(picks), "", dtype=object)
    for fault in faults:
        if fault.kind == "refuse":
            reasons[fault.mask[picks] & (reasons == "")] = fault.code
    return list(reasons)


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


def _key_parts(name: str, columns: Mapping[str, pa.Array], by: Sequence[str]) -> list[pa.Array]:
    count = len(next(iter(columns.values())))
    parts = {key: columns.get(key, constant("", count)) for key in by or KEYS[name]}
    if name == "enrollments" and not by:
        parts["course_id"] = pc.if_else(pc.equal(parts["section_id"], ""), parts["course_id"], "")
    return list(parts.values())


def _apart_if_blank(
    name: str, plan: CanvasTable, columns: Mapping[str, pa.Array], numbers: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Rows without a key that are passed on to the checks are never merged with each other."""
    if plan.blank_keys == "refuse":
        return numbers
    _, skipped = np.zeros(0), np.zeros(len(numbers), bool)
    for fault in _blank_keys(name, columns, len(numbers)):
        skipped |= fault.mask
    if not skipped.any():
        return numbers
    return np.where(skipped, int(numbers.max()) + 1 + np.arange(len(numbers)), numbers)


def _account(world: World, parts: Sequence[_Part], origin: npt.NDArray[np.int32], merged: Merged) -> None:
    world.mark(origin[merged.kept], USED)
    world.mark(origin[merged.refused], REFUSED)
    equal = _equal_sources(world, origin[merged.dropped], origin[merged.winners])
    world.mark(origin[merged.dropped[equal]], IDENTICAL)
    world.mark(origin[merged.dropped[~equal]], MERGED)
    for part in parts:
        for found in part.rows.found.values():
            hit = found.picks[found.picks >= 0]
            is_hit = np.zeros(len(found.rows), bool)
            is_hit[hit] = True
            world.mark(found.rows.origin[is_hit], USED)


def _equal_sources(world: World, dropped: npt.NDArray[np.int32], winners: npt.NDArray[np.int32]) -> Mask:
    """Whether the source row of a dropped row says the same, cell for cell, as that of its winner."""
    equal = np.zeros(len(dropped), bool)
    for table, first in world.first.items():
        rows = world.sources.tables[table].rows
        is_here = (
            (dropped >= first) & (dropped < first + len(rows)) & (winners >= first) & (winners < first + len(rows))
        )
        if not is_here.any():
            continue
        mine, its = dropped[is_here] - first, winners[is_here] - first
        same = mine != its  # one source row that makes two rows of one key is no duplicate of itself
        for column in rows.columns:
            if column not in {"file_no", "line_no"}:
                cells = rows[column]
                same &= (cells.take(mine).to_numpy() == cells.take(its).to_numpy()).astype(bool)
        equal[is_here] = same
    return equal


def _refuse_contradictions(
    world: World, name: str, columns: Mapping[str, pa.Array], origin: npt.NDArray[np.int32], merged: Merged, made: Made
) -> None:
    """Rows of one key that say different things, without a rule who wins: none is used, what Canvas has stays (M51)."""
    if not len(merged.refused):
        return
    count = len(origin)
    mask = np.zeros(count, bool)
    mask[merged.refused] = True
    key = next((column for column in KEYS[name] if column in columns), "")
    fault = Fault(
        "refuse",
        "rows-contradict",
        mask,
        key,
        columns.get(key, constant("", count)),
        f'{name} "{{value}}" comes several times with different content, and no rule says which row counts.',
        "Send each only once, or state in the mapping which row wins.",
    )
    rows = Rows(origin, {})
    made.findings.append(tell_faults(world, name, rows, [fault], np.ones(count, bool)))
    _protect(world, name, rows, columns, mask, [fault], made)


def _frame(
    world: World,
    name: str,
    plan: CanvasTable,
    columns: Mapping[str, pa.Array],
    origin: npt.NDArray[np.int32],
    kept: Picks,
) -> pd.DataFrame:
    known = next(file_type.columns for file_type in file_types() if file_type.table == name)
    picked = pa.array(kept)
    frame: dict[str, pd.Series] = {}
    for column in known:
        if column in plan.clear:
            frame[column] = text_column(constant("", len(kept)))
        elif column in columns:
            frame[column] = text_column(columns[column].take(picked))
    frame["file_no"] = pd.Series(world.file_no[origin[kept]], dtype=np.int32)
    frame["line_no"] = pd.Series(world.line_no[origin[kept]], dtype=np.int32)
    return pd.DataFrame(frame)
