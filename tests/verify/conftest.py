"""A Canvas that answers over HTTP, emptied before each test; and a school that is in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.sandbox.embedded import Sandbox, running_sandbox
from tests.runs.school import small_school
from tests.runs.stage import Stage, children_here, staged
from tests.sandbox.http import Client


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def canvas(running: Sandbox) -> Iterator[Client]:
    client = Client(running)
    client.control("POST", "reset")
    yield client
    client.http.close()


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    with pytest.MonkeyPatch.context() as monkeypatch:
        children_here(monkeypatch)
        with staged(folder) as stage, stage.opened():
            stage.all_the_way(small_school())
    return folder


@pytest.fixture
def settled(tmp_path: Path, first_night: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The small school is in production; nothing waits."""
    children_here(monkeypatch)
    with staged(tmp_path, like=first_night) as stage, stage.opened():
        yield stage
