"""From `recorded` to `archived`: report and archive are written, and the package goes on to the next instance."""

from typing import Any

from pipeline.ledger.rows import NewRun, RunKind, RunRow, Step
from pipeline.model.crash import crash_point
from pipeline.model.states import RunState, Waiting
from pipeline.runs.leases import HeldLease
from pipeline.runs.place import Place
from pipeline.runs.reporting import archive_run

__all__ = ["finish_run"]

TAKEN = frozenset({"imported", "imported_with_messages"})


def finish_run(place: Place, run: RunRow, held: HeldLease) -> RunRow:
    """Archive a recorded run, and make the run that carries its package to the next instance, if Canvas took it here."""
    archive_run(place, run)
    crash_point("archived")
    following = _promotion(place, run)
    step = Step(RunState.RECORDED, RunState.ARCHIVED, {}, (), () if following is None else (following,))
    return place.ledger.transition(run.run_id, step, lease=held.current)


def _promotion(place: Place, run: RunRow) -> NewRun | None:
    """The run for the next instance: it waits for a promotion unless the feed promotes what was taken without trouble."""
    instance = place.next_instance(run.feed, run.instance)
    if instance is None or run.kind is RunKind.REPAIR or run.outcome.get("state") not in TAKEN:
        return None
    facts: dict[str, Any] = {
        **run.facts,
        "part_hash": run.part_hash,
        "package_hash": run.package_hash,
        "package_path": run.package_path,
        "marker": run.marker,
        "parameters": dict(run.parameters),
        "rehearsed_by": run.run_id,
        "rehearsed_on": run.instance,
        "evidence_at": place.ledger.now().isoformat(),
        "rehearsal": dict(run.outcome),
        "waiting": (Waiting.NOTHING if _promotes_itself(place, run) else Waiting.PROMOTION).value,
    }
    return NewRun(
        feed=run.feed,
        instance=instance,
        kind=RunKind.PROMOTION,
        drop_id=run.drop_id,
        parent_run_id=run.run_id,
        part=run.part,
        state=RunState.PACKAGED,
        facts=facts,
        key=f"{run.run_id}-to-{instance}",
    )


def _promotes_itself(place: Place, run: RunRow) -> bool:
    """`promote: when_clean`, or `when_no_worse_than N` by the number of messages of the rehearsal."""
    rule = place.feed(run.feed).deliver.promote
    messages = int(run.outcome.get("errors", 0)) + int(run.outcome.get("warnings", 0))
    if rule.when == "when_no_worse_than":
        return messages <= rule.refusals
    return rule.when == "when_clean" and messages == 0
