"""The sandbox's clock: the machine's time plus what was advanced; retention, expiry and schedules go by it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

__all__ = ["SandboxClock"]


class SandboxClock:
    """Time of day that a control route can move. Safe to use from several threads."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        with self._lock:
            return datetime.now(UTC) + self._offset

    def text(self) -> str:
        """The present instant as the database stores it: `YYYY-MM-DDTHH:MM:SSZ`."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds."""
        with self._lock:
            self._offset += timedelta(seconds=seconds)
        self._tell()

    def set(self, instant: datetime) -> None:
        """Let it be this instant now. instant: aware."""
        with self._lock:
            self._offset = instant.astimezone(UTC) - datetime.now(UTC)
        self._tell()

    def reset(self) -> None:
        """Back to the machine's time."""
        with self._lock:
            self._offset = timedelta()

    def on_move(self, listener: Callable[[], None]) -> None:
        """Call this after each `advance` or `set`."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
