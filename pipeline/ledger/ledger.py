"""The ledger: the durable memory of runs, drops, decisions and imports. Every method is one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from pipeline.ledger import attempt_rows, decision_rows, drop_rows, lease_rows, memory_rows, run_rows
from pipeline.ledger.database import Database, open_database
from pipeline.ledger.drop_rows import DropNotes
from pipeline.ledger.owner import Owner
from pipeline.ledger.rows import (
    AttemptRow,
    Audit,
    DecisionRow,
    DropRow,
    EventRow,
    HoldRow,
    ImportRow,
    Lease,
    NewAttempt,
    NewDecision,
    NewRun,
    NoticeRow,
    Pointer,
    PointerRow,
    RunFilter,
    RunRow,
    Step,
    TimetableKey,
    TimetableRow,
)
from pipeline.ledger.run_rows import Note
from pipeline.ledger.timetable import Daily, Occurrence
from pipeline.model.clock import Clock
from pipeline.model.crash import crash_point
from pipeline.model.drop import Drop
from pipeline.model.states import RunState

__all__ = ["LEASE_SECONDS", "Ledger"]

LEASE_SECONDS = 60.0  # renewed every 10 s: six renewals may fail before another host takes over


class Ledger:
    """What happened, durably. Open it with `Ledger.open`; any number of processes may have it open at once.

    Methods raise LedgerError when the ledger and what they were told disagree, and TryLater when it is busy or a lease is
    taken. What they return are frozen rows, as they stood when the transaction ended.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    def open(cls, url: str, clock: Clock) -> "Ledger":
        """The ledger at this URL (`sqlite:////absolute/path` or `postgresql+psycopg://…`), its tables brought up to date."""
        ledger = cls(open_database(url), clock)
        try:
            with ledger._database.write() as connection:
                memory_rows.ensure_installation_id(connection)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Close its connections. What was returned stays valid."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def installation_id(self) -> str:
        """32 hex digits, made once with the ledger; its first 4 begin every marker."""
        return str(self.get_value("installation_id"))

    def now(self) -> datetime:
        """The ledger's clock: the database server's where hosts share one, else this machine's."""
        if not self._database.has_own_clock:
            return self._clock.now()
        with self._database.read() as connection:
            return self._now(connection)

    # Drops.

    def record_drop(
        self,
        drop: Drop,
        runs: Sequence[NewRun] = (),
        *,
        remarks: Sequence[Mapping[str, Any]] = (),
        own_at: datetime | None = None,
        manifest: Mapping[str, str] | None = None,
    ) -> tuple[DropRow, tuple[RunRow, ...]]:
        """Record a drop that is in the store, with the runs that take it in. Repeating it finds the same row and runs.

        runs: their keys default to the drop and the instance. own_at: the export's own date; manifest: word by file name.
        """
        with self._database.write() as connection:
            now = self._now(connection)
            row = drop_rows.record(connection, drop, DropNotes(tuple(remarks), own_at, manifest or {}))
            made = tuple(run_rows.create(connection, drop_rows.run_of(drop.drop_id, new), now) for new in runs)
        crash_point("ledger-drop-recorded")
        return row, made

    def get_drop(self, drop_id: str) -> DropRow:
        """One drop; LedgerError if there is none."""
        with self._database.read() as connection:
            return drop_rows.get(connection, drop_id)

    def find_drop(self, drop_id: str) -> DropRow | None:
        """One drop, None if there is none."""
        with self._database.read() as connection:
            return drop_rows.find(connection, drop_id)

    def drops(self, feed: str | None = None, *, sha256: str | None = None) -> tuple[DropRow, ...]:
        """The drops of a feed, or with these bytes; oldest first."""
        with self._database.read() as connection:
            return drop_rows.select(connection, feed, sha256=sha256)

    def accept_drop(self, drop_id: str) -> DropRow:
        """Record that the drop's rows became its feed's desired roster."""
        with self._database.write() as connection:
            return drop_rows.accept(connection, drop_id, self._now(connection))

    def last_accepted_drop(self, feed: str) -> DropRow | None:
        """The drop whose rows are the feed's desired roster, urgent deltas apart; None before the first."""
        with self._database.read() as connection:
            return drop_rows.last_accepted(connection, feed)

    def set_drop_outcome(self, drop_id: str, outcome: str) -> DropRow:
        """Record how a drop ended that never became rows: `incomplete` or `unreadable`."""
        with self._database.write() as connection:
            return drop_rows.set_outcome(connection, drop_id, outcome)

    # Runs.

    def create_run(self, new: NewRun) -> RunRow:
        """Make a run; with a key, making it again finds the first one."""
        with self._database.write() as connection:
            return run_rows.create(connection, new, self._now(connection))

    def get_run(self, run_id: str) -> RunRow:
        """One run; LedgerError if there is none."""
        with self._database.read() as connection:
            return run_rows.get(connection, run_id)

    def runs(self, wanted: RunFilter | None = None) -> tuple[RunRow, ...]:
        """The runs that are meant, oldest first."""
        with self._database.read() as connection:
            return run_rows.select(connection, wanted or RunFilter())

    def due_runs(self) -> tuple[RunRow, ...]:
        """The unfinished runs whose `due_at` has come, or that have none; oldest first."""
        with self._database.read() as connection:
            now = self._now(connection)
            unfinished = run_rows.select(connection, RunFilter(is_unfinished=True))
            return tuple(run for run in unfinished if run.due_at is None or run.due_at <= now)

    def events(self, run_id: str) -> tuple[EventRow, ...]:
        """What happened to a run, in order."""
        with self._database.read() as connection:
            return run_rows.events_of(connection, run_id)

    def transition(self, run_id: str, step: Step, *, lease: Lease) -> RunRow:
        """Move a run on: compare-and-set from `step.before`, with its facts, pointers, children and event, or nothing at all.

        The lease must cover `run:<run_id>`, and every generation in it must be the newest.
        """
        with self._database.write() as connection:
            row = run_rows.transition(connection, run_id, step, lease=lease, now=self._now(connection))
        crash_point(f"ledger-{step.after}")
        return row

    def note(self, run_id: str, facts: Mapping[str, Any], *, lease: Lease, event: str = "note") -> RunRow:
        """Record facts about a run (as in `Step.facts`) without moving it on."""
        with self._database.write() as connection:
            return run_rows.note(connection, run_id, Note(facts, event), lease=lease, now=self._now(connection))

    def supersede(self, run_ids: Sequence[str], *, by_run_id: str) -> tuple[str, ...]:
        """End those of these runs that have sent nothing yet, for a newer one; the ids of those it ended."""
        with self._database.write() as connection:
            return run_rows.supersede(connection, tuple(run_ids), by_run_id, self._now(connection))

    # What was sent.

    def record_attempt(self, run_id: str, new: NewAttempt, *, lease: Lease) -> AttemptRow:
        """Commit that a POST is about to start: `packaged` becomes `submitting`; in `submitting`, one attempt more.

        LedgerError while the last attempt is open: first it must be known what became of it.
        """
        with self._database.write() as connection:
            row = attempt_rows.begin(connection, run_id, new, lease=lease, now=self._now(connection))
        crash_point("ledger-submitting")
        return row

    def end_attempt(self, run_id: str, result: str, *, lease: Lease) -> AttemptRow:
        """Close the open attempt without an import: `not_sent`, `refused` or `given_up`. The run stays in `submitting`."""
        with self._database.write() as connection:
            return attempt_rows.end(connection, run_id, result, lease=lease, now=self._now(connection))

    def bind_import(
        self, run_id: str, import_id: int, canvas_created_at: datetime, *, lease: Lease, result: str = "accepted"
    ) -> RunRow:
        """Bind the open attempt to Canvas's import: `submitting` becomes `importing`. result: `accepted` or `adopted`.

        LedgerError when the import belongs to another run.
        """
        with self._database.write() as connection:
            now = self._now(connection)
            instance = run_rows.get(connection, run_id).instance
            found = ImportRow(instance, import_id, run_id, 0, canvas_created_at, "", {}, now, None, None)
            row = attempt_rows.bind(connection, run_id, found, lease=lease, result=result)
        crash_point("ledger-importing")
        return row

    def update_import(self, run_id: str, changes: Mapping[str, Any]) -> ImportRow:
        """Record how the run's newest import stands: `state`, `ended_at`, `look_again_at`; anything else goes into its facts."""
        with self._database.write() as connection:
            return attempt_rows.update_import(connection, run_id, changes)

    def attempts(self, run_id: str) -> tuple[AttemptRow, ...]:
        """All POSTs of a run, in order."""
        with self._database.read() as connection:
            return attempt_rows.attempts_of(connection, run_id)

    def imports(self, run_id: str) -> tuple[ImportRow, ...]:
        """All imports of a run, in order."""
        with self._database.read() as connection:
            return attempt_rows.imports_of(connection, run_id)

    def run_of_import(self, instance: str, import_id: int, *, created_at: datetime | None = None) -> str | None:
        """The run that owns an import, None for nobody's. created_at: tells apart an id that a refresh gave out again."""
        with self._database.read() as connection:
            return attempt_rows.import_bound(connection, instance, import_id, created_at=created_at)

    def second_looks(self) -> tuple[ImportRow, ...]:
        """Ended imports that are due to be looked at once more."""
        with self._database.read() as connection:
            return attempt_rows.second_looks(connection, self._now(connection))

    # What people said.

    def holds(self, feed: str | None = None) -> tuple[HoldRow, ...]:
        """What waits for a person, oldest first."""
        with self._database.read() as connection:
            now = self._now(connection)
            held = run_rows.select(connection, RunFilter(feed=feed, states=frozenset({RunState.HELD})))
            return tuple(run_rows.hold_of(connection, run, now) for run in held)

    def approval_of(self, subject_hash: str) -> DecisionRow | None:
        """The approval of exactly this part that is valid now, None without one."""
        with self._database.read() as connection:
            return decision_rows.approval_of(connection, subject_hash, self._now(connection))

    def record_decision(self, new: NewDecision) -> DecisionRow:
        """Append what a person said to the chain of decisions."""
        with self._database.write() as connection:
            row = decision_rows.record(connection, new, self._now(connection))
        crash_point("ledger-decision-recorded")
        return row

    def pending_decisions(self) -> tuple[DecisionRow, ...]:
        """Decisions that nothing has come of yet, oldest first."""
        with self._database.read() as connection:
            return decision_rows.pending(connection)

    def decisions(self, *, run_id: str | None = None, subject_hash: str | None = None) -> tuple[DecisionRow, ...]:
        """The decisions about a run or a hash, or all; oldest first."""
        with self._database.read() as connection:
            return decision_rows.select(connection, run_id=run_id, subject_hash=subject_hash)

    def carry_out_decision(self, number: int, result: str) -> bool:
        """Record what became of a decision, once; False when another process already did."""
        with self._database.write() as connection:
            return decision_rows.carry_out(connection, number, result, self._now(connection))

    def erase_decision(self, number: int) -> None:
        """Forget a decision's texts; the chain still fits."""
        with self._database.write() as connection:
            decision_rows.erase(connection, number, self._now(connection))

    def decisions_head(self) -> str:
        """The last link of the chain of decisions, as printed in reports and notices."""
        with self._database.read() as connection:
            return decision_rows.head(connection)

    def audit(self, known_head: str | None = None) -> Audit:
        """Follow the chain of decisions from its start; with a head kept elsewhere, whether it still occurs."""
        with self._database.read() as connection:
            return decision_rows.audit(connection, known_head)

    # Pointers into the store, and single values.

    def set_pointer(self, pointer: Pointer, *, run_id: str | None = None) -> None:
        """Point a name to another file of the store, outside a transition."""
        with self._database.write() as connection:
            memory_rows.set_pointer(connection, pointer, run_id=run_id, now=self._now(connection))

    def get_pointer(self, feed: str, instance: str, kind: str) -> PointerRow | None:
        """What a name points to, None if it never pointed anywhere. instance: "" where the name has none."""
        with self._database.read() as connection:
            return memory_rows.get_pointer(connection, feed, instance, kind)

    def pointer_history(self, feed: str, instance: str, kind: str) -> tuple[PointerRow, ...]:
        """Everything that a name pointed to, newest first."""
        with self._database.read() as connection:
            return memory_rows.pointer_history(connection, feed, instance, kind)

    def set_value(self, name: str, value: Any) -> None:
        """Keep a single JSON value."""
        with self._database.write() as connection:
            memory_rows.set_value(connection, name, value)

    def get_value(self, name: str) -> Any:
        """A single JSON value, None if it was never set."""
        with self._database.read() as connection:
            return memory_rows.get_value(connection, name)

    # Leases.

    def acquire_lease(self, resources: Sequence[str], owner: Owner, *, seconds: float = LEASE_SECONDS) -> Lease:
        """Take all of the resources (`run:<id>`, `instance:<name>`, `feed:<name>`) or none; TryLater names who has one."""
        with self._database.write() as connection:
            return lease_rows.acquire(connection, tuple(resources), owner, now=self._now(connection), seconds=seconds)

    def renew_lease(self, lease: Lease, *, seconds: float = LEASE_SECONDS) -> Lease:
        """The lease with a later end; LedgerError when somebody else took it over."""
        with self._database.write() as connection:
            return lease_rows.renew(connection, lease, now=self._now(connection), seconds=seconds)

    def release_lease(self, lease: Lease) -> None:
        """Give it back; nothing where it is not ours any more."""
        with self._database.write() as connection:
            lease_rows.release(connection, lease, self._now(connection))

    def lease_holder(self, resource: str) -> str:
        """Who holds a resource now, in words; "" for nobody."""
        with self._database.read() as connection:
            return lease_rows.holder(connection, resource, self._now(connection))

    # What the service remembers.

    def record_timetable(self, key: TimetableKey, *, run_id: str | None = None, result: str = "") -> bool:
        """Record that an entry was acted on for its local date; False when it was already."""
        with self._database.write() as connection:
            return memory_rows.record_timetable(
                connection, key, run_id=run_id, result=result, now=self._now(connection)
            )

    def get_timetable(self, key: TimetableKey) -> TimetableRow | None:
        """What came of an entry on its local date, None while it was not acted on."""
        with self._database.read() as connection:
            return memory_rows.get_timetable(connection, key)

    def next_due(self, entry: Daily, zone: ZoneInfo) -> Occurrence | None:
        """The entry's newest occurrence that has come and was not acted on, None if there is none.

        An older one that was not acted on either, or one that is too late, is recorded as `missed`: it is not made up for.
        """
        with self._database.write() as connection:
            return memory_rows.next_due(connection, entry, zone, self._now(connection))

    def queue_notice(self, key: str, kind: str, *, feed: str, facts: Mapping[str, Any]) -> bool:
        """Put a notice into the queue; False when one with its key was there already."""
        with self._database.write() as connection:
            now = self._now(connection)
            return memory_rows.queue_notice(connection, NoticeRow(0, key, kind, feed, facts, now, now, 0, None, ""))

    def notices_due(self) -> tuple[NoticeRow, ...]:
        """The notices that should be sent now, oldest first."""
        with self._database.read() as connection:
            return memory_rows.notices_due(connection, self._now(connection))

    def settle_notice(self, number: int, result: str, *, again_after: timedelta | None = None) -> None:
        """Record that a notice was `sent`, or why not. again_after: when to try again; None ends it."""
        with self._database.write() as connection:
            memory_rows.settle_notice(connection, number, result, now=self._now(connection), again_after=again_after)

    def _now(self, connection: sa.Connection) -> datetime:
        if not self._database.has_own_clock:
            return self._clock.now()
        instant: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return instant
