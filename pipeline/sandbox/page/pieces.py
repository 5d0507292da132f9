"""A page's worth of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Cursor, Row
from typing import Any

from pipeline.sandbox.api.query import Listing

__all__ = ["Piece", "piece_of"]

ROWS = 50


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a list: which page, how many rows there are in all."""

    rows: Sequence[Any]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // ROWS))


def piece_of(listing: Listing, cursor: Cursor, number: int) -> Piece:
    """One page of a listing."""
    count = f"SELECT count(*) FROM ({listing.sql} WHERE {listing.conditions})"  # noqa: S608  # our own words
    total = cursor.execute(count, listing.values).fetchone()[0]
    sql = f"{listing.sql} WHERE {listing.conditions} ORDER BY {listing.order} LIMIT ? OFFSET ?"
    rows: list[Row] = cursor.execute(sql, (*listing.values, ROWS, (number - 1) * ROWS)).fetchall()
    return Piece(rows, number, total)
