"""The demo's stage: a project folder, two sandboxes, the service as a process of its own, and commands run as a person would."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pipeline.cli.work import Follower
from pipeline.errors import PipelineError
from pipeline.ledger.owner import Owner
from pipeline.model.clock import SystemClock
from pipeline.runs.place import Hearing, Place, open_place
from pipeline.sandbox.embedded import Sandbox, running_sandbox
from pipeline.settings import load

__all__ = ["Stage", "set_up_stage"]

CONFIGURATION = """\
timezone: America/Denver
instances:
  test: {{kind: test, url: "{test}", token: "env:DEMO_TEST_TOKEN"}}
  production: {{kind: production, url: "{production}", token: "env:DEMO_PRODUCTION_TOKEN"}}
feeds:
  registrar:
    drop: drop/registrar
    settle: 1s
    expects: [orgs.csv, academicSessions.csv, courses.csv, classes.csv, users.csv, enrollments.csv]
    mapping: preset:oneroster-1.1
    absent: {{enrollments: deleted, users: keep}}
    deliver: {{to: [test, production], promote: manual}}
"""
T = TypeVar("T")

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that the story plays on. commands: what a person types is run by `command`, as a process."""

    folder: Path
    place: Place
    test: Sandbox
    production: Sandbox
    environment: dict[str, str]
    service: "subprocess.Popen[bytes]"

    @property
    def drop_folder(self) -> Path:
        """Where the SIS writes its exports."""
        return self.folder / "drop" / "registrar"

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `sis-pipeline …` in the project folder, as a person at a terminal would."""
        return subprocess.run(  # noqa: S603  # our own program with words of ours
            [sys.executable, "-m", "pipeline.cli.main", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def wait_for(self, what: str, look: Callable[[], T | None]) -> T:
        """The first thing that a look finds; PipelineError when nothing is found in a minute."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at and self.service.poll() is None:
            found = look()
            if found:
                return found
            time.sleep(LOOK_SECONDS)
        log = self.folder / "service.log"
        raise PipelineError(f"The demo waited in vain for {what}.", remedy=f"The service's log is {log}.")


@contextmanager
def set_up_stage(folder: Path) -> Iterator[Stage]:
    """Write the project, start both sandboxes and the service; at the end stop all of them."""
    with (
        running_sandbox(data_dir=folder / "sandbox-test") as test,
        running_sandbox(data_dir=folder / "sandbox-production") as production,
    ):
        tokens = {"DEMO_TEST_TOKEN": test.token, "DEMO_PRODUCTION_TOKEN": production.token}
        environment = {**os.environ, **tokens, "PYTHONUTF8": "1"}
        path = folder / "config" / "pipeline.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(CONFIGURATION.format(test=test.url, production=production.url), encoding="utf-8")
        (folder / "drop" / "registrar").mkdir(parents=True)
        settings = load(path, environment, env_file=None)
        with (
            _service(folder, environment) as service,
            open_place(
                settings, folder, clock=SystemClock(), owner=Owner.current("demo"), hearing=Hearing(Follower().tell)
            ) as place,
        ):
            yield Stage(folder, place, test, production, environment, service)


@contextmanager
def _service(folder: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "service.log").open("w", encoding="utf-8") as log:
        service = subprocess.Popen(  # our own program with words of ours
            [sys.executable, "-m", "pipeline.cli.main", "serve"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield service
        finally:
            service.terminate()
            try:
                service.wait(timeout=20)
            except subprocess.TimeoutExpired:
                service.kill()
                service.wait()
