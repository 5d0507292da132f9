"""The child process in which all work on tables happens: `python -m pipeline.runs.tables JOB REQUEST.json`."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import DropError, PipelineError, SettingsError
from pipeline.runs import prepare_tables, report_tables, settle_tables, verify_tables

__all__ = ["main"]

Emit = Callable[[Mapping[str, Any]], None]

JOBS: dict[str, Callable[[dict[str, Any], Emit], dict[str, Any]]] = {
    "prepare": prepare_tables.prepare,
    "settle": settle_tables.settle,
    "freshness": settle_tables.freshness,
    "report": report_tables.report,
    "wish": verify_tables.wish,
    "sample": verify_tables.sample,
    "verify": verify_tables.verify,
}


def main() -> int:
    """Do one job; print events, then the answer. Exit 0 when an answer was given, also one that says what went wrong."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent decides whether a job under way is still wanted
        signal.signal(number, signal.SIG_IGN)
    try:
        _answer(sys.argv[1], Path(sys.argv[2]))
    except BrokenPipeError:
        os._exit(1)  # the parent has gone: nobody waits for an answer, and a traceback helps nobody
    return 0


def _answer(job: str, path: Path) -> None:
    try:
        request = json.loads(path.read_text(encoding="utf-8"))
        _emit({"done": JOBS[job](request, _emit)})
    except PipelineError as error:
        _emit({"error": _plain(error)})
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  # the outermost call of this process: types and frames, no values
        _emit({"error": _unforeseen(error)})


def _emit(event: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def _plain(error: PipelineError) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": type(error).__name__, "message": str(error), "remedy": error.remedy}
    if isinstance(error, DropError):
        plain |= {"code": error.code, "file": error.file}
    if isinstance(error, SettingsError):
        plain["problems"] = [{"file": p.file, "line": p.line, "message": p.message} for p in error.problems]
    return plain


def _unforeseen(error: BaseException) -> dict[str, Any]:
    kinds, places = [], []
    cause: BaseException | None = error
    while cause is not None:
        kinds.append(type(cause).__name__)
        places += [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(cause.__traceback__)[-3:]]
        cause = cause.__cause__ or cause.__context__
    return {
        "kind": "PipelineError",
        "message": f"Unforeseen {' from '.join(kinds)} at {', '.join(places)}.",
        "remedy": "This is a fault of the pipeline: keep the drop and report these places.",
    }


if __name__ == "__main__":
    sys.exit(main())
