"""What commands on runs share: opening the installation, following a run on stderr, and the exit code that its end means."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from pipeline.cli.output import print_json, say, say_step
from pipeline.errors import PipelineError, SettingsError
from pipeline.ledger.owner import Owner
from pipeline.ledger.rows import RunRow
from pipeline.model.clock import SystemClock
from pipeline.model.states import RunState, Waiting
from pipeline.runs.place import Hearing, Place, Tell, keep_quiet, open_place
from pipeline.runs.remote import brought_to_rest
from pipeline.runs.trouble import is_put_off
from pipeline.settings import Settings, load, not_available

__all__ = ["Follower", "exit_code_of", "finish_command", "follow", "load_settings", "opened", "plain_run", "root_of"]

PROGRESS_STEP = 25  # percent between two lines where no bar can move
DONE, FAILED, HELD, WITH_MESSAGES, LATER = 0, 1, 3, 4, 75


def root_of(config: str) -> Path:
    """The folder that relative paths of a configuration start from: the one that holds `config/`, else its own."""
    folder = Path(config).resolve().parent
    return folder.parent if folder.name == "config" else folder


def load_settings(config: str) -> Settings:
    """The configuration, checked as a whole; a missing file is told with the command that makes one."""
    path = Path(config)
    if not path.exists():
        raise PipelineError(
            f"There is no configuration {config}.", remedy="`sis-pipeline init` writes one, or use --config FILE."
        )
    env_file = root_of(config) / ".env"
    settings = load(path, os.environ, env_file=env_file if env_file.exists() else None)
    missing = not_available(settings)
    if missing:
        raise SettingsError(missing, remedy="docs/configuration.md says which values this version knows.")
    return settings


@contextmanager
def opened(config: str, *, name: str, tell: Tell = keep_quiet) -> Iterator[Place]:
    """The installation that a configuration describes. name: of the command, for whoever waits for its lease."""
    settings, owner = load_settings(config), Owner.current(name)
    with open_place(settings, root_of(config), clock=SystemClock(), owner=owner, hearing=Hearing(tell)) as place:
        yield place


class Follower:
    """Tells a person on stderr what a run is doing: one line a step, and a moving percentage on a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._moves = sys.stderr.isatty()
        self._is_open = False
        self._seen: tuple[str, str, int] | None = None

    def tell(self, _run_id: str, event: Mapping[str, Any]) -> None:
        """Print one event, if it is for people."""
        if self._quiet:
            return
        if event.get("event") == "progress":
            self._progress(event)
            return
        text = _IN_WORDS.get(str(event.get("event")))
        if text is not None:
            self._close()
            say_step(text.format_map(_Shown(event)))

    def _progress(self, event: Mapping[str, Any]) -> None:
        seen = (event["instance"], event["state"], int(event["percent"]) // PROGRESS_STEP)
        if not self._moves and seen != self._seen:
            say_step(f"{event['instance']}: {event['state']}, {event['percent']} %")
        self._seen = seen
        if self._moves:
            bar = "█" * (int(event["percent"]) // 5)
            sys.stderr.write(f"\r  · {event['instance']}: {bar:<20} {event['percent']:>3} %  {event['state']:<24}")
            sys.stderr.flush()
            self._is_open = True

    def _close(self) -> None:
        if self._is_open:
            sys.stderr.write("\n")
            self._is_open = False


class _Shown(dict[str, Any]):
    """Values of an event for a sentence; tables of counts as `users 12, courses 3`."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        super().__init__({key: _counts(value) if isinstance(value, Mapping) else value for key, value in event.items()})

    def __missing__(self, key: str) -> str:
        return ""


def _counts(value: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {number}" for name, number in value.items() if number) or "none"


_IN_WORDS = {
    "read": "read {files} files, {rows} rows",
    "mapped": "mapped: {rows}",
    "checked": "checked: {findings}",
    "known-unread": "{instance} could not be asked for its accounts and terms: {message}",
    "sent": "sent to {instance} as import {import}",
    "unknown": "no answer from Canvas: {message} Looking for the import before anything is sent again.",
    "reconciling": "looking in Canvas for what became of the last attempt",
    "waiting": "waits: {message} {remedy}",
    "recorded": "{instance}: {state}, {errors} errors, {warnings} warnings; Canvas counted {counts}",
}


def follow(place: Place, run_id: str) -> RunRow:
    """The run once it rests; progress goes to whoever the place tells."""
    return brought_to_rest(place, run_id)


def exit_code_of(place: Place, run: RunRow) -> int:
    """What a command about this run exits with."""
    outcome = dict(run.outcome)
    is_bad_end = bool(outcome) and outcome.get("state") not in {"imported", "imported_with_messages"}
    if run.state in _FAILED_STATES or run.waiting is Waiting.TOKEN or is_bad_end:
        return FAILED
    if run.waiting is Waiting.INSTANCE or is_put_off(place, run):
        return LATER
    if _has_holds(place, run):
        return HELD
    if run.state is RunState.DISCARDED:
        return DONE
    refused = int(run.facts.get("numbers", {}).get("findings", {}).get("error", 0))
    return WITH_MESSAGES if refused or outcome.get("errors") or outcome.get("warnings") else DONE


_FAILED_STATES = frozenset({RunState.FAILED, RunState.ABORTED, RunState.INCOMPLETE})


_CARRIED_OUT = frozenset({"", "approved", "discarded", "promoted"})


def _has_holds(place: Place, run: RunRow) -> bool:
    """Whether the run, or a part of its plan, waits for an approval: split from it now, or from an older one alike."""
    kept = run.facts.get("kept_holds", ())
    return any(
        hold.hold_id == run.run_id
        or hold.hold_id in kept
        or place.ledger.get_run(hold.hold_id).parent_run_id == run.run_id
        for hold in place.ledger.holds(run.feed)
    )


def finish_command(place: Place, run: RunRow, *, as_json: bool, result: str = "") -> int:
    """Print how a run stands and what to do next; its exit code. result: of the decision about it, if there was one."""
    code = exit_code_of(place, run) if result in _CARRIED_OUT else FAILED
    if as_json:
        print_json({"version": 1, "result": result, "exit_code": code, "run": plain_run(run)})
        return code
    typer.echo(f"{run.run_id}  {_standing(run)}")
    if run.error:
        say(f"  {run.error}")
    if run.remedy:
        say(f"  → {run.remedy}")
    for line in _next_steps(place, run):
        say(line)
    return code


def plain_run(run: RunRow) -> dict[str, Any]:
    """A run as JSON: its place, state and numbers; nothing of people."""
    numbers = run.facts.get("numbers", {})
    return {
        "run": run.run_id,
        "feed": run.feed,
        "instance": run.instance,
        "kind": str(run.kind),
        "drop": run.drop_id,
        "parent": run.parent_run_id,
        "state": str(run.state),
        "waiting": str(run.waiting),
        "counts": run.facts.get("counts", {}),
        "findings": numbers.get("findings", {}),
        "hold": {key: value for key, value in run.hold.items() if key != "examples"},
        "outcome": dict(run.outcome),
        "error": run.error,
        "remedy": run.remedy,
        "created_at": run.created_at.isoformat(),
        "updated_at": run.updated_at.isoformat(),
    }


def _standing(run: RunRow) -> str:
    where = f"{run.feed} → {run.instance}: {run.state}"
    return f"{where}, waiting for {run.waiting}" if run.waiting else where


def _next_steps(place: Place, run: RunRow) -> list[str]:
    held = [
        f'  held: {hold.message}\n    sis-pipeline approve {hold.hold_id} --reason "…"   (or discard)'
        for hold in place.ledger.holds(run.feed)
    ]
    rehearsed = [
        f'  rehearsed on {other.facts["rehearsed_on"]}: sis-pipeline promote {other.run_id} --reason "…"'
        for other in _waiting_for_promotion(place, run.feed)
    ]
    return held + rehearsed


def _waiting_for_promotion(place: Place, feed: str) -> list[RunRow]:
    from pipeline.ledger.rows import RunFilter

    packaged = place.ledger.runs(RunFilter(feed=feed, states=frozenset({RunState.PACKAGED})))
    return [run for run in packaged if run.waiting is Waiting.PROMOTION]
