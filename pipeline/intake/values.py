"""What intake takes in and hands out: rules, sightings, waits, candidates and claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pipeline.model.drop import Drop

__all__ = [
    "CLAIMED",
    "OUTBOX",
    "UNCLEAR",
    "URGENT",
    "Candidate",
    "Claim",
    "Found",
    "IntakeRules",
    "Keeper",
    "Remark",
    "RemarkKind",
    "Scan",
    "Sighting",
    "Sightings",
    "Wait",
    "shown",
]

CLAIMED = ".claimed"
OUTBOX = "_results"
URGENT = "urgent"
UNCLEAR = "unclear-"
"""Begins the names of claims, below `CLAIMED`, that nobody can make sense of: they are left for a person."""


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """What one feed's exports look like from outside. The fields mean what the keys of `feeds:` do."""

    feed: str
    folder: Path
    settle_seconds: float = 30.0
    expects: tuple[str, ...] = ()
    window_seconds: float = 6 * 3600.0
    done: str = ""
    manifest: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a file looked, and since when it looks so.

    since: seconds of the steady counter; first_at: when it was first seen, or its own change time if that is earlier;
    failures: how often in a row it could not be opened.
    """

    size: int
    modified_ns: int
    since: float
    first_at: datetime
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Sightings:
    """What one scan leaves for the next. failures: how often in a row the folder could not be listed."""

    files: Mapping[str, Sighting] = field(default_factory=dict)
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """One file in a drop folder. name: as the system gives it; arrived_at: when it came, as far as can be told."""

    name: str
    path: Path
    size: int
    modified_ns: int
    arrived_at: datetime


class RemarkKind(StrEnum):
    """What a remark asks for."""

    WARNING = "warning"  # is told
    HOLD = "hold"  # the drop's plan waits for a person
    REFUSE = "refuse"  # the drop is not used


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a drop as a whole, in words for registrars. file: "" when no single one is meant."""

    code: str
    kind: RemarkKind
    message: str
    remedy: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why something in the folder is not taken yet. reason: `settling`, `missing`, `unreadable`, `folder`, `unclear`; looks: how often seen so."""

    reason: str
    message: str
    names: tuple[str, ...]
    since: datetime
    looks: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files that are to be taken together.

    files: those of the export; unread: those that go along because nothing asks for them; markers: done-markers.
    outcome: "" for a complete set, `incomplete` for one that is given up; manifest: word by file name, where there is one.
    """

    files: tuple[Found, ...]
    unread: tuple[Found, ...] = ()
    markers: tuple[Found, ...] = ()
    remarks: tuple[Remark, ...] = ()
    outcome: str = ""
    is_urgent: bool = False
    manifest: Mapping[str, str] = field(default_factory=dict)

    @property
    def arrived_at(self) -> datetime:
        """When its first file came."""
        return min(found.arrived_at for found in (*self.files, *self.unread, *self.markers))


@dataclass(frozen=True, slots=True)
class Scan:
    """What one look at a drop folder found: what may be claimed now, oldest first; what waits; what to hand to the next scan."""

    ready: tuple[Candidate, ...]
    waits: tuple[Wait, ...]
    sightings: Sightings


@dataclass(frozen=True, slots=True)
class Claim:
    """A drop that is in the store. Record it in the ledger, then let `release_claim` remove the originals.

    folder: where the originals are, None for files handed over by hand, which stay where they are.
    manifest: word by file name (`bulk`, `delta`), where the export has one.
    """

    drop: Drop
    folder: Path | None
    remarks: tuple[Remark, ...] = ()
    outcome: str = ""
    manifest: Mapping[str, str] = field(default_factory=dict)


class Keeper(Protocol):
    """Where claimed files are kept: the store."""

    def put_all(self, sources: Sequence[Path]) -> list[str]:
        """Copy files in; their SHA-256, in order."""

    def path(self, sha256: str) -> Path:
        """Where that file is."""

    def free_bytes(self) -> int:
        """Room left there."""


def shown(name: str) -> str:
    """A file's name as people may see it: control characters, and bytes that are no text, are escaped."""
    visible = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in name)
    return visible.encode("utf-8", "backslashreplace").decode()
