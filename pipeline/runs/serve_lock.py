"""One service per state folder: a locked file that names its holder; free at once when the holder dies."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pipeline.errors import TryLater

__all__ = ["hold_serve_lock", "serving"]

LOCK_NAME = "serve.lock"
LOOKS, LOOK_SECONDS = 5, 0.05


@contextmanager
def hold_serve_lock(state_folder: Path, *, started_at: str) -> Iterator[None]:
    """Be the one service of this state folder; TryLater names the one that is.

    started_at: for the message, ISO 8601.
    """
    path = state_folder / LOCK_NAME
    with path.open("a+", encoding="utf-8") as file:
        path.chmod(0o600)
        if not _lock_soon(file):
            holder = _holder(path)
            raise TryLater(
                f"Another service already works here: process {holder.get('pid', '?')} on {holder.get('host', '?')}, "
                f"since {holder.get('started_at', '?')}.",
                remedy="Stop it first, or use this configuration's other commands: they work beside it.",
            )
        try:
            file.seek(0)
            file.truncate()
            json.dump({"pid": os.getpid(), "host": socket.gethostname(), "started_at": started_at}, file)
            file.flush()
            yield
        finally:
            file.seek(0)
            file.truncate()
            _unlock(file)


def serving(state_folder: Path) -> bool:
    """Whether a service works on this state folder now."""
    path = state_folder / LOCK_NAME
    if not path.exists():
        return False
    with path.open("a+", encoding="utf-8") as file:
        if not _try_lock(file):
            return True
        _unlock(file)
    return False


def _lock_soon(file: IO[str]) -> bool:
    """Take the lock; a command that only looks whether a service works has it for a moment."""
    for _ in range(LOOKS):
        if _try_lock(file):
            return True
        time.sleep(LOOK_SECONDS)
    return False


def _holder(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


if sys.platform == "win32":
    import msvcrt

    _BEYOND = 1 << 20  # the locked byte lies beyond the text, so that others can read who holds it

    def _try_lock(file: IO[str]) -> bool:
        file.seek(_BEYOND)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[str]) -> None:
        file.seek(_BEYOND)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[str]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
