"""Tests of single values: e-mail addresses, printable logins, dates, invisible characters; each over a whole column."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.checks.ruby_dates import read_date

__all__ = [
    "Mask",
    "Text",
    "bad_dates",
    "blank",
    "doubtful_dates",
    "has_odd_bytes",
    "instants",
    "is_email",
    "is_full_date",
    "like",
    "longer",
    "not_email",
    "to_mask",
    "unprintable",
    "with_control",
    "with_hidden",
]

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Text: TypeAlias = pa.Array  # of strings

FEW = 100_000  # so many different values are tested one by one; more go through a pattern over all rows

_PLAIN_EMAIL = r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9_.-]*[A-Za-z0-9]$"
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_FORBIDDEN_IN_EMAIL = re.compile(r"[\s,;:<>()\\\x00-\x1f\x7f]")
_FULL_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)? ?(?:Z|UTC|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_HIDDEN = r"^[\x{00a0}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{2060}\x{3000}\x{feff}]|[\x{00a0}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{2060}\x{3000}\x{feff}]$|[\x{200b}-\x{200f}\x{2060}\x{feff}]"
_CONTROL = r"[\x00-\x1f\x7f\x{0080}-\x{009f}]"


def to_mask(values: pa.Array | pa.ChunkedArray) -> Mask:
    """An Arrow boolean column as a numpy mask."""
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)


def blank(column: Text) -> Mask:
    """Which values are "" after trimming."""
    return to_mask(pc.equal(pc.binary_length(column), 0))


def like(column: Text, pattern: str) -> Mask:
    """Which values match a pattern from where it begins; `^` and `$` are the ends of the value."""
    unique = pc.unique(column)
    if len(unique) > FEW:
        return to_mask(pc.match_substring_regex(column, pattern))
    good = pc.filter(unique, pc.match_substring_regex(unique, pattern))
    return to_mask(pc.is_in(column, value_set=good))


def longer(column: Text, limit: int) -> Mask:
    """Which values have more than so many characters."""
    if not len(column) or pc.max(pc.binary_length(column)).as_py() <= limit:
        return np.zeros(len(column), dtype=bool)
    return to_mask(pc.greater(pc.utf8_length(column), limit))


def is_email(text: str) -> bool:
    """Whether Canvas takes a text for an e-mail address: exactly one address, nothing around it."""
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or domain.endswith("."):
        return False
    if not _QUOTED_LOCAL.fullmatch(local):
        if "@" in local or '"' in local or _FORBIDDEN_IN_EMAIL.search(local):
            return False
    elif "\n" in local:
        return False
    if domain.startswith("[") and domain.endswith("]"):
        return not _FORBIDDEN_IN_EMAIL.search(domain.strip("[]").replace(":", ""))
    return not _FORBIDDEN_IN_EMAIL.search(domain) and not set(domain) & set('"[]')


def not_email(column: Text) -> Mask:
    """Which values Canvas would not take for an e-mail address; "" counts as none."""
    return _odd_ones(column, _PLAIN_EMAIL, is_email)


def is_printable(text: str) -> bool:
    """Whether every character of a login can be printed, as Canvas demands."""
    return all(unicodedata.category(character) not in {"Cc", "Cs", "Cn", "Zl", "Zp"} for character in text)


def unprintable(column: Text) -> Mask:
    """Which values hold a character that cannot be printed."""
    return _odd_ones(column, r"^[\x20-\x7e]*$", is_printable)


def _odd_ones(column: Text, plain: str, is_good: Callable[[str], bool]) -> Mask:
    """Which values fail: those that do not match the plain pattern are looked at one by one."""
    odd = np.logical_not(to_mask(pc.match_substring_regex(column, plain)))
    if not odd.any():
        return odd
    candidates = pc.unique(column.filter(pa.array(odd)))
    failing = pa.array([value for value in candidates.to_pylist() if not is_good(value)], pa.string())
    return np.logical_and(odd, to_mask(pc.is_in(column, value_set=failing)))


def with_control(column: Text) -> Mask:
    """Which values hold a control character (C0, DEL or C1)."""
    if not has_odd_bytes(column):
        return np.zeros(len(column), dtype=bool)
    return to_mask(pc.match_substring_regex(column, _CONTROL))


def with_hidden(column: Text) -> Mask:
    """Which values begin or end with a blank that trimming leaves, or hold a character of no width."""
    if not has_odd_bytes(column):
        return np.zeros(len(column), dtype=bool)
    return to_mask(pc.match_substring_regex(column, _HIDDEN))


def has_odd_bytes(column: Text) -> bool:
    """Whether any byte is outside printable ASCII: quick, since most columns have none."""
    buffer = column.buffers()[2]
    if buffer is None or not len(column):
        return False
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int32, count=len(column) + 1, offset=4 * column.offset)
    content = np.frombuffer(buffer, dtype=np.uint8)[offsets[0] : offsets[-1]]
    return bool(content.size and ((content.min() < 32) or (content.max() > 126)))


def is_full_date(text: str) -> bool:
    """Whether a text is a calendar date in the one form that has only one meaning: 2026-08-24, or with a time after it."""
    if not _FULL_DATE.fullmatch(text):
        return False
    try:
        datetime.strptime(text[:10], "%Y-%m-%d")
    except ValueError:
        return False
    return not read_date(text).bad


def bad_dates(column: Text) -> Mask:
    """Which values make Canvas warn of a bad date."""
    return _by_value(column, lambda value: read_date(value).bad)


def doubtful_dates(column: Text) -> Mask:
    """Which values Canvas reads without a word although they are not full dates; `<delete>` clears on purpose."""
    return _by_value(
        column,
        lambda value: bool(value) and value != "<delete>" and not read_date(value).bad and not is_full_date(value),
    )


def _by_value(column: Text, test: Callable[[str], bool]) -> Mask:
    failing = pa.array([value for value in pc.unique(column).to_pylist() if test(value)], pa.string())
    if not len(failing):
        return np.zeros(len(column), dtype=bool)
    return to_mask(pc.is_in(column, value_set=failing))


def instants(column: Text) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The instants that Canvas reads, as seconds since 1970; NaN where it reads none."""
    encoded = column.dictionary_encode()
    seconds = np.array([_seconds(value) for value in encoded.dictionary.to_pylist()] or [np.nan], dtype=np.float64)
    return seconds[np.asarray(encoded.indices)] if len(column) else np.empty(0, dtype=np.float64)


def _seconds(text: str) -> float:
    instant = read_date(text).instant
    return np.nan if instant is None else instant.timestamp()
