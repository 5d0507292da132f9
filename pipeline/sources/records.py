"""Where the records of a delimited text begin and end, on which physical lines, and which of them cannot be trusted."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["OPEN_QUOTE", "STRAY_QUOTE", "Records", "find_records", "has_sound_quotes", "unify_line_ends"]

QUOTE, NEWLINE = 0x22, 0x0A
STRAY_QUOTE = 1  # a quotation mark where none may stand; the next line starts clean
OPEN_QUOTE = 2  # a cell that never closes: everything to the end of the file is inside it
_MAX_CELL_LINES = 1000  # how far the end of an opened cell is looked for in a file whose quotes are broken


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a text, blank lines left out.

    starts, ends: byte offsets, without the line end; lines: physical line of the first byte, from 1; widths: cells per
    record, 0 where faults is not 0; faults: 0, STRAY_QUOTE or OPEN_QUOTE.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    widths: npt.NDArray[np.int64]
    faults: npt.NDArray[np.int8]

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.starts)

    def raw(self, text: bytes, index: int) -> bytes:
        """The bytes of one record."""
        return text[int(self.starts[index]) : int(self.ends[index])]

    def select(self, mask: npt.NDArray[np.bool_]) -> "Records":
        """The records where the mask holds."""
        return Records(self.starts[mask], self.ends[mask], self.lines[mask], self.widths[mask], self.faults[mask])


def unify_line_ends(text: bytes) -> bytes:
    """The text with LF at the end of every line, whatever mixture of CRLF, LF and CR it had."""
    if b"\r" not in text:
        return text
    text = text.replace(b"\r\n", b"\n")
    return text.replace(b"\r", b"\n") if b"\r" in text else text


def has_sound_quotes(text: bytes, delimiter: bytes) -> bool:
    """Whether every quotation mark opens a cell at its start, closes one at its end, or is doubled inside one."""
    if b'"' not in text:
        return True
    array = np.frombuffer(text, np.uint8)
    return _quotes_are_sound(array, np.flatnonzero(array == QUOTE), delimiter[0])


def find_records(text: bytes, delimiter: bytes, *, is_quoted: bool = True) -> Records:
    """All records of a text with LF line ends. is_quoted: whether quotation marks have a meaning."""
    array = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(array == QUOTE) if is_quoted and b'"' in text else np.empty(0, np.int64)
    if not _quotes_are_sound(array, quotes, delimiter[0]):
        return _search_line_by_line(text, delimiter)
    newlines = np.flatnonzero(array == NEWLINE)
    line_ends = np.append(newlines, len(text)) if not text.endswith(b"\n") else newlines
    is_end = np.searchsorted(quotes, line_ends) % 2 == 0
    ends = line_ends[is_end]
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    lines = np.flatnonzero(is_end) + 1
    first_lines = np.concatenate(([1], lines[:-1] + 1)) if len(lines) else lines
    delimiters = np.flatnonzero(array == delimiter[0])
    if len(quotes):
        delimiters = delimiters[np.searchsorted(quotes, delimiters) % 2 == 0]
    widths = np.searchsorted(delimiters, ends) - np.searchsorted(delimiters, starts) + 1
    found = Records(starts, ends, first_lines, widths, np.zeros(len(starts), np.int8))
    return found.select(ends > starts)  # a blank line is no record


def _quotes_are_sound(array: npt.NDArray[np.uint8], quotes: npt.NDArray[np.int64], delimiter: int) -> bool:
    """The strict rule of RFC 4180, on the positions of all quotes: they open and close in turn."""
    if not len(quotes):
        return True
    if len(quotes) % 2:
        return False
    opening, closing = quotes[0::2], quotes[1::2]
    doubled = opening[1:] == closing[:-1] + 1
    before = array[opening - 1]
    starts_cell = (opening == 0) | (before == delimiter) | (before == NEWLINE)
    starts_cell[1:] |= doubled
    after = array[np.minimum(closing + 1, len(array) - 1)]
    ends_cell = (closing == len(array) - 1) | (after == delimiter) | (after == NEWLINE)
    ends_cell[:-1] |= doubled
    return bool(starts_cell.all() and ends_cell.all())


@dataclass(slots=True)
class _Found:
    starts: list[int]
    ends: list[int]
    lines: list[int]
    widths: list[int]
    faults: list[int]

    def add(self, start: int, end: int, line: int, cells: int) -> None:
        """Note a record; cells below 0 are faults."""
        self.starts.append(start)
        self.ends.append(end)
        self.lines.append(line)
        self.widths.append(max(cells, 0))
        self.faults.append(max(-cells, 0))


def _search_line_by_line(text: bytes, delimiter: bytes) -> Records:
    """The records of a text whose quotes are broken somewhere: each fault is isolated to its line where that is possible."""
    spans = list(_line_spans(text))
    found = _Found([], [], [], [], [])
    at = 0
    while at < len(spans):
        start, end = spans[at]
        if end == start:
            at += 1
            continue
        used, cells = _record_at(text, spans, at, delimiter)
        found.add(start, spans[at + used - 1][1], at + 1, cells)
        at += used
    return Records(
        np.array(found.starts, np.int64),
        np.array(found.ends, np.int64),
        np.array(found.lines, np.int64),
        np.array(found.widths, np.int64),
        np.array(found.faults, np.int8),
    )


def _line_spans(text: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _record_at(text: bytes, spans: list[tuple[int, int]], at: int, delimiter: bytes) -> tuple[int, int]:
    """How many lines the record that starts on a line takes, and its cells; a fault instead of cells is negative."""
    start, end = spans[at]
    if b'"' not in text[start:end]:
        return 1, text.count(delimiter, start, end) + 1
    for used in range(1, _MAX_CELL_LINES):
        if at + used > len(spans):
            return 1, -OPEN_QUOTE
        cells = _strict_cells(text[start : spans[at + used - 1][1]], delimiter)
        if cells is None:
            return 1, -(STRAY_QUOTE if used == 1 else OPEN_QUOTE)
        if cells:
            return used, cells
    return 1, -OPEN_QUOTE


def _strict_cells(record: bytes, delimiter: bytes) -> int | None:
    """The cells of one record; 0 when a quote is still open at its end, None when it is not strictly well-formed."""
    array = np.frombuffer(record, np.uint8)
    quotes = np.flatnonzero(array == QUOTE)
    if len(quotes) % 2:
        return 0 if _opens_soundly(array, quotes, delimiter[0]) else None
    if not _quotes_are_sound(array, quotes, delimiter[0]):
        return None
    delimiters = np.flatnonzero(array == delimiter[0])
    return int((np.searchsorted(quotes, delimiters) % 2 == 0).sum()) + 1


def _opens_soundly(array: npt.NDArray[np.uint8], quotes: npt.NDArray[np.int64], delimiter: int) -> bool:
    """Whether the last quote opens a cell and those before it are sound."""
    closed = np.append(array, np.uint8(QUOTE))
    return _quotes_are_sound(closed, np.append(quotes, len(array)), delimiter)
