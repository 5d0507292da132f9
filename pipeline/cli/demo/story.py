"""The demo's story, told on the terminal: two nights, what the pipeline does, and what a person decides."""

import shlex
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from pipeline.cli.demo.second_export import NEW_STUDENTS, Night, first_export, second_export
from pipeline.cli.demo.stage import Stage, set_up_stage
from pipeline.cli.output import print_table
from pipeline.errors import PipelineError
from pipeline.ledger.rows import HoldRow, RunFilter, RunKind, RunRow
from pipeline.model.states import RunState, Waiting
from pipeline.runs.remote import tell_progress
from pipeline.runs.reporting import report_path

__all__ = ["tell_story"]

WRITE_PAUSE_SECONDS = 0.4


def tell_story(keep: Path | None) -> int:
    """Play both nights; 0 when everything went as told, 1 when not."""
    folder = _folder(keep)
    started = time.monotonic()
    _heading(f"A school district, two Canvases, one folder: {folder}")
    with set_up_stage(folder) as stage:
        _line(
            f"test       {stage.test.url}      production {stage.production.url}      (embedded sandboxes, on this computer)"
        )
        _line("the service is watching drop/registrar")
        first = first_export()
        _first_night(stage, first)
        second = second_export(first)
        reports = _second_night(stage, second)
        problems = _look_at_canvas(stage)
    _summary(stage, reports, time.monotonic() - started, problems)
    return 1 if problems else 0


def _first_night(stage: Stage, night: Night) -> None:
    _heading("Night 1 · the first export")
    _drop_slowly(stage, night)
    hold = stage.wait_for("the first plan", lambda: _only(stage.place.ledger.holds()))
    _line("read, mapped, checked, planned; and held, because it is the first plan of this feed:")
    _show_hold(hold)
    _command(stage, "approve", hold.hold_id, "--reason", "looked through the first plan")
    waiting = _rehearsed(stage)
    _line(f"rehearsed on test: {_outcome(waiting.facts['rehearsal'])}")
    _command(stage, "promote", waiting.run_id, "--reason", "test looks right")
    _archived(stage, waiting.run_id)


def _second_night(stage: Stage, night: Night) -> list[Path]:
    _heading("Night 2 · the same school, a night later, as exports really are")
    for sentence in night.story:
        _line(f"– {sentence}")
    _drop_slowly(stage, night)
    hold = stage.wait_for("the second plan", lambda: _only(stage.place.ledger.holds()))
    parent = stage.place.ledger.get_run(str(hold.numbers and stage.place.ledger.get_run(hold.hold_id).parent_run_id))
    _line("the plan of the whole drop:")
    _show_plan(parent)
    _line("what looks harmless goes ahead; this waits for a person:")
    _show_hold(hold)
    waiting = _rehearsed(stage)
    _line(f"rehearsed on test: {_outcome(waiting.facts['rehearsal'])}")
    _command(stage, "promote", waiting.run_id, "--reason", "only what was expected")
    ended = _archived(stage, waiting.run_id)
    _prove_held(stage)
    _command(stage, "show", hold.hold_id, shown_lines=16)
    _command(stage, "approve", hold.hold_id, "--reason", "the school confirmed: schedules start over on Monday")
    second = _rehearsed(stage)
    _command(stage, "promote", second.run_id, "--reason", "as approved")
    last = _archived(stage, second.run_id)
    return [report_path(stage.place, ended), report_path(stage.place, last)]


def _drop_slowly(stage: Stage, night: Night) -> None:
    """Write the files one by one, as a slow SIS does: the largest is still growing when it is first seen."""
    largest = max(night.files, key=lambda name: len(night.files[name]))
    for name in sorted(night.files, key=lambda name: name == largest):
        path = stage.drop_folder / name
        text = night.files[name]
        if name != largest:
            path.write_text(text, encoding="utf-8", newline="")
            continue
        _line(f"{len(night.files) - 1} files are written; {name} is still growing …")
        half = len(text) // 2
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(text[:half])
            file.flush()
            time.sleep(WRITE_PAUSE_SECONDS)
            file.write(text[half:])
    _line(f"{name} is complete; nothing is read before it has been quiet for a second")


def _rehearsed(stage: Stage) -> RunRow:
    """The run that waits for its promotion to production; until then, how far the import on test is."""

    def look() -> RunRow | None:
        for run in stage.place.ledger.runs(RunFilter(states=frozenset({RunState.IMPORTING}))):
            tell_progress(stage.place, run)
        return _waiting(stage)

    return stage.wait_for("the rehearsal on test", look)


def _waiting(stage: Stage) -> RunRow | None:
    packaged = stage.place.ledger.runs(RunFilter(states=frozenset({RunState.PACKAGED}), kind=RunKind.PROMOTION))
    return next((run for run in packaged if run.waiting is Waiting.PROMOTION), None)


def _archived(stage: Stage, run_id: str) -> RunRow:
    def look() -> RunRow | None:
        run = stage.place.ledger.get_run(run_id)
        return run if run.state in {RunState.ARCHIVED, RunState.FAILED} else None

    run = stage.wait_for("production", look)
    if run.state is RunState.FAILED:
        raise PipelineError(f"Run {run_id} failed: {run.error}", remedy=run.remedy)
    _line(f"{run.instance}: {_outcome(run.outcome)}; archived")
    return run


def _prove_held(stage: Stage) -> None:
    """Say what production's own API shows of the rows that were refused or held."""
    count = _enrollments(stage)
    _line(f"production itself has {count} live enrollments: none of the held ones is gone")


def _look_at_canvas(stage: Stage) -> list[str]:
    """Compare production's own answers with what was told; what differs, in words."""
    state = stage.production.engine.state()
    users = {row["user_id"]: row for row in state["users"]}
    live = [row for row in state["enrollments"] if row["status"] == "active"]
    problems = []
    new = [row for row in users.values() if str(row["login_id"]).startswith("new.student")]
    if len(new) != len(NEW_STUDENTS):
        problems.append(f"{len(new)} of {len(NEW_STUDENTS)} new students are in production")
    if not any(row["last_name"] == "Hartwell-Osei" for row in users.values()):
        problems.append("the changed family name is not in production")
    if not live:
        problems.append("production has no live enrollments")
    return problems


def _enrollments(stage: Stage) -> int:
    return sum(row["status"] == "active" for row in stage.production.engine.state()["enrollments"])


def _summary(stage: Stage, reports: list[Path], seconds: float, problems: list[str]) -> None:
    _heading("What happened")
    for problem in problems:
        _line(f"NOT AS TOLD: {problem}")
    _line(f"two exports in {seconds:.0f} seconds, each rehearsed on test, the same bytes promoted to production")
    _line("broken rows were refused and named; the people they stand for kept everything they had")
    _line("a mass drop waited for a person; the harmless rest did not wait")
    _line(f"archive:  {stage.folder / 'archive'}")
    for path in reports:
        typer.echo(f"report:   {path}")


def _show_plan(run: RunRow) -> None:
    counts: Mapping[str, Mapping[str, int]] = run.facts["numbers"]["plan"]["counts"]
    rows = [
        (table, action, number) for table, actions in counts.items() for action, number in actions.items() if number
    ]
    print_table(
        ("    table", "action", "rows"),
        [(f"    {table}", action, number) for table, action, number in rows],
        numbers=("rows",),
    )
    findings = run.facts["numbers"]["findings"]
    _line(
        f"{findings.get('error', 0)} rows refused, {findings.get('warning', 0)} warnings; the report names file, line and remedy"
    )


def _show_hold(hold: HoldRow) -> None:
    _line(f"  HELD {hold.hold_id}: {hold.message}")
    for table, actions in hold.numbers.get("counts", {}).items():
        _line("    " + ", ".join(f"{number} {table} {action}" for action, number in actions.items() if number))


def _command(stage: Stage, *arguments: str, shown_lines: int = 40) -> None:
    typer.echo(f"\n  $ sis-pipeline {shlex.join(arguments)}")
    done = stage.command(*arguments)
    for line in done.stdout.splitlines()[:shown_lines]:
        typer.echo(f"    {line}")
    if done.returncode not in {0, 3, 4}:
        raise PipelineError(f"The command ended with exit status {done.returncode}.")


def _outcome(outcome: Mapping[str, Any]) -> str:
    counts = {name: number for name, number in outcome.get("counts", {}).items() if number}
    said = ", ".join(f"{name} {number}" for name, number in counts.items())
    return f"import {outcome.get('import')} ended {outcome.get('state')} ({said})"


def _only(holds: tuple[HoldRow, ...]) -> HoldRow | None:
    return holds[0] if holds else None


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="sis-pipeline-demo-"))
    if keep.exists() and any(keep.iterdir()):
        raise PipelineError(f"{keep} is not empty.", remedy="Choose another folder for --keep, or empty this one.")
    keep.mkdir(parents=True, exist_ok=True)
    return keep.resolve()


def _heading(text: str) -> None:
    width = min(shutil.get_terminal_size().columns, 100)
    typer.echo(f"\n{text}\n{'─' * width}")


def _line(text: str) -> None:
    typer.echo(f"  {text}")
