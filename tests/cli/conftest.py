"""Commands in a project with two Canvases: in this process where nothing hangs on it, which saves a second each."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.cli.main import main
from tests.runs.conftest import school, second_night
from tests.runs.stage import Stage, children_here, staged

__all__ = ["Done", "school", "second_night"]


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`sis-pipeline …` in this process: `command(folder, environ, *arguments)`."""

    def run(folder: Path, environ: Mapping[str, str], *arguments: str) -> Done:
        capsys.readouterr()
        with monkeypatch.context() as here:
            here.chdir(folder)
            here.setattr("sys.argv", ["sis-pipeline", *arguments])
            here.setattr(os, "environ", dict(environ))
            with pytest.raises(SystemExit) as ended:
                main()
        printed = capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)

    return run


@dataclass(frozen=True)
class Desk:
    """A project, its Canvases, and its command line."""

    stage: Stage
    command: Command

    def __call__(self, *arguments: str) -> Done:
        return self.command(self.stage.folder, self.stage.environment, *arguments)


@pytest.fixture
def fresh(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A project into which nothing was dropped yet."""
    children_here(monkeypatch)
    with staged(tmp_path) as stage, stage.opened():
        yield Desk(stage, command)


@pytest.fixture
def desk(tmp_path: Path, second_night: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A project whose small school is in production."""
    children_here(monkeypatch)
    with staged(tmp_path, like=second_night) as stage, stage.opened():
        yield Desk(stage, command)
