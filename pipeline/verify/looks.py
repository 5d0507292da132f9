"""What is to be looked at in Canvas and how far a look went: values between the ways of reading and the comparison. No frames."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

__all__ = ["SAMPLED", "Extent", "Looked", "Row", "Sink", "Source", "Wish"]

Row = Mapping[str, str]
"""Cells by Canvas's SIS column names, `sis_import_id` beside them where Canvas shows it. A cell that is "" is blank in Canvas;
one that is absent is not shown by this way of reading."""

Sink = Callable[[str, Row], None]
"""Takes one row of one table, as it is read."""

SAMPLED = ("accounts", "terms", "courses", "sections", "users", "enrollments")
"""The tables that can be looked at row by row."""


class Extent(StrEnum):
    """How much is looked at."""

    WHOLE = "whole"  # every row of the base, and whatever else there is
    COURSES = "courses"  # some courses, with their sections, enrollments and people
    ROWS = "rows"  # single rows of the base


@dataclass(frozen=True, slots=True)
class Wish:
    """What to look at.

    courses: SIS ids of the courses to look into; users: of the people that should be there, where all are looked at; rows:
    table and key cells of single rows, the most wanted first.
    """

    extent: Extent
    courses: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    rows: tuple[tuple[str, Row], ...] = ()

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Wish":
        """The wish that plain JSON describes."""
        rows = tuple((table, dict(row)) for table, row in plain.get("rows", ()))
        return cls(Extent(plain["extent"]), tuple(plain.get("courses", ())), tuple(plain.get("users", ())), rows)

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a look went, and what its silence means.

    courses: those that were looked into, found or not; rows: the single rows that were looked up; silent: tables in which a
    row that was not shown is not there; news: tables in which a row that the base does not have is one too many.
    """

    extent: Extent
    courses: tuple[str, ...] = ()
    rows: tuple[tuple[str, Row], ...] = ()
    silent: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    requests: int = 0

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Looked":
        """The look that plain JSON describes."""
        rows = tuple((table, dict(row)) for table, row in plain["rows"])
        texts = {name: tuple(plain[name]) for name in ("courses", "silent", "news")}
        return cls(extent=Extent(plain["extent"]), rows=rows, requests=plain["requests"], **texts)

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class Source(Protocol):
    """One way to look into Canvas: each reads what it can of a wish, and says how far it went."""

    @property
    def name(self) -> str:
        """What `--with` calls it."""

    def read(self, wish: Wish, sink: Sink) -> Looked:
        """Give every row seen to the sink. CouldNotLook when Canvas does not let us, or does not answer to the end."""
