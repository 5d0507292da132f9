"""The changed rows between two files of one type."""

import csv
import io
from collections.abc import Iterator

from pipeline.sandbox.batch.csvtext import cells_of
from pipeline.sandbox.batch.prepare import CsvFile, record_lines
from pipeline.sandbox.importers.values import TRIMMED

__all__ = ["Undiffable", "changed_rows"]

SEPARATOR = "\x1f"


class Undiffable(Exception):
    """The two files cannot be compared; the text is Canvas's reason."""


def changed_rows(current: CsvFile, previous: CsvFile, removed_status: str) -> tuple[bytes, int]:
    """A CSV of the rows that are new, changed or (with this status) removed, and how many there are. Errors: Undiffable."""
    columns = _columns(current)
    if set(columns) != set(_columns(previous)):
        raise Undiffable("CSV headers do not match, cannot diff")
    keys = [name for name in current.type.key or () if name in columns]
    if not keys:
        raise Undiffable("At least one primary key field must be present")
    before = _last_rows(previous, columns, keys)
    after = _last_rows(current, columns, keys)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for key, row in after.items():
        if before.get(key) != row:
            writer.writerow(row.split(SEPARATOR))
            count += 1
    status = columns.index("status") if "status" in columns else len(columns)
    for key, row in before.items():
        if key not in after:
            cells = [*row.split(SEPARATOR), ""][: max(len(columns), status + 1)]
            cells[status] = removed_status
            writer.writerow(cells)
            count += 1
    return text.getvalue().encode(), count


def _columns(file: CsvFile) -> list[str]:
    """The header's names, each once, blank ones left out."""
    return list(dict.fromkeys(name for name in file.header if name.strip(TRIMMED)))


def _last_rows(file: CsvFile, columns: list[str], keys: list[str]) -> dict[str, str]:
    """The last row of each key, at its last place: key and row as joined, trimmed values in the order of the columns."""
    places = [file.header.index(name) for name in columns]
    key_places = [columns.index(name) for name in keys]
    rows: dict[str, str] = {}
    for cells in _cells(file):
        values = [cells[place] if place < len(cells) else "" for place in places]
        key = SEPARATOR.join(values[place] for place in key_places)
        rows.pop(key, None)
        rows[key] = SEPARATOR.join(values)
    return rows


def _cells(file: CsvFile) -> Iterator[list[str]]:
    """Trimmed cells of every record; what consists of blanks alone is empty."""
    for text in record_lines(file):
        cells = [cell.strip(TRIMMED) for cell in cells_of(text)]
        yield cells if text.isascii() else ["" if cell.isspace() else cell for cell in cells]
