"""A stage for whole runs: a project folder, two sandboxes as test and production, and what a person would do there.

Commands and the service are real processes; what needs none works on an opened `Place`, with a clock that jumps instead of
waiting. `children_here` does the work on tables in this process: same requests, same answers, without a second's start each.
"""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import requests

from pipeline.errors import PipelineError
from pipeline.ledger.owner import Owner
from pipeline.ledger.rows import DecisionKind, HoldRow, RunFilter, RunKind, RunRow
from pipeline.model.clock import Clock
from pipeline.model.crash import CRASH_VARIABLE
from pipeline.model.states import RunState, Waiting
from pipeline.runs import child, tables
from pipeline.runs.conductor import advance, next_runs
from pipeline.runs.decide import Said, carry_out_pending, record
from pipeline.runs.place import Hearing, Place, open_place
from pipeline.runs.remote import brought_to_rest, carried_out
from pipeline.runs.taking import FolderWatch, take_drop, take_ready
from pipeline.sandbox.embedded import Sandbox, running_sandbox
from pipeline.settings import load
from tests.delivery.hasty import HastyClock
from tests.runs.school import EXPECTED, School

__all__ = ["CONFIGURATION", "Stage", "children_here", "staged"]

CONFIGURATION = """\
timezone: America/Denver
instances:
  test: {{kind: test, url: "{test}", token: "env:TEST_TOKEN"}}
  production: {{kind: production, url: "{production}", token: "env:PRODUCTION_TOKEN"}}
feeds:
  registrar:
    drop: drop/registrar
    settle: {settle}
    expects: [{expects}]
    mapping: preset:oneroster-1.1
    absent: {{enrollments: deleted, users: {users}}}
    deliver: {{to: [test, production], promote: {promote}}}
    {more}
"""
FEED = "registrar"
PATIENCE_SECONDS = 40.0
T = TypeVar("T")


@dataclass
class Stage:
    """One project and its two Canvases."""

    folder: Path
    test: Sandbox
    production: Sandbox
    clock: Clock = field(default_factory=HastyClock)
    told: list[Mapping[str, Any]] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)  # in place of the sandboxes' own
    place: Place = field(init=False)

    def configure(self, *, settle: str = "1s", users: str = "keep", promote: str = "manual", more: str = "") -> None:
        """Write the configuration. users: what a person missing from an export means; more: lines for the feed."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        written = CONFIGURATION.format(
            test=self.test.url,
            production=self.production.url,
            settle=settle,
            users=users,
            promote=promote,
            more=more,
            expects=", ".join(EXPECTED),
        )
        self.config.write_text(written, encoding="utf-8")
        self.drop_folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def opened(self) -> Iterator[Place]:
        """Work on the project in this process while this lasts."""
        settings = load(self.config, self.environment, env_file=None)
        hearing = Hearing(lambda _run, event: self.told.append(event))
        owner = Owner.current("tests")
        with open_place(settings, self.folder, clock=self.clock, owner=owner, hearing=hearing) as self.place:
            yield self.place

    @property
    def config(self) -> Path:
        return self.folder / "config" / "pipeline.yaml"

    @property
    def drop_folder(self) -> Path:
        return self.folder / "drop" / FEED

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "TEST_TOKEN": self.test.token,
            "PRODUCTION_TOKEN": self.production.token,
            **self.tokens,
            "PYTHONUTF8": "1",
            "PYTHONWARNINGS": "error",
            "COLUMNS": "200",
        }

    # What a person does.

    def drop(self, school: School) -> None:
        school.write(self.drop_folder)

    def run(self, school: School | None = None) -> RunRow:
        """`sis-pipeline run`, in this process: of this export, or of what there is."""
        if school is not None:
            self.drop(school)
        return brought_to_rest(self.place, take_drop(self.place, FEED, []).run_id)

    def decide(self, kind: str, run_id: str, reason: str = "looked at it") -> str:
        """A decision by command, in this process: what came of it, once its run rests."""
        decision = record(self.place, DecisionKind(kind), run_id, Said("ada", reason))
        result = carried_out(self.place, decision)
        brought_to_rest(self.place, str(decision.run_id))
        return result

    def approve(self, run_id: str) -> str:
        return self.decide("approve", run_id)

    def promote(self, run_id: str) -> RunRow:
        """Promote what waits after this run; the run on the next instance."""
        waiting = self.waiting(run_id)
        assert self.decide("promote", waiting.run_id) == "promoted"
        return self.place.ledger.get_run(waiting.run_id)

    def waiting(self, run_id: str) -> RunRow:
        """The run that carries this run's package to production, and waits for a person."""
        found = self.place.ledger.runs(RunFilter(parent_run_id=run_id, kind=RunKind.PROMOTION))
        (run,) = [run for run in found if run.waiting is Waiting.PROMOTION]
        return run

    def all_the_way(self, school: School) -> RunRow:
        """An export into production, whatever has to be said on the way; the run on production."""
        run = self.run(school)
        if run.state is RunState.HELD:
            assert self.approve(run.run_id) == "approved"
        return self.promote(run.run_id)

    def rest(self, run_id: str) -> RunRow:
        """The run once it rests."""
        return brought_to_rest(self.place, run_id)

    def work_on(self) -> None:
        """What a service does when it starts, until nothing is left to do."""
        watch = FolderWatch(FEED)
        for _ in range(200):
            took = take_ready(self.place, watch)
            carry_out_pending(self.place)
            due = next_runs(self.place)
            for run in due:
                advance(self.place, run.run_id)
            if not (took or due or watch.due_at or self.place.ledger.pending_decisions()):
                return
            self.clock.sleep(1.0)
        raise AssertionError("there is no end to it")

    def drop_incomplete(self, school: School) -> None:
        """All files of an export but one, put there longer ago than the feed waits for the last."""
        self.drop(school)
        (self.drop_folder / "users.csv").unlink()
        self.configure(more="expect_window: 1s")

    def files_in_drop_folder(self) -> list[Path]:
        return [path for path in self.drop_folder.rglob("*") if path.is_file()]

    def holds(self) -> tuple[HoldRow, ...]:
        return self.place.ledger.holds(FEED)

    def runs(self, **wanted: Any) -> tuple[RunRow, ...]:
        return self.place.ledger.runs(RunFilter(**wanted))

    def run_row(self, run_id: str) -> RunRow:
        return self.place.ledger.get_run(run_id)

    # What Canvas says.

    def posts(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        """The uploads that a Canvas got, as its own log tells over HTTP."""
        seen = requests.get(f"{sandbox.url}/sandbox/requests", timeout=10).json()
        return [one for one in seen if one["method"] == "POST" and one["path"].endswith("/sis_imports")]

    def imports(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        """Canvas's imports, oldest first, as its API tells."""
        answer = requests.get(
            f"{sandbox.url}/api/v1/accounts/self/sis_imports",
            params={"per_page": "100"},
            headers={"Authorization": f"Bearer {sandbox.token}", "User-Agent": "tests"},
            timeout=10,
        )
        return sorted(answer.json()["sis_imports"], key=lambda one: one["id"])

    def live(self, sandbox: Sandbox | None = None) -> set[tuple[str, str]]:
        """Active enrollments of a Canvas (production by default), as (section, user)."""
        state = (sandbox or self.production).engine.state()
        return {(row["section_id"], row["user_id"]) for row in state["enrollments"] if row["status"] == "active"}

    def user(self, user_id: str, sandbox: Sandbox | None = None) -> dict[str, Any] | None:
        state = (sandbox or self.production).engine.state()
        return next((row for row in state["users"] if row["user_id"] == user_id), None)

    def fault(self, sandbox: Sandbox, *rules: Mapping[str, Any]) -> None:
        sandbox.site.faults.put([dict(rule) for rule in rules])

    # Processes.

    def command(self, *arguments: str, environ: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """`sis-pipeline …` as a process in the project folder."""
        return subprocess.run(
            [sys.executable, "-m", "pipeline.cli.main", *arguments],
            cwd=self.folder,
            env={**self.environment, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=90,
        )

    def json(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self.command(*arguments, "--json").stdout)

    def killed_at(self, point: str, *arguments: str) -> None:
        """A command that is killed without warning at a named place."""
        ended = self.command(*arguments, environ={CRASH_VARIABLE: point})
        assert ended.returncode == -signal.SIGKILL, (point, ended.returncode, ended.stderr)

    @contextmanager
    def serving(self, environ: Mapping[str, str] | None = None) -> Iterator["Service"]:
        """`sis-pipeline serve` as a process; ended, if it still runs, at the end."""
        service = self.start_service(environ)
        try:
            yield service
        finally:
            service.end()

    def start_service(self, environ: Mapping[str, str] | None = None) -> "Service":
        log = (self.folder / "service.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli.main", "serve"],
            cwd=self.folder,
            env={**self.environment, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # so that `interrupt` reaches it and its children, and nobody else
        )
        log.close()
        return Service(self, process)


@dataclass
class Service:
    """A running `serve`."""

    stage: Stage
    process: "subprocess.Popen[bytes]"

    @property
    def log(self) -> str:
        return (self.stage.folder / "service.log").read_text(encoding="utf-8")

    def wait_for(self, look: Callable[[], T | None], *, seconds: float = PATIENCE_SECONDS) -> T:
        """The first thing that a look finds while the service lives."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            found = look()
            if found:
                return found
            assert self.process.poll() is None, f"the service ended: {self.log}"
            time.sleep(0.05)
        raise AssertionError(f"waited in vain; the service's log:\n{self.log}")

    def wait_until_ready(self) -> None:
        self.wait_for(lambda: "service started" in self.log)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop, as systemd or Ctrl-C would; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=30)

    def interrupt(self) -> int:
        """Ctrl-C at its terminal, which reaches every process of it; its exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def staged(folder: Path, like: Path | None = None, **settings: str) -> Iterator[Stage]:
    """A stage in an empty folder, or in a copy of another one that is closed."""
    if like is not None:
        shutil.copytree(like, folder, dirs_exist_ok=True)
    with (
        running_sandbox(data_dir=folder / "canvas-test") as test,
        running_sandbox(data_dir=folder / "canvas-production") as production,
    ):
        stage = Stage(folder, test, production)
        stage.configure(**settings)
        yield stage


def children_here(monkeypatch: Any) -> None:
    """Let the work on tables be done in this process. For tests whose claim is not about processes."""
    here = SimpleNamespace(Popen=_ChildHere, DEVNULL=subprocess.DEVNULL, PIPE=subprocess.PIPE)
    monkeypatch.setattr(child, "subprocess", here)


class _ChildHere(contextlib.AbstractContextManager["_ChildHere"]):
    """What `Popen` is to the conductor: its lines are the answers of the job."""

    returncode = 0

    def __init__(self, command: list[str], **_options: Any) -> None:
        job, path = command[-2:]
        lines: list[Mapping[str, Any]] = []
        try:
            request = json.loads(Path(path).read_text(encoding="utf-8"))
            lines.append({"done": tables.JOBS[job](request, lines.append)})
        except PipelineError as error:
            lines.append({"error": tables._plain(error)})
        self.stdout = io.StringIO("".join(json.dumps(line) + "\n" for line in lines))

    def __exit__(self, *_exc: object) -> None:
        self.stdout.close()

    def kill(self) -> None:
        """There is nothing to end."""
