"""The store: immutable files named by their hash. The ledger's rows are the only pointers to them."""

import contextlib
import errno
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.errors import LedgerError, TryLater
from pipeline.model.clock import Clock
from pipeline.model.crash import crash_point
from pipeline.model.files import (
    REAL_FILES,
    FileOperations,
    bytes_sha256,
    copy_to_new,
    file_sha256,
    is_temporary,
    make_folder,
    move_durably,
    write_durably,
)

__all__ = ["PATIENCE_SECONDS", "Store"]

PATIENCE_SECONDS = 60.0  # a share may show another host's file late
_HASH = re.compile(r"[0-9a-f]{64}")
_FOLDER_KEY = "files"
_ARRIVING = "arriving"
_SIDE_BY_SIDE = 16
_PASSING = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EAGAIN", "EBUSY", "ESTALE", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH")
    if hasattr(errno, name)
)
"""Errors after which the same step may succeed: a full disk, a share that is away."""


class Store:
    """Files by hash below one folder, local or on a share; safe for any number of writers, since equal names hold equal bytes.

    patience_seconds: how long to wait for a file that another host has written and this one cannot see yet; 0 for a local
    store. A missing or damaged file is a LedgerError: it is never taken for an empty one.
    """

    def __init__(
        self, folder: Path, clock: Clock, *, files: FileOperations = REAL_FILES, patience_seconds: float = 0.0
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._files = files
        self._patience_seconds = patience_seconds

    def put(self, source: Path) -> str:
        """Copy a file's bytes into the store; its hash. The original stays where it is."""
        (sha256,) = self.put_all([source])
        return sha256

    def put_all(self, sources: Sequence[Path]) -> list[str]:
        """Copy several files' bytes into the store; their hashes, in order. The originals stay where they are.

        Many small files are brought onto the disk side by side: one after the other, waiting for the disk takes most of the time.
        """
        if len(sources) < _SIDE_BY_SIDE:
            arrived = [self._arrive(source) for source in sources]
        else:
            with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="store") as pool:
                arrived = list(pool.map(self._arrive, sources))
        with _told(self.folder):
            kept_in = {self._keep(path, sha256) for path, sha256 in arrived}
            for folder in sorted(kept_in):
                self._files.sync_folder(folder)
        return [sha256 for _, sha256 in arrived]

    def put_bytes(self, content: bytes) -> str:
        """Put these bytes into the store; their hash."""
        sha256 = bytes_sha256(content)
        target = self._place(sha256)
        with _told(self.folder):
            if not _holds(target, sha256):
                make_folder(target.parent, files=self._files)
                write_durably(target, content, files=self._files)
        return sha256

    def take(self, source: Path) -> str:
        """Move a finished file into the store; its hash. Where it cannot be moved (another disk), it is copied, then removed."""
        with _told(self.folder):
            sha256 = file_sha256(source)
            target = self._place(sha256)
            if _holds(target, sha256):
                self._files.remove(source)
                return sha256
            make_folder(target.parent, files=self._files)
            if source.stat().st_dev == target.parent.stat().st_dev:
                source.chmod(0o600)
                move_durably(source, target, files=self._files)
                return sha256
        copied = self.put(source)
        with _told(self.folder):
            self._files.remove(source)
        return copied

    def take_folder(self, source: Path) -> str:
        """Move the files of a folder (not of folders in it) into the store; the hash of their list, which stands for all."""
        listed = {path.name: self.take(path) for path in sorted(source.iterdir()) if path.is_file()}
        return self.put_list(listed)

    def put_list(self, hashes: Mapping[str, str]) -> str:
        """Make one hash stand for several files of the store. hashes: name → hash."""
        return self.put_bytes(json.dumps({_FOLDER_KEY: dict(sorted(hashes.items()))}, indent=0).encode())

    def path(self, sha256: str) -> Path:
        """Where the file with this hash is, after its bytes were compared with the hash. LedgerError if missing or damaged."""
        target = self._place(sha256)
        self._wait_for(target)
        try:
            is_whole = file_sha256(target) == sha256
        except FileNotFoundError as error:
            raise LedgerError(
                f"A file of the store is missing ({sha256[:12]}…).",
                remedy=f"Restore {self.folder} from a backup, or look whether the share is there.",
            ) from error
        except OSError as error:
            raise LedgerError(
                f"A file of the store cannot be read ({sha256[:12]}…).", remedy="Check disk and rights."
            ) from error
        if not is_whole:
            raise LedgerError(
                f"A file of the store is damaged ({sha256[:12]}…): its bytes no longer fit its name.",
                remedy=f"Restore {self.folder} from a backup; run `sis-pipeline ledger check`.",
            )
        return target

    def read_bytes(self, sha256: str) -> bytes:
        """The bytes with this hash, compared with it."""
        return self.path(sha256).read_bytes()

    def names(self, sha256: str) -> dict[str, str]:
        """The names and hashes that a folder's hash stands for."""
        try:
            listed = json.loads(self.read_bytes(sha256))[_FOLDER_KEY]
        except (ValueError, KeyError, TypeError) as error:
            raise LedgerError(f"{sha256[:12]}… of the store is not a list of files.") from error
        return {str(name): str(value) for name, value in listed.items()}

    def folder_paths(self, sha256: str) -> dict[str, Path]:
        """The files that a folder's hash stands for, by name, each compared with its hash."""
        return {name: self.path(value) for name, value in self.names(sha256).items()}

    def holds(self, sha256: str) -> bool:
        """Whether a file of this name is there; its bytes are not looked at."""
        return self._place(sha256).is_file()

    def hashes(self) -> Iterator[str]:
        """Every hash in the store, for finding what nothing points to any more."""
        for path in sorted((self.folder / "objects").glob("??/*")):
            if _HASH.fullmatch(path.name):
                yield path.name

    def forget(self, sha256: str) -> None:
        """Delete a file that no row points to any more; nothing if it is gone."""
        with _told(self.folder):
            self._files.remove(self._place(sha256))

    def free_bytes(self) -> int:
        """Room left where the store is, in bytes."""
        with _told(self.folder):
            return self._files.free_bytes(make_folder(self.folder, files=self._files))

    def remove_partial(self) -> int:
        """Delete what interrupted writers left behind; how many files. Only while nobody else writes."""
        partial = [path for path in self.folder.rglob(".*") if path.is_file() and is_temporary(path)]
        partial += [path for path in (self.folder / _ARRIVING).glob("*") if path.is_file()]
        with _told(self.folder):
            for path in set(partial):
                self._files.remove(path)
        return len(set(partial))

    def _place(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise LedgerError("A pointer into the store is not a hash.", remedy="Run `sis-pipeline ledger check`.")
        return self.folder / "objects" / sha256[:2] / sha256

    def _arrive(self, source: Path) -> tuple[Path, str]:
        """Copy a file to where it can be taken for nothing else, and onto the disk."""
        with _told(self.folder, source):
            arriving = make_folder(self.folder / _ARRIVING, files=self._files) / secrets.token_hex(8)
            return arriving, copy_to_new(source, arriving, files=self._files).sha256

    def _keep(self, arriving: Path, sha256: str) -> Path:
        """Give a file that is on the disk its name; the folder that is to be synced afterwards."""
        target = self._place(sha256)
        if _holds(target, sha256):
            self._files.remove(arriving)
        else:
            make_folder(target.parent, files=self._files)
            self._files.replace(arriving, target)
            crash_point("store-kept-one")
        return target.parent

    def _wait_for(self, target: Path) -> None:
        deadline = self._clock.monotonic() + self._patience_seconds
        while not target.exists() and self._clock.monotonic() < deadline:
            self._clock.sleep(1.0)


def _holds(target: Path, sha256: str) -> bool:
    """Whether the file is there and whole; a damaged one is written anew."""
    return target.is_file() and file_sha256(target) == sha256


@contextlib.contextmanager
def _told(folder: Path, source: Path | None = None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if source is not None and error.filename == str(source):
            raise TryLater(
                f"A file cannot be read ({error.strerror}).",
                remedy="Another program may have it open; it is tried again.",
            ) from error
        if error.errno in _PASSING:
            raise TryLater(
                f"The store {folder} cannot take more at the moment ({error.strerror}).",
                remedy="Free some space, or wait for the share; nothing is lost, the step is done again.",
            ) from error
        raise LedgerError(
            f"The store {folder} cannot be written to ({error.strerror or type(error).__name__}).",
            remedy="Check its rights and whether the disk or share is there.",
        ) from error
