"""Headings → the columns that a mapping asks for: tolerant to case, blanks and punctuation, never by likeness of spelling."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pipeline.errors import DropError
from pipeline.sources.rules import TableRules, plain_name

__all__ = ["Columns", "match_columns", "nearest_table", "recognise_table", "refuse_missing_column"]

_LIKE = 0.6  # share of the required columns from which on a file is taken for a damaged one of a kind
_PREFIX = re.compile(r"[a-z]_(?=.)")
_COUNTER = re.compile(r"[ _-]*(\(\d+\)|\d{4}-?\d{2}-?\d{2}|copy|final\d*)(?=\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the wanted columns stand in a header.

    at: per wanted column that is there its positions (several: the heading is repeated); missing: required ones that are
    not; unread: headings that nothing asks for; blanks: positions without a heading.
    """

    at: dict[str, tuple[int, ...]]
    missing: tuple[str, ...]
    unread: tuple[str, ...]
    blanks: tuple[int, ...]


def match_columns(header: Sequence[str], table: TableRules) -> Columns:
    """Each wanted column's place: the exact heading first, then headings equal but for case, blanks and punctuation."""
    plain = [plain_name(name) for name in header]
    bare = [plain_name(_PREFIX.sub("", name.strip(), count=1)) for name in header]
    at: dict[str, tuple[int, ...]] = {}
    taken: set[int] = set()
    for column in table.wanted:
        found = _places(column, table, header, plain, bare)
        if found:
            at[column] = found
            taken.update(found)
    blanks = tuple(index for index, name in enumerate(header) if not name.strip())
    return Columns(
        at=at,
        missing=tuple(column for column in table.required if column not in at),
        unread=tuple(name.strip() for index, name in enumerate(header) if index not in taken and name.strip()),
        blanks=blanks,
    )


def _places(
    column: str, table: TableRules, header: Sequence[str], plain: Sequence[str], bare: Sequence[str]
) -> tuple[int, ...]:
    for heading in table.headings(column):
        wanted = plain_name(heading)
        exact = tuple(index for index, name in enumerate(header) if name == heading)
        loose = tuple(index for index, name in enumerate(plain) if name == wanted)
        if exact and len(exact) == len([index for index in loose if header[index].strip() == heading]):
            return exact
        if loose:
            return loose
        prefixed = tuple(index for index, name in enumerate(bare) if name == wanted)
        if prefixed:
            return prefixed
    return ()


def recognise_table(file_name: str, header: Sequence[str], tables: Sequence[TableRules]) -> TableRules | None:
    """The table a file is, by its header; where several fit, by its name, then by the most columns found."""
    fitting = [table for table in tables if _fits(header, table)]
    if not fitting:
        return None
    return max(fitting, key=lambda table: (is_named(file_name, table), len(match_columns(header, table).at)))


def _fits(header: Sequence[str], table: TableRules) -> bool:
    columns = match_columns(header, table)
    plain = {plain_name(name) for name in header}
    return (
        not columns.missing
        and all(any(name in columns.at for name in group) for group in table.any_of)
        and not any(plain_name(name) in plain for name in table.forbidden)
    )


def is_named(file_name: str, table: TableRules) -> bool:
    """Whether a file's name fits one of the table's patterns, with or without a counter or date before its suffix."""
    name = file_name.casefold()
    names = (name, _COUNTER.sub("", name))
    return any(fnmatchcase(candidate, pattern.casefold()) for candidate in names for pattern in table.files)


def nearest_table(file_name: str, header: Sequence[str], tables: Sequence[TableRules]) -> TableRules | None:
    """The table that a file was probably meant for, although a required column is missing; None when it is like none."""
    best: tuple[tuple[bool, float], TableRules] | None = None
    for table in tables:
        share = 1 - len(_lacking(header, table)) / max(len(table.required) + len(table.any_of), 1)
        named = is_named(file_name, table)
        if named or share > _LIKE:
            score = (named, share)
            if best is None or score > best[0]:
                best = (score, table)
    return best[1] if best else None


def _lacking(header: Sequence[str], table: TableRules) -> list[str]:
    """Required columns that are missing, and the first of each group of which none is there."""
    found = match_columns(header, table)
    groups = [group[0] for group in table.any_of if not any(name in found.at for name in group)]
    return [*found.missing, *groups]


def refuse_missing_column(name: str, header: Sequence[str], table: TableRules) -> DropError:
    """The error for a file that lacks a required column, with the heading that it may be."""
    columns = match_columns(header, table)
    if not columns.at:
        return DropError(
            f"{name} has no heading line that we know: none of the columns of {table.name} is in it. Nothing was imported.",
            code="header-missing",
            file=name,
            remedy="Export it with its heading line, or state its columns in the mapping under `positions`.",
        )
    missing = (_lacking(header, table) or [""])[0]
    near = difflib.get_close_matches(missing, columns.unread, n=1, cutoff=0.7)
    hint = f' There is a column "{near[0]}": is that the one?' if near else ""
    return DropError(
        f'{name} has no column "{missing}".{hint} Nothing was imported.',
        code="column-missing",
        file=name,
        remedy="Mend the heading, or name it as an alias of the column in the mapping.",
    )
