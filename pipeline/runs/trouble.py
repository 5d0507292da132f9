"""When a step cannot be done: tried again later, or the run ends. What may be in Canvas is never given up."""

import contextlib
from datetime import timedelta

from pipeline.errors import LedgerError, PipelineError
from pipeline.ledger.rows import RunRow, Step
from pipeline.model.states import TRANSITIONS, RunState
from pipeline.runs.leases import HeldLease
from pipeline.runs.place import Place

__all__ = ["end_or_put_off", "forget_trouble", "is_put_off", "put_off"]

TRY_AGAIN_SECONDS = 60.0


def put_off(place: Place, run_id: str, error: PipelineError, held: HeldLease) -> RunRow:
    """Note why a step was not done, and when it is tried again; the run stays in its state."""
    due_at = place.ledger.now() + timedelta(seconds=TRY_AGAIN_SECONDS)
    facts = {"error": str(error), "remedy": error.remedy, "due_at": due_at}
    place.tell(run_id, {"event": "waiting", "for": "another try", "message": str(error), "remedy": error.remedy})
    with contextlib.suppress(
        LedgerError
    ):  # the lease is lost, or the disk is full: then the next process sees for itself
        return place.ledger.note(run_id, facts, lease=held.current)
    return place.ledger.get_run(run_id)


def is_put_off(place: Place, run: RunRow) -> bool:
    """Whether a run's step is to be tried again, but not yet."""
    return run.due_at is not None and run.due_at > place.ledger.now()


def forget_trouble(place: Place, run: RunRow, held: HeldLease) -> RunRow:
    """The run, about to be tried again, without what went wrong before; what it waits for stays until that is over."""
    if not run.error or run.waiting:
        return run
    return place.ledger.note(run.run_id, {"error": "", "remedy": "", "due_at": None}, lease=held.current)


def end_or_put_off(place: Place, run_id: str, error: PipelineError, held: HeldLease) -> RunRow:
    """End a run as `failed`, with the reason; one of which something may be in Canvas is tried again later instead."""
    run = place.ledger.get_run(run_id)
    if RunState.FAILED not in TRANSITIONS[run.state] or _may_be_in_canvas(place, run):
        return put_off(place, run_id, error, held)
    facts = {"error": str(error), "remedy": error.remedy}
    return place.ledger.transition(run_id, Step(run.state, RunState.FAILED, facts), lease=held.current)


def _may_be_in_canvas(place: Place, run: RunRow) -> bool:
    if run.state is not RunState.SUBMITTING:
        return run.state is RunState.IMPORTING
    attempts = place.ledger.attempts(run.run_id)
    return bool(attempts) and not attempts[-1].result
