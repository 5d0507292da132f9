"""The conductor: the only place that knows the order of the steps. One call moves one run one step on."""

from collections.abc import Callable, Mapping, Sequence

from pipeline.errors import LedgerError, PipelineError, TryLater
from pipeline.intake import Claim
from pipeline.ledger.rows import DropRow, NewRun, RunFilter, RunKind, RunRow
from pipeline.model.states import RunState, Waiting
from pipeline.runs.finish import finish_run
from pipeline.runs.leases import Busy, HeldLease, holding
from pipeline.runs.parts import divide_run
from pipeline.runs.place import Place
from pipeline.runs.prepare import prepare_run
from pipeline.runs.reporting import write_report
from pipeline.runs.send import follow_import, send_run
from pipeline.runs.telling import queue_notices
from pipeline.runs.trouble import end_or_put_off, forget_trouble, is_put_off, put_off

__all__ = ["advance", "advance_to_rest", "is_resting", "next_runs", "receive_drop"]

_STEPS: Mapping[RunState, Callable[[Place, RunRow, HeldLease], RunRow]] = {
    RunState.RECEIVED: prepare_run,
    RunState.READ: prepare_run,
    RunState.MAPPED: prepare_run,
    RunState.CHECKED: prepare_run,
    RunState.PLANNED: divide_run,
    RunState.PACKAGED: send_run,
    RunState.SUBMITTING: send_run,
    RunState.IMPORTING: follow_import,
    RunState.RECORDED: finish_run,
}
_DERIVING = frozenset({RunState.RECEIVED, RunState.READ, RunState.MAPPED, RunState.CHECKED, RunState.PLANNED})
_IN_CANVAS = frozenset({RunState.SUBMITTING, RunState.IMPORTING, RunState.RECORDED})
_REPORTED = frozenset({RunState.HELD, RunState.FAILED, RunState.NOTHING_TO_DO})


def receive_drop(place: Place, taken: Claim, remarks: Sequence[Mapping[str, object]] = ()) -> tuple[DropRow, RunRow]:
    """Record a drop that is in the store, and its run into the first instance of its feed."""
    drop = taken.drop
    first = str(place.feed(drop.feed).deliver.to[0])
    new = NewRun(drop.feed, first, RunKind.DROP)
    row, runs = place.ledger.record_drop(drop, [new], remarks=remarks, manifest=taken.manifest)
    return row, runs[0]


def is_resting(run: RunRow) -> bool:
    """Whether nothing can be done for a run now but by a person: it has ended, is held, or waits for a promotion or a pause."""
    waits = run.state is RunState.PACKAGED and run.waiting in _NEEDS_A_PERSON
    return run.has_ended or run.state in {RunState.HELD, RunState.APPROVED} or waits


def next_runs(place: Place) -> tuple[RunRow, ...]:
    """The runs that can be moved on now, oldest first: per instance at most the one whose turn it is, per feed one plan."""
    due = [run for run in place.ledger.due_runs() if not is_resting(run)]
    return tuple(run for run in due if _in_the_way(place, run) is None)


def advance(place: Place, run_id: str) -> RunRow:
    """Move a run one step on, under its lease; the run as it stands then.

    TryLater when it cannot be done now: Busy when somebody else is at it, or at one before it. A failure that the step foresaw
    ends the run as `failed` with the reason, unless it is one to try again.
    """
    run = place.ledger.get_run(run_id)
    if is_resting(run):
        return run
    blocking = _in_the_way(place, run)
    if blocking is not None:
        raise _waits_behind(place, run, blocking)
    with holding(place, _resources(run)) as held:
        run = place.ledger.get_run(run_id)
        if is_resting(run):
            return run
        moved = _do_step(place, forget_trouble(place, run, held), held)
        _report(place, moved)
    _tell_people(place, run_id)
    return place.ledger.get_run(run_id)


_ASKED_AGAIN_LATER = frozenset({Waiting.INSTANCE, Waiting.TOKEN})


def advance_to_rest(place: Place, run_id: str, *, patience_seconds: float = 3600) -> RunRow:
    """Move a run on until it rests, or cannot go on now; while another process is at it, wait and look again."""
    give_up_at = place.clock.monotonic() + patience_seconds
    while True:
        try:
            run = advance(place, run_id)
        except Busy:
            if place.clock.monotonic() > give_up_at:
                raise
            place.clock.sleep(0.5)
            run = place.ledger.get_run(run_id)
        if is_resting(run) or _cannot_go_on_now(place, run):
            return run


def _do_step(place: Place, run: RunRow, held: HeldLease) -> RunRow:
    try:
        return _STEPS[run.state](place, run, held)
    except (TryLater, LedgerError) as error:
        if not place.should_stop():
            put_off(place, run.run_id, error, held)
        raise
    except PipelineError as error:
        return end_or_put_off(place, run.run_id, error, held)


def _cannot_go_on_now(place: Place, run: RunRow) -> bool:
    return is_put_off(place, run) or run.waiting in _ASKED_AGAIN_LATER


def _waits_behind(place: Place, run: RunRow, blocking: RunRow) -> TryLater:
    if _cannot_go_on_now(place, blocking):
        return TryLater(
            f"Run {run.run_id} waits behind {blocking.run_id}, which cannot go on: {blocking.error}",
            remedy=blocking.remedy,
        )
    return Busy(
        f"Run {run.run_id} waits for its turn, behind {blocking.run_id}.",
        remedy="Runs of one feed or one instance go one after the other.",
    )


def _report(place: Place, run: RunRow) -> None:
    """Write the report of a run that came to rest without being archived; `report` writes it anew if that fails now."""
    if run.state in _REPORTED:
        try:
            write_report(place, run)
        except PipelineError as error:
            place.tell(run.run_id, {"event": "report-failed", "message": str(error), "remedy": error.remedy})


def _tell_people(place: Place, run_id: str) -> None:
    """Queue the notices about a run, and about the holds that were split from it."""
    for run in (place.ledger.get_run(run_id), *place.ledger.runs(RunFilter(parent_run_id=run_id))):
        queue_notices(place, run)


def _resources(run: RunRow) -> list[str]:
    """What a step of this run must have for itself."""
    if run.state in _DERIVING:
        return [f"run:{run.run_id}", f"feed:{run.feed}"]
    return [f"run:{run.run_id}", f"instance:{run.instance}"]


def _in_the_way(place: Place, run: RunRow) -> RunRow | None:
    """The run that has to go first: one plan per feed at a time, one import per instance, in order of arrival."""
    others = [other for other in place.ledger.runs(RunFilter(is_unfinished=True)) if other.run_id != run.run_id]
    if run.state in _DERIVING:
        blocking = [other for other in others if other.feed == run.feed and _blocks_plan(other, run)]
    else:
        blocking = [other for other in others if other.instance == run.instance and _blocks_import(other, run)]
    return blocking[0] if blocking else None


_NEEDS_A_PERSON = frozenset({Waiting.PROMOTION, Waiting.PAUSE})


def _blocks_plan(other: RunRow, run: RunRow) -> bool:
    if other.state in _IN_CANVAS:
        return True  # the base is about to change
    is_older = other.created_at < run.created_at
    return is_older and (
        other.state in _DERIVING or (other.state is RunState.PACKAGED and other.waiting not in _NEEDS_A_PERSON)
    )


def _blocks_import(other: RunRow, run: RunRow) -> bool:
    if run.state in _IN_CANVAS:
        return False
    is_older = other.created_at < run.created_at
    return other.state in _IN_CANVAS or (
        is_older and other.state is RunState.PACKAGED and other.waiting not in _NEEDS_A_PERSON
    )
