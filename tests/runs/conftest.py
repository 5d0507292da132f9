"""Stages for whole runs: a fresh one, and one where the school's first export is in production already."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.school import School, small_school
from tests.runs.stage import Stage, children_here, staged


@pytest.fixture
def school() -> School:
    return small_school()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Nothing was dropped yet."""
    children_here(monkeypatch)
    with staged(tmp_path) as stage, stage.opened():
        yield stage


@pytest.fixture(scope="session")
def second_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose first export went all the way into production; its Canvases are at rest."""
    folder = tmp_path_factory.mktemp("first-night")
    with pytest.MonkeyPatch.context() as monkeypatch:
        children_here(monkeypatch)
        with staged(folder) as stage, stage.opened():
            stage.all_the_way(small_school())
    return folder


@pytest.fixture
def settled(tmp_path: Path, second_night: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The small school is in production; nothing waits."""
    children_here(monkeypatch)
    with staged(tmp_path, like=second_night) as stage, stage.opened():
        yield stage
