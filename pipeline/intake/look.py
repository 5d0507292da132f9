"""Looking at a drop folder: which files are there, and which of them stand still."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.intake.values import CLAIMED, OUTBOX, Found, Sighting, Sightings
from pipeline.model.clock import Clock

__all__ = ["Looked", "is_passing", "look"]

_PASSING = re.compile(
    r"(?i)^[.~]|\.(tmp|part|filepart|writing|crdownload|partial|swp)$|~$|^(thumbs\.db|desktop\.ini)$|:zone\.identifier$"
)
"""Names of files that are being written, or that programs leave behind; hidden ones among them."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One folder as it stands. settled: files that may be read; moving: those that changed lately; unreadable: closed to us."""

    settled: tuple[Found, ...]
    moving: tuple[Found, ...]
    unreadable: tuple[Found, ...]
    sightings: Sightings


def look(folder: Path, before: Sightings, *, settle_seconds: float, clock: Clock) -> Looked:
    """Look at a folder once. Raises OSError when it cannot be listed; files that vanish meanwhile are passed over."""
    now, counter = clock.now(), clock.monotonic()
    settled, moving, unreadable = [], [], []
    seen: dict[str, Sighting] = {}
    for found in sorted(_files(folder), key=lambda file: file.name):
        sighting = _sighting(found, before.files.get(found.name), now=now, counter=counter)
        arrived = Found(found.name, found.path, found.size, found.modified_ns, sighting.first_at)
        if counter - sighting.since < settle_seconds:
            moving.append(arrived)
        elif _is_readable(found.path):
            settled.append(arrived)
            sighting = _counted(sighting, 0)
        else:
            unreadable.append(arrived)
            sighting = _counted(sighting, sighting.failures + 1)
        seen[found.name] = sighting
    return Looked(tuple(settled), tuple(moving), tuple(unreadable), Sightings(seen))


def is_passing(name: str) -> bool:
    """Whether a file of this name is passed over: still being written, hidden, or left behind by a program."""
    return _PASSING.search(name) is not None


def _files(folder: Path) -> Iterator[Found]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in {CLAIMED, OUTBOX} or is_passing(entry.name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError:  # gone, or replaced, since it was listed: the next scan sees what is there then
                continue
            # a link could lead anywhere on this computer, so only files themselves count
            if stat.S_ISREG(status.st_mode):
                changed_at = datetime.fromtimestamp(
                    min(status.st_ctime, 32503680000), UTC
                )  # no later than the year 3000
                yield Found(entry.name, Path(entry.path), status.st_size, status.st_mtime_ns, changed_at)


def _sighting(found: Found, before: Sighting | None, *, now: datetime, counter: float) -> Sighting:
    if before is None:
        return Sighting(found.size, found.modified_ns, counter, min(now, found.arrived_at))
    if (before.size, before.modified_ns) != (found.size, found.modified_ns):
        return Sighting(found.size, found.modified_ns, counter, before.first_at)
    return before


def _counted(sighting: Sighting, failures: int) -> Sighting:
    return Sighting(sighting.size, sighting.modified_ns, sighting.since, sighting.first_at, failures)


def _is_readable(path: Path) -> bool:
    """Whether the file opens; on Windows this also fails while the program that writes it keeps it to itself."""
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError:
        return False
    return True
