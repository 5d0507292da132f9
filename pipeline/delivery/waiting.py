"""Waiting that can be ended: in short sleeps, with a look between them at whether the process is to stop."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.canvas.imports import SisImport
from pipeline.errors import CanvasError
from pipeline.model.clock import Clock

__all__ = ["Pace", "Watch", "nobody_stops", "pause"]

SLICE_SECONDS = 1.0
LEAST_SECONDS = 0.001  # what rounding may leave over


def nobody_stops() -> bool:
    """Never."""
    return False


def nobody_looks(_: SisImport) -> None:
    """Nothing."""


def nobody_minds(_: CanvasError) -> None:
    """Nothing."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks: `first`, growing by `growth` to `longest`, each shortened by chance by up to a fifth."""

    first: float = 5.0
    growth: float = 1.5
    longest: float = 60.0

    def wait(self, look: int, dice: random.Random) -> float:
        """Seconds after look number `look`, from 1."""
        planned = min(self.longest, self.first * self.growth ** min(look - 1, 40))
        return planned * dice.uniform(0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Watch:
    """What watching imports needs: the clock, when to stop, whom to tell what was seen, and how often to look.

    on_trouble: told each time Canvas could not be asked; it is asked again all the same.
    """

    clock: Clock
    should_stop: Callable[[], bool] = nobody_stops
    on_look: Callable[[SisImport], None] = nobody_looks
    on_trouble: Callable[[CanvasError], None] = nobody_minds
    pace: Pace = Pace()
    dice: random.Random = field(default_factory=random.Random)


def pause(watch: Watch, seconds: float) -> bool:
    """Wait so long, or until the watch is to stop; whether it may go on."""
    clock = watch.clock
    end = clock.monotonic() + seconds
    while not watch.should_stop():
        left = end - clock.monotonic()
        if left < LEAST_SECONDS:
            return True
        clock.sleep(min(left, SLICE_SECONDS))
    return False
