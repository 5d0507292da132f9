"""Writing the files of a report: CSV for one, a zip for several."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any, TextIO, cast

from pipeline.sandbox.api.reporting.tables import TABLES, ReportTable, header_of
from pipeline.sandbox.api.reporting.wishes import ReportWish
from pipeline.sandbox.engine import Engine

__all__ = ["Pen", "Written", "write_report"]

IDS_AT_ONCE = 10_000  # how many Canvas ids are read before others get at the database
LINES_A_STEP = 1_000  # canvas-lms: `current_line` moves every 1,000 rows


@dataclass(frozen=True, slots=True)
class Written:
    """A report's file: bytes, type, and the number of lines of its last member (header included).

    told: the sentence for people; size: what Canvas says of it, if that is not the number of bytes.
    """

    content: bytes
    content_type: str
    lines: int
    told: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Pen:
    """What writing needs: the account, the wish, whom to tell of lines (who may end it by an exception)."""

    engine: Engine
    wish: ReportWish
    tell: Callable[[int], None]
    misaligned: bool = False
    translated: bool = False


def write_report(pen: Pen) -> Written:
    """The report: a bare CSV for one file, else a zip with a member for each."""
    packed = io.BytesIO()
    if len(pen.wish.files) == 1:
        text = io.TextIOWrapper(packed, encoding="utf-8", newline="", write_through=True)
        lines = write_file(pen, pen.wish.files[0], text)
        text.flush()
        return Written(packed.getvalue(), "text/csv", lines)
    lines = 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in pen.wish.files:
            with archive.open(f"{name}.csv", "w", force_zip64=True) as member:
                text = io.TextIOWrapper(cast("io.BytesIO", member), encoding="utf-8", newline="")
                lines = write_file(pen, name, text)
                text.flush()
                text.detach()
    return Written(packed.getvalue(), "application/zip", lines)


def write_file(pen: Pen, name: str, stream: TextIO) -> int:
    """One file with its header line; the number of lines written."""
    table = TABLES[name]
    header = header_of(table, pen.wish)
    if name == "users" and shows_pronouns(pen.engine):
        header.append("pronouns")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(shown_header(pen, name, header))
    lines = 1
    for rows in pieces(pen, table):
        for row in rows:
            writer.writerow(cells_of(row, header))
            lines += 1
            if lines % LINES_A_STEP == 0:
                pen.tell(lines)
    return lines


def pieces(pen: Pen, table: ReportTable) -> Iterator[list[Row]]:
    """The rows of a file, in pieces by Canvas id, so that nobody has to wait long for the database."""
    with pen.engine.database.read() as cursor:
        last = cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table.source}").fetchone()[0]  # noqa: S608  # our own words
    for first in range(0, last, IDS_AT_ONCE):
        listing = table.query(pen.wish)
        id_column = listing.order.partition(",")[0]
        listing.keep(f"{id_column} > ? AND {id_column} <= ?", first, first + IDS_AT_ONCE)
        with pen.engine.database.read() as cursor:
            sql = f"{listing.sql} WHERE {listing.conditions} ORDER BY {listing.order}"
            rows = cursor.execute(sql, listing.values).fetchall()
        yield rows


def shown_header(pen: Pen, name: str, header: list[str]) -> list[str]:
    """The header line, with the faults that are switched on."""
    shown = [f"übersetzt {column}" for column in header] if pen.translated else list(header)
    if pen.misaligned and name == "enrollments":
        extra = ["canvas_temporary_enrollment_source_user_id", "temporary_enrollment_source_user_id"]
        shown += extra
    return shown


def cells_of(row: Row, header: list[str]) -> list[Any]:
    """The cells of a row in the header's order; first and last name are the halves of the sortable name."""
    if "first_name" not in header:
        return [row[column] for column in header]
    first, last = name_halves(row["sortable_name"])
    halves = {"first_name": first, "last_name": last}
    return [halves[column] if column in halves else row[column] for column in header]


def name_halves(sortable_name: str) -> tuple[str, str]:
    """First and last name out of `Last, First`; without a comma the last word is the last name, if there are two."""
    last, comma, first = sortable_name.partition(",")
    if comma:
        return first.strip(), last.strip()
    head, _, tail = sortable_name.strip().rpartition(" ")
    return (head.strip(), tail) if head else (tail, "")


def shows_pronouns(engine: Engine) -> bool:
    """Whether the account uses pronouns, and so exports them."""
    with engine.database.read() as cursor:
        row = cursor.execute("SELECT settings FROM accounts WHERE id = 1").fetchone()
    return bool(json.loads(row["settings"]).get("can_add_pronouns", False))
