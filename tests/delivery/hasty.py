"""A clock for tests against the sandbox: it really passes, and waiting makes it jump ahead."""

import time
from datetime import UTC, datetime, timedelta


class HastyClock:
    """Sleeps a moment where it is asked to sleep long, and counts the whole."""

    def __init__(self, *, moment: float = 0.002) -> None:
        self.moment = moment
        self.skipped = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.skipped)

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    def sleep(self, seconds: float) -> None:
        real = min(seconds, self.moment)
        time.sleep(real)
        self.skipped += seconds - real
