from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline.ledger.ledger import Ledger
from pipeline.ledger.rows import TimetableKey
from pipeline.ledger.timetable import Daily, next_occurrence
from tests.ledger.kit import ledger_url
from tests.model.clocks import HandClock

DENVER = ZoneInfo("America/Denver")
MADRID = ZoneInfo("Europe/Madrid")
HOUR = 3600


def at(text: str, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def ran_at(
    ledger: Ledger, clock: HandClock, entry: Daily, zone: ZoneInfo, *, hours: float, every: float = 30
) -> list[str]:
    """Local times at which the entry ran, asked every so many seconds for so many hours."""
    ran = []
    for _ in range(int(hours * HOUR / every)):
        found = ledger.next_due(entry, zone)
        if found is not None:
            ledger.record_timetable(found.key, result="ran")
            ran.append(f"{clock.now().astimezone(zone):%m-%d %H:%M%z}")
        clock.forward(every)
    return ran


def opened(tmp_path, start: datetime):
    clock = HandClock(start)
    return Ledger.open(ledger_url(tmp_path), clock), clock


NIGHT = Daily("runs", "registrar", time(2, 0))
NIGHT_KEY = TimetableKey("runs", "registrar", date(2026, 11, 21), "02:00")
IN_THE_GAP = Daily("runs", "registrar", time(2, 30))


def test_an_entry_comes_once_a_night(tmp_path):
    ledger, clock = opened(tmp_path, at("2026-11-20 12:00", DENVER))

    with ledger:
        assert ran_at(ledger, clock, NIGHT, DENVER, hours=60, every=300) == ["11-21 02:00-0700", "11-22 02:00-0700"]


@pytest.mark.parametrize(
    ("entry", "zone", "start", "expected"),
    [
        (NIGHT, DENVER, "2026-03-07 20:00", ["03-08 03:00-0600"]),
        (IN_THE_GAP, DENVER, "2026-03-07 20:00", ["03-08 03:00-0600"]),
        (NIGHT, DENVER, "2026-10-31 20:00", ["11-01 02:00-0700"]),
        (Daily("runs", "registrar", time(1, 30)), DENVER, "2026-10-31 20:00", ["11-01 01:30-0600"]),
        (IN_THE_GAP, MADRID, "2026-03-28 20:00", ["03-29 03:00+0200"]),
        (IN_THE_GAP, MADRID, "2026-10-24 20:00", ["10-25 02:30+0200"]),
    ],
    ids=["gap begins", "in the gap", "after the fold", "in the fold", "in the gap, Madrid", "in the fold, Madrid"],
)
def test_a_night_with_an_hour_too_few_or_too_many_has_one_run(tmp_path, entry, zone, start, expected):
    ledger, clock = opened(tmp_path, at(start, zone))

    with ledger:
        assert ran_at(ledger, clock, entry, zone, hours=20, every=60) == expected


def test_what_was_missed_while_the_process_was_off_is_made_up_for(tmp_path):
    ledger, clock = opened(tmp_path, at("2026-11-21 00:30", DENVER))

    with ledger:
        clock.forward(4.5 * HOUR)

        assert ran_at(ledger, clock, NIGHT, DENVER, hours=10, every=300) == ["11-21 05:00-0700"]


def test_what_was_missed_over_midnight_is_made_up_for(tmp_path):
    ledger, _clock = opened(tmp_path, at("2026-11-22 01:00", DENVER))

    with ledger:
        found = ledger.next_due(Daily("runs", "registrar", time(22, 0)), DENVER)

        assert found.key.local_date == date(2026, 11, 21)


@pytest.mark.parametrize(("late", "is_due"), [(6 * HOUR, True), (6 * HOUR + 60, False)])
def test_what_was_missed_by_more_than_six_hours_waits_for_the_next_night(tmp_path, late, is_due):
    ledger, clock = opened(tmp_path, at("2026-11-21 02:00", DENVER))

    with ledger:
        clock.forward(late)
        found = ledger.next_due(NIGHT, DENVER)

        assert (found is not None) == is_due
        assert is_due or ledger.get_timetable(NIGHT_KEY).result == "missed"


def test_a_clock_that_jumps_ahead_and_back_does_not_run_an_entry_twice_for_one_date(tmp_path):
    ledger, clock = opened(tmp_path, at("2026-11-21 01:59", DENVER))

    with ledger:
        first = ran_at(ledger, clock, NIGHT, DENVER, hours=0.1)
        clock.set_back(-HOUR)
        ahead = ran_at(ledger, clock, NIGHT, DENVER, hours=0.1)
        clock.set_back(2 * HOUR)
        back = ran_at(ledger, clock, NIGHT, DENVER, hours=3)

        assert (len(first), ahead, back) == (1, [], [])


def test_a_clock_set_back_an_hour_after_the_run_does_not_run_it_again(tmp_path):
    ledger, clock = opened(tmp_path, at("2026-11-21 01:59", DENVER))

    with ledger:
        ran_at(ledger, clock, NIGHT, DENVER, hours=0.1)
        clock.set_back(HOUR)

        assert ran_at(ledger, clock, NIGHT, DENVER, hours=3) == []


def test_a_clock_that_was_a_year_ahead_does_not_keep_tonight_from_running(tmp_path):
    ledger, clock = opened(tmp_path, at("2027-11-21 03:00", DENVER))

    with ledger:
        ran_at(ledger, clock, NIGHT, DENVER, hours=0.1)
        clock.set_back(365 * 24 * HOUR)

        assert len(ran_at(ledger, clock, NIGHT, DENVER, hours=0.1)) == 1


def test_an_entry_comes_only_on_its_days(tmp_path):
    friday_only = Daily("runs", "registrar", time(2, 0), days=(4,))
    ledger, clock = opened(tmp_path, at("2026-11-16 00:00", DENVER))

    with ledger:
        assert ran_at(ledger, clock, friday_only, DENVER, hours=14 * 24, every=1800) == [
            "11-20 02:00-0700",
            "11-27 02:00-0700",
        ]


def test_entries_of_other_feeds_and_kinds_are_their_own(tmp_path):
    ledger, _clock = opened(tmp_path, at("2026-11-21 02:30", DENVER))

    with ledger:
        ledger.record_timetable(ledger.next_due(NIGHT, DENVER).key)

        assert ledger.next_due(NIGHT, DENVER) is None
        assert ledger.next_due(Daily("verify", "registrar", time(2, 0)), DENVER) is not None
        assert ledger.next_due(Daily("runs", "other", time(2, 0)), DENVER) is not None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-21 01:00", "2026-11-21 02:00"),
        ("2026-11-21 02:00", "2026-11-22 02:00"),
        ("2026-03-07 12:00", "2026-03-08 03:00"),
    ],
)
def test_the_next_time_is_told(now, expected):
    found = next_occurrence(NIGHT, DENVER, at(now, DENVER))

    assert found == at(expected, DENVER)


def test_an_entry_without_days_never_comes():
    assert (
        next_occurrence(Daily("runs", "r", time(2, 0), days=()), DENVER, datetime.now(UTC) + timedelta(days=1)) is None
    )
