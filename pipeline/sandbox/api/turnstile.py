"""Requests go through one by one or together; whoever empties the account waits until nobody is inside."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Turnstile"]

PATIENCE_SECONDS = 1.0  # a request that takes longer has to bear that the account is emptied under it


class Turnstile:
    """Many may be inside together, or one alone."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._inside = 0
        self._is_closed = False

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Be inside with others, once nobody is alone in there."""
        with self._change:
            self._change.wait_for(lambda: not self._is_closed)
            self._inside += 1
        try:
            yield
        finally:
            with self._change:
                self._inside -= 1
                self._change.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be alone inside: whoever is there may leave first, nobody comes in meanwhile."""
        with self._change:
            self._change.wait_for(lambda: not self._is_closed)
            self._is_closed = True
            self._change.wait_for(lambda: not self._inside, PATIENCE_SECONDS)
        try:
            yield
        finally:
            with self._change:
                self._is_closed = False
                self._change.notify_all()
