"""From `planned` on: the part that may go, the parts that wait, and what a newer plan means for older runs of its feed."""

from collections.abc import Mapping
from typing import Any

from pipeline.ledger.rows import DecisionKind, NewRun, Pointer, RunFilter, RunKind, RunRow, Step
from pipeline.model.crash import crash_point
from pipeline.model.states import RunState, Waiting
from pipeline.runs.leases import HeldLease
from pipeline.runs.place import Place

__all__ = ["accept_desired", "desired_pointer", "divide_run", "package_facts", "supersede_older"]

TRUST = "trust"


def divide_run(place: Place, run: RunRow, held: HeldLease) -> RunRow:
    """Let the going part of a planned run go on, and make a run of each hold; a plan without changes is at its end.

    Where nothing may go, the run itself waits with the first hold. A hold whose rows, actions and starting points an older hold
    of the feed already has is that older hold: it keeps its id and its approval.
    """
    numbers = run.facts["numbers"]
    parts = {int(part["number"]): part for part in numbers["parts"]}
    holds = [hold for hold in numbers["plan"]["holds"] if int(hold["number"]) in parts]
    doubts = [hold for hold in numbers["plan"]["holds"] if hold["kind"] == TRUST]
    is_doubted = bool(doubts)
    same = _waiting_runs(place, run)
    going = parts.get(0)
    kept, fresh = _tell_apart(place, holds, parts, same)
    if going is not None and going["sha256"] in same:  # already rehearsed, and waiting for its promotion
        kept.append(same[going["sha256"]])
        going = None
    waiting = [_hold_run(run, hold, parts[int(hold["number"])]) for hold in fresh]
    if going is None and fresh:
        after, facts, children = RunState.HELD, waiting[0].facts, tuple(waiting[1:])
    elif going is None and is_doubted and not kept:  # nothing to hold, and nothing to believe: not what the SIS says
        after, children = RunState.FAILED, ()
        facts = {"error": str(doubts[0]["message"]), "remedy": str(doubts[0]["remedy"]), "code": "drop-doubted"}
    elif going is None:
        after, facts, children = RunState.NOTHING_TO_DO, {"kept_holds": kept}, ()
    else:
        after, facts, children = (
            RunState.PACKAGED,
            package_facts(run, going, run.facts["folders"]["part-0"]),
            tuple(waiting),
        )

    pointers = () if is_doubted else (desired_pointer(run),)
    if not is_doubted:  # before the transition: a process killed between them does both again
        accept_desired(place, run)
        supersede_older(place, run, kept)
    crash_point("divided")
    step = Step(RunState.PLANNED, after, {**facts, "kept_holds": kept}, pointers, children)
    return place.ledger.transition(run.run_id, step, lease=held.current)


def package_facts(run: RunRow, part: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """What a run needs to send one part of a run's plan: its hash, its package, and the stored folder of its files."""
    package = part["package"]
    return {
        "part_hash": part["sha256"],
        "package_hash": package["sha256"],
        "package_path": package["file"],
        "marker": package["marker"],
        "parameters": dict(package["parameters"]),
        "counts": part["counts"],
        "accepted": part["accepted"],
        "package_rows": package["rows"],
        "part_folder": folder,
        "folders": run.facts["folders"],
        "inputs": run.facts["inputs"],
        "numbers": run.facts["numbers"],
    }


def accept_desired(place: Place, run: RunRow) -> None:
    """Record that a run's drop is now what the SIS says."""
    if run.drop_id is not None:
        place.ledger.accept_drop(run.drop_id)


def supersede_older(place: Place, run: RunRow, kept: list[str]) -> None:
    """End older runs of the feed that sent nothing yet: their rows are in this plan. Kept holds and sent packages stay."""
    family = {run.run_id, *kept}
    older = [
        other.run_id
        for other in place.ledger.runs(RunFilter(feed=run.feed, is_unfinished=True))
        if other.created_at < run.created_at and other.run_id not in family and other.parent_run_id not in family
    ]
    if older:
        place.ledger.supersede(older, by_run_id=run.run_id)


def desired_pointer(run: RunRow) -> Pointer:
    """What makes a run's desired roster its feed's, if that is still the one the plan started from."""
    return Pointer(
        run.feed, "", "desired", run.facts["folders"]["desired"], run.facts["inputs"]["desired_sha256"] or None
    )


def _waiting_runs(place: Place, run: RunRow) -> dict[str, str]:
    """Part hash → run id of the feed's older runs that wait for a person: held, approved, or waiting for promotion."""
    states = frozenset({RunState.HELD, RunState.APPROVED, RunState.PACKAGED})
    return {
        other.part_hash: other.run_id
        for other in place.ledger.runs(RunFilter(feed=run.feed, states=states))
        if other.run_id != run.run_id and (other.state is not RunState.PACKAGED or other.waiting is Waiting.PROMOTION)
    }


def _tell_apart(
    place: Place, holds: list[dict[str, Any]], parts: Mapping[int, Mapping[str, Any]], same: Mapping[str, str]
) -> tuple[list[str], list[dict[str, Any]]]:
    """The run ids of older holds that these are again, and the holds that are new; discarded ones stay discarded."""
    kept, fresh = [], []
    for hold in holds:
        part_hash = parts[int(hold["number"])]["sha256"]
        decisions = place.ledger.decisions(subject_hash=part_hash)
        if part_hash in same:
            kept.append(same[part_hash])
        elif not any(decision.kind is DecisionKind.DISCARD for decision in decisions):
            fresh.append(hold)
    return kept, fresh


def _hold_run(run: RunRow, hold: Mapping[str, Any], part: Mapping[str, Any]) -> NewRun:
    number = int(hold["number"])
    return NewRun(
        feed=run.feed,
        instance=run.instance,
        kind=RunKind.PART,
        drop_id=run.drop_id,
        parent_run_id=run.run_id,
        part=number,
        state=RunState.HELD,
        facts={
            **package_facts(run, part, run.facts["folders"][f"part-{number}"]),
            "hold": dict(hold),
            "waiting": Waiting.NOTHING.value,
        },
        key=f"{run.run_id}-part-{number}",
    )
