"""What an ended import means: all its messages, the new base by effect, the outcome recorded in one transaction with the base."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from pipeline.canvas.client import CanvasClient
from pipeline.canvas.imports import SisImport
from pipeline.delivery.collect import Collected, collect_outcome
from pipeline.delivery.poll import SECOND_LOOK_SECONDS, is_small
from pipeline.delivery.waiting import Watch
from pipeline.errors import TryLater
from pipeline.ledger.rows import NewRun, Pointer, RunKind, RunRow, Step
from pipeline.model.crash import crash_point
from pipeline.model.states import RunState
from pipeline.runs.child import run_table_work
from pipeline.runs.leases import HeldLease
from pipeline.runs.parts import package_facts
from pipeline.runs.place import Place
from pipeline.runs.sampling import sample_import

__all__ = ["settle_run"]


def settle_run(place: Place, run: RunRow, client: CanvasClient, ended: SisImport, held: HeldLease) -> RunRow:
    """Collect every message, work out what the instance holds now, and record both.

    The messages and Canvas's own file of them go into the store before the ledger mentions them.
    """
    base = place.ledger.get_pointer(run.feed, run.instance, "base")
    with place.work_folder(run.run_id) as folder:
        out = folder / "out"
        out.mkdir(mode=0o700)
        watch = Watch(place.clock, place.should_stop, pace=place.pace(run.instance))
        collected = collect_outcome(client, ended, out, watch)
        if collected.is_stopped:
            raise TryLater("This process is to stop; the messages are collected at the next start.")
        raw = {name: place.store.put(path) for name, path in [(p.name, p) for p in out.iterdir()]}
        request = {
            "folder": str(out),
            "part": place.stored(str(run.facts["part_folder"])),
            "part_number": run.part,
            "part_sha256": run.part_hash,
            "parameters": dict(run.parameters),
            "base": place.stored(base.sha256) if base else None,
            "outcome": _plain(collected),
            "today": place.clock.now().astimezone(place.settings.zone).date().isoformat(),
            "installation": place.ledger.installation_id[:4],
            "files": [file["name"] for file in run.facts["numbers"]["files"]],
        }
        answer = run_table_work("settle", request, folder, on_event=lambda event: place.tell(run.run_id, event))
        crash_point("settled")
        names = ("base", "messages", *(("repair",) if answer["repair"] else ()))
        folders = {name: place.store.take_folder(out / name) for name in names}
    before = base.sha256 if base else ""
    sampled = sample_import(place, run, collected.outcome.state, before=before, after=folders["base"])
    outcome = {
        "import": ended.import_id,
        "state": collected.outcome.state,
        "counts": dict(collected.outcome.counts),
        "notes": [*collected.notes, *sampled.notes],
        **({"sample": sampled.numbers} if sampled.numbers else {}),
        "ended_at": ended.ended_at.isoformat() if ended.ended_at else None,
        **{name: value for name, value in answer.items() if name != "repair"},
    }
    now = place.ledger.now()
    place.ledger.update_import(run.run_id, {"state": ended.state, "ended_at": now, **_second_look(run, now)})
    facts = {
        "outcome": outcome,
        "messages_folder": folders["messages"],
        "canvas_files": raw,
        "settled_base": folders["base"],
    }
    pointer = Pointer(run.feed, run.instance, "base", folders["base"], base.sha256 if base else None)
    repairs = (_repair_run(run, answer["repair"], folders["repair"]),) if answer["repair"] else ()
    step = Step(RunState.IMPORTING, RunState.RECORDED, facts, (pointer,), repairs)
    row = place.ledger.transition(run.run_id, step, lease=held.current)
    place.tell(run.run_id, {"event": "recorded", "instance": run.instance, **outcome})
    return row


def _repair_run(run: RunRow, repair: dict[str, Any], folder: str) -> NewRun:
    """The run that follows at once: enrollments are given back whose move Canvas refused. It is for this instance alone."""
    return NewRun(
        run.feed,
        run.instance,
        RunKind.REPAIR,
        drop_id=run.drop_id,
        parent_run_id=run.run_id,
        state=RunState.PACKAGED,
        facts=package_facts(run, repair, folder),
        key=f"{run.run_id}-repair",
    )


def _second_look(run: RunRow, now: Any) -> dict[str, Any]:
    """When a small import is looked at once more: after a crash Canvas may still change its end for some minutes."""
    rows = sum(int(number) for number in run.facts["package_rows"].values())
    return {"look_again_at": now + timedelta(seconds=SECOND_LOOK_SECONDS)} if is_small(rows) else {}


def _plain(collected: Collected) -> dict[str, Any]:
    outcome = collected.outcome
    return {
        "import_id": outcome.import_id,
        "state": outcome.state,
        "counts": dict(outcome.counts),
        "statistics": dict(outcome.statistics),
        "messages": [asdict(message) for message in outcome.messages],
    }
