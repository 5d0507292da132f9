"""Records of a CSV file as Canvas reads them: strict, one line ending throughout, blanks trimmed, empty lines not counted.

Facts: Ruby's CSV library in strict mode; `canvas/sis_csv.yaml`, `global.csv_dialect`, `global.values` and `global.headers`.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model.frames import text_column

__all__ = ["Malformed", "Records", "header_of", "read_records"]

TRIMMED = " \t\n\v\f\r\0"
CHUNK = 50_000  # records held as Python objects at a time

_ENDING = re.compile(r"\r\n|\n|\r")


class Malformed(Exception):
    """The text is no CSV to Canvas. in_header: the first record already is not."""

    def __init__(self, *, in_header: bool) -> None:
        super().__init__()
        self.in_header = in_header


@dataclass(frozen=True, slots=True)
class Records:
    """A file's data records.

    rows: text columns by the header's names in small letters (the first of repeated ones), trimmed, "" for null;
    numbers: the record number of each, as Canvas reports it (the header is 1), rows of nothing left out; lines: the physical
    line each begins on; counted: data records, rows of nothing included.
    """

    header: tuple[str, ...]
    rows: pd.DataFrame
    numbers: np.ndarray
    lines: np.ndarray
    counted: int
    short: int = 0  # records with fewer cells than the header
    long: int = 0
    columns: tuple[str, ...] = field(default=())


def header_of(text: str) -> list[str] | None:
    """The cells of the first record, as they stand; None when there is no record. Raises Malformed."""
    for _, cells in _records(text):
        return cells
    return None


def read_records(text: str) -> Records:
    """All records of a file. Raises Malformed when any of them cannot be read."""
    source = _records(text)
    header_line = next(source, None)
    if header_line is None:
        return Records((), pd.DataFrame(), np.empty(0, np.int32), np.empty(0, np.int32), 0)
    header = [cell.lower() for cell in header_line[1]]
    chosen = {name: position for position, name in reversed(list(enumerate(header))) if name}
    positions = sorted(chosen.values())
    columns = tuple(header[position] for position in positions)
    collected = _Collected(len(header), positions)
    while chunk := list(islice(source, CHUNK)):
        collected.add(chunk)
    return collected.records(tuple(header), columns)


class _Collected:
    """Columns that grow chunk by chunk, so that few records are held as Python objects."""

    def __init__(self, width: int, positions: list[int]) -> None:
        self.width, self.positions = width, positions
        self.counted = self.short = self.long = 0
        self.parts: list[list[pa.Array]] = [[] for _ in positions]
        self.numbers: list[np.ndarray] = []
        self.lines: list[np.ndarray] = []

    def add(self, chunk: list[tuple[int, list[str]]]) -> None:
        numbers, lines, kept = [], [], []
        for line, cells in chunk:
            self.counted += 1
            self.short += len(cells) < self.width
            self.long += len(cells) > self.width
            values = [_value(cell) for cell in cells]
            if any(values[: self.width]):
                numbers.append(self.counted + 1)
                lines.append(line)
                kept.append(values)
        for part, position in zip(self.parts, self.positions, strict=True):
            part.append(pa.array([row[position] if position < len(row) else "" for row in kept], pa.string()))
        self.numbers.append(np.array(numbers, dtype=np.int32))
        self.lines.append(np.array(lines, dtype=np.int32))

    def records(self, header: tuple[str, ...], columns: tuple[str, ...]) -> Records:
        joined = {name: pa.chunked_array(part, pa.string()) for name, part in zip(columns, self.parts, strict=True)}
        empty = np.empty(0, np.int32)
        return Records(
            header,
            pd.DataFrame({name: text_column(column) for name, column in joined.items()}),
            np.concatenate([*self.numbers, empty]),
            np.concatenate([*self.lines, empty]),
            self.counted,
            self.short,
            self.long,
            columns,
        )


def _value(cell: str) -> str:
    """A cell after trimming; one of Unicode blanks alone counts as empty."""
    value = cell.strip(TRIMMED)
    return "" if value.isspace() else value


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Physical line and cells of each record; lines without any character are passed over."""
    text = text.removeprefix("\ufeff")
    found = _ENDING.search(text)
    ending = found[0] if found else "\n"
    if '"' in text:
        return _quoted_records(text, ending)
    return _plain_records(text, ending)


def _plain_records(text: str, ending: str) -> Iterator[tuple[int, list[str]]]:
    """Records of a text without quotation marks: one per line."""
    stray = _other_endings(ending)
    is_first = True
    for number, line in enumerate(_lines(text, ending), start=1):
        if not line:
            continue
        if stray.search(line):
            raise Malformed(in_header=is_first)
        is_first = False
        yield number, line.split(",")


def _lines(text: str, ending: str) -> Iterator[str]:
    """The lines of a text, one at a time."""
    start = 0
    while (end := text.find(ending, start)) >= 0:
        yield text[start:end]
        start = end + len(ending)
    if start < len(text):
        yield text[start:]


def _other_endings(ending: str) -> re.Pattern[str]:
    """Line ends that may not stand outside quotation marks."""
    return re.compile(r"[\r\n]") if ending == "\r\n" else re.compile("\r" if ending == "\n" else "\n")


def _quoted_records(text: str, ending: str) -> Iterator[tuple[int, list[str]]]:
    """Records of a text with quotation marks: each is matched whole by one pattern, then split by the csv module."""
    field_pattern = r'(?:"(?:[^"]|"")*+"|[^",\r\n]*+)'
    record = re.compile(rf"{field_pattern}(?:,{field_pattern})*+(?={re.escape(ending)}|\Z)")
    line, at, is_first = 1, 0, True
    while at < len(text):
        match = record.match(text, at)
        if match is None:
            raise Malformed(in_header=is_first)
        found = match[0]
        if found:
            is_first = False
            yield line, _split(found)
        line += _line_count(found, ending) + 1
        at = match.end() + len(ending)


def _split(record: str) -> list[str]:
    if '"' not in record:
        return record.split(",")
    return (
        next(csv.reader([record], strict=True)) if "\n" not in record and "\r" not in record else _split_by_hand(record)
    )


_CELL = re.compile(r'"((?:[^"]|"")*+)"|([^",]*+)')


def _split_by_hand(record: str) -> list[str]:
    """The cells of a record with line ends inside quotation marks, which the csv module would change."""
    cells, at = [], 0
    while True:
        match = _CELL.match(record, at)
        assert match is not None  # the record was matched as a whole
        cells.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        at = match.end()
        if at >= len(record):
            return cells
        at += 1


def _line_count(record: str, ending: str) -> int:
    return record.count(ending)
