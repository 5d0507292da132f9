"""The doorbell: file events only wake the service; what lies in the folders is found by scanning them."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

__all__ = ["Bell"]

log = logging.getLogger(__name__)

_OPENING = frozenset({"opened", "closed_no_write"})  # our own looking, which must not ring


class _Ringer(FileSystemEventHandler):
    """Sets two events, and nothing else: an exception here would end watching for good."""

    def __init__(self, rung: threading.Event, wake: threading.Event) -> None:
        self._rung = rung
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _OPENING:
            self._rung.set()
            self._wake.set()


class Bell:
    """Rings when something changes below one of the folders; a folder that comes back is watched again.

    wake: is set too when it rings, for whoever waits.
    """

    def __init__(self, folders: Sequence[Path], wake: threading.Event) -> None:
        self._folders = tuple(folders)
        self._wake = wake
        self._rung = threading.Event()
        self._observer: BaseObserver | None = None
        self._watched: list[Path] = []

    def __enter__(self) -> Self:
        self._rebuild()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._end()

    def has_rung(self) -> bool:
        """Whether it rang since last asked."""
        rung = self._rung.is_set()
        self._rung.clear()
        return rung

    def look_after(self) -> None:
        """Build the observer anew when it, or one of its emitters, has died, or a folder came or went."""
        observer = self._observer
        is_dead = observer is None or not observer.is_alive()
        if is_dead or self._watched != self._present() or self._has_lost_one():
            self._rebuild()

    def _present(self) -> list[Path]:
        return [folder for folder in self._folders if folder.is_dir()]

    def _has_lost_one(self) -> bool:
        return self._observer is not None and any(not emitter.is_alive() for emitter in self._observer.emitters)

    def _rebuild(self) -> None:
        self._end()
        watched = self._present()
        observer = Observer()
        ringer = _Ringer(self._rung, self._wake)
        try:
            for folder in watched:
                observer.schedule(ringer, str(folder), recursive=False)
            observer.start()
        except OSError as error:
            log.warning("folders are scanned, not watched kind=%s", type(error).__name__)
            return
        self._observer, self._watched = observer, watched
        self._rung.set()

    def _end(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(timeout=5)
            self._observer = None
