"""What stands in a text export beside its rows: repeated headings, dashes, footers, row counts, titles, blank lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Furniture", "is_dashes", "last_line", "looks_like_total", "sort_line", "stated_count"]

_COUNT = re.compile(
    r"\(?\s*([\d.,]+)\s+(?:rows?|records?|row\(s\))\s*(?:affected|selected|returned|exported|in set.*)?\s*\)?\.?",
    re.IGNORECASE,
)
_NO_ROWS = re.compile(r"no rows (?:selected|affected|returned)\.?", re.IGNORECASE)
_END = re.compile(
    r"-+\s*end of (?:report|file|export|data)\s*-*|end of (?:report|file)|total.*|grand total.*|"
    r"PL/SQL procedure successfully completed\.?|elapsed:.*|completion time:.*|printed (?:on|at).*|SQL>.*|spool off;?",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(
    r"changed database context to .*|page\s*:?\s*\d+(?:\s*(?:of|/)\s*\d+)?|#TYPE .*|sep=.", re.IGNORECASE
)
_DASHES = re.compile(r"[\s|,;+\t]*[-=_]{1,}[-=_\s|,;+\t]*")


@dataclass(frozen=True, slots=True)
class Furniture:
    """What one line is. kind: blank, dashes, header, footer, anywhere, count, or "" for a row; count: rows it states."""

    kind: str
    count: int | None = None


def is_dashes(line: str) -> bool:
    """Whether a line is a rule of dashes, as database tools print below the header."""
    return _DASHES.fullmatch(line) is not None and any(rule in line for rule in ("---", "===", "___"))


def looks_like_total(cells: Sequence[str]) -> bool:
    """Whether a row of the right width is a sum printed below the rows."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return 0 < len(filled) <= 2 and re.match(r"(grand )?totals?\b", filled[0], re.IGNORECASE) is not None


def last_line(text: bytes) -> bytes:
    """The last line of a text, without its end."""
    end = len(text) - text.endswith(b"\n")
    return text[text.rfind(b"\n", 0, end) + 1 : end]


def stated_count(line: str) -> int | None:
    """The number of rows that a footer states, None for a line that is no such footer."""
    bare = line.strip().strip('"').strip().rstrip(",;|\t ")
    counted = _COUNT.fullmatch(bare)
    if counted:
        return int(re.sub(r"[.,]", "", counted.group(1)) or 0)
    return 0 if _NO_ROWS.fullmatch(bare) else None


def sort_line(line: str, header: str, *, is_after_rows: bool) -> Furniture:
    """What a line that is no row of the header's width is."""
    stripped = line.strip().strip("\x1a").strip('"').strip()
    bare = stripped.rstrip(",;|\t ")
    kinds = (
        ("blank", not stripped.strip(" \t,;|^\xa0")),
        ("header", bare == header),
        ("dashes", is_dashes(stripped)),
        ("anywhere", _ANYWHERE.fullmatch(stripped) is not None),
        ("footer", is_after_rows and _END.fullmatch(stripped) is not None),
    )
    count = stated_count(bare)
    if count is not None:
        return Furniture("count", count)
    return Furniture(next((kind for kind, holds in kinds if holds), ""))
