"""A clock that moves when it is told to."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class HandClock:
    """Stands still until `sleep` or `forward`; the steady counter moves with it, `set_back` moves only the time of day."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now
        self._counter = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._counter

    def sleep(self, seconds: float) -> None:
        self.forward(seconds)

    def forward(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._counter += seconds

    def set_back(self, seconds: float) -> None:
        self._now -= timedelta(seconds=seconds)
