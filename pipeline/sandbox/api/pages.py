"""Pages of a list: how many rows where, and the `Link` header that leads to the others.

Numbered pages and, for long lists, bookmarks: a bookmark holds the Canvas id after which the page begins.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from pipeline.sandbox.api.params import Params
from pipeline.sandbox.api.refusals import not_found

__all__ = ["BookmarkedPage", "Link", "NumberedPage", "bookmarked", "numbered", "page_size"]

DEFAULT_SIZE = 10
UNKEPT = ("page", "per_page", "access_token", "api_key")  # parameters that links do not carry on as they came
MAX_PAGE_DIGITS = 12
BOOKMARK = "bookmark:"


@dataclass(frozen=True, slots=True)
class Link:
    """Where a list lives: its URL without query, and the query it was asked with."""

    url: str
    query: Sequence[tuple[str, str]]

    def to(self, page: str, size: int) -> str:
        """The URL of one of its pages."""
        kept = [(name, value) for name, value in self.query if name not in UNKEPT]
        return f"{self.url}?{urlencode([*kept, ('page', page), ('per_page', str(size))], quote_via=quote)}"

    def header(self, pages: Mapping[str, str | None], size: int) -> dict[str, str]:
        """The `Link` header for the pages by relation, in Canvas's order; those that do not exist are left out."""
        order = ("current", "next", "prev", "first", "last")
        parts = [f'<{self.to(page, size)}>; rel="{rel}"' for rel in order if (page := pages.get(rel)) is not None]
        return {"link": ",".join(parts)}


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """Page `number` (1 is the first) of `size` rows."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """Rows before the page."""
        return (self.number - 1) * self.size

    def cut(self, rows: Sequence[Any]) -> tuple[Sequence[Any], bool]:
        """The page's rows out of all, and whether more follow."""
        return rows[self.offset : self.offset + self.size], len(rows) > self.offset + self.size

    def links(self, *, more: bool, total: int | None = None) -> dict[str, str | None]:
        """Pages by relation; without a total there is no last one."""
        last = None if total is None else max(1, -(-total // self.size))
        return {
            "current": str(self.number),
            "next": str(self.number + 1) if more else None,
            "prev": str(self.number - 1) if self.number > 1 else None,
            "first": "1",
            "last": None if last is None else str(last),
        }


@dataclass(frozen=True, slots=True)
class BookmarkedPage:
    """The page of `size` rows after a Canvas id (0: from the start)."""

    after: int
    size: int
    current: str = "first"

    def links(self, *, following: int | None) -> dict[str, str | None]:
        """Pages by relation; `following` is the last id of this page if more rows follow."""
        return {"current": self.current, "next": _bookmark(following) if following else None, "first": "first"}


def page_size(params: Params, largest: int) -> int:
    """`per_page`, 10 when absent, silently clamped to 1 … largest."""
    asked = params.text("per_page")
    if asked is None:
        return DEFAULT_SIZE
    digits = asked.strip().lstrip("-+")
    size = int(asked) if digits.isdigit() and len(digits) <= MAX_PAGE_DIGITS else 0
    return max(1, min(size, largest))


def numbered(params: Params, largest: int) -> NumberedPage:
    """The numbered page asked for; a malformed number is not found."""
    page = params.text("page") or "1"
    if not page.isascii() or not page.isdigit() or len(page) > MAX_PAGE_DIGITS or int(page) < 1:
        raise not_found()
    return NumberedPage(int(page), page_size(params, largest))


def bookmarked(params: Params, largest: int) -> BookmarkedPage:
    """The bookmarked page asked for: none or `first` is the start; a number or anything else is not found."""
    page, size = params.text("page") or "first", page_size(params, largest)
    if page in ("first", "1"):
        return BookmarkedPage(0, size)
    return BookmarkedPage(_bookmarked_id(page), size, page)


def _bookmark(canvas_id: int) -> str:
    return BOOKMARK + base64.urlsafe_b64encode(json.dumps([canvas_id]).encode()).decode().rstrip("=")


def _bookmarked_id(page: str) -> int:
    text = page.removeprefix(BOOKMARK)
    try:
        read = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        raise not_found() from None
    if text == page or not isinstance(read, list) or len(read) != 1 or not isinstance(read[0], int):
        raise not_found()
    return int(read[0])
