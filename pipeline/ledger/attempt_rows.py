"""Attempts and imports: each POST that was begun, and which of Canvas's imports it became."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger import run_rows
from pipeline.ledger.rows import AttemptRow, ImportRow, Lease, NewAttempt, RunRow, Step
from pipeline.ledger.run_rows import Note
from pipeline.ledger.schema import attempts, imports, runs
from pipeline.model.states import RunState

__all__ = ["attempts_of", "begin", "bind", "end", "import_bound", "imports_of", "second_looks", "update_import"]


def begin(connection: sa.Connection, run_id: str, new: NewAttempt, *, lease: Lease, now: datetime) -> AttemptRow:
    """Record that a POST is about to start: moves the run to `submitting`, or counts one more attempt there.

    LedgerError when the last attempt is still open: what became of it must be known first.
    """
    earlier = attempts_of(connection, run_id)
    if earlier and not earlier[-1].result:
        raise LedgerError(
            f"Attempt {earlier[-1].number} of run {run_id} is still open.",
            remedy="Look for it in Canvas before sending again.",
        )
    number = len(earlier) + 1
    facts = {"attempt": number, "package_hash": new.package_hash, "marker": new.marker}
    if run_rows.get(connection, run_id).state == RunState.PACKAGED:
        run_rows.transition(
            connection, run_id, Step(RunState.PACKAGED, RunState.SUBMITTING, facts), lease=lease, now=now
        )
    else:
        _require_state(connection, run_id, RunState.SUBMITTING)
        run_rows.note(connection, run_id, Note(facts, "attempt"), lease=lease, now=now)
    connection.execute(
        attempts.insert().values(
            run_id=run_id,
            number=number,
            package_hash=new.package_hash,
            marker=new.marker,
            canvas_at=new.canvas_at,
            newest_import_id=new.newest_import_id,
            started_at=now,
            generation=lease.generation_of(f"run:{run_id}"),
            facts=dict(new.facts),
        )
    )
    return attempts_of(connection, run_id)[-1]


def end(connection: sa.Connection, run_id: str, result: str, *, lease: Lease, now: datetime) -> AttemptRow:
    """Close the open attempt without an import: `not_sent`, `refused` or `given_up`."""
    run_rows.note(connection, run_id, Note({"attempt_result": result}, "attempt"), lease=lease, now=now)
    last = _open_attempt(connection, run_id)
    _close(connection, last, {"result": result, "ended_at": now})
    return attempts_of(connection, run_id)[-1]


def bind(connection: sa.Connection, run_id: str, found: ImportRow, *, lease: Lease, result: str) -> RunRow:
    """Bind the open attempt to its import, and move the run to `importing`; LedgerError when another run owns that import."""
    owner = import_bound(connection, found.instance, found.import_id, created_at=found.canvas_created_at)
    if owner is not None:
        raise LedgerError(f"Import {found.import_id} of {found.instance} belongs to run {owner}, not to {run_id}.")
    last = _open_attempt(connection, run_id)
    connection.execute(
        imports.insert().values(
            instance=found.instance,
            import_id=found.import_id,
            run_id=run_id,
            attempt=last.number,
            canvas_created_at=found.canvas_created_at,
            state=found.state,
            facts=dict(found.facts),
            bound_at=found.bound_at,
        )
    )
    _close(connection, last, {"result": result, "ended_at": found.bound_at, "import_id": found.import_id})
    facts = {"import_id": found.import_id, "import_was": result}
    step = Step(RunState.SUBMITTING, RunState.IMPORTING, facts)
    return run_rows.transition(connection, run_id, step, lease=lease, now=found.bound_at)


def update_import(connection: sa.Connection, run_id: str, changes: Mapping[str, Any]) -> ImportRow:
    """Record how the run's newest import stands: `state`, `ended_at`, `look_again_at` are columns, the rest goes into facts."""
    present = imports_of(connection, run_id)
    if not present:
        raise LedgerError(f"Run {run_id} has no import.")
    last = present[-1]
    columns = {name: value for name, value in changes.items() if name in {"state", "ended_at", "look_again_at"}}
    others = {name: value for name, value in changes.items() if name not in columns}
    connection.execute(imports.update().where(*_this(last)).values(**columns, facts={**last.facts, **others}))
    return imports_of(connection, run_id)[-1]


def attempts_of(connection: sa.Connection, run_id: str) -> tuple[AttemptRow, ...]:
    """All POSTs of a run, in order."""
    found = connection.execute(sa.select(attempts).where(attempts.c.run_id == run_id).order_by(attempts.c.number))
    return tuple(AttemptRow(**row._asdict()) for row in found)


def imports_of(connection: sa.Connection, run_id: str) -> tuple[ImportRow, ...]:
    """All imports of a run, in order."""
    found = connection.execute(sa.select(imports).where(imports.c.run_id == run_id).order_by(imports.c.attempt))
    return tuple(ImportRow(**row._asdict()) for row in found)


def second_looks(connection: sa.Connection, now: datetime) -> tuple[ImportRow, ...]:
    """Imports that have ended and are due to be looked at once more."""
    query = sa.select(imports).where(imports.c.look_again_at <= now).order_by(imports.c.look_again_at)
    return tuple(ImportRow(**row._asdict()) for row in connection.execute(query))


def import_bound(
    connection: sa.Connection, instance: str, import_id: int, *, created_at: datetime | None = None
) -> str | None:
    """The run that owns this import, None for nobody. created_at: tells an id apart that a refreshed instance gave out again."""
    query = sa.select(imports.c.run_id).where(imports.c.instance == instance, imports.c.import_id == import_id)
    if created_at is not None:
        query = query.where(imports.c.canvas_created_at == created_at)
    return connection.execute(query.order_by(imports.c.bound_at.desc())).scalars().first()


def _open_attempt(connection: sa.Connection, run_id: str) -> AttemptRow:
    present = attempts_of(connection, run_id)
    if not present or present[-1].result:
        raise LedgerError(f"Run {run_id} has no open attempt.")
    return present[-1]


def _close(connection: sa.Connection, attempt: AttemptRow, values: Mapping[str, Any]) -> None:
    this = (attempts.c.run_id == attempt.run_id, attempts.c.number == attempt.number)
    connection.execute(attempts.update().where(*this).values(dict(values)))


def _this(row: ImportRow) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        imports.c.instance == row.instance,
        imports.c.import_id == row.import_id,
        imports.c.canvas_created_at == row.canvas_created_at,
    )


def _require_state(connection: sa.Connection, run_id: str, state: RunState) -> None:
    present = connection.execute(sa.select(runs.c.state).where(runs.c.run_id == run_id)).scalar()
    if present != state.value:
        raise LedgerError(f"Run {run_id} is {present}, not {state}.")
