"""Work on tables in a child process, which gives its memory back; here is the parent's side, free of frames.

The child is `python -m pipeline.runs.tables JOB REQUEST.json`; it answers with one JSON object a line on stdout: events, and as
the last line either `{"done": …}` or `{"error": …}`.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import DropError, LedgerError, PipelineError, Problem, SettingsError, TryLater

__all__ = ["EventSink", "run_table_work"]

EventSink = Callable[[Mapping[str, Any]], None]

_STOPPED = frozenset({-signal.SIGINT, -signal.SIGTERM})  # Ctrl-C and systemd reach all processes of a service at once
_ERRORS: dict[str, type[PipelineError]] = {"LedgerError": LedgerError, "PipelineError": PipelineError}


def run_table_work(job: str, request: Mapping[str, Any], folder: Path, *, on_event: EventSink) -> dict[str, Any]:
    """Run one job in a child process and return what it answered.

    request: plain JSON; it is written into `folder`, which the child may fill. on_event: called with each event as it comes.
    Raises the child's PipelineError again; a child that died without an answer is a PipelineError too.
    """
    path = folder / "request.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    path.chmod(0o600)
    command = [sys.executable, "-m", "pipeline.runs.tables", job, str(path)]
    # -m finds our package by the module path of this process; nothing of the environment holds student data
    with subprocess.Popen(  # noqa: S603  # our own module, a path we made
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=_child_environment(),
        text=True,
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C at the terminal is for us: the step at hand ends first
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    ) as child:
        answer: dict[str, Any] | None = None
        try:
            for event in _events(child):
                if "done" in event or "error" in event:
                    answer = event
                else:
                    on_event(event)
        except BaseException:
            child.kill()
            raise
    if answer is None and child.returncode in _STOPPED:
        raise TryLater("The work on tables was told to stop.", remedy="It is done again at the next start.")
    if answer is None:
        raise PipelineError(
            f"The work on tables stopped without an answer (exit status {child.returncode}).",
            remedy="Most often memory ran out: look at the free memory and at the size of the export, then drop it again.",
        )
    if "error" in answer:
        raise _error_from(answer["error"])
    return dict(answer["done"])


def _child_environment() -> dict[str, str]:
    # allocators that give memory back: 100 MiB less at 2,000,000 enrollments, and no slower
    memory = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}
    return {
        **memory,
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
        "PYTHONUTF8": "1",
    }


def _events(child: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    assert child.stdout is not None
    for line in child.stdout:
        yield json.loads(line)


def _error_from(error: Mapping[str, Any]) -> PipelineError:
    kind, message, remedy = error["kind"], error["message"], error.get("remedy", "")
    if kind == "DropError":
        return DropError(message, code=error["code"], file=error.get("file"), remedy=remedy)
    if kind == "SettingsError":
        return SettingsError(
            tuple(Problem(p["file"], p["line"], p["message"]) for p in error["problems"]), remedy=remedy
        )
    return _ERRORS.get(kind, PipelineError)(message, remedy=remedy)
