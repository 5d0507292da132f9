"""Types of single values: how a text in the configuration becomes a number, time, duration or list, and how it is refused."""

import re
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, ValidationInfo
from pydantic_core import PydanticCustomError

__all__ = [
    "Count",
    "Days",
    "Duration",
    "Flag",
    "FolderMode",
    "LocalDate",
    "LocalTime",
    "LocalTimeRange",
    "Names",
    "Percent",
    "ProjectPath",
    "Text",
    "ZoneName",
    "refuse",
]

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]{1,6})\s*(s|m|min|h|d)")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def refuse(message: str) -> PydanticCustomError:
    """An error with our own words, which may not hold what was typed."""
    return PydanticCustomError("ours", "{message}", {"message": message})


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("one value is expected here, not a list or keys")
    return value


def _filled(value: Any) -> str:
    text = _text(value).strip()
    if not text:
        raise refuse("a value is missing here")
    return text


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(_text(value).strip())
    if found is None:
        raise refuse("a duration is expected, such as `30s`, `15m`, `6h` or `2d`")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _time(value: Any) -> time:
    if isinstance(value, time):
        return value
    found = _TIME.fullmatch(_text(value).strip())
    if found is None:
        raise refuse("a time of day is expected, such as `02:00` or `22:30`")
    return time(int(found[1]), int(found[2]))


def _time_range(value: Any) -> tuple[time, time]:
    if isinstance(value, tuple):
        return value
    start, dash, end = _text(value).partition("-")
    if not dash:
        raise refuse("two times of day are expected, such as `08:00-17:00`")
    return _time(start), _time(end)


def _date(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", _text(value).strip()):
            return date.fromisoformat(value.strip())
    except ValueError:
        pass
    raise refuse("a date is expected, such as `2026-08-15`")


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not re.fullmatch(r"[0-9]{1,9}", _text(value).strip()):
        raise refuse("a whole number is expected, such as `20`")
    return int(value)


def _percent(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*%?", _text(value).strip())
    if found is None or float(found[1]) > 100:
        raise refuse("a percentage from 0 to 100 is expected, such as `5` or `2.5%`")
    return float(found[1])


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False}
    if _text(value).strip() not in words:
        raise refuse("`true` or `false` is expected")
    return words[value.strip()]


def _names(value: Any) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)):
        raise refuse("a list is expected, such as `[one, two]`")
    return tuple(_filled(name) for name in listed)


def _days(value: Any) -> tuple[int, ...]:
    """Weekdays as numbers, Monday 0: `mon-fri`, `[mon, wed]`, `sun-thu`, `daily`."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)):
        raise refuse("days are expected, such as `mon-fri` or `[mon, wed]`")
    if all(isinstance(day, int) for day in listed):
        return tuple(listed)
    found = sorted({number for part in listed for number in _day_range(_text(part).strip().lower())})
    return tuple(found)


def _day_range(part: str) -> list[int]:
    if part == "daily":
        return list(range(7))
    first, _, last = part.partition("-")
    if first not in _WEEKDAYS or (last and last not in _WEEKDAYS):
        raise refuse(
            "days are expected, such as `mon-fri` or `[mon, wed]`; a day is mon, tue, wed, thu, fri, sat or sun"
        )
    start = _WEEKDAYS.index(first)
    end = _WEEKDAYS.index(last or first)
    return [(start + step) % 7 for step in range((end - start) % 7 + 1)]


def _mode(value: Any) -> str:
    text = _text(value).strip()
    if not re.fullmatch(r"0?[0-7]{3}", text):
        raise refuse("permissions are expected, such as `0770`")
    if text[-1] != "0":
        raise refuse("this would let everybody on this computer read students' records; the last digit must be 0")
    return text.rjust(4, "0")


def _zone(value: Any) -> str:
    text = _filled(value)
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise refuse(
            f"`{text[:40]}` is not a time zone; write one such as `America/Denver` or `Europe/Madrid`"
        ) from error
    return text


def _path(value: Any, info: ValidationInfo) -> Path:
    root: Path = (info.context or {}).get("root", Path())
    return root / (value if isinstance(value, Path) else Path(_filled(value))).expanduser()


def _seconds(value: timedelta) -> float:
    return value.total_seconds()


def _plain_time(value: time) -> str:
    return value.strftime("%H:%M")


def _plain_range(value: tuple[time, time]) -> str:
    return f"{_plain_time(value[0])}-{_plain_time(value[1])}"


def _not_zero(value: timedelta) -> timedelta:
    if not value:
        raise refuse("this must be longer than nothing")
    return value


Text = Annotated[str, BeforeValidator(_filled)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Duration = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_not_zero), PlainSerializer(_seconds)]
LocalTime = Annotated[time, BeforeValidator(_time), PlainSerializer(_plain_time)]
LocalTimeRange = Annotated[tuple[time, time], BeforeValidator(_time_range), PlainSerializer(_plain_range)]
LocalDate = Annotated[date, BeforeValidator(_date)]
Count = Annotated[int, BeforeValidator(_count)]
Percent = Annotated[float, BeforeValidator(_percent)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Days = Annotated[tuple[int, ...], BeforeValidator(_days)]
FolderMode = Annotated[str, BeforeValidator(_mode)]
ZoneName = Annotated[str, BeforeValidator(_zone)]
ProjectPath = Annotated[Path, BeforeValidator(_path)]
