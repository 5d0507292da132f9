"""From `received` to `planned`: the child process derives everything that a drop would send, step by step, and we record it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.errors import CanvasError, DropError, PipelineError, SettingsError
from pipeline.ledger.rows import DropRow, Pointer, RunFilter, RunRow, Step
from pipeline.model.crash import crash_point
from pipeline.model.states import RunState
from pipeline.runs.child import run_table_work
from pipeline.runs.feed_rules import import_parameters, stage_rules
from pipeline.runs.leases import HeldLease
from pipeline.runs.place import Place

__all__ = ["DERIVING", "mapping_request", "prepare_request", "prepare_run", "read_known"]

DERIVING = (RunState.RECEIVED, RunState.READ, RunState.MAPPED, RunState.CHECKED)
KNOWN_PATIENCE_SECONDS = 20.0  # a plan can be made without; it is made again before every run
_EVENTS = {"read": RunState.READ, "mapped": RunState.MAPPED, "checked": RunState.CHECKED}


@dataclass(frozen=True, slots=True)
class _Derivation:
    """One attempt to derive a run; moves the run on as the child reports."""

    place: Place
    run_id: str
    held: HeldLease

    def note_event(self, event: Mapping[str, Any]) -> None:
        """Commit the transition that an event of the child stands for, unless an earlier attempt already did."""
        self.place.tell(self.run_id, event)
        reached = _EVENTS.get(str(event.get("event")))
        before = self.place.ledger.get_run(self.run_id).state
        if reached is None or before not in DERIVING or DERIVING.index(before) + 1 != _ORDER[reached]:
            return
        facts = {str(event["event"]): {key: value for key, value in event.items() if key != "event"}}
        self.place.ledger.transition(self.run_id, Step(before, reached, facts), lease=self.held.current)


_ORDER = {RunState.READ: 1, RunState.MAPPED: 2, RunState.CHECKED: 3}


def prepare_run(place: Place, run: RunRow, held: HeldLease) -> RunRow:
    """Derive plan, parts and packages of a run's drop, put them into the store, and record `planned`.

    A drop that cannot be used ends the run as `failed`, with the reason in words; nothing of it is sent.
    """
    assert run.drop_id is not None
    drop = place.ledger.get_drop(run.drop_id)
    derivation = _Derivation(place, run.run_id, held)
    with place.work_folder(run.run_id) as folder:
        request = prepare_request(place, run.feed, drop, folder / "out")
        try:
            answer = run_table_work("prepare", request, folder, on_event=derivation.note_event)
        except DropError as error:
            return _unusable(place, run, error, held)
        crash_point("prepared")
        folders = {path.name: place.store.take_folder(path) for path in sorted((folder / "out").iterdir())}
    inputs = {key: request[key] for key in ("base_sha256", "desired_sha256")}
    facts = {"folders": folders, "inputs": inputs, "numbers": _numbers(answer)}
    before = place.ledger.get_run(run.run_id).state
    pointers = (Pointer(run.feed, "", "plan", folders["plan"]),)
    return place.ledger.transition(run.run_id, Step(before, RunState.PLANNED, facts, pointers), lease=held.current)


def prepare_request(place: Place, feed_name: str, drop: DropRow, out: Path) -> dict[str, Any]:
    """What the child needs to know to prepare a drop of a feed: plain values and paths into the store, no secret."""
    feed = place.feed(feed_name)
    last = place.last_instance(feed_name)
    base = place.ledger.get_pointer(feed_name, last, "base")
    desired = place.ledger.get_pointer(feed_name, "", "desired")
    out.mkdir(mode=0o700, exist_ok=True)
    zone = ZoneInfo(place.settings.timezone)
    return {
        "folder": str(out),
        "rules": stage_rules(feed, previous=_previous(place, feed_name, drop)),
        "drop": _plain_drop(place, drop),
        "zone": place.settings.timezone,
        "today": place.clock.now().astimezone(zone).date().isoformat(),
        "mapping": mapping_request(place, feed_name),
        "base": place.stored(base.sha256) if base else None,
        "base_sha256": base.sha256 if base else "",
        "desired": place.stored(desired.sha256) if desired else None,
        "desired_sha256": desired.sha256 if desired else "",
        "known": read_known(place, last),
        "facts": {"doubts": _doubts(place, drop)},
        "installation": place.ledger.installation_id[:4],
        "parameters": import_parameters(feed),
    }


def _previous(place: Place, feed_name: str, drop: DropRow) -> dict[str, Any]:
    """What is remembered of the files of the last accepted drop, by name: how each ended, and how many rows it had."""
    last = place.ledger.last_accepted_drop(feed_name)
    if last is None or last.drop_id == drop.drop_id:
        return {}
    runs = place.ledger.runs(RunFilter(feed=feed_name, drop_id=last.drop_id))
    found = [run.facts["numbers"].get("previous", {}) for run in runs if "numbers" in run.facts]
    return dict(found[-1]) if found else {}


def _doubts(place: Place, drop: DropRow) -> list[str]:
    """Reasons to distrust a drop as a whole, each a sentence: what intake noticed, and an export that was accepted long ago."""
    doubts = [str(remark["message"]) for remark in drop.remarks if remark.get("kind") == "hold"]
    accepted = [other for other in place.ledger.drops(drop.feed, sha256=drop.sha256) if other.accepted_at is not None]
    last = place.ledger.last_accepted_drop(drop.feed)
    older = [other for other in accepted if other.drop_id != drop.drop_id]
    if older and last is not None and last.sha256 != drop.sha256:
        day = older[-1].received_at.astimezone(ZoneInfo(place.settings.timezone))
        doubts.append(f"This is the export of {day:%d %B %Y} again; a newer one was accepted since.")
    return doubts


def mapping_request(place: Place, feed_name: str) -> dict[str, Any]:
    """The mapping that a feed names, as the child reads it: a preset with options, or the text of a file."""
    feed = place.feed(feed_name)
    name = str(feed.mapping)
    if name.startswith("preset:"):
        return {"preset": name.removeprefix("preset:"), "options": dict(feed.mapping_options)}
    path = place.root / name
    try:
        return {"text": path.read_text(encoding="utf-8"), "file": name}
    except OSError as exc:
        raise PipelineError(
            f"The mapping {name} of feed {feed_name} can't be read.", remedy="Look at `mapping:` in the configuration."
        ) from exc


def read_known(place: Place, instance: str) -> dict[str, Any]:
    """Accounts, terms and roles of an instance, read before a plan; {} where Canvas cannot be asked (it is told)."""
    # without a token, too: a plan can be made, and sending waits for it
    client = place.client(instance).with_patience(KNOWN_PATIENCE_SECONDS)
    try:
        accounts, terms, roles = client.accounts(), client.terms(), client.roles()
    except (CanvasError, SettingsError) as error:
        place.tell("", {"event": "known-unread", "instance": instance, "message": str(error)})
        return {}
    return {
        "tables": {"accounts": [dict(account) for account in accounts], "terms": [dict(term) for term in terms]},
        "complete": ["accounts", "terms"],
        "roles": list(roles),
    }


def _plain_drop(place: Place, drop: DropRow) -> dict[str, Any]:
    return {
        "drop_id": drop.drop_id,
        "feed": drop.feed,
        "sha256": drop.sha256,
        "received_at": drop.received_at.isoformat(),
        "is_urgent": drop.is_urgent,
        "files": [
            {
                "name": file.name,
                "path": str(place.store.path(file.sha256)),
                "size": file.size,
                "sha256": file.sha256,
                "modified_at": file.modified_at.isoformat(),
            }
            for file in drop.files
        ],
    }


def _unusable(place: Place, run: RunRow, error: DropError, held: HeldLease) -> RunRow:
    assert run.drop_id is not None
    place.ledger.set_drop_outcome(run.drop_id, "unreadable")
    facts = {"error": str(error), "remedy": error.remedy, "code": error.code}
    before = place.ledger.get_run(run.run_id).state
    return place.ledger.transition(run.run_id, Step(before, RunState.FAILED, facts), lease=held.current)


def _numbers(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of the child's answer: counts, hashes and holds; examples and findings stay in the store."""
    plain: dict[str, Any] = json.loads(json.dumps(answer))
    plain["plan"].pop("findings", None)
    for hold in plain["plan"].get("holds", []):
        hold.pop("examples", None)
    return plain
