"""Dates as Canvas reads them: nearly anything is taken for a date, and much of it silently for a wrong one.

Canvas hands the text to Ruby's lenient date scanner with UTC as zone. It looks for a weekday and a time of day first,
then for the first of several forms of a date in a fixed order, and fills what is missing from the present day. No form
found means no date; a number out of its range means an error. Years are never completed (`24` is the year 24).
Source: the reference's `date_parsing` section (executed examples); Ruby documentation of `Date._parse` and `Time.new`.
"""

import calendar
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

__all__ = ["BadDate", "parsed"]

MAX_CHARACTERS = 128  # Ruby's scanner refuses longer texts
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = "|".join(MONTHS)
NOISE = re.compile(r"[^-+',./:@\w\[\]]+|_+")
DAY_NAME = re.compile(r"\b(?:sun|mon|tue|wed|thu|fri|sat)[^-/\d\s]*", re.IGNORECASE)
HALF = r"[ap](?:m\b|\.m\.)"
CLOCK = rf"(?:\d+\s*:\s*\d+(?:\s*:\s*\d+(?:[,.]\d*)?)?|\d+\s*h(?:\s*\d+m?(?:\s*\d+s?)?)?)(?:\s*{HALF})?|\d+\s*{HALF}"
LETTER = r"[^\W\d_]"
ZONE = rf"(?:gmt|utc?)?[-+]\d+(?:[,.:]\d+(?::\d+)?)?|(?:{LETTER}|[.\s])+(?:standard|daylight)\stime\b|{LETTER}+(?:\sdst)?\b"
TIME = re.compile(rf"({CLOCK})(?:\s*({ZONE}))?", re.IGNORECASE)
TIME_PARTS = re.compile(
    rf"(\d+)\s*h?(?:\s*:?\s*(\d+)m?(?:\s*:?\s*(\d+)(?:[,.]\d*)?s?)?)?(?:\s*({HALF}))?", re.IGNORECASE
)
ERA = r"c(?:e|\.e\.)|b(?:ce|\.c\.e\.)|a(?:d|\.d\.)|b(?:c|\.c\.)"
DAY_FIRST = re.compile(
    rf"'?(\d+)[^-\d\s]*\s*({MONTH})[^-\d\s']*(?:\s*(?:{ERA})?\s*('?-?\d+(?:(?:st|nd|rd|th)\b)?))?", re.IGNORECASE
)
MONTH_FIRST = re.compile(
    rf"\b({MONTH})[^-\d\s']*\s*('?\d+)[^-\d\s']*(?:\s*,?\s*(?:{ERA})?\s*('?-?\d+))?", re.IGNORECASE
)
DASHES = re.compile(r"('?[-+]?\d+)-(\d+)-('?-?\d+)")
DASHED_NAME = re.compile(rf"('?-?\d+)-({MONTH})[^-/.]*-('?-?\d+)", re.IGNORECASE)
NAME_DASHED = re.compile(rf"\b({MONTH})[^-/.]*-('?-?\d+)(?:-('?-?\d+))?", re.IGNORECASE)
SLASHES = re.compile(r"('?-?\d+)/\s*('?\d+)(?:\D\s*('?-?\d+))?")
DOTS = re.compile(r"('?-?\d+)\.\s*('?\d+)\.\s*('?-?\d+)")
WEEK = re.compile(r"\b(?:\d{2}|\d{4})?-?w\d{2}(?:-?\d)?\b", re.IGNORECASE)
DAY_OF_YEAR = re.compile(r"\b(\d{2}|\d{4})-\d{3}\b")
APOSTROPHE_YEAR = re.compile(r"'(\d+)\b")
LONE_MONTH = re.compile(rf"\b({MONTH})\S*", re.IGNORECASE)
ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
DIGITS = re.compile(r"([-+]?)(\d{2,14})(?:\s*t?\s*(\d{2,6})?(?:[,.]\d*)?)?(z\b|[-+]\d{1,4}\b)?", re.IGNORECASE)
NUMERIC_ZONE = re.compile(r"(?:gmt|utc?)?([-+])(\d+)(?:[,.:](\d+))?", re.IGNORECASE)
ZONES = {  # hours east of UTC
    "z": 0, "utc": 0, "ut": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2,
    "eet": 2, "eest": 3, "sast": 2, "msk": 3, "ist": 5.5, "jst": 9, "kst": 9, "aest": 10, "nzst": 12, "nzdt": 13,
    "ast": -4, "adt": -3, "nst": -3.5, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip
Parts = dict[str, int]


class BadDate(Exception):
    """A number in the text is out of its range."""


@lru_cache(maxsize=8192)
def parsed(text: str, year: int, month: int, day: int) -> str | None:
    """The instant in a text, `YYYY-MM-DDTHH:MM:SSZ`, or None when it names none. year, month, day: today.

    Errors: BadDate.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadDate
    parts = _scanned(text)
    if not parts:
        return None
    named = "year" in parts or "mon" in parts
    date = (parts.get("year", year), parts.get("mon", month), parts.get("mday", 1 if named else day))
    return _instant(date, (parts.get("hour", 0), parts.get("min", 0), parts.get("sec", 0)), parts.get("offset"))


def _scanned(text: str) -> Parts:
    """What a text names: year, mon, mday, hour, min, sec, offset (seconds), and `other` for parts without effect."""
    rest, parts = NOISE.sub(" ", text), Parts()
    if found := DAY_NAME.search(rest):
        rest = _without(rest, found)
        parts["other"] = 1
    if found := TIME.search(rest):
        rest = _without(rest, found)
        _take_time(found, parts)
    for pattern, take in FORMS:
        if found := pattern.search(rest):
            take(found, parts)
            break
    return parts


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _take_time(found: re.Match[str], parts: Parts) -> None:
    numbers = TIME_PARTS.match(found[1])
    if numbers is None:  # a time always begins with its hour
        return
    for name, digits in (("hour", numbers[1]), ("min", numbers[2]), ("sec", numbers[3])):
        if digits:
            parts[name] = int(digits)
    if numbers[4]:
        parts["hour"] = parts["hour"] % 12 + (12 if numbers[4][0] in "pP" else 0)
    _take_zone(found[2], parts)


def _take_zone(zone: str | None, parts: Parts) -> None:
    if not zone:
        return
    if numeric := NUMERIC_ZONE.fullmatch(zone):
        digits, minutes = numeric[2], int(numeric[3] or 0)
        if numeric[3] is None and len(digits) > 2:
            digits, minutes = digits[:-2], int(digits[-2:])
        seconds = int(digits) * 3600 + minutes * 60
        parts["offset"] = -seconds if numeric[1] == "-" else seconds
    elif zone.lower() in ZONES:
        parts["offset"] = int(ZONES[zone.lower()] * 3600)


def _take_three(year: str | None, month: str | None, day: str | None, parts: Parts) -> None:
    """Year, month and day in the order written, sorted out by length and apostrophe as Ruby does."""
    if year and month and not day:
        year, month, day = None, year, month
    if year is None and day and (len(day) > 2 or day[0] == "'"):
        year, day = day, None
    if year and (trailing := re.search(r"(\d+)\D", year)):
        year, day = day, trailing[1]
    if month and (month[0] == "'" or len(month) > 2):
        year, month, day = month, day, year
    if day and (day[0] == "'" or len(day) > 2):
        year, day = day, year
    for name, digits, sign in (("year", year, "[-+]?"), ("mon", month, ""), ("mday", day, "")):
        if digits and (number := re.search(rf"{sign}\d+", digits)):
            parts[name] = int(number[0])


def _month_number(name: str) -> str:
    return str(MONTHS.index(name.lower()) + 1)


def _take_digits(found: re.Match[str], parts: Parts) -> None:
    """A bare run of digits: its length says what it is."""
    sign, digits, time, zone = found.groups()
    slices = DIGIT_FORMS.get(len(digits), {})
    for name, (start, end) in slices.items():
        parts[name] = int((sign if name == "year" else "") + digits[start:end])
    if time and len(time) % 2 == 0:
        for name, start in zip(("hour", "min", "sec"), range(0, len(time), 2), strict=False):
            parts[name] = int(time[start : start + 2])
    _take_zone(zone, parts)


DATE8 = {"year": (0, 4), "mon": (4, 6), "mday": (6, 8)}
DIGIT_FORMS: dict[int, dict[str, tuple[int, int]]] = {
    2: {"mday": (0, 2)},
    3: {"other": (0, 3)},  # a day of the year, which has no effect
    4: {"mon": (0, 2), "mday": (2, 4)},
    5: {"year": (0, 2)},
    6: {"year": (0, 2), "mon": (2, 4), "mday": (4, 6)},
    7: {"year": (0, 4)},
    8: DATE8,
    10: {**DATE8, "hour": (8, 10)},
    12: {**DATE8, "hour": (8, 10), "min": (10, 12)},
    14: {**DATE8, "hour": (8, 10), "min": (10, 12), "sec": (12, 14)},
}
FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Parts], None]], ...] = (
    (DAY_FIRST, lambda m, p: _take_three(m[3], _month_number(m[2]), m[1], p)),
    (MONTH_FIRST, lambda m, p: _take_three(m[3], _month_number(m[1]), m[2], p)),
    (DASHES, lambda m, p: _take_three(m[1], m[2], m[3], p)),
    (DASHED_NAME, lambda m, p: _take_three(m[3], _month_number(m[2]), m[1], p)),
    (NAME_DASHED, lambda m, p: _take_three(m[3], _month_number(m[1]), m[2], p)),
    (SLASHES, lambda m, p: _take_three(m[1], m[2], m[3], p)),
    (DOTS, lambda m, p: _take_three(m[1], m[2], m[3], p)),
    (WEEK, lambda _, p: p.update(other=1)),
    (DAY_OF_YEAR, lambda m, p: p.update(year=int(m[1]))),
    (APOSTROPHE_YEAR, lambda m, p: p.update(year=int(m[1]))),
    (LONE_MONTH, lambda m, p: p.update(mon=int(_month_number(m[1])))),
    (ORDINAL, lambda m, p: p.update(mday=int(m[1]))),
    (DIGITS, _take_digits),
)


def _instant(date: tuple[int, int, int], time: tuple[int, int, int], offset: int | None) -> str:
    """Ruby's `Time.new` with its ranges, in UTC. A day past the end of its month rolls into the next one."""
    (year, month, day), (hour, minute, second) = date, time
    in_range = 1 <= month <= 12 and 1 <= day <= 31 and 0 <= minute <= 59 and 0 <= second <= 60
    if not in_range or hour > 24 or (hour == 24 and (minute or second)):
        raise BadDate
    if not 1 < year < 9999:  # beyond what Python's calendar knows; nothing rolls over then
        return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}Z"
    overhang = max(0, day - calendar.monthrange(year, month)[1])
    first = datetime(year, month, day - overhang)  # UTC throughout
    there = first + timedelta(days=overhang, hours=hour, minutes=minute, seconds=second - (offset or 0))
    return f"{there.year:04d}-{there:%m-%dT%H:%M:%SZ}"
