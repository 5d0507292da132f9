"""Rows of one key become one row, by a stated rule, and all rows come into the order of their keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.mapping.language import Winner
from pipeline.mapping.rows import Mask, Picks, side_by_side

__all__ = ["Merged", "encode", "key_numbers", "merge_rows"]

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of rows.

    kept: rows that stay, in the order of their keys; dropped: rows that do not, winners: the row each gave way to; differs:
    whether a dropped row says something else than its winner; refused: rows whose key is contradictory.
    """

    kept: Picks
    dropped: Picks
    winners: Picks
    differs: Mask
    refused: Picks


def key_numbers(parts: Sequence[pa.Array], count: int) -> Numbers:
    """One number for each of so many rows: equal for equal keys, and ordered as the keys' texts are.

    parts: the columns of the key, as text or dictionary-encoded.
    """
    numbers = np.zeros(count, np.int64)
    span = 1
    for encoded in side_by_side(encode, parts):
        size = max(len(encoded.dictionary), 1)
        if span * size > np.iinfo(np.int64).max:
            _, numbers = np.unique(numbers, return_inverse=True)
            span = int(numbers.max()) + 1
        rank = np.empty(size, np.int64)
        rank[pc.sort_indices(encoded.dictionary).to_numpy()] = np.arange(len(encoded.dictionary))
        ranks = rank[encoded.indices.to_numpy(zero_copy_only=False)]
        numbers = numbers * size + ranks if span > 1 else ranks
        span *= size
    return numbers


def encode(column: pa.Array) -> pa.DictionaryArray:
    """A column as numbers into its different texts."""
    return column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()


def sorted_rows(numbers: Numbers, rows: Picks) -> tuple[Picks, Numbers]:
    """The rows in the order of their numbers, equal ones in the order given; and the numbers so sorted."""
    mine = numbers[rows]
    bits = max(len(mine) - 1, 1).bit_length()
    if len(mine) and int(mine.max()) >= 1 << (62 - bits):
        order = np.argsort(mine, kind="stable")
        return rows[order], mine[order]
    packed = np.sort((mine << bits) | np.arange(len(mine)))  # several times faster than sorting positions
    return rows[packed & ((1 << bits) - 1)], packed >> bits


def merge_rows(
    numbers: Numbers, alive: Picks, columns: Mapping[str, pa.Array], compared: Sequence[str], rules: Sequence[Winner]
) -> Merged:
    """One row per key.

    numbers: of all rows; alive: the rows that take part; compared: the columns whose difference matters; rules: who wins,
    none: rows that differ are refused.
    """
    order, ordered = sorted_rows(numbers, alive)
    same = ordered[1:] == ordered[:-1]
    if not same.any():
        none = np.empty(0, np.int64)
        return Merged(order, none, none, np.empty(0, bool), none)
    in_group = np.concatenate((same, [False])) | np.concatenate(([False], same))
    rows, firsts, group = _ranked(numbers, order[in_group], columns, rules)
    winners = rows[firsts][group]
    is_first = np.zeros(len(rows), bool)
    is_first[firsts] = True
    differs = _differs(rows, winners, columns, compared)
    ties = differs.copy()
    for rank in _ranks(rows, columns, rules):
        ties &= rank == rank[firsts][group]
    is_bad = np.isin(group, group[ties])  # a row that differs from the winner is as good as it by every rule
    stays = np.concatenate(([True], ~same))  # the place of a group is that of its first row
    kept = order[stays]
    kept[in_group[stays]] = rows[firsts]
    kept = kept[~np.isin(np.arange(len(kept)), np.flatnonzero(in_group[stays])[is_bad[firsts]])]
    dropped = ~is_first & ~is_bad
    return Merged(kept, rows[dropped], winners[dropped], differs[dropped], rows[is_bad])


def _ranked(
    numbers: Numbers, rows: Picks, columns: Mapping[str, pa.Array], rules: Sequence[Winner]
) -> tuple[Picks, Picks, Picks]:
    """The rows of all groups, group by group, best first; where each group begins; the group of each row."""
    keys = [rows, *reversed(_ranks(rows, columns, rules)), numbers[rows]]
    ranked = rows[np.lexsort(keys)]
    starts = np.concatenate(([True], numbers[ranked][1:] != numbers[ranked][:-1]))
    return ranked, np.flatnonzero(starts), np.cumsum(starts) - 1


def _ranks(rows: Picks, columns: Mapping[str, pa.Array], rules: Sequence[Winner]) -> list[Numbers]:
    """For each rule a number per row, the lowest wins."""
    ranks: list[Numbers] = []
    for rule in rules:
        for name, preferred in rule.prefer.items():
            places = pc.index_in(_cells(columns, name, rows), value_set=pa.array(preferred, pa.string()))
            ranks.append(pc.fill_null(places, len(preferred)).to_numpy(zero_copy_only=False).astype(np.int64))
        for name, sign in ((rule.newest, -1), (rule.oldest, 1)):
            if name:
                ranks.append(sign * key_numbers([_cells(columns, name, rows)], len(rows)))
        if rule.first or rule.last:
            ranks.append((rows if rule.first else -rows).astype(np.int64))
    return ranks


def _cells(columns: Mapping[str, pa.Array], name: str, rows: Picks) -> pa.Array:
    if name in columns:
        return columns[name].take(pa.array(rows))
    return pa.repeat(pa.scalar("", pa.string()), len(rows))


def _differs(rows: Picks, winners: Picks, columns: Mapping[str, pa.Array], compared: Sequence[str]) -> Mask:
    result = np.zeros(len(rows), bool)
    for name in compared:
        column = columns[name]
        result |= pc.not_equal(column.take(pa.array(rows)), column.take(pa.array(winners))).to_numpy(
            zero_copy_only=False
        )
    return result
