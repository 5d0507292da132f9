"""One export as it was picked up: its files and their hashes. Imports no frames."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

__all__ = ["Drop", "DroppedFile"]


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """One file of a drop.

    name: as it was called in the drop folder, for people only, never used as a path; path: where its bytes are now;
    modified_at: its own time, aware UTC; sha256: of its bytes, hex.
    """

    name: str
    path: Path
    size: int
    sha256: str
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """One export: its files, sorted by name. sha256: one hash over the sorted (name-less) hashes of its files."""

    drop_id: str
    feed: str
    files: tuple[DroppedFile, ...]
    received_at: datetime
    sha256: str
    is_urgent: bool = False  # a delta by itself that overtakes queued runs
