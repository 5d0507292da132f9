"""What a reader must know of a feed's files before it opens them: the tables it looks for, encodings, the drop before."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from pipeline.model.source import SourceFile

__all__ = ["FileFacts", "LayoutColumn", "SourceRules", "TableRules", "facts_of", "plain_name"]

_NOT_WORD = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """A heading without case, blanks, punctuation and invisible characters: the form in which headings are compared."""
    plain = _NOT_WORD.sub("", unicodedata.normalize("NFKC", name)).casefold()
    return plain or name.strip().casefold()


@dataclass(frozen=True, slots=True)
class LayoutColumn:
    """One column of a fixed-width layout. start: first character, from 1; width: in characters."""

    name: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class TableRules:
    """One source table that a mapping wants, and how to know it.

    required, optional: its columns; a file is this table when its header has every required one, one of each group of
    `any_of`, and none of `forbidden`. aliases: other headings of a column. files: name patterns (`enrollments*.csv`), which
    decide where several tables fit. positions: the columns in order, for files without a header. layout: for files of fixed
    width. tell_unread: name the columns that are not read. short_rows: missing cells at the end of a row are blank, where those columns are optional.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_of: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    layout: tuple[LayoutColumn, ...] = ()
    short_rows: bool = False
    may_be_absent: bool = False
    tell_unread: bool = False

    @property
    def wanted(self) -> tuple[str, ...]:
        """All columns that are read."""
        return self.required + self.optional

    def headings(self, column: str) -> tuple[str, ...]:
        """The headings under which a column may stand, its own first."""
        return (column, *self.aliases.get(column, ()))


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is remembered of the file of the same name in the last accepted drop.

    last_line: SHA-256 of its last line, "" when not kept; rows: how many it had, None when not kept.
    """

    ends_with_newline: bool = True
    last_line: str = ""
    rows: int | None = None


def facts_of(files: Iterable[SourceFile]) -> dict[str, dict[str, object]]:
    """What is to be remembered of an accepted drop's files, as `SourceRules.previous` takes it, by their base names."""
    return {
        file.name.rsplit(" › ", 1)[-1].rsplit("/", 1)[-1]: {
            "ends_with_newline": file.ends_with_newline,
            "last_line": file.last_line_sha256,
            "rows": file.rows,
        }
        for file in files
    }


@dataclass(frozen=True, slots=True)
class SourceRules:
    """How to read the files of a feed.

    tables: empty means that every file is a table of its own, under its file's name, with all its columns.
    encoding, delimiter: as configured, "" to find out. ignores: name patterns of files that are known and not wanted.
    previous: facts of the last accepted drop by file name. unterminated: what becomes of a last line without a line end
    that nothing vouches for: `doubt` protects it and does not read it, `trust` only warns (commands without a feed).
    row_counts: rows by file name as a manifest or done-file states them. allowed: columns that are read although their name
    says they hold private facts. expected: names or patterns of the feed's files; with it the findings name what is extra.
    """

    tables: tuple[TableRules, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    ignores: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    previous: Mapping[str, FileFacts] = field(default_factory=dict)
    unterminated: str = "doubt"
    is_delta: bool = False
    row_counts: Mapping[str, int] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    refused_percent: float = 2.0  # of a file's rows; from `refused_floor` rows on: planning's limit for refused rows
    refused_floor: int = 20

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "SourceRules":
        """Rules from JSON-able settings with the names of the fields; keys that are not fields raise ValueError."""
        _only_fields(cls, plain)
        values = dict(plain)
        values["tables"] = tuple(_table(table) for table in plain.get("tables", ()))
        values["previous"] = {name: FileFacts(**facts) for name, facts in plain.get("previous", {}).items()}
        for name in ("ignores", "expected", "allowed"):
            values[name] = tuple(plain.get(name, ()))
        return cls(**values)


def _table(plain: Mapping[str, Any]) -> TableRules:
    _only_fields(TableRules, plain)
    values = dict(plain)
    for name in ("required", "optional", "forbidden", "files", "positions"):
        values[name] = tuple(plain.get(name, ()))
    values["any_of"] = tuple(tuple(group) for group in plain.get("any_of", ()))
    values["aliases"] = {column: tuple(names) for column, names in plain.get("aliases", {}).items()}
    values["layout"] = tuple(LayoutColumn(**column) for column in plain.get("layout", ()))
    return TableRules(**values)


def _only_fields(cls: type, plain: Mapping[str, Any]) -> None:
    known: Sequence[str] = [item.name for item in fields(cls)]
    unknown = sorted(set(plain) - set(known))
    if unknown:
        raise ValueError(f"unknown reading rules: {', '.join(unknown)}")
