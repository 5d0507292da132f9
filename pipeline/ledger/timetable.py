"""When an entry of the timetable is due: by local date and time of day, in the configured time zone.

Pure: the clock's instant comes in, keys of entries come out; whether one was acted on already is in the ledger. So a night with
an hour too many or too few, a clock that jumps, and a process that was off, are all the same question.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pipeline.ledger.rows import TimetableKey

__all__ = ["CATCH_UP", "Daily", "Occurrence", "due_occurrences", "next_occurrence"]

CATCH_UP = timedelta(hours=6)
"""An entry that was missed by more is not made up for."""

EVERY_DAY = tuple(range(7))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One entry on one local date. due_at: UTC; is_missed: it is too late to make up for it."""

    key: TimetableKey
    due_at: datetime
    is_missed: bool


@dataclass(frozen=True, slots=True)
class Daily:
    """An entry of the timetable. days: weekdays, Monday 0."""

    kind: str
    feed: str
    at: time
    days: Collection[int] = EVERY_DAY


def due_occurrences(entry: Daily, zone: ZoneInfo, now: datetime) -> tuple[Occurrence, ...]:
    """The entry's occurrences of yesterday and today whose time has come, older first, acted on or not.

    An occurrence has come when the local clock shows its time or later on its date: one in the hour that a night leaves out
    comes right after it; one in the hour that a night repeats comes the first time, and is then recorded.
    """
    local = now.astimezone(zone)
    today = local.date()
    dates = [today - timedelta(days=1)]
    if local.time().replace(tzinfo=None) >= entry.at:
        dates.append(today)
    found = [_occurrence(entry, on, zone, now) for on in dates if on.weekday() in entry.days]
    return tuple(found)


def next_occurrence(entry: Daily, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the entry comes next after now, UTC; None if it has no days."""
    today = now.astimezone(zone).date()
    coming = (_instant(today + timedelta(days=ahead), entry.at, zone) for ahead in range(9))
    return next((due_at for due_at in coming if due_at > now and due_at.astimezone(zone).weekday() in entry.days), None)


def _occurrence(entry: Daily, on: date, zone: ZoneInfo, now: datetime) -> Occurrence:
    due_at = _instant(on, entry.at, zone)
    key = TimetableKey(entry.kind, entry.feed, on, entry.at.strftime("%H:%M"))
    return Occurrence(key, due_at, is_missed=now - due_at > CATCH_UP)


def _instant(on: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, at, tzinfo=zone).astimezone(UTC)
