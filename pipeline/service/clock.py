"""A clock whose sleep ends when the service is to stop."""

import threading
from datetime import datetime

from pipeline.model.clock import Clock

__all__ = ["StoppableClock"]


class StoppableClock:
    """Another clock's time; `sleep` returns early once the event is set."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Seconds on a counter that never goes back."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, or return at once when the service is to stop."""
        self._stop.wait(seconds)
