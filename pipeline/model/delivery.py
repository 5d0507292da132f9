"""Packages and outcomes: what is sent to Canvas and what became of it. Imports no frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ImportMessage", "Outcome", "Package"]


@dataclass(frozen=True, slots=True)
class Package:
    """The zip of Canvas CSVs and the parameters of its import; deterministic for a part.

    marker: 16 characters in every entry's name (`<table>-<marker>.csv`), by which the import is recognised in Canvas;
    sha256: over zip bytes and parameters; rows: data rows by table; columns: per table the header as written.
    """

    path: Path
    sha256: str
    marker: str
    parameters: Mapping[str, str]
    rows: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportMessage:
    """One message of Canvas about an import. row: the record number in the Canvas CSV (header 1), None for a whole file."""

    severity: str  # error | warning
    file: str | None
    row: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one import ended.

    state: Canvas's own word; counts: `data.counts`; messages: all of them, in Canvas's order; statistics: `data.statistics`.
    """

    import_id: int
    state: str
    counts: Mapping[str, int]
    messages: tuple[ImportMessage, ...]
    statistics: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_clean(self) -> bool:
        """Whether Canvas took the import without a word."""
        return self.state == "imported" and not self.messages
