"""The changes of each table as bars of one common scale: the numbers that a template draws as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.reports.facts import TableNumbers
from pipeline.reports.words import tables as table_words

__all__ = ["KINDS", "Bar", "Segment", "bars", "changes_of"]

WIDTH = 560.0  # of the longest bar, in units of the drawing
LEAST_WIDTH = 3.0  # a single row must be seen beside a million

KINDS: dict[str, str] = {
    "new": "new",
    "changed": "changed",
    "removed": "removed",
    "waiting": "held or withheld",
    "protected": "protected",
    "refused": "refused",
}
"""What a segment stands for, in the order in which they are drawn, and its words."""

_ACTIONS: dict[str, str] = {
    "create": "new",
    "reactivate": "new",
    "update": "changed",
    "rename": "changed",
    "delete": "removed",
    "withheld": "waiting",
    "protected": "protected",
}
CHANGING = ("create", "reactivate", "update", "rename", "delete")


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a bar. x, width: in units of the drawing."""

    kind: str
    rows: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One table's bar. words: the same in a sentence, for those who do not see it."""

    table: str
    total: int
    segments: tuple[Segment, ...]
    words: str


def changes_of(numbers: TableNumbers) -> dict[str, int]:
    """A table's changes by kind. Of a run that sent nothing all its changes wait; else those that are not in its package do."""
    going: Mapping[str, int] = numbers.by_action or numbers.planned
    found = dict.fromkeys(KINDS, 0)
    if numbers.sent:
        for action in CHANGING:
            found[_ACTIONS[action]] += going.get(action, 0)
    concerned = numbers.planned if numbers.sent else going
    waiting = sum(concerned.get(action, 0) for action in CHANGING) - sum(found.values())
    found["waiting"] = numbers.planned.get("withheld", 0) + max(0, waiting)
    found["protected"] = numbers.planned.get("protected", 0)
    found["refused"] = numbers.refused_by_us + numbers.refused_by_canvas
    return found


def bars(tables: Sequence[TableNumbers]) -> tuple[Bar, ...]:
    """A bar for each table in which anything changes; all on one scale."""
    changes = {numbers.table: changes_of(numbers) for numbers in tables}
    longest = max((sum(found.values()) for found in changes.values()), default=0)
    return tuple(_bar(table, found, longest) for table, found in changes.items() if sum(found.values()))


def _bar(table: str, found: Mapping[str, int], longest: int) -> Bar:
    segments, x = [], 0.0
    for kind, rows in found.items():
        if rows:
            width = max(LEAST_WIDTH, rows / longest * WIDTH)
            segments.append(Segment(kind, rows, round(x, 2), round(width, 2)))
            x += width
    words = ", ".join(f"{segment.rows:,} {KINDS[segment.kind]}" for segment in segments)
    return Bar(table, sum(found.values()), tuple(segments), f"{table_words(table)}: {words}")
