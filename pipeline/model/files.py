"""Durable file operations: a file or folder under its final name is complete and on the disk, whatever happens."""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "BLOCK_BYTES",
    "REAL_FILES",
    "FileOperations",
    "FileSum",
    "bytes_sha256",
    "copy_durably",
    "copy_to_new",
    "file_sha256",
    "is_temporary",
    "make_folder",
    "move_durably",
    "move_folder_durably",
    "remove_durably",
    "temporary_beside",
    "write_durably",
]

BLOCK_BYTES = 1024 * 1024
FOLDER_MODE = 0o700
FILE_MODE = 0o600
SHARING_PATIENCE_SECONDS = 30.0  # how long a Windows virus scanner or copier may keep a file open
_TEMPORARY_MARK = ".partial-"


class FileOperations:
    """The operations on disk of which durable writing is made, one method each, so that a test can count and fail them."""

    def create(self, path: Path) -> BinaryIO:
        """A new file, readable by its owner only; it must not exist."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), FILE_MODE)
        return os.fdopen(descriptor, "wb")

    def write(self, file: BinaryIO, block: bytes) -> None:
        """Write one block."""
        file.write(block)

    def sync(self, file: BinaryIO) -> None:
        """Bring what was written onto the disk."""
        file.flush()
        os.fsync(file.fileno())

    def replace(self, source: Path, target: Path) -> None:
        """Give a file its name, replacing what had it."""
        os.replace(source, target)  # noqa: PTH105  # the one call that all durable writing hangs on, named plainly

    def rename(self, source: Path, target: Path) -> None:
        """Give a file or folder a name that is still free, on the same file system."""
        os.rename(source, target)  # noqa: PTH104

    def sync_folder(self, folder: Path) -> None:
        """Bring the names in a folder onto the disk; nothing where the system cannot (Windows, some shares)."""
        if os.name == "nt":
            return
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError:  # some network file systems refuse to sync a folder: their server keeps the order
            return
        finally:
            os.close(descriptor)

    def make_folder(self, folder: Path) -> None:
        """One new folder, for its owner only; nothing if it is there."""
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)

    def remove(self, path: Path) -> None:
        """Delete a file; nothing if it is gone."""
        path.unlink(missing_ok=True)

    def free_bytes(self, folder: Path) -> int:
        """Room left on the folder's file system, in bytes."""
        return shutil.disk_usage(folder).free


REAL_FILES = FileOperations()


@dataclass(frozen=True, slots=True)
class FileSum:
    """What a file holds, in short. size: bytes; sha256: hex digits."""

    size: int
    sha256: str


def write_durably(
    path: Path, content: bytes | Iterable[bytes], *, files: FileOperations = REAL_FILES, mode: int | None = None
) -> FileSum:
    """Write a file so that under its name there is the old content or the new, never a part, also after a power cut.

    content: all of it, or blocks. mode: other permissions than the owner's alone. Raises OSError; then the old file is
    as it was, and no temporary file stays behind.
    """
    temporary = temporary_beside(path)
    written = _write_new(temporary, (content,) if isinstance(content, bytes) else content, files)
    try:
        if mode is not None:
            temporary.chmod(mode)
        _patiently(lambda: files.replace(temporary, path))
        files.sync_folder(path.parent)
    except BaseException:
        _remove_quietly(temporary)
        raise
    return written


def copy_to_new(source: Path, target: Path, *, files: FileOperations = REAL_FILES) -> FileSum:
    """Copy a file's bytes onto the disk, under a name that is not final yet; its permissions are not taken over.

    Raises OSError, also when the source changed meanwhile; then nothing stays behind.
    """
    before = source.stat()
    copied = _write_new(target, _blocks(source), files)
    after = source.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or copied.size != after.st_size:
        _remove_quietly(target)
        raise OSError(errno.EAGAIN, "The file changed while it was copied.")
    return copied


def copy_durably(source: Path, target: Path, *, files: FileOperations = REAL_FILES) -> FileSum:
    """Copy a file's bytes as `write_durably` writes: under the target's name there is all of them, or what was there before."""
    temporary = temporary_beside(target)
    copied = copy_to_new(source, temporary, files=files)
    try:
        _patiently(lambda: files.replace(temporary, target))
        files.sync_folder(target.parent)
    except BaseException:
        _remove_quietly(temporary)
        raise
    return copied


def _write_new(path: Path, blocks: Iterable[bytes], files: FileOperations) -> FileSum:
    """Write a file that does not exist yet, and bring its bytes onto the disk; nothing stays behind when that fails."""
    digest, size = hashlib.sha256(), 0
    try:
        with files.create(path) as file:
            for block in blocks:
                files.write(file, block)
                digest.update(block)
                size += len(block)
            files.sync(file)
        _require_size(path, size)
    except BaseException:
        _remove_quietly(path)
        raise
    return FileSum(size, digest.hexdigest())


def _remove_quietly(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def move_durably(source: Path, target: Path, *, files: FileOperations = REAL_FILES) -> None:
    """Give a finished file its name: its bytes reach the disk first, then the name. Same file system only."""
    with source.open("rb+") as file:
        files.sync(file)
    _patiently(lambda: files.replace(source, target))
    files.sync_folder(target.parent)


def move_folder_durably(source: Path, target: Path, *, files: FileOperations = REAL_FILES) -> None:
    """Give a finished folder its name, which must be free: all files and folders in it reach the disk first."""
    for folder, _, names in os.walk(source, topdown=False):
        for name in names:
            with Path(folder, name).open("rb+") as file:
                files.sync(file)
        files.sync_folder(Path(folder))
    _patiently(lambda: files.rename(source, target))
    files.sync_folder(target.parent)


def remove_durably(path: Path, *, files: FileOperations = REAL_FILES) -> None:
    """Delete a file for good; nothing if it is gone."""
    _patiently(lambda: files.remove(path))
    with contextlib.suppress(FileNotFoundError):
        files.sync_folder(path.parent)


def make_folder(folder: Path, *, files: FileOperations = REAL_FILES) -> Path:
    """The folder, made with all its parents where it was missing, each for its owner only."""
    if not folder.is_dir():
        if folder.parent != folder:
            make_folder(folder.parent, files=files)
        files.make_folder(folder)
        files.sync_folder(folder.parent)
    return folder


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bytes_sha256(content: bytes) -> str:
    """SHA-256 of these bytes, hex."""
    return hashlib.sha256(content).hexdigest()


def temporary_beside(path: Path) -> Path:
    """A name in the same folder that nobody uses, and that `is_temporary` knows again after a crash."""
    return path.with_name(f".{path.name[:100]}{_TEMPORARY_MARK}{secrets.token_hex(6)}")


def is_temporary(path: Path) -> bool:
    """Whether this is a partial file or folder that durable writing left when the process was killed."""
    return path.name.startswith(".") and _TEMPORARY_MARK in path.name


def _require_size(path: Path, size: int) -> None:
    if path.stat().st_size != size:
        raise OSError(errno.EIO, "The file on disk is shorter than what was written.")


def _blocks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _patiently(action: Callable[[], None]) -> None:
    """Do it; where Windows says that another program has the file open, try again for a while."""
    deadline = time.monotonic() + SHARING_PATIENCE_SECONDS
    while True:
        try:
            return action()
        except PermissionError:
            if os.name != "nt" or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
