"""Imports watched to their end, whatever Canvas says meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.canvas.imports import TERMINAL_STATES, SisImport
from pipeline.delivery.poll import PollEnd, Sent, look_again, poll_import
from pipeline.errors import Because, NotSent, Refused, Request, Unknown
from tests.canvas.scripted import START, StandingClock
from tests.delivery.canvas_list import a_watch, an_import

WHERE = Request("production", "GET", "/api/v1/accounts/self/sis_imports/7")


class ShownCanvas:
    """Stands in for the client where only one import is asked: one state or error after another, the last for ever."""

    def __init__(self, clock: StandingClock, *steps: Any) -> None:
        self.clock, self.steps, self.asked = clock, list(steps), []

    def with_patience(self, _seconds: float) -> "ShownCanvas":
        return self

    def show_import(self, _import_id: int) -> SisImport:
        self.asked.append(self.clock.now())
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return step


def watch_it(*steps, rows=1000, created_at=None, **watch):
    clock = StandingClock()
    canvas = ShownCanvas(clock, *steps)
    return poll_import(canvas, Sent(7, rows, START, created_at), a_watch(clock, **watch)), canvas


def at(state: str, **others: Any) -> SisImport:
    return an_import(7, state, **others)


@pytest.mark.parametrize("state", sorted(TERMINAL_STATES))
def test_every_terminal_state_ends_the_watch(state):
    polled, _ = watch_it(at("created"), at("importing"), at(state))

    assert (polled.end, polled.last.state) == (PollEnd.OVER, state)


@pytest.mark.parametrize(
    "state", ["initializing", "created", "importing", "cleanup_batch", "restoring", "a word of tomorrow"]
)
def test_every_other_state_is_waited_for(state):
    polled, canvas = watch_it(at(state), at(state), at("imported"))

    assert polled.last.state == "imported"
    assert len(canvas.asked) == 3


def test_progress_and_an_end_time_do_not_end_the_watch():
    polled, _ = watch_it(at("cleanup_batch", progress=100, ended_at="2026-08-20T03:10:00Z"), at("imported"))

    assert polled.last.state == "imported"


def test_looks_grow_from_five_seconds_to_a_minute():
    _, canvas = watch_it(*[at("importing")] * 30, at("imported"))

    gaps = [(b - a).total_seconds() for a, b in zip(canvas.asked, canvas.asked[1:], strict=False)]
    assert 4.0 <= gaps[0] <= 5.0
    assert 48.0 <= gaps[-1] <= 60.0


def test_trouble_on_the_way_is_told_and_waited_out():
    told = []
    trouble = (
        NotSent("x", request=WHERE),
        Unknown("x", request=WHERE),
        Refused("x", request=WHERE, because=Because.NOT_CANVAS),
    )
    polled, _ = watch_it(at("importing"), *trouble, at("imported"), on_trouble=told.append)

    assert polled.end is PollEnd.OVER
    assert len(told) == 3


def test_an_import_that_canvas_no_longer_knows_is_gone():
    polled, _ = watch_it(at("importing"), Refused("x", request=WHERE, because=Because.MISSING))

    assert (polled.end, polled.last.state) == (PollEnd.GONE, "importing")


def test_another_import_under_its_id_means_that_it_is_gone():
    polled, _ = watch_it(at("imported", created_at="2026-08-01T00:00:00Z"), created_at=START + timedelta(seconds=4))

    assert (polled.end, polled.last) == (PollEnd.GONE, None)


def test_a_dead_token_is_raised():
    with pytest.raises(Refused):
        watch_it(Refused("x", request=WHERE, because=Because.TOKEN))


def test_after_a_day_it_is_stalled_and_looked_at_each_hour():
    polled, canvas = watch_it(*[at("importing")] * 1700, at("imported"))

    gaps = [(b - a).total_seconds() for a, b in zip(canvas.asked, canvas.asked[1:], strict=False)]
    assert polled.was_stalled
    assert gaps[-1] == 3600.0


def test_a_large_import_that_failed_is_over_once_its_record_stands_still_for_two_minutes():
    moving = [at("failed_with_messages", updated_at=f"2026-08-20T03:0{minute}:00Z") for minute in (1, 2, 3)]
    polled, canvas = watch_it(*moving)

    assert polled.last.updated_at == moving[-1].updated_at
    assert canvas.asked[-1] - canvas.asked[2] >= timedelta(minutes=2)


def test_a_small_import_that_failed_is_over_at_once():
    _, canvas = watch_it(at("failed_with_messages"), rows=49)

    assert len(canvas.asked) == 1


def test_a_process_that_is_to_stop_leaves_the_import_alone():
    polled, _ = watch_it(at("importing"), should_stop=lambda: True)

    assert polled.end is PollEnd.STOPPED


def test_a_second_look_finds_a_changed_end_and_nothing_else():
    clock = StandingClock()
    recorded = at("imported")

    assert look_again(ShownCanvas(clock, at("imported")), recorded) is None
    assert look_again(ShownCanvas(clock, at("failed_with_messages")), recorded).state == "failed_with_messages"
