"""Leases: the right to advance something, with a generation that fences off whoever held it before."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from pipeline.errors import LedgerError, TryLater
from pipeline.ledger.owner import Owner, is_dead
from pipeline.ledger.rows import Lease
from pipeline.ledger.schema import leases

__all__ = ["acquire", "holder", "release", "renew", "require"]


def acquire(
    connection: sa.Connection, resources: tuple[str, ...], owner: Owner, *, now: datetime, seconds: float
) -> Lease:
    """Take all of the resources or none; TryLater names who holds one of them."""
    expires_at = now + timedelta(seconds=seconds)
    generations = tuple(_take(connection, resource, owner, now=now, expires_at=expires_at) for resource in resources)
    return Lease(resources, generations, owner.name, expires_at)


def renew(connection: sa.Connection, lease: Lease, *, now: datetime, seconds: float) -> Lease:
    """The same lease with a later end; LedgerError when somebody else took one of its resources."""
    expires_at = now + timedelta(seconds=seconds)
    for resource, generation in zip(lease.resources, lease.generations, strict=True):
        _set(connection, resource, generation, {"expires_at": expires_at})
    return Lease(lease.resources, lease.generations, lease.owner, expires_at)


def release(connection: sa.Connection, lease: Lease, now: datetime) -> None:
    """Give the resources back; nothing where they are no longer ours. The generation stays, so that it never repeats."""
    for resource, generation in zip(lease.resources, lease.generations, strict=True):
        mine = (leases.c.resource == resource, leases.c.generation == generation)
        connection.execute(leases.update().where(*mine).values(owner="", expires_at=now))


def require(connection: sa.Connection, lease: Lease, resource: str) -> int:
    """The lease's generation for a resource that it must cover; LedgerError when any of its generations is not the newest."""
    generation = lease.generation_of(resource)
    if generation is None:
        raise LedgerError(f"The lease covers {', '.join(lease.resources)}, not {resource}.")
    # locked until the commit, so that nobody takes the lease over between this look and our write
    rows = connection.execute(sa.select(leases).where(leases.c.resource.in_(lease.resources)).with_for_update())
    newest = {row.resource: row.generation for row in rows if row.owner}
    for name, own in zip(lease.resources, lease.generations, strict=True):
        if newest.get(name) != own:
            raise _lost(name)
    return generation


def holder(connection: sa.Connection, resource: str, now: datetime) -> str:
    """Who holds it at this moment, "" for nobody."""
    found = connection.execute(sa.select(leases).where(leases.c.resource == resource)).one_or_none()
    if found is None or _is_free(found, now):
        return ""
    return f"{found.owner} (host {found.host.partition('/')[0]}, process {found.pid})"


def _take(connection: sa.Connection, resource: str, owner: Owner, *, now: datetime, expires_at: datetime) -> int:
    found = connection.execute(sa.select(leases).where(leases.c.resource == resource).with_for_update()).one_or_none()
    who = {
        "owner": owner.name,
        "host": owner.host,
        "pid": owner.pid,
        "started": owner.started,
        "expires_at": expires_at,
    }
    if found is None:
        connection.execute(leases.insert().values(resource=resource, generation=1, **who))
        return 1
    if not _is_free(found, now):
        raise TryLater(
            f"{resource} is being worked on by {holder(connection, resource, now)}.",
            remedy="Try again when that has ended.",
        )
    generation = int(found.generation) + 1
    _set(connection, resource, int(found.generation), {"generation": generation, **who})
    return generation


def _set(connection: sa.Connection, resource: str, generation: int, values: dict[str, Any]) -> None:
    present = (leases.c.resource == resource, leases.c.generation == generation)
    if connection.execute(leases.update().where(*present).values(**values)).rowcount != 1:
        raise _lost(resource)


def _is_free(found: sa.Row[Any], now: datetime) -> bool:
    if not found.owner or found.expires_at <= now:
        return True
    return is_dead(Owner(found.owner, found.host, found.pid, found.started))


def _lost(resource: str) -> LedgerError:
    return LedgerError(
        f"The lease of {resource} was taken over by another process.",
        remedy="That process carries on; nothing is lost.",
    )
