"""Rows for one key: repeated, in conflict, both living and ended; ids that differ only in case; ids that lost their zeros."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.identity import GONE, KEYS
from pipeline.checks.catalogue import code_of
from pipeline.checks.sheet import NUMBERS, Sheet
from pipeline.checks.values import Mask, blank

__all__ = ["check_same_rows", "check_spelling"]

MANY = 1 << 62  # so many keys fit into a number


def check_same_rows(sheet: Sheet) -> None:
    """One row per key goes on: repeats are sent once; rows that say different things are refused, all of them.

    Of an enrollment that stands in the export both as living and as ended, the living row goes on.
    """
    keys = _keys(sheet)
    again = pd.Series(keys).duplicated(keep=False).to_numpy() & ~sheet.refused
    at = np.flatnonzero(again)
    if not len(at):
        return
    frame = pd.DataFrame({"key": keys[at], "at": at})
    frame = frame[frame["key"].duplicated(keep=False)]
    if frame.empty:
        return
    shown = sheet.frame.iloc[frame["at"]].drop(columns=[name for name in NUMBERS if name in sheet.frame.columns])
    _judge(sheet, frame, shown)


def _keys(sheet: Sheet) -> np.ndarray:
    """A number for each row, the same for rows with the same key (without a key of ours: the same ids)."""
    names = KEYS.get(sheet.rules.table, sheet.rules.ids)
    keys = np.zeros(len(sheet), dtype=np.int64)
    size = 1
    for name in names:
        if not sheet.has(name):
            continue
        numbers, different = sheet.coded(name)
        numbers = numbers.astype(np.int64)
        if sheet.rules.table == "enrollments" and name == "course_id" and sheet.has("section_id"):
            numbers = np.where(blank(sheet.column("section_id")), numbers + 1, 0)
        if size > MANY // (len(different) + 2):
            keys, found = pd.factorize(keys)
            size = len(found)
        keys = keys * (len(different) + 2) + numbers
        size *= len(different) + 2
    return keys


def _judge(sheet: Sheet, frame: pd.DataFrame, shown: pd.DataFrame) -> None:
    prefix = sheet.rules.thing.replace(" ", "-")
    shown = shown.reset_index(drop=True)
    repeated = shown.duplicated(keep="first").to_numpy()
    at = frame["at"].to_numpy()
    mask = _mask(sheet, at[repeated])
    sheet.report(code_of(f"{prefix}-repeated"), mask)
    sheet.leave_out(mask)
    at, keys, shown = at[~repeated], frame["key"].to_numpy()[~repeated], shown[~repeated]
    if sheet.rules.table == "enrollments" and "status" in shown.columns:
        ended = shown["status"].isin(list(GONE)).to_numpy()
        with_living = pd.Series(keys).isin(keys[~ended]).to_numpy()
        superseded = _mask(sheet, at[ended & with_living])
        sheet.report(code_of("enrollment-gone-and-active"), superseded)
        sheet.leave_out(superseded)
        at, keys = at[~(ended & with_living)], keys[~(ended & with_living)]
    in_conflict = pd.Series(keys).duplicated(keep=False).to_numpy()
    sheet.report(code_of(f"{prefix}-conflict"), _mask(sheet, at[in_conflict]))


def _mask(sheet: Sheet, at: np.ndarray) -> Mask:
    mask = np.zeros(len(sheet), dtype=bool)
    mask[at] = True
    return mask


def check_spelling(sheet: Sheet, known: pa.Array) -> None:
    """Ids that differ from another only in case or blanks, and ids that lost the zeros that the known ones have.

    known: the table's key as it is known in Canvas.
    """
    if not sheet.rules.key or not len(sheet):
        return
    prefix = sheet.rules.thing.replace(" ", "-")
    _, unique = sheet.coded(sheet.rules.key)
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(unique))
    if pc.count_distinct(folded).as_py() < len(unique):
        twice = pd.Series(folded.to_pandas()).duplicated(keep=False).to_numpy()
        mask = sheet.is_in(sheet.rules.key, unique.filter(pa.array(twice)))
        sheet.report(code_of(f"{prefix}-same-but-case"), mask & ~sheet.refused)
    _check_zeros(sheet, unique, known, prefix)


def _check_zeros(sheet: Sheet, unique: pa.Array, known: pa.Array, prefix: str) -> None:
    padded = pc.filter(known, pc.match_substring_regex(known, r"^0+[0-9]+$"))
    if not len(padded):
        return
    stripped = pc.utf8_ltrim(padded, characters="0")
    short = pc.filter(unique, pc.match_substring_regex(unique, r"^[1-9][0-9]*$"))
    lost = pc.filter(short, pc.is_in(short, value_set=stripped))
    lost = pc.filter(lost, pc.invert(pc.is_in(lost, value_set=known))) if len(lost) else lost
    if len(lost):
        sheet.report(
            code_of(f"{prefix}-lost-zeros"),
            sheet.is_in(sheet.rules.key, lost) & ~sheet.refused,
        )
