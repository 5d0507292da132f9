"""A ledger in a folder, and what tests put into it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.ledger.ledger import Ledger
from pipeline.ledger.owner import Owner
from pipeline.ledger.rows import Lease, NewAttempt, NewRun, RunRow, Step
from pipeline.model.drop import Drop, DroppedFile
from pipeline.model.states import RunState
from tests.model.clocks import START, HandClock

ME = Owner.current("tests")
CANVAS_CREATED_AT = datetime(2026, 11, 21, 9, 0, 1, tzinfo=UTC)


def ledger_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.sqlite'}"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ledger(tmp_path, clock) -> Iterator[Ledger]:
    with Ledger.open(ledger_url(tmp_path), clock) as opened:
        yield opened


def a_drop(
    drop_id: str = "20261121T090000-aaaaaa", *, content: str = "a", feed: str = "registrar", is_urgent: bool = False
) -> Drop:
    file = DroppedFile("users.csv", Path("users.csv"), 12, content * 64, START)
    return Drop(drop_id, feed, (file,), START, content * 64, is_urgent=is_urgent)


def a_run(
    ledger: Ledger, state: RunState = RunState.RECEIVED, *, facts: dict | None = None, instance: str = "test"
) -> RunRow:
    return ledger.create_run(NewRun("registrar", instance, state=state, facts=facts or {}))


def lease_of(ledger: Ledger, run: RunRow) -> Lease:
    return ledger.acquire_lease([f"run:{run.run_id}"], ME)


def move(ledger: Ledger, run: RunRow, *states: RunState, lease: Lease) -> RunRow:
    for after in states:
        run = ledger.transition(run.run_id, Step(run.state, after), lease=lease)
    return run


def an_attempt(newest_import_id: int | None = 41) -> NewAttempt:
    return NewAttempt("c" * 64, "abcd0123456789ef", START, newest_import_id)
