"""What Canvas answered: the parts of an answer that we use, and how to read headers and error bodies defensively."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

__all__ = [
    "Answer",
    "link_next",
    "parse_instant",
    "read_date",
    "read_json",
    "read_quota",
    "retry_after",
    "said",
    "same_origin",
]

_LINK = re.compile(r'<([^>]*)>\s*((?:;\s*[a-zA-Z]+="?[^",;]*"?\s*)*)')
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer whose body is JSON.

    at: Canvas's own clock, from its `Date` header; next_url: the next page, if any; quota: what is left of the token's allowance
    (600 when idle; Canvas refuses below zero), None where Canvas does not say.
    """

    body: Any
    at: datetime | None
    next_url: str | None
    request_id: str | None
    quota: float | None = None


def read_json(body: bytes) -> Any:
    """The parsed body. ValueError when it is not JSON; the error carries no text of the body."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None  # the original carries the whole document


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def read_date(headers: Mapping[str, str]) -> datetime | None:
    """The instant of the `Date` header, aware UTC; None where it is absent or unreadable."""
    try:
        at = parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def parse_instant(text: Any) -> datetime | None:
    """An ISO 8601 instant as Canvas writes it, aware UTC; None for null and for anything unreadable."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds that the `Retry-After` header asks for, given as seconds or as a date; None where it does not."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def read_quota(headers: Mapping[str, str]) -> float | None:
    """What `X-Rate-Limit-Remaining` says is left; None where it is absent or no number."""
    text = headers.get("X-Rate-Limit-Remaining", "").strip()
    return float(text) if re.fullmatch(r"-?\d{1,9}(\.\d+)?", text) else None


def link_next(headers: Mapping[str, str]) -> str | None:
    """The URL of the next page by the `Link` header, opaque; None on the last page."""
    for url, attributes in _LINK.findall(headers.get("Link", "")):
        if re.search(r';\s*rel="?next"?\s*(;|$)', attributes, re.IGNORECASE):
            return str(url)
    return None


def same_origin(url: str, base: str) -> bool:
    """Whether two URLs have the same scheme, host and port."""
    return _origin(url) == _origin(base)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or default


def said(body: bytes) -> str:
    """What an error body says in prose, one line, for people only; "" when nothing can be made out.

    Canvas has many forms: `errors` as a list of objects, a list of texts or a text; `message`, `error_message`, `error`.
    """
    try:
        plain = read_json(body)
    except ValueError:
        return ""
    return _one_line(_texts(plain))


def _texts(plain: Any) -> list[str]:
    if isinstance(plain, str):
        return [plain]
    if isinstance(plain, list):
        return [text for entry in plain for text in _texts(entry)]
    if isinstance(plain, Mapping):
        for key in ("errors", "message", "error_message", "error"):
            texts = _texts(plain.get(key))
            if texts:
                return texts
    return []


def _one_line(texts: list[str]) -> str:
    joined = "; ".join(" ".join(text.split()) for text in texts)
    printable = "".join(c if c.isprintable() else " " for c in joined)
    return printable if len(printable) <= _LONGEST_QUOTE else printable[: _LONGEST_QUOTE - 1] + "…"
