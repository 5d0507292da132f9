"""What a person said, carried out: approve, discard, promote. Every decision is a row first, and carried out once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pipeline.errors import PipelineError, TryLater
from pipeline.ledger.rows import (
    DecisionKind,
    DecisionRow,
    NewDecision,
    NewRun,
    Pointer,
    RunFilter,
    RunKind,
    RunRow,
    Step,
)
from pipeline.model.states import RunState, Waiting
from pipeline.runs.child import run_table_work
from pipeline.runs.leases import HeldLease, holding
from pipeline.runs.parts import TRUST, accept_desired, desired_pointer, supersede_older
from pipeline.runs.place import Place

__all__ = ["Said", "carry_out", "carry_out_pending", "record", "run_to_promote"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says about a run: who, and why. reason: required, in words."""

    by: str
    reason: str

    def __post_init__(self) -> None:
        """A decision without a reason, or without a name, is none."""
        if not self.reason.strip():
            raise PipelineError(
                "A decision needs a reason.", remedy='Add --reason "…": it is kept for whoever asks why.'
            )
        if not self.by.strip():
            raise PipelineError("A decision needs a name.", remedy="Add --by NAME.")


def record(place: Place, kind: DecisionKind, run_id: str, said: Said) -> DecisionRow:
    """Write a decision about a run into the ledger, if it makes sense for the run as it stands now."""
    run = place.ledger.get_run(run_id)
    if kind is DecisionKind.PROMOTE:
        run = run_to_promote(place, run)
    elif run.state is not RunState.HELD:
        raise PipelineError(
            f"Run {run_id} is not held: it is {_standing(run)}.",
            remedy="`sis-pipeline holds` lists what waits for a person.",
        )
    expires = place.feed(run.feed).approval_expires if kind is DecisionKind.APPROVE else None
    return place.ledger.record_decision(
        NewDecision(
            kind=kind,
            by=said.by,
            reason=said.reason,
            feed=run.feed,
            run_id=run.run_id,
            subject_hash=run.package_hash if kind is DecisionKind.PROMOTE else run.part_hash,
            expires_at=None if expires is None else place.ledger.now() + expires,
        )
    )


def run_to_promote(place: Place, run: RunRow) -> RunRow:
    """The run that waits for a promotion: this one, or the one that carries its package to the next instance."""
    waiting = [run, *place.ledger.runs(RunFilter(parent_run_id=run.run_id, kind=RunKind.PROMOTION))]
    for candidate in waiting:
        if candidate.state is RunState.PACKAGED and candidate.waiting is Waiting.PROMOTION:
            return candidate
    raise PipelineError(
        f"Run {run.run_id} has nothing to promote: it is {_standing(run)}.",
        remedy="`sis-pipeline runs` shows which runs wait for a promotion.",
    )


def carry_out_pending(place: Place) -> int:
    """Carry out every decision that nothing has come of yet, as far as its run is free; how many."""
    done = 0
    for decision in place.ledger.pending_decisions():
        try:
            carry_out(place, decision)
        except TryLater:
            continue  # somebody else is at it, or will be free in a moment
        done += 1
    return done


def carry_out(place: Place, decision: DecisionRow) -> str:
    """Do what a decision says, under its run's lease; what came of it. Doing it again does nothing."""
    act = _ACTS[decision.kind]
    assert decision.run_id is not None
    with holding(place, [f"run:{decision.run_id}"]) as held:
        try:
            result = _done_before(place, decision) or act(place, decision, held)
        except TryLater:
            raise
        except PipelineError as error:
            result = f"refused: {error}"
        place.ledger.carry_out_decision(decision.number, result)
    return result


def _done_before(place: Place, decision: DecisionRow) -> str:
    """What came of a decision that a process carried out and was killed before it could say so; "" if none did."""
    run = place.ledger.get_run(str(decision.run_id))
    is_done = run.facts.get("decided") == decision.number and run.state is not RunState.APPROVED
    return _DONE[decision.kind] if is_done else ""


def _approve(place: Place, decision: DecisionRow, held: HeldLease) -> str:
    run = place.ledger.get_run(str(decision.run_id))
    if run.state is RunState.APPROVED:  # a process was killed between the two transitions
        place.ledger.transition(run.run_id, Step(RunState.APPROVED, RunState.PACKAGED), lease=held.current)
        return "approved"
    if run.state is not RunState.HELD:
        return f"nothing to approve: {_standing(run)}"
    if run.part_hash != decision.subject_hash:
        return "refused: the hold is for other rows now"
    if decision.expires_at is not None and decision.expires_at <= place.ledger.now():
        return "refused: the approval has expired"
    if not _is_fresh(place, run):
        _plan_again(place, run)
        place.ledger.transition(
            run.run_id, Step(RunState.HELD, RunState.SUPERSEDED, {"error": _STALE}), lease=held.current
        )
        return "refused: what Canvas holds has changed since; planned again"
    facts = {"approved_by": decision.by, "approved_because": decision.reason, "decided": decision.number}
    pointers: tuple[Pointer, ...] = ()
    if run.hold.get("kind") == TRUST:  # the drop itself is believed now
        pointers = (desired_pointer(run),)
        accept_desired(place, run)
        siblings = place.ledger.runs(RunFilter(parent_run_id=run.run_id))
        supersede_older(place, run, [sibling.run_id for sibling in siblings])
    place.ledger.transition(run.run_id, Step(RunState.HELD, RunState.APPROVED, facts, pointers), lease=held.current)
    place.ledger.transition(run.run_id, Step(RunState.APPROVED, RunState.PACKAGED), lease=held.current)
    return "approved"


_STALE = "What the accepted rows were when this was planned has changed since."


def _discard(place: Place, decision: DecisionRow, held: HeldLease) -> str:
    run = place.ledger.get_run(str(decision.run_id))
    if run.state is not RunState.HELD:
        return f"nothing to discard: {_standing(run)}"
    facts = {"discarded_by": decision.by, "discarded_because": decision.reason, "decided": decision.number}
    place.ledger.transition(run.run_id, Step(RunState.HELD, RunState.DISCARDED, facts), lease=held.current)
    return "discarded"


def _promote(place: Place, decision: DecisionRow, held: HeldLease) -> str:
    run = place.ledger.get_run(str(decision.run_id))
    if run.waiting is not Waiting.PROMOTION:
        return f"nothing to promote: {_standing(run)}"
    if run.package_hash != decision.subject_hash:
        return "refused: the package is another one now"
    evidence_at = run.facts.get("evidence_at")
    valid_for = place.feed(run.feed).deliver.valid_for
    if evidence_at is None or place.ledger.now() - _instant(evidence_at) > valid_for:
        _plan_again(place, run)
        place.ledger.transition(
            run.run_id, Step(RunState.PACKAGED, RunState.SUPERSEDED, {"error": _OLD}), lease=held.current
        )
        return "refused: the rehearsal is too old; planned again"
    if not _is_fresh(place, run):
        _plan_again(place, run)
        place.ledger.transition(
            run.run_id, Step(RunState.PACKAGED, RunState.SUPERSEDED, {"error": _STALE}), lease=held.current
        )
        return "refused: what Canvas holds has changed since; planned again"
    facts = {
        "waiting": Waiting.NOTHING.value,
        "promoted_by": decision.by,
        "promoted_because": decision.reason,
        "decided": decision.number,
    }
    place.ledger.note(run.run_id, facts, lease=held.current)
    return "promoted"


_OLD = "The rehearsal on the earlier instance is older than `valid_for`."

_DONE = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.DISCARD: "discarded",
    DecisionKind.PROMOTE: "promoted",
}
_ACTS: dict[DecisionKind, Callable[[Place, DecisionRow, HeldLease], str]] = {
    DecisionKind.APPROVE: _approve,
    DecisionKind.DISCARD: _discard,
    DecisionKind.PROMOTE: _promote,
}


def _is_fresh(place: Place, run: RunRow) -> bool:
    """Whether the accepted versions of the part's own rows are still those that the plan started from."""
    last = place.last_instance(run.feed)
    base = place.ledger.get_pointer(run.feed, last, "base")
    if (base.sha256 if base else "") == run.facts["inputs"]["base_sha256"]:
        return True
    with place.work_folder(run.run_id) as folder:
        request = {
            "part": place.stored(str(run.facts["part_folder"])),
            "part_number": run.part,
            "part_sha256": run.part_hash,
            "parameters": dict(run.parameters),
            "accepted": run.facts["accepted"],
            "base": place.stored(base.sha256) if base else None,
        }
        return bool(run_table_work("freshness", request, folder, on_event=lambda _event: None)["is_fresh"])


def _plan_again(place: Place, run: RunRow) -> None:
    """Plan once more against what Canvas holds now: the drop that was doubted, else the feed's last accepted one."""
    last = place.ledger.last_accepted_drop(run.feed)
    drop_id = run.drop_id if run.hold.get("kind") == TRUST or last is None else last.drop_id
    first = place.feed(run.feed).deliver.to[0]
    place.ledger.create_run(
        NewRun(run.feed, first, RunKind.REPLAN, drop_id=drop_id, parent_run_id=run.run_id, key=f"{run.run_id}-again")
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _standing(run: RunRow) -> str:
    return f"{run.state}, waiting for {run.waiting}" if run.waiting else str(run.state)
