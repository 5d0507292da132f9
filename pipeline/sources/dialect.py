"""How a text is cut into cells: its delimiter, whether it quotes, and on which line its header stands."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.sources.header import is_named
from pipeline.sources.records import NEWLINE, QUOTE, has_sound_quotes
from pipeline.sources.rules import TableRules, plain_name

__all__ = ["DELIMITERS", "Dialect", "by_position", "find_dialect", "split_line", "without_blanks_before_quotes"]

DELIMITERS = (",", "\t", "|", ";", "^")
_HEAD_BYTES = 1 << 16
_HEAD_LINES = 10  # the header is looked for in the first ten lines (M23)
_SAMPLE_LINES = 40
_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_PREFIX = re.compile(r"[a-z]_(?=.)")  # PowerSchool's a_sourcedId: letters that force an order


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text is cut.

    delimiter: one character; is_quoted: whether quotation marks have a meaning; header_line: physical line, 0 for none;
    header: its cells; above: how many lines before it were passed over; table: the table it was recognised for, "" if none.
    """

    delimiter: str
    is_quoted: bool
    header_line: int
    header: tuple[str, ...]
    above: int = 0
    table: str = ""


def split_line(line: str, delimiter: str, *, is_quoted: bool = True) -> list[str]:
    """The cells of one line; without a meaning of quotes where they are broken."""
    if not is_quoted or '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return line.split(delimiter)


def find_dialect(text: bytes, tables: Sequence[TableRules], configured: str = "") -> Dialect:
    """Delimiter, quoting and header line of a text with LF line ends.

    With tables: the delimiter and line of the first ten under which a table's required columns are all there; else the line
    with most of them. Without: the delimiter that cuts the first lines most evenly, and the first line.
    """
    lines = text[:_HEAD_BYTES].decode("utf-8", "ignore").split("\n")[:_SAMPLE_LINES]
    said = _SEP_LINE.fullmatch(lines[0]) if lines else None
    candidates = (configured,) if configured else (said.group(1),) if said else DELIMITERS
    best = _best_header(lines, candidates, tables) if tables else None
    if best is None:
        delimiter = _most_even(lines, candidates)
        best = (_first_line_of_table(lines, delimiter), delimiter, "")
    number, delimiter, table = best
    is_quoted = not _reads_unquoted(text, delimiter.encode())
    header = split_line(lines[number - 1], delimiter, is_quoted=is_quoted) if number else []
    return Dialect(delimiter, is_quoted, number, tuple(header), max(number - 1, 0), table)


def by_position(name: str, text: bytes, tables: Sequence[TableRules], configured: str = "") -> Dialect | None:
    """The dialect of a file without a header whose columns a table states by position; None when none fits (M25)."""
    first = text[: text.find(b"\n") if b"\n" in text else len(text)].decode("utf-8", "ignore")
    for table in tables:
        columns = table.positions or tuple(column.name for column in table.layout)
        if not columns or not is_named(name, table):
            continue
        for delimiter in (configured,) if configured else DELIMITERS:
            if len(split_line(first, delimiter)) == len(columns):
                is_quoted = not _reads_unquoted(text, delimiter.encode())
                return Dialect(delimiter, is_quoted, 0, columns, 0, table.name)
    return None


def without_blanks_before_quotes(text: bytes, delimiter: str) -> bytes | None:
    """The text without blanks before its quotes, where every opening quote has them and then is sound; else None (M34)."""
    cut = delimiter.encode()
    if b'"' not in text or cut + b' "' not in text or has_sound_quotes(text, cut) or cut + b'"' in text:
        return None
    mended = text.replace(cut + b' "', cut + b'"').replace(b'\n "', b'\n"')
    return mended if has_sound_quotes(mended, cut) else None


def _best_header(
    lines: Sequence[str], candidates: Sequence[str], tables: Sequence[TableRules]
) -> tuple[int, str, str] | None:
    """Line, delimiter and table of the header: all required columns first, then the most columns; None if nothing fits at all."""
    best: tuple[tuple[int, int, int], tuple[int, str, str]] | None = None
    for number, line in enumerate(lines[:_HEAD_LINES], 1):
        for delimiter in candidates:
            names = _names(split_line(line, delimiter))
            for table in tables:
                score = _score(names, table)
                if score[1] >= 2 and (best is None or (*score, -number) > best[0]):
                    best = ((*score, -number), (number, delimiter, table.name))
    if best is None or (best[0][0] == 0 and best[0][1] < 2):
        return None
    return best[1]


def _names(cells: Sequence[str]) -> frozenset[str]:
    plain = {plain_name(cell) for cell in cells}
    return frozenset(plain | {plain_name(_PREFIX.sub("", cell.strip(), count=1)) for cell in cells})


def _score(names: frozenset[str], table: TableRules) -> tuple[int, int]:
    """Whether all required columns are there, and how many of the wanted ones are."""
    have = [any(plain_name(heading) in names for heading in table.headings(column)) for column in table.wanted]
    is_complete = all(have[: len(table.required)])
    return int(is_complete), max(sum(have), 2 * int(is_complete and sum(have) == len(table.wanted)))


def _most_even(lines: Sequence[str], candidates: Sequence[str]) -> str:
    """The delimiter that gives most lines the same number of cells, more than one."""
    filled = [line for line in lines[:-1] or lines if line.strip()]
    best, best_score = candidates[0], (0, 0)
    for delimiter in candidates:
        widths = [len(split_line(line, delimiter)) for line in filled]
        several = [width for width in widths if width > 1]
        if not several:
            continue
        usual = max(set(several), key=lambda width: (several.count(width), width))
        score = (several.count(usual), usual)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _first_line_of_table(lines: Sequence[str], delimiter: str) -> int:
    """The first line that has as many filled cells as most of those after it; titles above a header have fewer."""
    widths = [sum(bool(cell.strip()) for cell in split_line(line, delimiter)) for line in lines]
    filled = [width for width in widths if width]
    if not filled:
        return 1
    usual = max(set(filled), key=lambda width: (filled.count(width), width))
    for number, width in enumerate(widths[:_HEAD_LINES], 1):
        if width >= usual and not lines[number - 1].startswith("#TYPE"):
            return number
    return next((number for number, width in enumerate(widths, 1) if width), 1)


def _reads_unquoted(text: bytes, delimiter: bytes) -> bool:
    """Whether quotation marks are letters here: read as quotes they are broken, and no cell stands between two of them."""
    if b'"' not in text or has_sound_quotes(text, delimiter):
        return False
    array = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(array == QUOTE)
    before = array[quotes - 1]
    opens = (quotes == 0) | (before == delimiter[0]) | (before == NEWLINE)
    if delimiter not in b"\t|^":
        return not opens.any()
    after = array[np.minimum(quotes + 1, len(array) - 1)]
    closes = (quotes == len(array) - 1) | (after == delimiter[0]) | (after == NEWLINE)
    starts, ends = quotes[opens], quotes[closes]
    if not len(starts) or not len(ends):
        return True
    at = np.searchsorted(ends, starts, side="right")
    has_end = at < len(ends)
    first_end = ends[np.minimum(at, len(ends) - 1)]
    breaks = np.flatnonzero((array == delimiter[0]) | (array == NEWLINE))
    next_break = breaks[np.minimum(np.searchsorted(breaks, starts), len(breaks) - 1)] if len(breaks) else starts
    return not (has_end & (first_end < next_break)).any()
