"""One upload followed as Canvas imports it: types in its order, files in order of their paths, rows in pieces."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from pipeline.canvas.file_types import file_types
from pipeline.checks import values
from pipeline.checks.catalogue import RowRule, table_rules
from pipeline.checks.predict.courses import Courses, CrossListings, Sections
from pipeline.checks.predict.enrollments import Enrollments
from pipeline.checks.predict.groups import Categories, Groups, Memberships, TagMemberships, Tags, TagSets
from pipeline.checks.predict.others import Admins, ChangedIds, Nothing, Observers
from pipeline.checks.predict.people import Logins, Users
from pipeline.checks.predict.records import Records
from pipeline.checks.predict.speaking import Crash, Dates, Said, Speaker
from pipeline.checks.predict.structure import AbstractCourses, Accounts, Terms
from pipeline.checks.predict.world import World
from pipeline.checks.row_rules import failing
from pipeline.checks.sheet import Sheet, as_text
from pipeline.checks.tuning import CheckRules
from pipeline.checks.values import Mask

__all__ = ["Followed", "follow_upload", "piece_size"]

SMALL = 50  # rows in all, up to which Canvas imports at once, in one piece per file
PIECES = (25, 1000)  # smallest and largest piece of a larger import
AT_A_TIME = 50_000  # rows held as Python objects

IMPORTERS: dict[str, Callable[[World, Speaker], Any]] = {
    "change_sis_id": ChangedIds,
    "account": Accounts,
    "term": Terms,
    "abstract_course": AbstractCourses,
    "course": Courses,
    "section": Sections,
    "xlist": CrossListings,
    "user": Users,
    "login": Logins,
    "enrollment": Enrollments,
    "admin": Admins,
    "group_category": Categories,
    "differentiation_tag_set": TagSets,
    "group": Groups,
    "differentiation_tag": Tags,
    "group_membership": Memberships,
    "differentiation_tag_membership": TagMemberships,
    "user_observer": Observers,
}


@dataclass(slots=True)
class Followed:
    """What Canvas would say of one file.

    sheet: its rows, under our own rules; ended: per row the number of Canvas's first check that it fails (-1 for none), in
    `rules`; bad_dates: rows with a date that it cannot read; said: messages of later checks; crashed_at: the row at which it
    breaks off, None when it does not.
    """

    sheet: Sheet
    ended: np.ndarray
    rules: tuple[RowRule, ...]
    bad_dates: np.ndarray
    date_rule: RowRule | None
    pieces: np.ndarray  # per row the number of its piece
    said: list[Said] = field(default_factory=list)
    crashed_at: int | None = None

    def reached(self) -> Mask:
        """Which rows Canvas comes to: where it breaks off, the rest of that piece is left."""
        if self.crashed_at is None:
            return np.ones(len(self.sheet), dtype=bool)
        after = np.arange(len(self.sheet)) > self.crashed_at
        reached: Mask = ~after | (self.pieces != self.pieces[self.crashed_at])
        return reached


def piece_size(rows: int) -> int:
    """Rows of one piece, for so many data rows in all files."""
    total = rows + 1
    smallest, largest = PIECES
    return min(max(-(-total // 99), smallest), largest)


def follow_upload(world: World, files: Sequence[tuple[str, Records]], tuning: CheckRules) -> list[Followed]:
    """What Canvas would say of the files of one upload; moves the world on. files: type and records, in order of their paths.

    Result: one for each file, in the order given.
    """
    size = piece_size(sum(records.counted for _, records in files))
    found: dict[int, Followed] = {}
    for kind in file_types():
        for number, (name, records) in enumerate(files):
            if name == kind.name:
                followed = _first_faults(_sheet(kind.table, records, tuning), (records.numbers - 2) // size)
                _follow_rows(world, kind.name, records, followed)
                found[number] = followed
    return [found[number] for number in range(len(files))]


def _sheet(table: str, records: Records, tuning: CheckRules) -> Sheet:
    files = np.zeros(len(records.rows), dtype=np.int32)
    frame = records.rows.assign(file_no=files, line_no=records.lines, canvas_row=records.numbers)
    return Sheet(table_rules()[table], frame, tuning)


def _first_faults(sheet: Sheet, pieces: np.ndarray) -> Followed:
    """Canvas's checks of single rows before it looks anything up."""
    rules = sheet.rules
    first = tuple(rule for rule in rules.rules if rule.phase == "parse" or rule.info.rule == "USER-00")
    ended = np.full(len(sheet), -1, dtype=np.int16)
    for number, rule in enumerate(first):
        mask = failing(sheet, rule) & (ended < 0)
        ended[mask] = number
    dates = next((rule for rule in rules.rules if rule.phase == "read" and rule.info.rule.endswith("-01")), None)
    bad = failing(sheet, dates) if dates else np.zeros(len(sheet), dtype=bool)
    return Followed(sheet, ended, first, bad, dates, pieces)


def _follow_rows(world: World, kind: str, records: Records, followed: Followed) -> None:
    """Follow the rows that no first check ends, piece by piece; a piece ends where Canvas would break off."""
    sheet, speaker = followed.sheet, Speaker()
    starts, ends = _dates(sheet)
    breaking = _breaking(sheet) & (followed.ended < 0) & (kind != "user")
    importer, piece, is_broken = IMPORTERS.get(kind, Nothing)(world, speaker), 0, False
    for at, cells in enumerate(_rows(records.rows, followed.ended)):
        speaker.at = at
        if (now := int(followed.pieces[at])) != piece:
            importer.finish()
            importer, piece, is_broken = IMPORTERS.get(kind, Nothing)(world, speaker), now, False
        if cells is None or is_broken:
            continue
        is_broken = bool(breaking[at]) or not _takes(importer, cells, (starts[at], ends[at]))
        if is_broken and followed.crashed_at is None:
            followed.crashed_at = at
    importer.finish()
    followed.said = speaker.said


def _takes(importer: Any, cells: dict[str, str], dates: Dates) -> bool:
    """Follow a row; whether Canvas would get through it."""
    try:
        importer.take(cells, dates)
    except Crash:
        return False
    return True


def _breaking(sheet: Sheet) -> np.ndarray:
    """Rows with a NUL inside a value: outside users.csv nothing catches what the database says of them."""
    return failing(sheet, RowRule(next(iter(sheet.rules.infos.values())), (("nul", "any"),), ""))


def _rows(frame: pd.DataFrame, ended: np.ndarray) -> Iterator[dict[str, str] | None]:
    """The rows as mappings, None for those that a first check has ended; few at a time are Python objects."""
    names = list(frame.columns)
    columns = [as_text(frame[name]) for name in names]
    for start in range(0, len(frame), AT_A_TIME):
        parts = [column.slice(start, AT_A_TIME).to_pylist() for column in columns]
        ends = ended[start : start + AT_A_TIME].tolist()
        for end, cells in zip(ends, zip(*parts, strict=True), strict=True):
            yield None if end >= 0 else dict(zip(names, cells, strict=True))


def _dates(sheet: Sheet) -> tuple[list[float | None], list[float | None]]:
    """Start and end of each row as Canvas reads them: where the start cannot be read, the end is not looked at."""
    empty: list[float | None] = [None] * len(sheet)
    if not (sheet.has("start_date") or sheet.has("end_date")):
        return empty, empty
    starts, ends = values.instants(sheet.column("start_date")), values.instants(sheet.column("end_date"))
    ends = np.where(values.bad_dates(sheet.column("start_date")), np.nan, ends)
    return _optional(starts), _optional(ends)


def _optional(instants: np.ndarray) -> list[float | None]:
    return [None if value != value else value for value in instants.tolist()]  # noqa: PLR0124  # NaN is unequal to itself
