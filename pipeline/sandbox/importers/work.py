"""What an importer works with: the tables, the options of the import, and the places for messages and state changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pipeline.sandbox.importers.dates import BadDate, parsed
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.values import NUL
from pipeline.sandbox.store.results import Message, StateChange
from pipeline.sandbox.store.session import Session
from pipeline.sandbox.store.table import Table

__all__ = [
    "NOTHING",
    "Crash",
    "Draft",
    "ImportSettings",
    "Skip",
    "Work",
    "joined_columns",
    "refuse_long",
    "refuse_nul",
    "stuck_columns",
]

NOTHING: frozenset[str] = frozenset()
MAX_TEXT = 255  # characters of an ordinary text column


class Skip(Exception):
    """A rule refuses the row; the text is Canvas's message."""


class Crash(Exception):
    """Canvas's importer would stop here with an exception that no rule catches."""


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """What holds for one import. now: its instant (text); year, month, day: today; is_2022: the older Canvas."""

    import_id: int
    user_id: int
    now: str
    today: tuple[int, int, int]
    is_2022: bool = False
    override_stickiness: bool = False
    add_stickiness: bool = False
    clear_stickiness: bool = False
    skip_deletes: bool = False
    take_claimed_logins: bool = False
    account: dict[str, Any] = field(default_factory=dict)


class Draft:
    """Changes to one record that are written only when they are valid. stuck: columns that this import may not change."""

    __slots__ = ("is_new", "record", "staged", "stuck")

    def __init__(self, record: Any, *, is_new: bool, stuck: frozenset[str]) -> None:
        self.record, self.is_new, self.stuck = record, is_new, stuck
        self.staged: dict[str, Any] = {}

    def __getitem__(self, column: str) -> Any:
        return self.staged[column] if column in self.staged else getattr(self.record, column)

    def __setitem__(self, column: str, value: Any) -> None:
        self.staged[column] = value

    def offer(self, column: str, value: Any) -> None:
        """Set a column unless it is stuck."""
        if column not in self.stuck:
            self.staged[column] = value

    def offer_pair(self, **values: Any) -> None:
        """Set columns that protect each other: none of them when one is stuck."""
        if self.stuck.isdisjoint(values):
            self.staged.update(values)

    def changed(self) -> set[str]:
        """The columns whose value becomes another; of a new record all that were set."""
        if self.is_new:
            return set(self.staged)
        return {column for column, value in self.staged.items() if getattr(self.record, column) != value}


class Work:
    """One segment's work: tables, settings, and what comes of it."""

    def __init__(self, session: Session, settings: ImportSettings, segment: Segment) -> None:
        self.session, self.settings, self.segment = session, settings, segment
        self.messages: list[Message] = []
        self.changes: list[StateChange] = []
        self.count = 0

    def warn(self, number: int | None, text: str, info: str | None = None) -> None:
        """Store a warning about a row (None: a message without row number)."""
        if info is None and number is not None:
            info = self.segment.info(number)
        self.messages.append(Message(text, number, info))

    def drops_deletes(self, status: str | None) -> bool:
        """Whether `skip_deletes` passes over a row with this status."""
        return self.settings.skip_deletes and status is not None and "deleted" in status.lower()

    def date(self, text: str | None) -> str | None:
        """The instant in a cell. Errors: BadDate."""
        return None if text is None else parsed(text, *self.settings.today)

    def dates(self, start: str | None, end: str | None) -> tuple[str | None, str | None, bool]:
        """Start, end, and whether one could not be read: it and what comes after it are None then."""
        first = None
        try:
            first = self.date(start)
            return first, self.date(end), False
        except BadDate:
            return first, None, True

    def log(self, class_name: str, id_: int, before: str, after: str) -> None:
        """Record a change of state for statistics and restoration."""
        self.changes.append((class_name, id_, before, after))

    def stuck(self, record: Any) -> frozenset[str]:
        """The columns of a record that this import may not change; none of a kind that knows no stickiness."""
        return NOTHING if self.settings.override_stickiness else stuck_columns(getattr(record, "stuck", ""))

    def draft(self, found: Any, fresh: Any) -> Draft:
        """A draft of the record that was found, or of a fresh one when that is None."""
        if found is None:
            return Draft(fresh, is_new=True, stuck=NOTHING)
        return Draft(found, is_new=False, stuck=self.stuck(found))

    def save(self, table: Table[Any], draft: Draft, class_name: str, sticky: frozenset[str] = NOTHING) -> set[str]:
        """Write a draft, mark it as touched by this import, log its change of state; the result is what changed."""
        changed, record = draft.changed(), draft.record
        before = "non-existent" if draft.is_new else record.workflow_state
        for column in draft.staged:
            if column not in ("sis_id", "integration_id"):
                setattr(record, column, draft.staged[column])
        record.sis_import_id = self.settings.import_id
        if changed:
            record.updated_at = self.settings.now
            if sticky:
                self.mark_sticky(record, changed & sticky)
        if draft.is_new:
            record.created_at = self.settings.now
            for column in ("sis_id", "integration_id"):
                if column in draft.staged:
                    setattr(record, column, draft.staged[column])
            table.add(record)
        else:
            for column in changed & {"sis_id", "integration_id"}:
                table.set_key(record, column, draft.staged[column])
            table.touch(record)
        if before != record.workflow_state:
            self.log(class_name, record.id, before, record.workflow_state)
        return changed

    def mark_sticky(self, record: Any, changed: Iterable[str]) -> None:
        """What saving a record does to its list of stuck columns. changed: the sticky columns that this import changed."""
        if self.settings.clear_stickiness:
            record.stuck = ""
        elif self.settings.add_stickiness:
            record.stuck = joined_columns(stuck_columns(record.stuck) | set(changed))


@lru_cache(maxsize=1024)
def stuck_columns(text: str) -> frozenset[str]:
    """The columns in a stored list of stuck columns."""
    return frozenset(text.split(",")) if text else NOTHING


def joined_columns(columns: Iterable[str]) -> str:
    """A list of stuck columns as it is stored."""
    return ",".join(sorted(columns))


def refuse_nul(values: Iterable[str | None]) -> None:
    """Crash over a NUL inside a value, which the database of Canvas does not take."""
    if any(value is not None and NUL in value for value in values):
        raise Crash


def refuse_long(*values: str | None) -> None:
    """Crash over a text that is longer than its column and that no model checks."""
    if any(value is not None and len(value) > MAX_TEXT for value in values):
        raise Crash
