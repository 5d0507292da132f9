"""Finding for each row the one row of another table with the same key; keys that are blank or not unique find nothing."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.mapping.language import Lookup
from pipeline.mapping.rows import Mask, Picks, Rows
from pipeline.mapping.values import Context, Fault, columns_of, evaluate

__all__ = ["KeyIndex", "index_of", "joined_key", "look_up"]

SEPARATOR = "\x1f"  # between the parts of a key; no cell of a text export holds it


@dataclass(frozen=True, slots=True)
class KeyIndex:
    """The keys of a table. twice: the keys that stand for rows which differ."""

    keys: pa.Array
    rows: Picks
    twice: pa.Array


def joined_key(parts: list[pa.Array]) -> pa.Array:
    """The parts of a key as one text; blank as soon as one of them is blank."""
    if len(parts) == 1:
        return parts[0]
    key = pc.binary_join_element_wise(*parts, SEPARATOR)
    for part in parts:
        if len(part) and pc.min(pc.binary_length(part)).as_py() == 0:
            key = pc.if_else(pc.equal(part, ""), "", key)
    return key


def index_of(rows: Rows, columns: tuple[str, ...]) -> KeyIndex:
    """The keys of a table's rows, each once. Rows of one key that agree in every column count as one row."""
    key = joined_key([rows.column(name) for name in columns])
    filled = np.flatnonzero(pc.not_equal(key, "").to_numpy(zero_copy_only=False)) if len(key) else np.empty(0, np.int64)
    keys = key.take(pa.array(filled))
    encoded = keys.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    _, first = np.unique(codes, return_index=True)
    twice = pa.array([], pa.string())
    if len(first) < len(keys):
        twice = _differing(rows, keys, codes, filled, first)
    return KeyIndex(keys.take(pa.array(first)), filled[first], twice)


def _differing(rows: Rows, keys: pa.Array, codes: Picks, filled: Picks, first: Picks) -> pa.Array:
    """The keys whose rows do not agree in every column."""
    others = np.setdiff1d(np.arange(len(codes)), first)
    leader = first[codes[others]]
    differs = np.zeros(len(others), bool)
    for name in rows.columns:
        column = rows.column(name)
        mine, its = column.take(pa.array(filled[others])), column.take(pa.array(filled[leader]))
        differs |= pc.not_equal(mine, its).to_numpy(zero_copy_only=False)
    return keys.take(pa.array(others[differs])).unique()


def look_up(rows: Rows, alias: str, rule: Lookup, table: Rows, context: Context, index: KeyIndex) -> Rows:
    """The rows with a further look-up; those that find nothing are faults as the rule says."""
    mine = joined_key([evaluate(rows, value, context) for value in rule.value])
    hits = pc.index_in(mine, value_set=index.keys) if len(index.keys) else pa.nulls(len(mine), pa.int32())
    is_missing = pc.is_null(hits).to_numpy(zero_copy_only=False)
    picks = (
        index.rows[pc.fill_null(hits, 0).to_numpy(zero_copy_only=False)]
        if len(index.rows)
        else np.zeros(len(mine), np.int64)
    )
    is_twice = _is_in(mine, index.twice)
    picks = np.where(is_missing | is_twice, -1, picks).astype(np.int64)
    if (is_missing | is_twice).any():
        is_blank = pc.equal(mine, "").to_numpy(zero_copy_only=False)
        _add_faults(rule, mine, context, is_missing & ~is_blank, is_blank, is_twice)
    return rows.with_found(alias, table, picks)


def _is_in(mine: pa.Array, keys: pa.Array) -> Mask:
    if not len(keys):
        return np.zeros(len(mine), bool)
    return pc.is_in(mine, value_set=keys).to_numpy(zero_copy_only=False)


def _add_faults(rule: Lookup, mine: pa.Array, context: Context, missing: Mask, blank: Mask, twice: Mask) -> None:
    columns = " and ".join(dict.fromkeys(name for value in rule.value for name in columns_of(value)))
    shown = pc.replace_substring(mine, SEPARATOR, " ")
    for mask, how, code, message in (
        (missing, rule.missing, "lookup-missing", f'"{{value}}" ({columns}) is not in {rule.table}.'),
        (
            blank,
            rule.where_blank or rule.missing,
            "lookup-blank",
            f"{columns} is blank, so nothing in {rule.table} can be meant.",
        ),
        (
            twice,
            "refuse",
            "lookup-ambiguous",
            f'"{{value}}" ({columns}) stands for several rows of {rule.table} that differ.',
        ),
    ):
        if how != "blank" and mask.any():
            remedy = f"Mend the row, or add what it refers to to {rule.table}."
            context.faults.append(Fault(how, code, mask, columns, shown, message, remedy))
