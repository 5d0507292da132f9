"""How Canvas reads a date: a lenient reader that finds something in nearly any text, and often something else than was meant.

Facts: Ruby's `Date._parse(text, false)` followed by ActiveSupport's `Time.zone.parse` with the zone UTC; examples of both in
`canvas/sis_csv.yaml`, `global.date_parsing`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.checks.ruby_zones import zone_offset

__all__ = ["BAD", "NOTHING", "ReadDate", "read_date"]

LONGEST = 128  # Ruby refuses longer texts before reading them

MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
MONTH_NAMES = tuple(MONTHS.split("|"))
ERA = r"(c(?:e|\.e\.)|b(?:ce|\.c\.e\.)|a(?:d|\.d\.)|b(?:c|\.c\.))?"

_NOISE = re.compile(r"[^-+',./:@\[\]0-9A-Za-z\u0080-\U0010ffff]+")
_DAY = re.compile(r"\b(sun|mon|tue|wed|thu|fri|sat)[^-/\d\s]*", re.IGNORECASE)
_TIME = re.compile(
    r"((?:\d+\s*:\s*\d+(?:\s*:\s*\d+(?:[,.]\d*)?)?|\d+\s*h(?:\s*\d+m?(?:\s*\d+s?)?)?)(?:\s*[ap](?:m\b|\.m\.))?"
    r"|\d+\s*[ap](?:m\b|\.m\.))"
    r"(?:\s*((?:gmt|utc?)?[-+]\d+(?:[,.:]\d+(?::\d+)?)?"
    r"|[A-Za-z.\s]+(?:standard|daylight)\stime\b|[A-Za-z]+(?:\sdst)?\b))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\A(\d+)\s*h?(?:\s*:?\s*(\d+)m?(?:\s*:?\s*(\d+)(?:[,.](\d*))?s?)?)?(?:\s*([ap])(?:m\b|\.m\.))?", re.IGNORECASE
)
_EU = re.compile(
    rf"('?\d+)[^-\d\s]*\s*({MONTHS})[^-\d\s']*(?:\s*{ERA}\s*('?-?\d+(?:(?:st|nd|rd|th)\b)?))?", re.IGNORECASE
)
_US = re.compile(rf"\b({MONTHS})[^-\d\s']*\s*('?\d+)[^-\d\s']*(?:\s*,?\s*{ERA}\s*('?-?\d+))?", re.IGNORECASE)
_ISO = re.compile(r"('?[-+]?\d+)-(\d+)-('?-?\d+)")
_VMS_DAY = re.compile(rf"('?-?\d+)-({MONTHS})[^-/.]*-('?-?\d+)", re.IGNORECASE)
_VMS_MONTH = re.compile(rf"\b({MONTHS})[^-/.]*-('?\d+)(?:-('?-?\d+))?", re.IGNORECASE)
_SLASH = re.compile(r"('?-?\d+)/\s*('?\d+)(?:\D\s*('?-?\d+))?")
_DOT = re.compile(r"('?-?\d+)\.\s*('?\d+)\.\s*('?-?\d+)")
_ERA_YEAR = re.compile(r"\b([mtshr])(\d+)\.(\d+)\.(\d+)", re.IGNORECASE)
_WEEK = re.compile(r"\b(\d{2}|\d{4})?-?w(\d{2})(?:-?(\d))?\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"-w-(\d)\b", re.IGNORECASE)
_DASHES = re.compile(r"--(\d{2})?-(\d{2})\b")
_DASHES_SHORT = re.compile(r"--(\d{2})(\d{2})?\b")
_YEAR_DAY = re.compile(r"[,.](\d{2}|\d{4})-\d{3}(?!\d)|\b(\d{2}|\d{4})-(\d{3})\b")
_YEAR_DAY_SHORT = re.compile(r"\d-\d{3}\b")
_QUOTED_YEAR = re.compile(r"'(\d+)\b")
_MONTH = re.compile(rf"\b({MONTHS})\S*", re.IGNORECASE)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
_DIGITS = re.compile(
    r"([-+]?)(\d{2,14})(?:\s*t?\s*(\d{2,6})?(?:[,.](\d*))?)?(z\b|[-+]\d{1,4}\b|\[[-+]?\d[^]]*\])?", re.IGNORECASE
)
_LONE = re.compile(r"\A\s*(\d{1,2})\s*\Z")
_BEFORE_CHRIST = re.compile(r"\b(bc\b|bce\b|b\.c\.|b\.c\.e\.)", re.IGNORECASE)

JAPANESE_ERAS = {"m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018}


@dataclass(frozen=True, slots=True)
class ReadDate:
    """What Canvas makes of a text.

    bad: it raises, and Canvas warns; instant: the UTC instant it stores, None where it stores nothing (or a year that
    Python cannot hold).
    """

    bad: bool
    instant: datetime | None


BAD = ReadDate(bad=True, instant=None)
NOTHING = ReadDate(bad=False, instant=None)

Parts = dict[str, int | None]


def read_date(text: str, now: datetime | None = None) -> ReadDate:
    """What Canvas reads out of a text. now: for texts that name only a part of a date; the rest is taken from it."""
    if not text:
        return NOTHING
    if len(text) > LONGEST:
        return BAD
    parts = find_parts(text)
    if not parts:
        return NOTHING
    return _instant(parts, now or datetime(2026, 1, 1, tzinfo=UTC))


def _instant(parts: Parts, now: datetime) -> ReadDate:
    year = _part(parts, "year", now.year)
    month = _part(parts, "mon", now.month)
    day = _part(parts, "mday", 1 if parts.get("year") is not None or parts.get("mon") is not None else now.day)
    hour, minute, second = (_part(parts, name, 0) for name in ("hour", "min", "sec"))
    offset = parts.get("offset") or 0
    in_range = 1 <= month <= 12 and 1 <= day <= 31 and 0 <= hour <= 24 and 0 <= minute <= 59 and 0 <= second <= 60
    if not in_range or abs(offset) >= 86400 or (hour == 24 and (minute or second)):
        return BAD
    try:
        first = datetime(year, month, 1, tzinfo=UTC)
        instant = first + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second - offset)
    except (ValueError, OverflowError):
        return NOTHING
    return ReadDate(bad=False, instant=instant)


def _part(parts: Parts, name: str, default: int) -> int:
    value = parts.get(name)
    return default if value is None else value


def find_parts(text: str) -> Parts:
    """The parts of a date that Ruby finds in a text: year, mon, mday, yday, wday, hour, min, sec, offset and others."""
    parts: Parts = {}
    rest = _NOISE.sub(" ", text)
    rest = _take_weekday(rest, parts)
    rest = _take_time(rest, parts)
    for pattern, take in _FORMS:
        if match := pattern.search(rest):
            take(match, parts)
            rest = rest[: match.start()] + " " + rest[match.end() :]
            break
    if (match := _BEFORE_CHRIST.search(rest)) and (year := parts.get("year")) is not None:
        parts["year"] = 1 - year
        rest = rest[: match.start()] + " " + rest[match.end() :]
    _take_lone_number(rest, parts)
    return parts


def _take_weekday(rest: str, parts: Parts) -> str:
    if match := _DAY.search(rest):
        parts["wday"] = 0
        return rest[: match.start()] + " " + rest[match.end() :]
    return rest


def _take_time(rest: str, parts: Parts) -> str:
    match = _TIME.search(rest)
    if not match:
        return rest
    clock = _CLOCK.match(match[1])
    if clock:
        hour = int(clock[1])
        if clock[5]:
            hour = hour % 12 + (12 if clock[5] in "pP" else 0)
        parts["hour"] = hour
        if clock[2] is not None:
            parts["min"] = int(clock[2])
        if clock[3] is not None:
            parts["sec"] = int(clock[3])
    if match[2]:
        parts["offset"] = zone_offset(match[2])
    return rest[: match.start()] + " " + rest[match.end() :]


def _take_lone_number(rest: str, parts: Parts) -> None:
    match = _LONE.match(rest)
    if not match:
        return
    number = int(match[1])
    if "hour" in parts and "mday" not in parts and 1 <= number <= 31:
        parts["mday"] = number
    elif "mday" in parts and "hour" not in parts and 0 <= number <= 24:
        parts["hour"] = number


def _month(name: str) -> str:
    return str(MONTH_NAMES.index(name.lower()[:3]) + 1)


def _three(parts: Parts, year: str | None, month: str | None, day: str | None) -> None:
    """Year, month and day from three texts in that order, put right by their form, as Ruby does it."""
    if year is not None and month is not None and day is None:
        year, month, day = None, year, month
    if year is None and day is not None and (len(day) > 2 or day.startswith("'")):
        year, day = day, None
    if year is not None and (match := re.search(r"[-+]?\d+", year)) and match.end() != len(year):
        year, day = day, match[0]
    if month is not None and (month.startswith("'") or len(month) > 2):
        year, month, day = month, day, year
    if day is not None and (day.startswith("'") or len(day) > 2):
        year, day = day, year
    for name, value, pattern in (("year", year, r"[-+]?\d+"), ("mon", month, r"\d+"), ("mday", day, r"\d+")):
        if value is not None and (match := re.search(pattern, value)):
            parts[name] = int(match[0])


def _take_eu(match: re.Match[str], parts: Parts) -> None:
    _three(parts, match[4], _month(match[2]), match[1])
    _before_christ(match[3], parts)


def _take_us(match: re.Match[str], parts: Parts) -> None:
    _three(parts, match[4], _month(match[1]), match[2])
    _before_christ(match[3], parts)


def _before_christ(era: str | None, parts: Parts) -> None:
    if era and era[0] in "bB" and (year := parts.get("year")) is not None:
        parts["year"] = 1 - year


def _take_three(match: re.Match[str], parts: Parts) -> None:
    _three(parts, match[1], match[2], match[3])


def _take_japanese(match: re.Match[str], parts: Parts) -> None:
    parts["year"] = int(match[2]) + JAPANESE_ERAS[match[1].lower()]
    parts["mon"], parts["mday"] = int(match[3]), int(match[4])


def _take_vms_day(match: re.Match[str], parts: Parts) -> None:
    _three(parts, match[3], _month(match[2]), match[1])


def _take_vms_month(match: re.Match[str], parts: Parts) -> None:
    _three(parts, match[3], _month(match[1]), match[2])


def _take_week(match: re.Match[str], parts: Parts) -> None:
    if match[1]:
        parts["cwyear"] = int(match[1])
    parts["cweek"] = int(match[2])


def _take_weekday_number(match: re.Match[str], parts: Parts) -> None:
    parts["cwday"] = int(match[1])


def _take_dashes(match: re.Match[str], parts: Parts) -> None:
    if match[1]:
        parts["mon"] = int(match[1])
    parts["mday"] = int(match[2])


def _take_dashes_short(match: re.Match[str], parts: Parts) -> None:
    parts["mon"] = int(match[1])
    if match[2]:
        parts["mday"] = int(match[2])


def _take_year_day(match: re.Match[str], parts: Parts) -> None:
    parts["year"] = int(match[2] or match[1])
    parts["yday"] = int(match[3] or 1)


def _take_year(match: re.Match[str], parts: Parts) -> None:
    parts["year"] = int(match[1])


def _take_month(match: re.Match[str], parts: Parts) -> None:
    parts["mon"] = int(_month(match[1]))


def _take_ordinal(match: re.Match[str], parts: Parts) -> None:
    parts["mday"] = int(match[1])


_FROM_FRONT: dict[int, tuple[tuple[str, int], ...]] = {
    2: (("mday", 2),),
    3: (("yday", 3),),
    4: (("mon", 2), ("mday", 2)),
    5: (("year", 2), ("yday", 3)),
    6: (("year", 2), ("mon", 2), ("mday", 2)),
    7: (("year", 4), ("yday", 3)),
    8: (("year", 4), ("mon", 2), ("mday", 2)),
    10: (("year", 4), ("mon", 2), ("mday", 2), ("hour", 2)),
    12: (("year", 4), ("mon", 2), ("mday", 2), ("hour", 2), ("min", 2)),
    14: (("year", 4), ("mon", 2), ("mday", 2), ("hour", 2), ("min", 2), ("sec", 2)),
}
_FROM_BACK = ("sec", "min", "hour", "mday", "mon", "year")


def _take_digits(match: re.Match[str], parts: Parts) -> None:
    sign, digits, clock, fraction, zone = match.groups()
    if clock is None and fraction is not None:
        _from_back(digits, parts)
    else:
        at = 0
        for name, width in _FROM_FRONT.get(len(digits), ()):
            parts[name] = int(digits[at : at + width])
            at += width
        if sign == "-" and parts.get("year") is not None:
            parts["year"] = -int(parts["year"] or 0)
    if clock is not None:
        if fraction is not None:
            _from_back(clock, parts)
        else:
            pieces = [clock[i : i + 2] for i in range(0, len(clock), 2)]
            parts.update({name: int(piece) for name, piece in zip(("hour", "min", "sec"), pieces, strict=False)})
    if zone:
        parts["offset"] = zone_offset(zone.strip("[]"))


def _from_back(digits: str, parts: Parts) -> None:
    rest = digits
    for name in _FROM_BACK:
        if not rest:
            return
        parts[name] = int(rest[-2:] if name != "year" else rest)
        rest = rest[:-2] if name != "year" else ""


_FORMS = (
    (_EU, _take_eu),
    (_US, _take_us),
    (_ISO, _take_three),
    (_ERA_YEAR, _take_japanese),
    (_VMS_DAY, _take_vms_day),
    (_VMS_MONTH, _take_vms_month),
    (_SLASH, _take_three),
    (_DOT, _take_three),
    (_WEEK, _take_week),
    (_WEEKDAY, _take_weekday_number),
    (_DASHES, _take_dashes),
    (_DASHES_SHORT, _take_dashes_short),
    (_YEAR_DAY, _take_year_day),
    (_QUOTED_YEAR, _take_year),
    (_MONTH, _take_month),
    (_ORDINAL, _take_ordinal),
    (_DIGITS, _take_digits),
)
