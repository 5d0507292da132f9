"""What the ledger hands out and takes in: frozen values, one kind per table. Imports no SQL and no frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pipeline.model.states import ENDED, RunState, Waiting

__all__ = [
    "AttemptRow",
    "Audit",
    "DecisionKind",
    "DecisionRow",
    "DropRow",
    "EventRow",
    "HoldRow",
    "ImportRow",
    "Lease",
    "NewAttempt",
    "NewDecision",
    "NewRun",
    "NoticeRow",
    "Pointer",
    "PointerRow",
    "RunFilter",
    "RunKind",
    "RunRow",
    "Step",
    "TimetableKey",
    "TimetableRow",
]

Facts = Mapping[str, Any]
"""Plain JSON values. Numbers, hashes and names of ours; never rows of people."""


class RunKind(StrEnum):
    """Why a run exists."""

    DROP = "drop"  # a drop on its way in
    REPLAN = "replan"  # a timetable run that found nothing new and plans again
    PART = "part"  # a part that a hold split off
    PROMOTION = "promotion"  # the rehearsed package, for the next instance
    CATCH_UP = "catch_up"  # what brings an earlier instance level before a rehearsal
    RETRY = "retry"  # the same package after its import ended
    UNDO = "undo"
    REPAIR = "repair"  # of a drift
    APPLY = "apply"  # a plan file that a person sends


class DecisionKind(StrEnum):
    """What a person said."""

    APPROVE = "approve"
    DISCARD = "discard"
    PROMOTE = "promote"
    ABORT = "abort"
    UNDO = "undo"
    ADOPT = "adopt"
    ACCEPT = "accept"
    RESEND = "resend"
    APPLY = "apply"
    RELEASE = "release"  # a mark of undone rows, or a stopped feed


@dataclass(frozen=True, slots=True)
class DropRow:
    """A drop as recorded. outcome: "" while under way, else `incomplete` or `unreadable`; remarks: what intake noticed.

    accepted_at: when its rows became the feed's desired roster, None before; own_at: the export's own date, if known;
    manifest: word by file name (`bulk`, `delta`), where the export has one.
    """

    drop_id: str
    feed: str
    sha256: str
    received_at: datetime
    is_urgent: bool
    files: tuple["DropFileRow", ...]
    outcome: str
    remarks: tuple[Facts, ...]
    accepted_at: datetime | None
    own_at: datetime | None
    manifest: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DropFileRow:
    """One file of a drop. name: as it was called, for people only; sha256: also its name in the store."""

    name: str
    size: int
    sha256: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be made.

    key: a text that makes the run unique: making it again finds the first one. facts: as in `Step`.
    """

    feed: str
    instance: str
    kind: RunKind = RunKind.DROP
    drop_id: str | None = None
    parent_run_id: str | None = None
    part: int = 0
    state: RunState = RunState.RECEIVED
    facts: Facts = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as it stands.

    hold: guard, scope and numbers of what holds it, empty when nothing does; outcome: what Canvas made of it; error, remedy:
    why it failed or waits, in words for people; facts: everything else that steps noted, as plain JSON; due_at: not to be
    looked at before; generation: of the lease that wrote it last.
    """

    run_id: str
    feed: str
    instance: str
    kind: RunKind
    drop_id: str | None
    parent_run_id: str | None
    part: int
    state: RunState
    waiting: Waiting
    part_hash: str
    package_hash: str
    package_path: str
    marker: str
    parameters: Mapping[str, str]
    hold: Facts
    outcome: Facts
    error: str
    remedy: str
    facts: Facts
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    generation: int

    @property
    def has_ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are meant; None means any. is_unfinished: only those that have not ended; limit: the newest so many."""

    feed: str | None = None
    instance: str | None = None
    states: frozenset[RunState] | None = None
    drop_id: str | None = None
    parent_run_id: str | None = None
    part_hash: str | None = None
    package_hash: str | None = None
    kind: RunKind | None = None
    is_unfinished: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of a run, with all that is recorded in the same transaction.

    facts: keys that are fields of `RunRow` from `waiting` to `remedy`, and `due_at`, set these; all others are merged into
    its `facts`. pointers: what points elsewhere from now on. children: the runs that it makes.
    """

    before: RunState
    after: RunState
    facts: Facts = field(default_factory=dict)
    pointers: tuple["Pointer", ...] = ()
    children: tuple[NewRun, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing that happened to a run. event: `created`, `transition`, `note`, `attempt`, `import`, `correction`."""

    number: int
    run_id: str
    at: datetime
    event: str
    before: str
    after: str
    facts: Facts
    generation: int


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A run that waits for a person. hold_id is its run id; numbers: as the plan's Hold says; approval: if one is valid."""

    hold_id: str
    feed: str
    instance: str
    drop_id: str | None
    kind: str
    guard: str
    scope: str
    message: str
    remedy: str
    part_hash: str
    numbers: Facts
    held_at: datetime
    approval: "DecisionRow | None"


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """What is committed before a POST. canvas_at: Canvas's own Date just before; newest_import_id: the newest import then."""

    package_hash: str
    marker: str
    canvas_at: datetime
    newest_import_id: int | None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One POST of one run. result: "" while open, else `accepted`, `adopted`, `not_sent`, `refused` or `given_up`."""

    run_id: str
    number: int
    package_hash: str
    marker: str
    canvas_at: datetime
    newest_import_id: int | None
    started_at: datetime
    import_id: int | None
    result: str
    ended_at: datetime | None
    generation: int
    facts: Facts


@dataclass(frozen=True, slots=True)
class ImportRow:
    """Canvas's import of one attempt. state: Canvas's word; look_again_at: when a small import is looked at once more."""

    instance: str
    import_id: int
    run_id: str
    attempt: int
    canvas_created_at: datetime
    state: str
    facts: Facts
    bound_at: datetime
    ended_at: datetime | None
    look_again_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewDecision:
    """What a person says. subject_hash: the part, plan or rows it is for; details: plain JSON, may name keys of people."""

    kind: DecisionKind
    by: str
    reason: str
    feed: str = ""
    run_id: str | None = None
    subject_hash: str = ""
    details: Facts = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A recorded decision. result: "" while pending, else what became of it; texts are "" once erased."""

    number: int
    kind: DecisionKind
    by: str
    reason: str
    feed: str
    run_id: str | None
    subject_hash: str
    details: Facts
    made_at: datetime
    expires_at: datetime | None
    head: str
    result: str
    carried_out_at: datetime | None
    is_erased: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """What became of the chain of decisions. broken_at: number of the first that does not fit, None when all do.

    holds_head: whether the head asked for occurs in it; None when none was asked for.
    """

    decisions: int
    head: str
    broken_at: int | None
    holds_head: bool | None


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a name points to from now on. kind: `desired`, `base`, `known`, `source`, `plan` …; instance "" where it has none.

    sha256: of a file or folder in the store, "" for nothing. expected: what it must point to before, None for anything.
    """

    feed: str
    instance: str
    kind: str
    sha256: str
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class PointerRow:
    """What a name points to, and which run made it so."""

    feed: str
    instance: str
    kind: str
    sha256: str
    run_id: str | None
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to advance some things, until it expires or a newer generation exists.

    resources: such as `run:r000017`, `instance:test`; generations: one each, in that order; expires_at: by the ledger's clock.
    """

    resources: tuple[str, ...]
    generations: tuple[int, ...]
    owner: str
    expires_at: datetime

    def generation_of(self, resource: str) -> int | None:
        """The generation for one resource, None when the lease does not cover it."""
        return dict(zip(self.resources, self.generations, strict=True)).get(resource)


@dataclass(frozen=True, slots=True)
class TimetableKey:
    """One entry of the timetable on one local date. at: local `HH:MM`."""

    kind: str  # runs | verify | deadline | digest | purge …
    feed: str
    local_date: date
    at: str


@dataclass(frozen=True, slots=True)
class TimetableRow:
    """An entry that was acted on. result: what came of it, `missed` for one that was too late to make up for."""

    key: TimetableKey
    recorded_at: datetime
    run_id: str | None
    result: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice to send, or sent. key: makes it unique, so that it is told once; facts: counts and ids, never names."""

    number: int
    key: str
    kind: str
    feed: str
    facts: Facts
    created_at: datetime
    due_at: datetime
    tries: int
    sent_at: datetime | None
    result: str
