"""A drop folder, a clock and a store, and the SIS that writes into the folder."""

import os
from pathlib import Path

import pytest

from pipeline.intake import IntakeRules, Scan, Sightings, scan
from pipeline.ledger.store import Store
from tests.model.clocks import HandClock

THREE = ("users.csv", "classes.csv", "enrollments.csv")


class Folder:
    """A feed's drop folder: files are written with the clock's time, and looked at by scans that remember the last one."""

    def __init__(self, path: Path, clock: HandClock, **rules) -> None:
        path.mkdir(parents=True)
        self.path = path
        self.clock = clock
        self.rules = IntakeRules("registrar", path, **rules)
        self.sightings = Sightings()

    def write(self, name: str, content: bytes = b"", *, age: float = 0) -> Path:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content or name.encode())
        seconds = self.clock.now().timestamp() - age
        os.utime(path, (seconds, seconds))
        return path

    def scan(self, *, is_deadline_past: bool = False) -> Scan:
        found = scan(self.rules, self.sightings, self.clock, is_deadline_past=is_deadline_past)
        self.sightings = found.sightings
        return found

    def settle(self) -> Scan:
        """Look, wait until everything stands still, look again."""
        self.scan()
        self.clock.forward(self.rules.settle_seconds)
        return self.scan()

    def left(self) -> list[str]:
        """Names of the files still in the drop folder itself."""
        return sorted(path.name for path in self.path.iterdir() if path.is_file())


def names(found: Scan) -> list[list[str]]:
    return [[file.name for file in candidate.files] for candidate in found.ready]


def waits(found: Scan) -> list[str]:
    return [wait.reason for wait in found.waits]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(tmp_path, clock) -> Store:
    return Store(tmp_path / "store", clock)


@pytest.fixture
def folder(tmp_path, clock) -> Folder:
    """Expects three files."""
    return Folder(tmp_path / "drop", clock, expects=THREE)


@pytest.fixture
def open_folder(tmp_path, clock) -> Folder:
    """Expects nothing by name."""
    return Folder(tmp_path / "drop", clock)
