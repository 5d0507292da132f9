"""What a run of an import needs from the engine around it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.sandbox.clock import SandboxClock
from pipeline.sandbox.importers.work import ImportSettings
from pipeline.sandbox.store.database import Database
from pipeline.sandbox.store.imports import ImportRow

__all__ = ["Context", "Fate", "Stopped", "after", "later", "settings_of"]

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class Stopped(Exception):
    """The engine was closed or reset; what runs ends without a trace."""


@dataclass(frozen=True, slots=True)
class Fate:
    """How a fault wants an import to go.

    end_state: the state it ends in instead of its own, after its rows were applied (`failed`: nothing is applied);
    stall_at: it stops at this progress (percent) until it is aborted; pause_seconds: real seconds before each segment;
    settles_late: it ends in its own state first, and minutes later as after an importer's crash.
    """

    end_state: str | None = None
    stall_at: int | None = None
    pause_seconds: float = 0
    settles_late: bool = False


@dataclass(slots=True)
class Context:
    """One database with the clock, the version, and the signal to stop. changed: notified when something is to be done."""

    database: Database
    clock: SandboxClock
    is_2022: bool
    fate: Callable[[int], Fate | None]
    changed: threading.Condition = field(default_factory=threading.Condition)
    is_stopped: bool = False

    def check(self) -> None:
        """Raise Stopped once the engine has done with this database."""
        if self.is_stopped:
            raise Stopped

    def wait(self, seconds: float | None = None) -> None:
        """Wait for a notification, at most so many real seconds. Errors: Stopped."""
        with self.changed:
            if not self.is_stopped:
                self.changed.wait(seconds)
        self.check()

    def notify(self) -> None:
        """Wake whoever waits."""
        with self.changed:
            self.changed.notify_all()


def later(context: Context, seconds: float) -> str:
    """The instant (text) so many seconds from now."""
    return (context.clock.now() + timedelta(seconds=seconds)).strftime(FORMAT)


def after(instant: str, seconds: float) -> str:
    """The instant (text) so many seconds after another."""
    return (datetime.strptime(instant, FORMAT).replace(tzinfo=UTC) + timedelta(seconds=seconds)).strftime(FORMAT)


def settings_of(row: ImportRow, context: Context, account: dict[str, Any]) -> ImportSettings:
    """What holds for the rows of an import. account: settings of the root account."""
    now = context.clock.now()
    override = bool(row["override_sis_stickiness"])
    return ImportSettings(
        import_id=row.id,
        user_id=row["user_id"],
        now=now.strftime(FORMAT),
        today=(now.year, now.month, now.day),
        is_2022=context.is_2022,
        override_stickiness=override,
        add_stickiness=override and bool(row["add_sis_stickiness"]),
        clear_stickiness=override and bool(row["clear_sis_stickiness"]),
        skip_deletes=bool(row["skip_deletes"]),
        take_claimed_logins=bool(row["update_sis_id_if_login_claimed"]),
        account=account,
    )
