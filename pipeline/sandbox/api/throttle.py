"""Canvas's leaky bucket, one per client: what a request costs, how much is left, and when it is refused.

Defaults: canvas-lms `app/middleware/request_throttle.rb`.
"""

import threading
from dataclasses import dataclass

__all__ = ["Bucket", "Buckets", "ThrottleRules"]


@dataclass(frozen=True, slots=True)
class ThrottleRules:
    """Cost units; a bucket leaks `outflow` of them a second and is full at `high_water`."""

    outflow: float = 10.0
    high_water: float = 600.0
    maximum: float = 800.0
    up_front: float = 50.0
    cost_factor: float = 1.0  # cost units for a second of work
    token_cost: float = 200.0  # what a request for a token costs on top


@dataclass(slots=True)
class Bucket:
    """Level of one client at an instant (seconds of the sandbox's clock)."""

    level: float = 0.0
    at: float = 0.0

    def leak(self, rules: ThrottleRules, now: float) -> None:
        """Let run out what has run out since. A clock set back leaks nothing."""
        self.level = max(0.0, self.level - rules.outflow * max(0.0, now - self.at))
        self.at = now


class Buckets:
    """All clients' buckets; safe to use from several threads."""

    def __init__(self, rules: ThrottleRules) -> None:
        self.rules = rules
        self._lock = threading.Lock()
        self._of: dict[str, Bucket] = {}

    def admit(self, client: str, now: float) -> bool:
        """Reserve the up-front cost for a request; False: the bucket is full, the request is refused."""
        with self._lock:
            bucket = self._leaked(client, now)
            bucket.level = min(self.rules.maximum, bucket.level + self.rules.up_front)
            if bucket.level < self.rules.high_water:
                return True
            bucket.level -= self.rules.up_front
            return False

    def settle(self, client: str, now: float, cost: float) -> None:
        """Give the reserve back and charge what the request did cost."""
        with self._lock:
            bucket = self._leaked(client, now)
            bucket.level = min(self.rules.maximum, max(0.0, bucket.level - self.rules.up_front) + cost)

    def remaining(self, client: str, now: float) -> float:
        """Units left before a request is refused; may be negative."""
        with self._lock:
            return self.rules.high_water - self._leaked(client, now).level

    def clear(self) -> None:
        """Forget all clients."""
        with self._lock:
            self._of.clear()

    def _leaked(self, client: str, now: float) -> Bucket:
        bucket = self._of.setdefault(client, Bucket(at=now))
        bucket.leak(self.rules, now)
        return bucket
