"""Findings grouped by cause, each with a few of its rows and their original cells: what a page can show of a long list."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from pipeline.canvas.file_types import raw_reference
from pipeline.model.findings import Consequence, Severity
from pipeline.model.frames import PROVENANCE
from pipeline.reports.words import cause_title

__all__ = ["Cause", "CauseRow", "Excerpt", "group_causes", "is_refusal"]

ROWS_PER_CAUSE = 25
CAUSES_SHOWN = 200
CELLS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One row of a cause. line: None where no row is meant; cells: as they were in the export; value: the cell concerned."""

    line: int | None
    cells: tuple[str, ...]
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Rows of a cause that stand in one file. file: "" where the whole drop or import is meant; columns: of the cells."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[CauseRow, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: how often it occurs, what to do about it, and the first of its rows, file by file.

    by: who refused, `us` or `Canvas`; message: what is wrong, where it is the same for all rows shown, else "".
    """

    code: str
    title: str
    by: str
    table: str
    total: int
    message: str
    remedy: str
    excerpts: tuple[Excerpt, ...]

    @property
    def left_over(self) -> int:
        """How many rows are not shown."""
        return self.total - sum(len(excerpt.rows) for excerpt in self.excerpts)


def is_refusal(findings: pd.DataFrame) -> pd.Series:
    """Which findings stand for a row or file that is not in Canvas because of them."""
    refusing = (str(Consequence.REFUSED), str(Consequence.FILE_REFUSED))
    return findings["consequence"].isin(refusing) | (findings["severity"] == str(Severity.ERROR))


def group_causes(
    findings: pd.DataFrame, files: Sequence[str], originals: Mapping[int, pd.DataFrame], *, by: str
) -> tuple[Cause, ...]:
    """The causes in a findings table, the most frequent first; at most 200, with at most 25 rows each.

    originals: as in `RunReport`.
    """
    if not len(findings):
        return ()
    keys = ["code", "table"]
    sizes = findings.groupby(keys, sort=False).size().sort_values(ascending=False, kind="stable").head(CAUSES_SHOWN)
    shown = findings.groupby(keys, sort=False).head(ROWS_PER_CAUSE)
    cells = _Originals(shown, originals)
    by_cause: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for row in shown.to_dict("records"):
        plain = {str(name): value for name, value in row.items()}
        by_cause.setdefault((str(plain["code"]), str(plain["table"])), []).append(plain)
    return tuple(
        _cause(_pair(key), int(total), by_cause[_pair(key)], _Shown(files, cells, by)) for key, total in sizes.items()
    )


class _Originals:
    """The first cells of rows of the export, by file and line."""

    def __init__(self, shown: pd.DataFrame, originals: Mapping[int, pd.DataFrame]) -> None:
        self._columns: dict[int, tuple[str, ...]] = {}
        self._cells: dict[tuple[int, int], tuple[str, ...]] = {}
        for file_no, lines in originals.items():
            columns = [name for name in lines.columns if name not in PROVENANCE][:CELLS_SHOWN]
            wanted = shown.loc[shown["file_no"] == file_no, "line_no"]
            some = lines[lines["line_no"].isin(wanted)].drop_duplicates("line_no")
            self._columns[file_no] = tuple(str(name) for name in columns)
            for line, row in zip(some["line_no"], some[columns].to_dict("records"), strict=True):
                self._cells[file_no, int(line)] = tuple(str(cell) for cell in row.values())

    def columns(self, file_no: int) -> tuple[str, ...]:
        return self._columns.get(file_no, ())

    def cells(self, file_no: int, line_no: int) -> tuple[str, ...]:
        return self._cells.get((file_no, line_no), ())


@dataclass(frozen=True, slots=True)
class _Shown:
    files: Sequence[str]
    originals: _Originals
    by: str


def _pair(key: object) -> tuple[str, str]:
    assert isinstance(key, tuple)
    return str(key[0]), str(key[1])


def _cause(key: tuple[str, str], total: int, rows: list[Mapping[str, object]], shown: _Shown) -> Cause:
    code, table = key
    messages = {_message(row) for row in rows}
    by_file: dict[int, list[Mapping[str, object]]] = {}
    for row in rows:
        by_file.setdefault(int(str(row["file_no"])), []).append(row)
    return Cause(
        code=code,
        title=_title(code),
        by=shown.by,
        table=table,
        total=total,
        message=messages.pop() if len(messages) == 1 else "",
        remedy=str(rows[0]["remedy"]),
        excerpts=tuple(_excerpt(file_no, some, shown) for file_no, some in by_file.items()),
    )


def _excerpt(file_no: int, rows: list[Mapping[str, object]], shown: _Shown) -> Excerpt:
    read = tuple(_row(file_no, row, shown.originals) for row in rows)
    return Excerpt(
        file=shown.files[file_no] if 0 <= file_no < len(shown.files) else "",
        columns=shown.originals.columns(file_no) if any(row.cells for row in read) else (),
        rows=read,
    )


def _row(file_no: int, row: Mapping[str, object], originals: _Originals) -> CauseRow:
    line_no = int(str(row["line_no"]))
    return CauseRow(
        line=line_no if line_no >= 0 else None,
        cells=originals.cells(file_no, line_no),
        value=str(row["value"]),
        message=_message(row),
    )


def _message(row: Mapping[str, object]) -> str:
    from_canvas = str(row["code"]).startswith("canvas-") and row["canvas_message"]
    return str(row["canvas_message"] if from_canvas else row["message"])


def _title(code: str) -> str:
    message = _rule_messages().get(code.removeprefix("canvas-").upper(), "") if code.startswith("canvas-") else ""
    return re.sub(r"\{[^}]*\}", "…", message) if message else cause_title(code)


@lru_cache(maxsize=1)
def _rule_messages() -> dict[str, str]:
    reference = raw_reference()
    rules = [rule for kind in reference["types"] for rule in kind["rules"]]
    return {rule["id"]: str(rule["message"]) for rule in (*reference["file_rules"], *reference["batch_rules"], *rules)}
