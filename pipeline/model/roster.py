"""Rosters: the Canvas tables that a drop maps to, what a Canvas instance holds, and what a reference may point to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from pipeline.model.findings import no_findings
from pipeline.model.marks import no_marks
from pipeline.model.protection import no_protections
from pipeline.model.source import FileRows

__all__ = ["Base", "Checked", "Known", "Roster"]


@dataclass(frozen=True, slots=True)
class Roster:
    """Canvas tables by name (`users`, `courses`, `enrollments` …; the canonical file names without `.csv`).

    Each frame: the Canvas columns that the mapping fills, as text, and the provenance (file_no, line_no); one row per key
    of `canvas.identity`; statuses are Canvas's words. files: names by file_no, for messages. A table that the mapping
    makes but that the drop had no rows for is present and empty; one that the mapping does not make is absent.
    clears: per table the columns that the mapping clears on purpose. sums: per source file, once mapping has run.
    """

    tables: Mapping[str, pd.DataFrame]
    files: tuple[str, ...] = ()
    findings: pd.DataFrame = field(default_factory=no_findings)
    protections: pd.DataFrame = field(default_factory=no_protections)
    clears: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sums: tuple[FileRows, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows that may go on, and every finding so far. The roster's protections include those of the checks."""

    roster: Roster
    findings: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Known:
    """What a reference may point to on one instance.

    tables: per Canvas table the known rows, at least the key columns (`canvas.identity`), as text, plus `status` where it is
    known. complete: the tables of which everything is known; a reference found in none of the rows is refused when its
    table is complete, else it is a warning and the row is sent (except a course's unknown term, which holds).
    roles: names of custom roles, None when they could not be read.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What one instance holds of one feed, worked out from the effects of its imports.

    Each frame: every column of the table ever sent, as text, with the values that Canvas is believed to have, `status`
    included (deleted rows stay, as deleted), and `uncertain`: "yes" where an import ended without saying what became of the
    row, else "". No provenance. is_first: nothing was ever accepted on this instance for this feed. marks: rows that Canvas
    refused, and rows that were undone (`model.marks`).
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    is_first: bool = True
    marks: pd.DataFrame = field(default_factory=no_marks)
