"""Excel workbooks → delimited text, one for each visible sheet, row for row; cells that are numbers where ids belong are told."""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import python_calamine

from pipeline.errors import DropError
from pipeline.sources.archive import check_workbook_size

__all__ = ["Sheet", "sheets_of"]

MAX_OLD_WORKBOOK = 50 * 1024 * 1024  # an xls is read whole
_EXACT = 10**15  # Excel keeps fifteen digits
_REASONS = "Save the sheet as CSV and send that, or save the workbook again."


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    content: its rows as delimited UTF-8 text; numbers: per column (from 0) how many cells are numbers, and how many are text;
    hidden: names of sheets that were left out.
    """

    name: str
    content: bytes
    numbers: dict[int, tuple[int, int]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()


def sheets_of(name: str, content: bytes, *, is_old: bool) -> Iterator[Sheet]:
    """The visible sheets that hold anything. Raises DropError for a workbook that cannot be read."""
    if is_old and len(content) > MAX_OLD_WORKBOOK:
        raise _refusal(name, f"is larger than {MAX_OLD_WORKBOOK:,} bytes", "workbook-too-large")
    if not is_old:
        check_workbook_size(name, content)
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(content))
        visible, hidden = _named(workbook)
        rows = {sheet: workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for sheet in visible}
    except python_calamine.PasswordError as exc:
        raise _refusal(name, "is protected with a password and cannot be read", "archive-encrypted") from exc
    except (python_calamine.CalamineError, OSError, ValueError) as exc:
        raise _refusal(name, "is damaged and cannot be read", "archive-damaged") from exc
    for sheet, cells in rows.items():
        if any(cell != "" for row in cells for cell in row):
            yield Sheet(sheet, _text(cells), _kinds(cells), tuple(hidden))


def _named(workbook: python_calamine.CalamineWorkbook) -> tuple[list[str], list[str]]:
    visible: list[str] = []
    hidden: list[str] = []
    for sheet in workbook.sheets_metadata:
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet:
            is_shown = sheet.visible == python_calamine.SheetVisibleEnum.Visible
            (visible if is_shown else hidden).append(sheet.name)
    return visible, hidden


def _text(rows: Sequence[Sequence[object]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return buffer.getvalue().encode()


def _cell(value: object) -> str:
    """A cell as text: whole numbers without a point, days as 2026-08-24, no line breaks."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if abs(value) >= _EXACT:
            return f"{value:.10E}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return " ".join(str(value).split("\n")).replace("\r", "")


def _kinds(rows: Sequence[Sequence[object]]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    for row in rows:
        for place, value in enumerate(row):
            numbers, texts = found.get(place, (0, 0))
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            found[place] = (numbers + is_number, texts + (isinstance(value, str) and value != ""))
    return found


def _refusal(name: str, why: str, code: str) -> DropError:
    return DropError(f"{name} {why}. Nothing was imported.", code=code, file=name, remedy=_REASONS)
