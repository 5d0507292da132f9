"""How long to wait before trying again: full jitter, doubling, and Canvas's own word first."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pipeline.errors import CanvasError, NotSent, Unknown
from pipeline.model.clock import Clock

__all__ = ["Backoff", "Patience", "patiently"]

LONGEST_WAIT_SECONDS = 15 * 60.0  # of a Retry-After; beyond it a person should know

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits drawn evenly between zero and a limit that doubles from `first` to `longest` seconds."""

    first: float = 1.0
    longest: float = 60.0

    def wait(self, attempt: int, dice: random.Random, *, retry_after: float | None = None) -> float:
        """Seconds before the attempt after number `attempt` (from 1); what Canvas asked for wins, up to 15 minutes."""
        if retry_after is not None:
            return min(max(retry_after, 0.0), LONGEST_WAIT_SECONDS)
        return dice.uniform(0.0, min(self.longest, self.first * 2.0 ** min(attempt - 1, 30)))


@dataclass(frozen=True, slots=True)
class Patience:
    """What repeating needs: a clock, dice, the waits, and for how many seconds in all it may go on."""

    clock: Clock
    dice: random.Random
    seconds: float = 120.0
    backoff: Backoff = Backoff()


def patiently(ask: Callable[[], T], patience: Patience) -> T:
    """The result of a request that may be repeated freely, asked again while it is not sent or its answer is lost.

    Only for requests without effect. When the next wait would end beyond the patience, the last error is raised.
    """
    clock = patience.clock
    give_up_at = clock.monotonic() + patience.seconds
    attempt = 0
    while True:
        attempt += 1
        try:
            return ask()
        except (NotSent, Unknown) as error:
            wait = patience.backoff.wait(attempt, patience.dice, retry_after=_asked_wait(error))
            if clock.monotonic() + wait > give_up_at:
                raise
        clock.sleep(wait)


def _asked_wait(error: CanvasError) -> float | None:
    return error.retry_after if isinstance(error, NotSent) else None
