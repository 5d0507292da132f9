"""A delimited text → the wanted columns as Arrow text, each row with its physical line; what cannot be read row by row apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from pipeline.sources.dialect import Dialect
from pipeline.sources.records import NEWLINE, Records, find_records, has_sound_quotes

__all__ = ["RawTable", "blank_rows", "read_delimited"]

_BLOCK = 1 << 22  # bytes given to one reader thread; a longer record is read in one piece with its file


@dataclass(frozen=True, slots=True)
class RawTable:
    """The cells of a text below its header.

    cells: one string column per heading that is kept, named by its position (`0`, `1` …); lines: physical line of each row,
    int32; bad: the records that are not of the header's width or that break the quoting, offsets into `body`;
    line_before: physical line before the first of `body`.
    """

    cells: pa.Table
    lines: npt.NDArray[np.int32]
    bad: Records | None
    body: bytes
    line_before: int


class _NotPlainError(Exception):
    """A row is not of the header's width, or longer than a block."""


def read_delimited(text: bytes, dialect: Dialect, *, keep: Sequence[int], width: int) -> RawTable:
    """The rows below the header.

    text: UTF-8 with LF line ends; keep: positions of the columns to read; width: cells that a row must have. Rows of
    another width, and rows whose quotes are broken, are in `bad` and not in `cells`.
    """
    at = _header_end(text, dialect.header_line)
    if at >= len(text):
        return RawTable(_no_cells(keep), np.empty(0, np.int32), None, b"", dialect.header_line)
    if not dialect.is_quoted or has_sound_quotes(text, dialect.delimiter.encode()):
        try:
            cells = _parse(pa.py_buffer(text).slice(at), dialect, keep=keep, width=width)
        except _NotPlainError:
            return _read_sorted_out(text[at:], dialect, keep=keep, width=width)
        lines = _lines(text, at, rows=len(cells), dialect=dialect)
        return RawTable(cells, lines, None, b"", dialect.header_line)
    return _read_sorted_out(text[at:], dialect, keep=keep, width=width)


def blank_rows(cells: pa.Table) -> npt.NDArray[np.bool_]:
    """Which rows have nothing but blanks in every column that was read."""
    mask = np.zeros(len(cells), bool)
    if not cells.num_columns or not len(cells):
        return mask
    first = cells.column(0)
    may_be = pc.or_(pc.equal(first, ""), pc.match_substring_regex(first, r"^\s+$")).to_numpy(zero_copy_only=False)
    where = np.flatnonzero(may_be)
    for column in cells.columns[1:]:
        if not len(where):
            return mask
        trimmed = pc.utf8_trim_whitespace(column.take(pa.array(where)))
        where = where[pc.equal(trimmed, "").to_numpy(zero_copy_only=False)]
    mask[where] = True
    return mask


def _header_end(text: bytes, header_line: int) -> int:
    at = 0
    for _ in range(header_line):
        end = text.find(b"\n", at)
        if end < 0:
            return len(text)
        at = end + 1
    return at


def _no_cells(keep: Sequence[int]) -> pa.Table:
    return pa.table({str(index): pa.array([], pa.string()) for index in keep})


def _parse(body: pa.Buffer, dialect: Dialect, *, keep: Sequence[int], width: int, block: int = _BLOCK) -> pa.Table:
    """Arrow's reader with the type of every column given."""
    names = [str(index) for index in range(width)]
    try:
        return pa_csv.read_csv(
            pa.BufferReader(body),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=block),
            parse_options=pa_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char='"' if dialect.is_quoted else False,
                newlines_in_values=dialect.is_quoted,
            ),
            convert_options=pa_csv.ConvertOptions(
                check_utf8=False,  # it was decoded before
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[str(index) for index in keep],
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:  # its message holds a row: it goes no further
        raise _NotPlainError from None


def _lines(text: bytes, at: int, *, rows: int, dialect: Dialect) -> npt.NDArray[np.int32]:
    """The physical line of each row of a text all of whose records were read."""
    line_ends = text.count(b"\n", at) + (not text.endswith(b"\n"))
    before = dialect.header_line
    if line_ends == rows:
        return np.arange(before + 1, before + 1 + rows, dtype=np.int32)
    if dialect.is_quoted and text.find(b'"', at) >= 0:
        records = find_records(text[at:], dialect.delimiter.encode(), is_quoted=True)
        return (records.lines + before).astype(np.int32)
    ends = np.flatnonzero(np.frombuffer(text, np.uint8, offset=at) == NEWLINE)
    ends = ends if text.endswith(b"\n") else np.append(ends, len(text) - at)
    starts = np.concatenate(([0], ends[:-1] + 1))
    return (np.flatnonzero(ends > starts) + before + 1).astype(np.int32)


def _read_sorted_out(body: bytes, dialect: Dialect, *, keep: Sequence[int], width: int) -> RawTable:
    """The rows of the right width; the others apart."""
    records = find_records(body, dialect.delimiter.encode(), is_quoted=dialect.is_quoted)
    is_good = (records.widths == width) & (records.faults == 0)
    good = records.select(is_good)
    cells = _no_cells(keep)
    if len(good):
        longest = int((good.ends - good.starts).max()) + 2
        joined = pa.py_buffer(_joined(body, records, is_good))
        cells = _parse(joined, dialect, keep=keep, width=width, block=max(_BLOCK, 2 * longest))
    lines = (good.lines + dialect.header_line).astype(np.int32)
    return RawTable(cells, lines, records.select(~is_good), body, dialect.header_line)


def _joined(body: bytes, records: Records, is_good: npt.NDArray[np.bool_]) -> bytes:
    """The bytes of the good records alone, cut out in runs."""
    edges = np.diff(np.concatenate(([False], is_good, [False])).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    view = memoryview(body)
    runs = zip(firsts, lasts, strict=True)
    return b"\n".join(view[int(records.starts[first]) : int(records.ends[last])] for first, last in runs) + b"\n"
