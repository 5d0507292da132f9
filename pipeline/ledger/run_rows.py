"""Runs and their events: SQL and rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger import decision_rows, lease_rows, memory_rows
from pipeline.ledger.rows import EventRow, HoldRow, Lease, NewRun, RunFilter, RunKind, RunRow, Step
from pipeline.ledger.schema import run_events, runs
from pipeline.model.states import ENDED, TRANSITIONS, RunState, Waiting

__all__ = ["SETTABLE", "Note", "create", "events_of", "get", "hold_of", "note", "select", "supersede", "transition"]

SETTABLE = frozenset(
    {
        "waiting",
        "part_hash",
        "package_hash",
        "package_path",
        "marker",
        "parameters",
        "hold",
        "outcome",
        "error",
        "remedy",
        "due_at",
        "drop_id",
    }
)
"""Facts that are columns of their own; all others go into `facts`."""

_SUPERSEDABLE = frozenset(TRANSITIONS) - ENDED - {RunState.SUBMITTING, RunState.IMPORTING, RunState.RECORDED}


def create(connection: sa.Connection, new: NewRun, now: datetime) -> RunRow:
    """Make a run, or find the one with its key."""
    if new.key is not None:
        found = connection.execute(sa.select(runs).where(runs.c.key == new.key)).one_or_none()
        if found is not None:
            return _row(found)
    columns, others = _split(new.facts)
    values = {
        "feed": new.feed,
        "instance": new.instance,
        "kind": new.kind.value,
        "drop_id": new.drop_id,
        "parent_run_id": new.parent_run_id,
        "part": new.part,
        "state": new.state.value,
        "key": new.key,
        "facts": others,
        "created_at": now,
        "updated_at": now,
        **columns,
    }
    number = connection.execute(runs.insert().values(values)).inserted_primary_key
    assert number is not None
    run_id = f"r{number[0]:06d}"
    connection.execute(runs.update().where(runs.c.number == number[0]).values(run_id=run_id))
    _event(connection, run_id, now, {"event": "created", "after": new.state.value, "facts": _plain(new.facts)})
    return get(connection, run_id)


def get(connection: sa.Connection, run_id: str) -> RunRow:
    """One run; LedgerError if there is none."""
    found = connection.execute(sa.select(runs).where(runs.c.run_id == run_id)).one_or_none()
    if found is None:
        raise LedgerError(f"There is no run {run_id}.", remedy="`sis-pipeline runs` lists them.")
    return _row(found)


def select(connection: sa.Connection, wanted: RunFilter) -> tuple[RunRow, ...]:
    """The runs that are meant, oldest first."""
    query = sa.select(runs)
    equal = {
        runs.c.feed: wanted.feed,
        runs.c.instance: wanted.instance,
        runs.c.drop_id: wanted.drop_id,
        runs.c.parent_run_id: wanted.parent_run_id,
        runs.c.part_hash: wanted.part_hash,
        runs.c.package_hash: wanted.package_hash,
        runs.c.kind: wanted.kind.value if wanted.kind else None,
    }
    for column, value in equal.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.states is not None:
        query = query.where(runs.c.state.in_(sorted(wanted.states)))
    if wanted.is_unfinished:
        query = query.where(runs.c.state.not_in(sorted(ENDED)))
    if wanted.limit is None:
        return tuple(_row(found) for found in connection.execute(query.order_by(runs.c.number)))
    newest = connection.execute(query.order_by(runs.c.number.desc()).limit(wanted.limit)).all()
    return tuple(_row(found) for found in reversed(newest))


def transition(connection: sa.Connection, run_id: str, step: Step, *, lease: Lease, now: datetime) -> RunRow:
    """Move a run on, with everything that the step records; LedgerError if it is elsewhere, or the lease is old."""
    if step.after not in TRANSITIONS[step.before]:
        raise LedgerError(f"Run {run_id} cannot go from {step.before} to {step.after}.")
    generation = lease_rows.require(connection, lease, f"run:{run_id}")
    facts = {"waiting": Waiting.NOTHING, **step.facts}  # what a run waited for does not outlive its state
    changes = {**_changes(connection, run_id, facts), "state": step.after.value}
    _update(connection, run_id, step.before, {**changes, "updated_at": now, "generation": generation})
    told = {"before": step.before.value, "after": step.after.value, "facts": _plain(step.facts)}
    _event(connection, run_id, now, {"event": "transition", "generation": generation, **told})
    for pointer in step.pointers:
        memory_rows.set_pointer(connection, pointer, run_id=run_id, now=now)
    for child in step.children:
        create(connection, child, now)
    return get(connection, run_id)


@dataclass(frozen=True, slots=True)
class Note:
    """Something to record about a run that does not move it on. facts: as in `Step`; event: `note`, `attempt`, `correction`."""

    facts: Mapping[str, Any]
    event: str = "note"


def note(connection: sa.Connection, run_id: str, told: Note, *, lease: Lease, now: datetime) -> RunRow:
    """Record facts about a run without moving it on; LedgerError if the lease is old."""
    generation = lease_rows.require(connection, lease, f"run:{run_id}")
    state = get(connection, run_id).state
    changes = _changes(connection, run_id, told.facts)
    _update(connection, run_id, state, {**changes, "updated_at": now, "generation": generation})
    values = {"event": told.event, "before": state.value, "after": state.value, "generation": generation}
    _event(connection, run_id, now, {**values, "facts": _plain(told.facts)})
    return get(connection, run_id)


def supersede(connection: sa.Connection, run_ids: tuple[str, ...], by_run_id: str, now: datetime) -> tuple[str, ...]:
    """End those of the runs that have sent nothing yet, because of a newer one; the ids that it ended."""
    ended = []
    for run_id in run_ids:
        run = get(connection, run_id)
        if run.state not in _SUPERSEDABLE:
            continue
        facts = {"superseded_by": by_run_id}
        changes = {
            **_changes(connection, run_id, facts),
            "state": RunState.SUPERSEDED.value,
            "waiting": "",
            "updated_at": now,
        }
        _update(connection, run_id, run.state, changes)
        told = {"before": run.state.value, "after": RunState.SUPERSEDED.value, "facts": facts}
        _event(connection, run_id, now, {"event": "transition", **told})
        ended.append(run_id)
    return tuple(ended)


def hold_of(connection: sa.Connection, run: RunRow, now: datetime) -> HoldRow:
    """A held run as what waits for a person, with its approval if one is valid now."""
    became = (
        run_events.c.run_id == run.run_id,
        run_events.c.after == RunState.HELD.value,
        run_events.c.event != "note",
    )
    held_at = connection.execute(sa.select(sa.func.max(run_events.c.at)).where(*became)).scalar()
    texts = {name: str(run.hold.get(name, "")) for name in ("kind", "guard", "scope", "message", "remedy")}
    return HoldRow(
        hold_id=run.run_id,
        feed=run.feed,
        instance=run.instance,
        drop_id=run.drop_id,
        part_hash=run.part_hash,
        numbers=run.hold,
        held_at=held_at or run.created_at,
        approval=decision_rows.approval_of(connection, run.part_hash, now),
        **texts,
    )


def events_of(connection: sa.Connection, run_id: str) -> tuple[EventRow, ...]:
    """What happened to a run, in order."""
    found = connection.execute(sa.select(run_events).where(run_events.c.run_id == run_id).order_by(run_events.c.number))
    return tuple(EventRow(**row._asdict()) for row in found)


def _update(connection: sa.Connection, run_id: str, before: RunState, values: Mapping[str, Any]) -> None:
    changed = connection.execute(
        runs.update().where(runs.c.run_id == run_id, runs.c.state == before.value).values(dict(values))
    )
    if changed.rowcount != 1:
        state = get(connection, run_id).state
        raise LedgerError(
            f"Run {run_id} is no longer {before}: it is {state}.",
            remedy="Another process moved it on; nothing was done twice.",
        )


def _changes(connection: sa.Connection, run_id: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    columns, others = _split(facts)
    if others:
        # the row is read again under the write lock: another writer's facts are kept
        present = connection.execute(
            sa.select(runs.c.facts).where(runs.c.run_id == run_id).with_for_update()
        ).scalar_one()
        columns["facts"] = {**present, **others}
    return columns


def _split(facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    columns = {name: _value(value) for name, value in facts.items() if name in SETTABLE}
    others = {name: value for name, value in facts.items() if name not in SETTABLE}
    return columns, others


def _value(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else _value(value) for name, value in facts.items()}


def _event(connection: sa.Connection, run_id: str, now: datetime, values: Mapping[str, Any]) -> None:
    connection.execute(run_events.insert().values(run_id=run_id, at=now, **values))


def _row(found: sa.Row[Any]) -> RunRow:
    values = found._asdict()
    del values["number"], values["key"]
    values["kind"] = RunKind(values["kind"])
    values["state"] = RunState(values["state"])
    values["waiting"] = Waiting(values["waiting"])
    return RunRow(**values)
