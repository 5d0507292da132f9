"""Dates in declared formats → ISO 8601 with the institution's offset. Nothing is guessed: a value that does not fit is a fault."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from pipeline.mapping.language import DateRule

__all__ = ["FORMATS", "Moment", "canvas_time", "contradicting", "parse_date"]

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_TIME = r"(?:[T ](?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?\s*(?P<ap>[AaPp][Mm])?)?"
_ZONE = r"(?P<z>Z|[+-]\d{2}:?\d{2})?"
FORMATS: dict[str, str] = {
    "YYYY-MM-DD": r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
    "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    "MM/DD/YYYY": r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})",
    "DD/MM/YYYY": r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})",
    "MM/DD/YY": r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<yy>\d{2})",
    "DD/MM/YY": r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<yy>\d{2})",
    "DD-MON-YY": r"(?P<d>\d{1,2})[-/ ](?P<mon>[A-Za-z]{3})[a-z]*[-/ ](?P<yy>\d{2})",
    "DD-MON-YYYY": r"(?P<d>\d{1,2})[-/ ](?P<mon>[A-Za-z]{3})[a-z]*[-/ ](?P<y>\d{4})",
    "MON DD YYYY": r"(?P<mon>[A-Za-z]{3})[a-z]* (?P<d>\d{1,2}),? (?P<y>\d{4})",
    "excel": r"(?P<excel>\d{5})(?:\.\d+)?",
    "unidata": r"(?P<unidata>\d{4,5})",
}
"""Names of formats. Separators may be dash, slash or dot, numbers unpadded, a time of day may follow, and an offset."""

_PATTERNS = {name: re.compile(pattern + _TIME + _ZONE) for name, pattern in FORMATS.items()}
_SWAPPED = {"MM/DD/YYYY": "DD/MM/YYYY", "DD/MM/YYYY": "MM/DD/YYYY", "MM/DD/YY": "DD/MM/YY", "DD/MM/YY": "MM/DD/YY"}
_EXCEL_ZERO = date(1899, 12, 30)  # serial 46258 is 24 August 2026
_UNIDATA_ZERO = date(1967, 12, 31)  # day number 21421 is 24 August 2026


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant where the text gave a time of day. at: aware where the text had an offset."""

    day: date
    at: datetime | None = None


def parse_date(text: str, rule: DateRule) -> Moment | None:
    """The day of a text in one of the rule's formats; None for one that fits none of them or lies outside its years."""
    for name in rule.formats:
        found = _PATTERNS[name].fullmatch(text)
        if found is None:
            continue
        moment = _moment(found, rule.pivot)
        if moment is not None and rule.earliest <= moment.day.year <= rule.latest:
            return moment
    return None


def _moment(found: re.Match[str], pivot: int) -> Moment | None:
    parts = found.groupdict()
    try:
        day = _day(parts, pivot)
        if parts["h"] is None:
            return Moment(day)
        clock = time(_hour(parts), int(parts["mi"]), int(parts["s"] or 0))
    except (ValueError, OverflowError):
        return None
    if clock == time(0):
        return Moment(day)  # a midnight, also a midnight Z, in a date column is that calendar day (M60)
    return Moment(day, datetime.combine(day, clock, tzinfo=_offset(parts["z"])))


def _day(parts: dict[str, str | None], pivot: int) -> date:
    if parts.get("excel"):
        return _EXCEL_ZERO + timedelta(days=int(parts["excel"] or 0))
    if parts.get("unidata"):
        return _UNIDATA_ZERO + timedelta(days=int(parts["unidata"] or 0))
    if parts.get("yy"):
        short = int(parts["yy"] or 0)
        year = 2000 + short if short < pivot else 1900 + short
    else:
        year = int(parts["y"] or 0)
    month = _MONTHS.get((parts["mon"] or "").casefold(), 0) if parts.get("mon") else int(parts["m"] or 0)
    return date(year, month, int(parts["d"] or 0))


def _hour(parts: dict[str, str | None]) -> int:
    hour = int(parts["h"] or 0)
    if parts["ap"] is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError
    return hour % 12 + (12 if parts["ap"].casefold() == "pm" else 0)


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    return datetime.strptime(text.replace(":", ""), "%z").tzinfo


def canvas_time(moment: Moment, zone: ZoneInfo, at: str) -> str:
    """ISO 8601 with offset.

    at: `start` 00:00:00, `end` 23:59:59, `before` 23:59:59 of the day before; `time` and `end_time` as given, where a time of
    day is given, else the start or end of the day.
    """
    if at in {"time", "end_time"} and moment.at is not None:
        instant = moment.at if moment.at.tzinfo else moment.at.replace(tzinfo=zone)
        return instant.astimezone(zone).isoformat(timespec="seconds")
    day = moment.day - timedelta(days=1) if at == "before" else moment.day
    clock = time(0, 0, 0) if at in {"start", "time"} else time(23, 59, 59)
    return datetime.combine(day, clock, tzinfo=zone).isoformat(timespec="seconds")


def contradicting(texts: Sequence[str], rule: DateRule) -> str | None:
    """A text that only fits with day and month changed places: the declared order is wrong (M61). None when there is none."""
    swapped = tuple(_SWAPPED[name] for name in rule.formats if name in _SWAPPED)
    if not swapped:
        return None
    other = rule.model_copy(update={"formats": swapped})
    for text in texts:
        if text not in rule.none and parse_date(text, rule) is None and parse_date(text, other) is not None:
            return text
    return None
