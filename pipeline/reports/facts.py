"""What a report tells, as values: filled by the conductor, read by everything in this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from pipeline.model.findings import no_findings
from pipeline.model.source import FileRows

__all__ = ["Decided", "HeldPart", "ImportFacts", "RunReport", "RunStep", "Sender", "TableNumbers"]


@dataclass(frozen=True, slots=True)
class TableNumbers:
    """One Canvas table of a run, in rows.

    planned: by action (a word of `model.plan.Action`), over the whole plan; sent: in this run's package; by_action: of
    those, by action, where known; accepted: what Canvas took, None while that is not known; refused_by_us: source rows that
    checks or mapping left out; refused_by_canvas: rows sent and not taken; uncertain: rows of which Canvas does not say
    what became.
    """

    table: str
    planned: Mapping[str, int]
    sent: int = 0
    by_action: Mapping[str, int] = field(default_factory=dict)
    accepted: int | None = None
    refused_by_us: int = 0
    refused_by_canvas: int = 0
    uncertain: int = 0


@dataclass(frozen=True, slots=True)
class HeldPart:
    """One hold of the plan.

    state: `held`, or what was decided about it; commands: what decides it, ready to be pasted; examples: a small table of at
    most ten rows, first line the header; older_than: when it expires, if it does.
    """

    hold_id: str
    guard: str
    scope: str
    message: str
    remedy: str
    state: str = "held"
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    examples: tuple[tuple[str, ...], ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A person's decision: what, by whom, why, when, about what (a hold or run)."""

    what: str
    by: str
    reason: str
    at: datetime
    about: str = ""


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of the run's way: a state, when it was reached, and a few words about it."""

    state: str
    at: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """From where, for whom and to where a run goes. kind: of the instance: test, beta or production."""

    feed: str
    instance: str
    kind: str
    host: str
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """Canvas's import of this run. state: Canvas's word; notes: what did not add up while collecting its messages."""

    import_id: int
    state: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything that a report of one run tells.

    state: a word of `model.states`, waiting: what a run in `packaged` waits for; reason, remedy: why it failed or waits, in words;
    files: names by file_no; sums: the exact sum of each source file's rows; findings: of sources, mapping and checks;
    messages: Canvas's, traced (`delivery.trace`); originals: by file_no the mapped original columns of every refused row, with
    file_no and line_no; rehearsal: the run whose package this promotes; promotion: how to give it to the next instance, as a
    command; head: of the chain of decisions.
    """

    run_id: str
    drop_id: str
    sender: Sender
    state: str
    received_at: datetime
    reported_at: datetime
    waiting: str = ""
    reason: str = ""
    remedy: str = ""
    part: int = 0
    files: tuple[str, ...] = ()
    sums: tuple[FileRows, ...] = ()
    tables: tuple[TableNumbers, ...] = ()
    findings: pd.DataFrame = field(default_factory=no_findings)
    messages: pd.DataFrame = field(default_factory=no_findings)
    originals: Mapping[int, pd.DataFrame] = field(default_factory=dict)
    holds: tuple[HeldPart, ...] = ()
    decisions: tuple[Decided, ...] = ()
    steps: tuple[RunStep, ...] = ()
    canvas_import: ImportFacts | None = None
    package_sha256: str = ""
    marker: str = ""
    rehearsal: str = ""
    promotion: str = ""
    next_instance: str = ""
    is_first: bool = False
    head: str = ""
    version: str = ""
