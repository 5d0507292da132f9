"""Finding for each row the one row of another table with the same key; keys that are blank or not unique find nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.mapping.faults import Fault, Said, fault_of
from pipeline.mapping.language import Lookup
from pipeline.mapping.rows import Mask, Picks, Rows
from pipeline.mapping.values import Context, columns_of, evaluate

__all__ = ["KeyIndex", "expand", "index_of", "joined_key", "look_up", "missing_faults"]

SEPARATOR = "\x1f"  # between the parts of a key; no cell of a text export holds it


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """The keys of a table, each once.

    picks: the row of each; twice: the keys that stand for rows which differ; label: what the table is called in messages.
    """

    table: Rows
    keys: pa.Array
    picks: Picks
    twice: pa.Array
    label: str


def joined_key(parts: list[pa.Array]) -> pa.Array:
    """The parts of a key as one text; blank as soon as one of them is blank."""
    if len(parts) == 1:
        return parts[0]
    key = pc.binary_join_element_wise(*parts, SEPARATOR)
    for part in parts:
        if len(part) and pc.min(pc.binary_length(part)).as_py() == 0:
            key = pc.if_else(pc.equal(part, ""), "", key)
    return key


def index_of(rows: Rows, columns: tuple[str, ...], asked: tuple[str, ...], label: str) -> KeyIndex:
    """The keys of a table's rows, each once. Rows of one key that agree in every column asked for count as one row."""
    key = joined_key([rows.column(name) for name in columns])
    filled = np.flatnonzero(pc.not_equal(key, "").to_numpy(zero_copy_only=False)) if len(key) else np.empty(0, np.int64)
    keys = key.take(pa.array(filled))
    encoded = keys.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    _, first = np.unique(codes, return_index=True)
    twice = pa.array([], pa.string())
    if len(first) < len(keys):
        others = np.setdiff1d(np.arange(len(codes)), first)
        twice = _differing(rows, asked, (filled[others], filled[first[codes[others]]]), keys.take(pa.array(others)))
    return KeyIndex(rows, keys.take(pa.array(first)), filled[first], twice, label)


def _differing(rows: Rows, asked: tuple[str, ...], pairs: tuple[Picks, Picks], keys: pa.Array) -> pa.Array:
    """The keys of those pairs of rows that do not agree in every column asked for."""
    mine, its = (pa.array(picks) for picks in pairs)
    differs = np.zeros(len(keys), bool)
    for name in asked:
        column = rows.column(name)
        differs |= pc.not_equal(column.take(mine), column.take(its)).to_numpy(zero_copy_only=False)
    return keys.filter(pa.array(differs)).unique()


def look_up(rows: Rows, alias: str, rule: Lookup, index: KeyIndex, context: Context) -> Rows:
    """The rows with a further look-up; those that find nothing are faults as the rule says."""
    mine = joined_key([evaluate(rows, value, context) for value in rule.value])
    picks = np.full(len(mine), -1, np.int32)
    if len(index.keys):
        hits = pc.fill_null(pc.index_in(mine, value_set=index.keys), -1).to_numpy(zero_copy_only=False)
        picks = np.where(hits < 0, np.int32(-1), index.picks.astype(np.int32)[hits])
    missing = picks < 0
    if len(index.twice):
        picks[pc.is_in(mine, value_set=index.twice).to_numpy(zero_copy_only=False)] = -1
    if (picks < 0).any():
        blank = pc.equal(mine, "").to_numpy(zero_copy_only=False)
        failed = {"missing": missing & ~blank, "blank": blank, "ambiguous": (picks < 0) & ~missing}
        context.faults.extend(_faults(rule, mine, failed, index.label))
    return rows.with_found(alias, index.table, picks)


def expand(rows: Rows, rule: Lookup, table: Rows, context: Context) -> tuple[Picks, Picks]:
    """Which row of ours, and which row of the table, make each row of a look-up that may find several; -1 where none."""
    mine = joined_key([evaluate(rows, value, context) for value in rule.value])
    theirs = joined_key([table.column(name) for name in rule.key])
    known = theirs.unique()
    codes = pc.fill_null(pc.index_in(theirs, value_set=known), -1).to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    wanted = pc.fill_null(pc.index_in(mine, value_set=known), -1).to_numpy(zero_copy_only=False)
    wanted = np.where(pc.equal(mine, "").to_numpy(zero_copy_only=False), -1, wanted)
    first = np.searchsorted(codes[order], wanted, side="left")
    count = np.where(wanted < 0, 0, np.searchsorted(codes[order], wanted, side="right") - first)
    repeat = np.maximum(count, 1)
    ours = np.repeat(np.arange(len(mine)), repeat)
    within = np.arange(len(ours)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    at = np.minimum(np.repeat(first, repeat) + within, max(len(order) - 1, 0))
    found = order[at] if len(order) else np.zeros(len(ours), np.int64)
    return ours, np.where(np.repeat(count, repeat) == 0, -1, found).astype(np.int64)


def missing_faults(rows: Rows, rule: Lookup, picks: Picks, context: Context, *, label: str) -> Iterator[Fault]:
    """The faults of a look-up that found nothing for some rows."""
    mine = joined_key([evaluate(rows, value, context) for value in rule.value])
    blank = pc.equal(mine, "").to_numpy(zero_copy_only=False)
    missing = picks < 0
    yield from _faults(rule, mine, {"missing": missing & ~blank, "blank": missing & blank}, label)


def _faults(rule: Lookup, mine: pa.Array, failed: Mapping[str, Mask], label: str) -> Iterator[Fault]:
    columns = " and ".join(dict.fromkeys(name for value in rule.value for name in columns_of(value)))
    how = {"missing": rule.missing, "blank": rule.where_blank or rule.missing, "ambiguous": "refuse"}
    messages = {
        "missing": f'"{{value}}" ({columns}) is not in {label}.',
        "blank": f"{columns} is blank, so nothing in {label} can be meant.",
        "ambiguous": f'"{{value}}" ({columns}) stands for several rows of {label} that differ.',
    }
    remedy = f"Mend the row, or add what it refers to to {label}."
    for why, mask in failed.items():
        if how[why] != "blank" and mask.any():
            fault = fault_of(how[why], mask, mine, Said(f"lookup-{why}", columns, messages[why], remedy))
            yield replace(fault, value=pc.replace_substring(fault.value, SEPARATOR, " "))
