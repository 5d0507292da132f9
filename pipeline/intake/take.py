"""Drops made of files: their hash and id, and those that a person hands over."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import DropError
from pipeline.intake.values import Claim, Keeper, Remark, RemarkKind, shown
from pipeline.model.clock import Clock
from pipeline.model.drop import Drop, DroppedFile
from pipeline.model.files import file_sha256

__all__ = ["drop_hash", "drop_of_files", "instant_of", "new_drop_id", "same_content", "take_files"]


def take_files(feed: str, paths: Sequence[Path], keeper: Keeper, clock: Clock, *, is_delta: bool = False) -> Claim:
    """A drop of files that a person hands over: copied into the store, not moved. DropError when one cannot be read.

    is_delta: the files are a delta by themselves, which overtakes runs not yet sent.
    """
    listed = drop_of_files(feed, paths, now=clock.now(), is_delta=is_delta)
    kept = []
    for file, sha256 in zip(listed.files, keeper.put_all([file.path for file in listed.files]), strict=True):
        if sha256 != file.sha256:
            raise DropError(f'"{file.name}" changed while it was read.', code="drop-still-changing", file=file.name)
        kept.append(replace(file, path=keeper.path(sha256)))
    return Claim(replace(listed, files=tuple(kept)), None, same_content(kept))


def drop_of_files(feed: str, paths: Sequence[Path], *, now: datetime, is_delta: bool = False) -> Drop:
    """A drop of files that stay where they are. DropError when there is none, or one cannot be read."""
    files = [_dropped(path) for path in sorted(paths, key=lambda path: (path.name, str(path)))]
    if not files:
        raise DropError("No file was named.", code="drop-empty", remedy="Name the files of the export.")
    return Drop(new_drop_id(now), feed, tuple(files), now, drop_hash(files), is_urgent=is_delta)


def _dropped(path: Path) -> DroppedFile:
    name = shown(path.name)
    try:
        status = path.stat()
        return DroppedFile(name, path, status.st_size, file_sha256(path), instant_of(status.st_mtime_ns))
    except OSError as error:
        raise DropError(
            f'"{name}" cannot be read ({error.strerror}).',
            code="drop-unreadable-file",
            file=name,
            remedy="Check the name, and whether you have the right to read it.",
        ) from error


def same_content(members: Sequence[DroppedFile]) -> tuple[Remark, ...]:
    """Remarks that refuse a drop in which one file's content came under another one's name too."""
    first: dict[str, str] = {}
    remarks = []
    for file in members:
        if file.size and file.sha256 in first:
            message = f'"{file.name}" has the same content as "{first[file.sha256]}". Nothing was imported.'
            remedy = "Export both again; one of them was probably saved under the wrong name."
            remarks.append(Remark("drop-same-content", RemarkKind.REFUSE, message, remedy, file.name))
        first.setdefault(file.sha256, file.name)
    return tuple(remarks)


def drop_hash(members: Iterable[DroppedFile]) -> str:
    """One hash over the files' own, whatever they are called."""
    hashes = sorted(file.sha256 for file in members)
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def new_drop_id(now: datetime) -> str:
    """A new drop's id: when it was taken (UTC), and something that no other has."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def instant_of(nanoseconds: int) -> datetime:
    """A file's time as an aware instant."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
