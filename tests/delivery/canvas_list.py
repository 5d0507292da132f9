"""Imports and lists of imports as values, for tests."""

import random
from datetime import datetime, timedelta
from typing import Any

from pipeline.canvas.client import Listing
from pipeline.canvas.imports import SisImport
from pipeline.delivery.reconcile import Attempt
from pipeline.delivery.waiting import Watch
from tests.canvas.scripted import START, StandingClock

MARKER = "ab12cafe00112233"


def an_import(
    import_id: int, state: str = "importing", *, names: tuple[str, ...] = (), user: int | None = 5, **others: Any
) -> SisImport:
    plain = {
        "id": import_id,
        "workflow_state": state,
        "created_at": others.pop("created_at", "2026-08-20T03:00:04Z"),
        "csv_attachments": [{"display_name": name} for name in names],
        **({"user": {"id": user}} if user is not None else {}),
        **others,
    }
    seen = SisImport.from_json(plain)
    assert seen is not None
    return seen


def marked(import_id: int, state: str = "importing", **others: Any) -> SisImport:
    return an_import(import_id, state, names=(f"users-{MARKER}.csv", f"enrollments-{MARKER}.csv"), **others)


def listing(*imports: SisImport, at: datetime = START + timedelta(minutes=1)) -> Listing:
    return Listing(at, imports)


def an_attempt(**changes: Any) -> Attempt:
    values: dict[str, Any] = {
        "number": 1,
        "marker": MARKER,
        "canvas_at": START,
        "newest_import_id": 40,
        "deadline_at": START + timedelta(minutes=5),
        "user_id": 5,
    }
    return Attempt(**{**values, **changes})


def a_watch(clock: StandingClock, **others: Any) -> Watch:
    return Watch(clock, dice=random.Random(3), **others)


class ListedCanvas:
    """Stands in for the client where only the list of imports is asked: one listing or error after another, the last for ever."""

    def __init__(self, clock: StandingClock, *steps: Any) -> None:
        self.clock = clock
        self.steps = list(steps)
        self.asked: list[datetime] = []
        self.since: list[datetime | None] = []

    def with_patience(self, _seconds: float) -> "ListedCanvas":
        return self

    def list_imports(self, *, created_since: datetime | None = None) -> Listing:
        self.asked.append(self.clock.now())
        self.since.append(created_since)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return Listing(self.clock.now(), tuple(step))
