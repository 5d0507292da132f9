"""The daily run: once per local date, also when nothing new came."""

from datetime import timedelta

from pipeline.ledger.rows import RunKind
from pipeline.model.states import RunState
from pipeline.runs.conductor import advance_to_rest
from pipeline.runs.timetable import start_due_runs


def clock_entry(stage, *, minutes_ago: int) -> None:
    """Write a daily run whose time came so many minutes ago into the configuration."""
    at = (stage.clock.now().astimezone(stage.place.settings.zone) - timedelta(minutes=minutes_ago)).strftime("%H:%M")
    text = stage.config.read_text(encoding="utf-8")
    stage.config.write_text(f'{text}timetable: {{runs: [{{feed: registrar, daily: "{at}"}}]}}\n', encoding="utf-8")


def test_daily_run_plans_the_last_export_again(settled):
    clock_entry(settled, minutes_ago=1)

    with settled.opened() as place:
        (run,) = start_due_runs(place)
        ended = advance_to_rest(place, run.run_id)

    assert (run.kind, ended.state) == (RunKind.REPLAN, RunState.NOTHING_TO_DO)


def test_daily_run_happens_once_a_day(settled):
    clock_entry(settled, minutes_ago=1)

    with settled.opened() as place:
        start_due_runs(place)
        again = start_due_runs(place)

    assert again == []


def test_daily_run_of_a_feed_without_an_export_does_nothing(stage):
    clock_entry(stage, minutes_ago=1)

    with stage.opened() as place:
        assert start_due_runs(place) == []
