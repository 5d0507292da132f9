"""Findings: one thing wrong or remarkable, in one place. In bulk they are a table; `Finding` is for printing."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from pipeline.model.frames import concat, filled_frame

__all__ = [
    "FINDING_TEXTS",
    "CanvasMessage",
    "Consequence",
    "Finding",
    "Severity",
    "findings_frame",
    "join_findings",
    "no_findings",
    "to_findings",
]


class Severity(StrEnum):
    """ERROR refuses the row (or file), HOLD makes the plan wait, WARNING is told, REMARK is told quietly."""

    ERROR = "error"
    HOLD = "hold"
    WARNING = "warning"
    REMARK = "remark"


class Consequence(StrEnum):
    """What becomes of the row because of the finding."""

    REFUSED = "refused"
    SENT = "sent"
    SENT_WITHOUT_VALUE = "sent without the value"
    FILE_REFUSED = "file refused"
    NONE = ""


@dataclass(frozen=True, slots=True)
class CanvasMessage:
    """The message that Canvas itself would give. row: record number in the Canvas CSV, None for a whole file."""

    message: str
    row: int | None
    severity: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong or remarkable, in one place. Findings are data; they are never raised."""

    code: str  # stable, e.g. "enrollment-unknown-section"
    severity: Severity
    table: str | None  # Canvas table, or source table where none is known yet
    file: str | None  # None: the whole drop or upload is meant
    line: int | None  # physical line in the dropped file; the header is 1
    column: str | None
    value: str | None  # the one cell, never a whole row
    message: str  # what is wrong, in the registrar's words
    remedy: str  # what to do about it
    consequence: Consequence
    canvas: CanvasMessage | None


FINDING_TEXTS = (
    "code",
    "severity",
    "consequence",
    "table",
    "column",
    "value",
    "message",
    "remedy",
    "canvas_message",
    "canvas_severity",
)
"""The text columns of a findings table; beside them the int32 columns file_no, line_no (-1: none) and canvas_row (-1: none)."""

_NUMBERS = ("file_no", "line_no", "canvas_row")


def findings_frame(
    rows: int, texts: dict[str, str | pd.Series], numbers: dict[str, int | pd.Series] | None = None
) -> pd.DataFrame:
    """A findings table of so many rows.

    texts: per column of `FINDING_TEXTS` one text for all rows or a text column of that length; absent columns are "".
    numbers: the same for file_no, line_no, canvas_row; absent ones are -1.
    """
    return filled_frame(rows, FINDING_TEXTS, texts, (_NUMBERS, numbers or {}))


def no_findings() -> pd.DataFrame:
    """An empty findings table."""
    return findings_frame(0, {})


def join_findings(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All findings of several tables, in order."""
    filled = [part for part in parts if len(part)]
    return concat(filled) if filled else no_findings()


def to_findings(table: pd.DataFrame, files: Sequence[str]) -> list[Finding]:
    """The rows of a findings table as values, for printing. files: names by file_no."""
    return [
        Finding(
            code=row["code"],
            severity=Severity(row["severity"]),
            table=row["table"] or None,
            file=files[row["file_no"]] if row["file_no"] >= 0 else None,
            line=row["line_no"] if row["line_no"] >= 0 else None,
            column=row["column"] or None,
            value=row["value"] or None,
            message=row["message"],
            remedy=row["remedy"],
            consequence=Consequence(row["consequence"]),
            canvas=_canvas(row),
        )
        for row in table.to_dict("records")
    ]


def _canvas(row: Mapping[Hashable, Any]) -> CanvasMessage | None:
    if not row["canvas_message"]:
        return None
    number = int(str(row["canvas_row"]))
    return CanvasMessage(str(row["canvas_message"]), number if number >= 0 else None, str(row["canvas_severity"]))
