"""Holding a lease while a step works: renewed in the background, given back at the end."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pipeline.errors import PipelineError, TryLater
from pipeline.ledger.rows import Lease
from pipeline.runs.place import Place

__all__ = ["Busy", "HeldLease", "holding"]

RENEW_SECONDS = 10.0


class Busy(TryLater):
    """Somebody else is at it, or it is not this run's turn yet: worth waiting for."""


class HeldLease:
    """A lease that stays alive while it is held. `current` is what ledger writes carry; `is_lost` once somebody took it over."""

    def __init__(self, place: Place, lease: Lease) -> None:
        self._place = place
        self._lease = lease
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._lost = False
        self._thread = threading.Thread(target=self._renew_until_stopped, name="lease", daemon=True)
        self._thread.start()

    @property
    def current(self) -> Lease:
        """The lease as last renewed."""
        return self._lease

    @property
    def is_lost(self) -> bool:
        """Whether renewing failed: nothing may be sent any more."""
        return self._lost

    def outlives(self, seconds: float) -> bool:
        """Whether the lease, renewed just now for at least that long, is ours: asked before a POST and before its blocks."""
        with self._lock:
            if self._lost:
                return False
            try:
                self._lease = self._place.ledger.renew_lease(self._lease, seconds=seconds)
            except PipelineError:
                self._lost = True
            return not self._lost

    def close(self) -> None:
        """Stop renewing and give it back."""
        self._stop.set()
        self._thread.join()
        if not self._lost:
            self._place.ledger.release_lease(self._lease)

    def _renew_until_stopped(self) -> None:
        while not self._stop.wait(RENEW_SECONDS):
            with self._lock:
                if (self._lease.expires_at - self._place.ledger.now()).total_seconds() > RENEW_SECONDS * 6:
                    continue  # a POST asked for a longer one
                try:
                    self._lease = self._place.ledger.renew_lease(self._lease)
                except PipelineError:
                    self._lost = True
                    return


@contextmanager
def holding(place: Place, resources: Sequence[str]) -> Iterator[HeldLease]:
    """Hold all these resources for the time of a `with`; Busy when somebody else has one."""
    try:
        lease = place.ledger.acquire_lease(resources, place.owner)
    except TryLater as error:
        raise Busy(str(error), remedy=error.remedy) from error
    held = HeldLease(place, lease)
    try:
        yield held
    finally:
        held.close()
