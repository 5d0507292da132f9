"""Pointers into the store, timetable entries, notices and single values: SQL and rows."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger.rows import NoticeRow, Pointer, PointerRow, TimetableKey, TimetableRow
from pipeline.ledger.schema import notices, settings, store_pointers, timetable
from pipeline.ledger.timetable import Daily, Occurrence, due_occurrences

__all__ = [
    "ensure_installation_id",
    "get_pointer",
    "get_timetable",
    "get_value",
    "next_due",
    "notices_due",
    "pointer_history",
    "queue_notice",
    "record_timetable",
    "set_pointer",
    "set_value",
    "settle_notice",
]


def set_pointer(connection: sa.Connection, pointer: Pointer, *, run_id: str | None, now: datetime) -> None:
    """Point a name to another file of the store; LedgerError when it does not point where it is expected to."""
    present = get_pointer(connection, pointer.feed, pointer.instance, pointer.kind)
    was = present.sha256 if present else ""
    if pointer.expected is not None and was != pointer.expected:
        raise LedgerError(
            f"The {pointer.kind} of feed {pointer.feed} was changed by another run in the meantime.",
            remedy="The run is planned again from the present state.",
        )
    connection.execute(
        store_pointers.insert().values(
            feed=pointer.feed,
            instance=pointer.instance,
            kind=pointer.kind,
            sha256=pointer.sha256,
            run_id=run_id,
            set_at=now,
        )
    )


def get_pointer(connection: sa.Connection, feed: str, instance: str, kind: str) -> PointerRow | None:
    """What a name points to, None if it never pointed anywhere."""
    found = connection.execute(_pointers(feed, instance, kind).limit(1)).one_or_none()
    return None if found is None else _pointer(found)


def pointer_history(connection: sa.Connection, feed: str, instance: str, kind: str) -> tuple[PointerRow, ...]:
    """Everything that a name pointed to, newest first."""
    return tuple(_pointer(found) for found in connection.execute(_pointers(feed, instance, kind)))


def record_timetable(
    connection: sa.Connection, key: TimetableKey, *, run_id: str | None, result: str, now: datetime
) -> bool:
    """Record that an entry was acted on, once; False when it was already."""
    if get_timetable(connection, key) is not None:
        return False
    connection.execute(
        timetable.insert().values(
            kind=key.kind,
            feed=key.feed,
            local_date=key.local_date,
            at=key.at,
            recorded_at=now,
            run_id=run_id,
            result=result,
        )
    )
    return True


def get_timetable(connection: sa.Connection, key: TimetableKey) -> TimetableRow | None:
    """What came of an entry, None while it was not acted on."""
    wanted = (
        timetable.c.kind == key.kind,
        timetable.c.feed == key.feed,
        timetable.c.local_date == key.local_date,
        timetable.c.at == key.at,
    )
    found = connection.execute(sa.select(timetable).where(*wanted)).one_or_none()
    return None if found is None else TimetableRow(key, found.recorded_at, found.run_id, found.result)


def next_due(connection: sa.Connection, entry: Daily, zone: ZoneInfo, now: datetime) -> Occurrence | None:
    """The newest occurrence that has come and was not acted on; older ones, and one that is too late, are recorded as missed."""
    pending = [found for found in due_occurrences(entry, zone, now) if get_timetable(connection, found.key) is None]
    for found in pending:
        if found.is_missed or found is not pending[-1]:
            record_timetable(connection, found.key, run_id=None, result="missed", now=now)
    return pending[-1] if pending and not pending[-1].is_missed else None


def queue_notice(connection: sa.Connection, row: NoticeRow) -> bool:
    """Put a notice into the queue; False when one with its key was there already."""
    if connection.execute(sa.select(notices.c.number).where(notices.c.key == row.key)).first() is not None:
        return False
    connection.execute(
        notices.insert().values(
            key=row.key,
            kind=row.kind,
            feed=row.feed,
            facts=dict(row.facts),
            created_at=row.created_at,
            due_at=row.due_at,
        )
    )
    return True


def notices_due(connection: sa.Connection, now: datetime) -> tuple[NoticeRow, ...]:
    """The notices that should be sent now, oldest first."""
    waiting = (notices.c.sent_at.is_(None), notices.c.result == "", notices.c.due_at <= now)
    found = connection.execute(sa.select(notices).where(*waiting).order_by(notices.c.number))
    return tuple(NoticeRow(**row._asdict()) for row in found)


def settle_notice(
    connection: sa.Connection, number: int, result: str, *, now: datetime, again_after: timedelta | None
) -> None:
    """Record that a notice was sent, or why not. again_after: when to try again; None ends it."""
    values: dict[str, Any] = {"tries": notices.c.tries + 1}
    if again_after is None:
        values |= {"result": result, "sent_at": now if result == "sent" else None}
    else:
        values |= {"due_at": now + again_after}
    connection.execute(notices.update().where(notices.c.number == number).values(values))


def ensure_installation_id(connection: sa.Connection) -> None:
    """Give a new ledger the random id that its markers begin with."""
    if get_value(connection, "installation_id") is None:
        set_value(connection, "installation_id", secrets.token_hex(16))


def set_value(connection: sa.Connection, name: str, value: Any) -> None:
    """Keep a single JSON value."""
    if connection.execute(settings.update().where(settings.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(settings.insert().values(name=name, value=value))


def get_value(connection: sa.Connection, name: str) -> Any:
    """A single JSON value, None if it was never set."""
    return connection.execute(sa.select(settings.c.value).where(settings.c.name == name)).scalar()


def _pointers(feed: str, instance: str, kind: str) -> sa.Select[Any]:
    wanted: Mapping[Any, str] = {
        store_pointers.c.feed: feed,
        store_pointers.c.instance: instance,
        store_pointers.c.kind: kind,
    }
    conditions = [column == value for column, value in wanted.items()]
    return sa.select(store_pointers).where(*conditions).order_by(store_pointers.c.number.desc())


def _pointer(found: sa.Row[Any]) -> PointerRow:
    return PointerRow(found.feed, found.instance, found.kind, found.sha256, found.run_id, found.set_at)
