"""Messages of Canvas about rows, worked out one by one: the rule's text with the row's values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pipeline.checks.catalogue import canvas_message

__all__ = ["Cells", "Crash", "Dates", "Importer", "Said", "Speaker"]

_GAP = re.compile(r"\{(\w+)\}")

Cells = Mapping[str, str]
"""A row's values by column; a column that the file lacks is missing, a null is ""."""

Dates = tuple[float | None, float | None]
"""A row's start and end as Canvas reads them, None for none."""


class Crash(Exception):
    """Canvas's importer would break off at this row."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message. at: the row's place in its file, from 0; None where Canvas names no row."""

    rule: str
    text: str
    at: int | None
    about: int  # the row that it is about, also where Canvas names none


class Importer(Protocol):
    """Follows one of Canvas's importers through one piece of a file."""

    def take(self, cells: Cells, dates: Dates) -> None:
        """Follow one row."""

    def finish(self) -> None:
        """Do what Canvas does at the end of a piece."""


class Speaker:
    """Collects messages; `at` is the row being followed."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.at = 0

    def say(self, rule: str, cells: Cells, template: str = "", **more: str) -> None:
        """The message of a rule about the present row. template: where it is not the rule's own text."""
        text = _GAP.sub(lambda gap: more.get(gap[1], cells.get(gap[1], "")), template or canvas_message(rule))
        self.said.append(Said(rule, text, self.at, self.at))

    def say_without_row(self, rule: str, cells: Cells, about: int | None = None) -> None:
        """The message of a rule that names no row."""
        text = _GAP.sub(lambda gap: cells.get(gap[1], ""), canvas_message(rule))
        self.said.append(Said(rule, text, None, self.at if about is None else about))
