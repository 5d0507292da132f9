"""Drops as they were taken in: SQL and rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger.rows import DropFileRow, DropRow, NewRun
from pipeline.ledger.schema import drop_files, drops
from pipeline.model.drop import Drop

__all__ = ["DropNotes", "accept", "find", "get", "last_accepted", "record", "run_of", "select", "set_outcome"]


@dataclass(frozen=True, slots=True)
class DropNotes:
    """What is recorded beside a drop's files. own_at: the export's own date; manifest: word by file name, where it has one."""

    remarks: tuple[Mapping[str, Any], ...] = ()
    own_at: datetime | None = None
    manifest: Mapping[str, str] = field(default_factory=dict)


def record(connection: sa.Connection, drop: Drop, notes: DropNotes) -> DropRow:
    """Record a drop; recording it again changes nothing."""
    present = find(connection, drop.drop_id)
    if present is not None:
        if (present.feed, present.sha256) != (drop.feed, drop.sha256):
            raise LedgerError(f"Drop {drop.drop_id} is recorded with other files.")
        return present
    connection.execute(
        drops.insert().values(
            drop_id=drop.drop_id,
            feed=drop.feed,
            sha256=drop.sha256,
            received_at=drop.received_at,
            is_urgent=drop.is_urgent,
            remarks=[dict(remark) for remark in notes.remarks],
            own_at=notes.own_at,
            manifest=dict(notes.manifest),
        )
    )
    listed = [
        {
            "drop_id": drop.drop_id,
            "number": number,
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
            "modified_at": file.modified_at,
        }
        for number, file in enumerate(drop.files)
    ]
    if listed:
        connection.execute(drop_files.insert(), listed)
    return get(connection, drop.drop_id)


def run_of(drop_id: str, new: NewRun) -> NewRun:
    """The run for a drop, with the key that makes it the only one of its kind there."""
    key = new.key or f"{drop_id}:{new.instance}:{new.kind}:{new.part}"
    return replace(new, drop_id=drop_id, key=key)


def get(connection: sa.Connection, drop_id: str) -> DropRow:
    """One drop; LedgerError if there is none."""
    found = find(connection, drop_id)
    if found is None:
        raise LedgerError(f"There is no drop {drop_id}.")
    return found


def find(connection: sa.Connection, drop_id: str) -> DropRow | None:
    """One drop, None if there is none."""
    found = connection.execute(sa.select(drops).where(drops.c.drop_id == drop_id)).one_or_none()
    return None if found is None else _row(connection, found)


def select(connection: sa.Connection, feed: str | None = None, *, sha256: str | None = None) -> tuple[DropRow, ...]:
    """The drops of a feed, or with these bytes; oldest first."""
    query = sa.select(drops).order_by(drops.c.received_at, drops.c.drop_id)
    if feed is not None:
        query = query.where(drops.c.feed == feed)
    if sha256 is not None:
        query = query.where(drops.c.sha256 == sha256)
    return tuple(_row(connection, found) for found in connection.execute(query).all())


def accept(connection: sa.Connection, drop_id: str, now: datetime) -> DropRow:
    """Record that its rows became the feed's desired roster; the last one to say so is the newest."""
    if get(connection, drop_id).accepted_at is None:
        newest = connection.execute(sa.select(sa.func.max(drops.c.accepted_order))).scalar() or 0
        values = {"accepted_at": now, "accepted_order": newest + 1}
        connection.execute(drops.update().where(drops.c.drop_id == drop_id).values(values))
    return get(connection, drop_id)


def last_accepted(connection: sa.Connection, feed: str) -> DropRow | None:
    """The newest accepted drop of a feed, urgent ones apart; None when there was none."""
    wanted = (drops.c.feed == feed, drops.c.accepted_order.is_not(None), drops.c.is_urgent.is_(other=False))
    query = sa.select(drops).where(*wanted).order_by(drops.c.accepted_order.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    return None if found is None else _row(connection, found)


def set_outcome(connection: sa.Connection, drop_id: str, outcome: str) -> DropRow:
    """Record how a drop ended that never became a run's rows: `incomplete` or `unreadable`."""
    get(connection, drop_id)
    connection.execute(drops.update().where(drops.c.drop_id == drop_id).values(outcome=outcome))
    return get(connection, drop_id)


def _row(connection: sa.Connection, found: sa.Row[Any]) -> DropRow:
    listed = connection.execute(
        sa.select(drop_files).where(drop_files.c.drop_id == found.drop_id).order_by(drop_files.c.number)
    )
    files = tuple(DropFileRow(row.name, row.size, row.sha256, row.modified_at) for row in listed)
    values = found._asdict()
    del values["accepted_order"]
    return DropRow(**{**values, "remarks": tuple(values["remarks"])}, files=files)
