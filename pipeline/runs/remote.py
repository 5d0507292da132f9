"""A command beside a running service: the service carries decisions out and moves runs on; without one, the command does."""

from pipeline.errors import TryLater
from pipeline.ledger.rows import DecisionRow, RunFilter, RunRow
from pipeline.model.states import RunState
from pipeline.runs.conductor import advance_to_rest, is_resting
from pipeline.runs.decide import carry_out
from pipeline.runs.place import Place
from pipeline.runs.serve_lock import serving
from pipeline.runs.trouble import is_put_off

__all__ = ["brought_to_rest", "carried_out", "tell_progress"]

LOOK_SECONDS = 0.2
SERVICE_PATIENCE_SECONDS = 30.0  # the service acts within 2 s; a busy machine gets more


def carried_out(place: Place, decision: DecisionRow) -> str:
    """What came of a decision: from the service if one works, else by doing it here, under the run's lease."""
    give_up_at = place.clock.monotonic() + SERVICE_PATIENCE_SECONDS
    while place.clock.monotonic() < give_up_at:
        result = _result_of(place, decision)
        if result:
            return result
        if not serving(place.settings.state):
            try:
                return carry_out(place, decision)
            except TryLater:
                pass  # another command is at this run: it carries out what is pending, or frees it
        place.clock.sleep(LOOK_SECONDS)
    raise TryLater(
        "The decision is recorded, but nothing came of it yet.",
        remedy="The service is busy; it will act on it. `sis-pipeline show` tells when it has.",
    )


def brought_to_rest(place: Place, run_id: str) -> RunRow:
    """The run once it rests: watched while a service works on it, else moved on here."""
    while True:
        run = place.ledger.get_run(run_id)
        if is_resting(run):
            return run
        if not serving(place.settings.state):
            _bring_older_to_rest(place, run)
            return advance_to_rest(place, run_id)
        if run.waiting or is_put_off(place, run):
            return run
        tell_progress(place, run)
        place.clock.sleep(LOOK_SECONDS)


def tell_progress(place: Place, run: RunRow) -> None:
    """Tell whoever listens how far Canvas is with a run that the service follows."""
    imports = place.ledger.imports(run.run_id) if run.state is RunState.IMPORTING else ()
    if imports and "progress" in imports[-1].facts:
        percent = imports[-1].facts["progress"]
        told = {"event": "progress", "instance": run.instance, "percent": percent, "state": imports[-1].state}
        place.tell(run.run_id, told)


def _bring_older_to_rest(place: Place, run: RunRow) -> None:
    """Move on what stands in this run's way: older runs of its feed or instance that an earlier process left."""
    for other in place.ledger.runs(RunFilter(is_unfinished=True)):
        shares = other.feed == run.feed or other.instance == run.instance
        if shares and other.created_at < run.created_at and not is_resting(other):
            advance_to_rest(place, other.run_id)


def _result_of(place: Place, decision: DecisionRow) -> str:
    assert decision.run_id is not None
    return next(
        (row.result for row in place.ledger.decisions(run_id=decision.run_id) if row.number == decision.number), ""
    )
