"""From `packaged` to `recorded`: submit, follow, collect. The one place where a repetition would hurt: see each step's order.

What is about to be done is committed first (`submitting`, with how Canvas stood before), the POST comes second, and the import's
id is bound third. A run found in `submitting` never sends: it first looks in Canvas for what became of its attempt.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline.canvas.client import CanvasClient
from pipeline.canvas.imports import SisImport
from pipeline.delivery.poll import PollEnd, Sent, poll_import
from pipeline.delivery.reconcile import Attempt, Verdict, reconcile
from pipeline.delivery.submit import UPLOAD_SECONDS, look_before, submit_package
from pipeline.delivery.waiting import Watch
from pipeline.errors import Because, NotSent, PipelineError, Refused, SettingsError, TryLater, Unknown
from pipeline.ledger.rows import AttemptRow, NewAttempt, RunRow, Step
from pipeline.model.crash import crash_point
from pipeline.model.delivery import Package
from pipeline.model.states import RunState, Waiting
from pipeline.runs.leases import HeldLease
from pipeline.runs.place import Place
from pipeline.runs.settle import settle_run

__all__ = ["follow_import", "send_run"]

LOOK_PATIENCE_SECONDS = 20.0
_WAITS_FOR = {
    Because.TOKEN: Waiting.TOKEN,
    Because.PERMISSION: Waiting.TOKEN,
    Because.NOT_CANVAS: Waiting.INSTANCE,  # a page to log in, a proxy: it passes, or a person mends the URL
}
RETRY_SECONDS = 30.0  # an instance that cannot be reached is asked again; the due time is in the ledger


def send_run(place: Place, run: RunRow, held: HeldLease) -> RunRow:
    """Send a run's package, or find out what became of an attempt that an earlier process began."""
    client = place.client(run.instance)
    open_attempt = _open_attempt(place, run)
    if open_attempt is not None:
        return _reconcile(place, run, open_attempt, client, held)
    try:
        before = look_before(client.with_patience(LOOK_PATIENCE_SECONDS))
    except (NotSent, Unknown) as error:
        return _wait(place, run, Waiting.INSTANCE, error, held)
    except SettingsError as error:  # the token is not where the configuration says
        return _wait(place, run, Waiting.TOKEN, error, held)
    except Refused as error:
        if error.because not in _WAITS_FOR:
            raise
        return _wait(place, run, _WAITS_FOR[error.because], error, held)
    if run.error:  # Canvas answers again: what was waited for is over
        place.ledger.note(run.run_id, {"waiting": "", "error": "", "remedy": "", "due_at": None}, lease=held.current)
    attempt = NewAttempt(
        run.package_hash, run.marker, before.canvas_at, before.newest_import_id, {"user": client.who_am_i()}
    )
    place.ledger.record_attempt(run.run_id, attempt, lease=held.current)
    crash_point("before-post")
    return _post(place, place.ledger.get_run(run.run_id), client, held)


def follow_import(place: Place, run: RunRow, held: HeldLease) -> RunRow:
    """Watch the run's import to its end, collect everything Canvas says of it, and record what became of the rows."""
    client = place.client(run.instance)
    bound = place.ledger.imports(run.run_id)[-1]
    rows = sum(int(number) for number in run.facts["package_rows"].values())
    sent = Sent(bound.import_id, rows, bound.bound_at, bound.canvas_created_at)
    watch = Watch(
        place.clock, place.should_stop, lambda seen: _tell_progress(place, run, seen), pace=place.pace(run.instance)
    )
    polled = poll_import(client, sent, watch)
    if polled.end is PollEnd.STOPPED:
        raise TryLater(
            "This process is to stop; the import goes on in Canvas.", remedy="It is followed again at the next start."
        )
    if polled.end is PollEnd.GONE or polled.last is None:
        facts = {
            "error": f"Canvas ({run.instance}) no longer knows import {bound.import_id}.",
            "remedy": "The instance was probably refreshed from production: rehearse again.",
        }
        step = Step(RunState.IMPORTING, RunState.FAILED, facts)
        return place.ledger.transition(run.run_id, step, lease=held.current)
    crash_point("import-over")
    return settle_run(place, run, client, polled.last, held)


def _post(place: Place, run: RunRow, client: CanvasClient, held: HeldLease) -> RunRow:
    package = Package(
        path=stored_package(place, run), sha256=run.package_hash, marker=run.marker, parameters=dict(run.parameters)
    )
    try:
        seen = submit_package(client, package, may_start=held.outlives, may_go_on=lambda: not held.is_lost)
    except NotSent as error:
        place.ledger.end_attempt(run.run_id, "not_sent", lease=held.current)
        return _wait(place, place.ledger.get_run(run.run_id), Waiting.INSTANCE, error, held)
    except Refused as error:
        place.ledger.end_attempt(run.run_id, "refused", lease=held.current)
        if error.because not in _WAITS_FOR:
            raise
        return _wait(place, place.ledger.get_run(run.run_id), _WAITS_FOR[error.because], error, held)
    except Unknown as error:
        place.tell(run.run_id, {"event": "unknown", "message": str(error)})
        return place.ledger.get_run(run.run_id)  # the next step looks in Canvas before anything is sent again
    crash_point("posted")
    return _bind(place, run, seen, held, "accepted")


def stored_package(place: Place, run: RunRow) -> Path:
    """Where the run's zip is in the store."""
    return place.store.folder_paths(str(run.facts["part_folder"]))[run.package_path]


def _reconcile(place: Place, run: RunRow, attempt: AttemptRow, client: CanvasClient, held: HeldLease) -> RunRow:
    place.tell(run.run_id, {"event": "reconciling"})
    wanted = Attempt(
        number=1 + sum(other.result == "given_up" for other in place.ledger.attempts(run.run_id)),
        marker=attempt.marker,
        canvas_at=attempt.canvas_at,
        newest_import_id=attempt.newest_import_id,
        deadline_at=attempt.started_at + timedelta(seconds=UPLOAD_SECONDS),
        user_id=attempt.facts.get("user"),
    )
    watch = Watch(place.clock, place.should_stop, pace=place.pace(run.instance))
    found = reconcile(client, wanted, watch, is_bound=lambda seen: _is_bound(place, run, seen))
    if found.verdict is Verdict.ADOPT and found.found is not None:
        return _bind(place, run, found.found, held, "adopted")
    if found.verdict is Verdict.SEND_AGAIN:
        place.ledger.end_attempt(run.run_id, "given_up", lease=held.current)
        return place.ledger.get_run(run.run_id)
    if found.verdict is Verdict.PERSON:
        place.ledger.end_attempt(run.run_id, "given_up", lease=held.current)
        raise PipelineError(
            f"It cannot be told whether Canvas ({run.instance}) has this package. {found.reason}",
            remedy="Look at Canvas's list of SIS imports. The next export is planned against what is known then.",
        )
    raise TryLater("This process is to stop; nothing was sent again.")


def _is_bound(place: Place, run: RunRow, seen: SisImport) -> bool:
    owner = place.ledger.run_of_import(run.instance, seen.import_id, created_at=seen.created_at)
    return owner is not None


def _bind(place: Place, run: RunRow, seen: SisImport, held: HeldLease, result: str) -> RunRow:
    created_at = seen.created_at or place.ledger.now()
    row = place.ledger.bind_import(run.run_id, seen.import_id, created_at, lease=held.current, result=result)
    place.tell(run.run_id, {"event": "sent", "instance": run.instance, "import": seen.import_id, "result": result})
    return row


def _open_attempt(place: Place, run: RunRow) -> AttemptRow | None:
    attempts = place.ledger.attempts(run.run_id)
    return attempts[-1] if attempts and not attempts[-1].result else None


def _wait(place: Place, run: RunRow, what: Waiting, error: PipelineError, held: HeldLease) -> RunRow:
    """Keep the run in `packaged` with what it waits for, in words, and when it is looked at again."""
    seconds = getattr(error, "retry_after", None) or RETRY_SECONDS
    due_at = place.ledger.now() + timedelta(seconds=float(seconds))
    facts: dict[str, Any] = {"waiting": what.value, "error": str(error), "remedy": error.remedy, "due_at": due_at}
    place.tell(run.run_id, {"event": "waiting", "for": what.value, "message": str(error), "remedy": error.remedy})
    if run.state is RunState.SUBMITTING:
        return place.ledger.transition(
            run.run_id, Step(RunState.SUBMITTING, RunState.PACKAGED, facts), lease=held.current
        )
    return place.ledger.note(run.run_id, facts, lease=held.current)


def _tell_progress(place: Place, run: RunRow, seen: SisImport) -> None:
    place.ledger.update_import(run.run_id, {"state": seen.state, "progress": seen.progress})
    place.tell(
        run.run_id, {"event": "progress", "instance": run.instance, "percent": seen.progress, "state": seen.state}
    )
