"""Sending a package: a look before, then one POST. What became of it is the return value, or the kind of the error."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pipeline.canvas.client import CanvasClient
from pipeline.canvas.http import UPLOAD_SECONDS
from pipeline.canvas.imports import SisImport
from pipeline.delivery.package_hash import require_unaltered
from pipeline.errors import NotSent, Request
from pipeline.model.delivery import Package

__all__ = ["UPLOAD_SECONDS", "Before", "look_before", "submit_package"]


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood in Canvas just before a POST: its own time, and the newest import's id. Recorded with `submitting`."""

    canvas_at: datetime
    newest_import_id: int | None


def look_before(client: CanvasClient) -> Before:
    """One question to Canvas; it also shows that host, token, permission and account are in order."""
    newest = client.newest_import()
    return Before(newest.at, newest.newest_id)


def submit_package(
    client: CanvasClient,
    package: Package,
    *,
    may_start: Callable[[float], bool],
    may_go_on: Callable[[], bool],
) -> SisImport:
    """POST a package once, and return the import that Canvas made of it.

    may_start: whether the lease, renewed now, outlives so many seconds; may_go_on: whether it still holds, asked before each
    block of the body. Raises LedgerError when the package was altered; NotSent: certainly no import, may be repeated after
    a wait (`retry_after`); Refused: certainly no import, a person has to look; Unknown: reconcile.
    """
    require_unaltered(package)
    if not may_start(UPLOAD_SECONDS):
        raise NotSent(
            "This run was taken over by another process before its package was sent.",
            request=Request(client.instance, "POST", "/api/v1/accounts/self/sis_imports"),
            remedy="Nothing to do: the other process goes on with it.",
        )
    return client.create_import(package.path, package.parameters, may_go_on=may_go_on)
