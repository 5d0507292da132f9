"""One piece of a file on its way through an importer: its rows with their numbers and the columns that the type knows."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter

from pipeline.sandbox.batch.csvtext import cells_of
from pipeline.sandbox.importers.values import TRIMMED

__all__ = ["Row", "Segment"]

Row = tuple[str | None, ...]


@dataclass(slots=True)
class Segment:
    """Records of one file. header: lower-cased, not trimmed; first: the number of its first record (the header is 1)."""

    header: tuple[str, ...]
    first: int
    texts: list[str]
    _infos: dict[int, str] = field(default_factory=dict)

    def has(self, column: str) -> bool:
        """Whether the header names a column."""
        return column in self.header

    def rows(self, columns: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
        """Number and trimmed values of each row in the order of `columns`; None is blank or missing. Null rows are left out.

        columns: at least two.
        """
        width = len(self.header)
        place = {name: index for index, name in reversed(list(enumerate(self.header)))}
        pick = itemgetter(*(place.get(name, width) for name in columns))
        for number, text in enumerate(self.texts, self.first):
            cells = text.split(",") if '"' not in text else cells_of(text)
            values = [cell.strip(TRIMMED) or None for cell in cells]
            if not text.isascii():
                values = [None if value is not None and _is_blank(value) else value for value in values]
            if not any(values):
                continue
            if len(values) < width:
                values += [None] * (width - len(values))
            elif len(values) > width:
                del values[width:]
            values.append(None)  # what a missing column reads
            yield number, pick(values)

    def all_values(self, number: int) -> list[str | None]:
        """Every trimmed value of a row, those of unknown columns too."""
        return [cell.strip(TRIMMED) or None for cell in cells_of(self.texts[number - self.first])]

    def info(self, number: int) -> str:
        """The row as CSV text with its number as a further cell."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow([*(v or "" for v in self.all_values(number)), number])
        return text.getvalue()


def _is_blank(value: str) -> bool:
    """Whether a value consists of Unicode blanks alone (which Python's `isspace` also says of four control characters)."""
    return value.isspace() and not any("\x1c" <= character <= "\x1f" for character in value)
