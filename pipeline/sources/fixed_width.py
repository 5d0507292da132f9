"""Text in columns of fixed width → delimited text, line for line: by the dashes under the header, or by a declared layout."""

import csv
import io
import re
from collections.abc import Sequence

from pipeline.sources.header import is_named
from pipeline.sources.rules import TableRules

__all__ = ["unpadded"]

_RULER = re.compile(r"-{2,}(?: +-+)+ *")  # two columns at least, with blanks between them
_LOOK_LINES = 12
Place = tuple[int, int]


def unpadded(name: str, text: bytes, tables: Sequence[TableRules]) -> bytes | None:
    """The text with commas between its columns; None when it is not of fixed width.

    A line that does not fit the columns stays as it is: it then has another number of cells, and is refused as a row.
    """
    head = text[: 1 << 16].decode("utf-8", "ignore").split("\n")[:_LOOK_LINES]
    ruler = next((number for number, line in enumerate(head) if number and _RULER.fullmatch(line)), None)
    if ruler is not None:
        places = [(found.start(), found.end()) for found in re.finditer(r"-+", head[ruler])]
        heading = head[ruler - 1]
        if _fits(heading, places) and sum(bool(heading[start:end].strip()) for start, end in places) > 1:
            return _cut(text, places, ruler)
    for table in tables:
        if table.layout and is_named(name, table):
            places = [(column.start - 1, column.start - 1 + column.width) for column in table.layout]
            return _cut(text, places, -1)
    return None


def _cut(text: bytes, places: Sequence[Place], ruler: int) -> bytes:
    lines = text.decode("utf-8").split("\n")
    return "\n".join(_cells(line, places) if number != ruler else line for number, line in enumerate(lines)).encode()


def _cells(line: str, places: Sequence[Place]) -> str:
    """One line with commas; as it is when something stands between the columns."""
    if not line.strip() or not _fits(line, places):
        return line
    last = len(places) - 1
    cells = [line[start : None if number == last else end].strip() for number, (start, end) in enumerate(places)]
    return _line(cells)


def _fits(line: str, places: Sequence[Place]) -> bool:
    gaps = zip([end for _, end in places], [start for start, _ in places[1:]], strict=False)
    before = line[: places[0][0]]
    is_alone = len(line.rstrip()) <= places[0][1] and line.lstrip().startswith("(")  # a row count, not a first cell
    beyond = line[places[-1][1] :]
    return not is_alone and not before.strip() and not beyond.strip() and not any(line[a:b].strip() for a, b in gaps)


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()
