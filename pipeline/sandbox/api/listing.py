"""Lists out of the tables: one page of the rows as an answer."""

from collections.abc import Callable
from sqlite3 import Cursor, Row
from typing import Any

from flask import Response

from pipeline.sandbox.api.answers import json_answer
from pipeline.sandbox.api.pages import bookmarked, numbered
from pipeline.sandbox.api.query import Listing
from pipeline.sandbox.api.site import link_here, params, site

__all__ = ["Listing", "Shape", "bookmarked_page", "numbered_page"]

Shape = Callable[[Row, Cursor], dict[str, Any]]


def numbered_page(listing: Listing, shape: Shape, *, key: str | None = None, counted: bool = True) -> Response:
    """A numbered page. key: the list stands under it; counted: there is a last page."""
    page = numbered(params(), site().switches.paging_max_per_page)
    with site().engine.database.read() as cursor:
        total = None
        if counted:
            count = f"SELECT count(*) FROM ({listing.sql} WHERE {listing.conditions})"  # noqa: S608  # our own words
            total = cursor.execute(count, listing.values).fetchone()[0]
        sql = f"{listing.sql} WHERE {listing.conditions} ORDER BY {listing.order} LIMIT ? OFFSET ?"
        rows = cursor.execute(sql, (*listing.values, page.size + 1, page.offset)).fetchall()
        shown = [shape(row, cursor) for row in rows[: page.size]]
    links = page.links(more=len(rows) > page.size, total=total)
    return json_answer({key: shown} if key else shown, headers=link_here().header(links, page.size))


def bookmarked_page(listing: Listing, shape: Shape, *, id_column: str = "id") -> Response:
    """A page in the order of Canvas ids, which the next page's bookmark continues. A number of old works as well."""
    asked, largest = params(), site().switches.paging_max_per_page
    if (asked.text("page") or "").isdigit() and asked.text("page") != "1":
        listing.order = id_column
        return numbered_page(listing, shape, counted=False)
    page = bookmarked(asked, largest)
    listing.keep(f"{id_column} > ?", page.after)
    with site().engine.database.read() as cursor:
        sql = f"{listing.sql} WHERE {listing.conditions} ORDER BY {id_column} LIMIT ?"
        rows = cursor.execute(sql, (*listing.values, page.size + 1)).fetchall()
        shown = [shape(row, cursor) for row in rows[: page.size]]
    following = shown[-1]["id"] if len(rows) > page.size else None
    return json_answer(shown, headers=link_here().header(page.links(following=following), page.size))
