"""Watching an import until Canvas has ended it, for as long as that takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.canvas.client import CanvasClient
from pipeline.canvas.imports import FAILED_STATES, SMALL_IMPORT_ROWS, SisImport
from pipeline.delivery.waiting import Watch, pause
from pipeline.errors import Because, NotSent, Refused, Unknown

__all__ = ["SECOND_LOOK_SECONDS", "STALLED_AFTER", "PollEnd", "Polled", "Sent", "is_small", "look_again", "poll_import"]

STALLED_AFTER = timedelta(hours=24)
STALLED_PACE_SECONDS = 3600.0
STILL_SECONDS = 120.0  # a large import that failed has ended once its record stands still so long
SECOND_LOOK_SECONDS = 600.0  # a small import repeats a crashed file for about 6 minutes before it says so


class PollEnd(StrEnum):
    """Why watching ended."""

    OVER = "over"  # Canvas has ended the import
    GONE = "gone"  # Canvas has no such import any more, or another under its id: the instance was refreshed
    STOPPED = "stopped"  # this process is to stop; the import goes on


@dataclass(frozen=True, slots=True)
class Sent:
    """An import of ours to watch. rows: data rows sent; since: when it was sent; created_at: as Canvas said when it took it."""

    import_id: int
    rows: int
    since: datetime
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Polled:
    """How watching ended. last: the import as last seen, None if it never was; was_stalled: it took more than 24 hours."""

    end: PollEnd
    last: SisImport | None
    was_stalled: bool = False


def poll_import(client: CanvasClient, sent: Sent, watch: Watch) -> Polled:
    """Watch an import to its end: every few seconds at first, then each minute, after 24 hours each hour.

    Trouble on the way is waited out; only a refused token or permission is raised (Refused). `watch.on_look` sees each state.
    """
    asker = client.with_patience(0)  # this loop itself is patient, and can be stopped
    looks = 0
    last: SisImport | None = None
    still_since: float | None = None
    while True:
        looks += 1
        try:
            seen = asker.show_import(sent.import_id)
        except Refused as error:
            if error.because is Because.MISSING:
                return Polled(PollEnd.GONE, last)
            if error.because is not Because.NOT_CANVAS:
                raise
            seen = None
            watch.on_trouble(error)
        except (NotSent, Unknown) as error:
            seen = None
            watch.on_trouble(error)
        is_stalled = watch.clock.now() - sent.since > STALLED_AFTER
        if seen is not None:
            if sent.created_at is not None and seen.created_at not in (sent.created_at, None):
                return Polled(PollEnd.GONE, last)
            watch.on_look(seen)
            moved = last is None or _record(last) != _record(seen)
            still_since = watch.clock.monotonic() if moved or still_since is None else still_since
            last = seen
            if _has_ended(seen, sent.rows, watch.clock.monotonic() - still_since):
                return Polled(PollEnd.OVER, seen, is_stalled)
        wait = STALLED_PACE_SECONDS if is_stalled else watch.pace.wait(looks, watch.dice)
        if not pause(watch, wait):
            return Polled(PollEnd.STOPPED, last, is_stalled)


def is_small(rows: int) -> bool:
    """Whether Canvas runs an import of so many rows at once, and may change its end minutes later."""
    return rows <= SMALL_IMPORT_ROWS


def look_again(client: CanvasClient, recorded: SisImport) -> SisImport | None:
    """The import as it is now, if its state is no longer the one recorded; else None."""
    seen = client.show_import(recorded.import_id)
    return None if seen.state == recorded.state else seen


def _has_ended(seen: SisImport, rows: int, still_seconds: float) -> bool:
    if not seen.is_over:
        return False
    may_still_move = seen.state in FAILED_STATES and not is_small(rows)  # later file types may run after a failed one
    return not may_still_move or still_seconds >= STILL_SECONDS


def _record(seen: SisImport) -> tuple[object, ...]:
    return seen.state, seen.ended_at, seen.updated_at
