"""Commands that show what is going on and what happened: runs, show, report, status."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import print_json, print_pairs, print_table, say

if TYPE_CHECKING:
    from pipeline.ledger.rows import EventRow, RunRow
    from pipeline.runs.place import Place

__all__ = ["add_to"]

Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="SIS_PIPELINE_CONFIG")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunId = Annotated[str, typer.Argument(help="A run or hold, as `runs` and `holds` show it.", show_default=False)]

CONFIG = "config/pipeline.yaml"
SHOWN = 20


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(status)
    app.command()(runs)
    app.command()(show)
    app.command()(report)


def runs(
    feed: Annotated[str | None, typer.Argument(help="Only of this feed.")] = None,
    limit: Annotated[int, typer.Option(help="The newest so many.")] = SHOWN,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """List runs, the oldest first.

    Example: sis-pipeline runs registrar --limit 5
    """
    from pipeline.cli.work import opened, plain_run
    from pipeline.ledger.rows import RunFilter

    with opened(config, name="runs") as place:
        found = place.ledger.runs(RunFilter(feed=feed, limit=limit))
    if as_json:
        print_json({"version": 1, "runs": [plain_run(run) for run in found]})
        return
    if not found:
        say("There are no runs yet. `sis-pipeline run FEED FILE…` makes one.")
        return
    heading = ("run", "feed", "instance", "kind", "state", "waits for", "changes", "at (UTC)")
    print_table(heading, [_line(run) for run in found])


def show(run_id: RunId, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Show one run: its numbers, its hold, what happened to it step by step, and who decided.

    Example: sis-pipeline show r000003
    """
    from pipeline.cli.work import opened, plain_run

    with opened(config, name="show") as place:
        run = place.ledger.get_run(run_id)
        events = place.ledger.events(run_id)
        decisions = place.ledger.decisions(run_id=run_id)
        imports = place.ledger.imports(run_id)
        examples = _examples(place, run)
    if as_json:
        told = [{"at": e.at.isoformat(), "event": e.event, "from": e.before, "to": e.after} for e in events]
        decided = [{"kind": str(d.kind), "by": d.by, "reason": d.reason, "result": d.result} for d in decisions]
        ids = [seen.import_id for seen in imports]
        print_json(
            {
                "version": 1,
                "run": plain_run(run),
                "events": told,
                "decisions": decided,
                "imports": ids,
                "examples": examples,
            }
        )
        return
    _print_run(run)
    _print_examples(examples)
    print_table(("at (UTC)", "step"), [(f"{event.at:%Y-%m-%d %H:%M:%S}", _step(event)) for event in events])
    for decision in decisions:
        typer.echo(f"{decision.kind} by {decision.by}: {decision.reason} ({decision.result or 'pending'})")


def report(run_id: RunId, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Print where a run's HTML report is; it is written anew if the run is not archived yet.

    Example: sis-pipeline report r000003
    """
    from pipeline.cli.work import opened
    from pipeline.runs.reporting import report_path

    with opened(config, name="report") as place:
        path: Path = report_path(place, place.ledger.get_run(run_id))
    if as_json:
        print_json({"version": 1, "run": run_id, "report": str(path)})
    else:
        typer.echo(str(path))


def status(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Show feeds, their last runs, and what waits for whom.

    Example: sis-pipeline status
    """
    from pipeline.cli.work import opened, plain_run
    from pipeline.ledger.rows import RunFilter
    from pipeline.runs.serve_lock import serving

    with opened(config, name="status") as place:
        is_serving = serving(place.settings.state)
        last = {feed: place.ledger.runs(RunFilter(feed=feed, limit=1)) for feed in place.settings.feeds}
        holds = place.ledger.holds()
    if as_json:
        feeds = {feed: [plain_run(run) for run in found] for feed, found in last.items()}
        print_json({"version": 1, "service": is_serving, "feeds": feeds, "holds": [hold.hold_id for hold in holds]})
        return
    typer.echo(f"service: {'running' if is_serving else 'not running'}")
    rows = [_line(found[0]) if found else ("–", feed, "", "", "no run yet", "", "", "") for feed, found in last.items()]
    print_table(("last run", "feed", "instance", "kind", "state", "waits for", "changes", "at (UTC)"), rows)
    if holds:
        typer.echo(f"{len(holds)} held: sis-pipeline holds")


def _line(run: "RunRow") -> tuple[str, ...]:
    counts = run.facts.get("counts") or {}
    total = sum(number for actions in counts.values() for number in actions.values())
    what = run.hold.get("guard") and f"held: {run.hold['guard']}" if str(run.state) == "held" else str(run.waiting)
    at = f"{run.updated_at:%Y-%m-%d %H:%M}"
    return (run.run_id, run.feed, run.instance, str(run.kind), _state(run), what or "", str(total or ""), at)


def _state(run: "RunRow") -> str:
    outcome = run.outcome.get("state")
    return f"{run.state} ({outcome})" if outcome else str(run.state)


def _print_run(run: "RunRow") -> None:
    print_pairs(
        [
            ("run", run.run_id),
            ("feed", run.feed),
            ("instance", run.instance),
            ("kind", str(run.kind)),
            ("state", _state(run)),
            ("waits for", str(run.waiting)),
            ("drop", run.drop_id),
            ("parent", run.parent_run_id),
            ("held because", run.hold.get("message") if str(run.state) == "held" else ""),
            ("reason", run.error),
            ("remedy", run.remedy),
            ("import", run.outcome.get("import", "")),
        ]
    )
    plan = run.facts.get("numbers", {}).get("plan", {}).get("counts", {})
    rows = [(table, action, number) for table, actions in plan.items() for action, number in actions.items() if number]
    if rows:
        typer.echo("\nplan of the whole drop")
        print_table(("table", "action", "rows"), rows, numbers=("rows",))
    mine = [(t, a, n) for t, actions in (run.facts.get("counts") or {}).items() for a, n in actions.items() if n]
    if mine:
        typer.echo("\nthis run sends" if str(run.state) != "held" else "\nthis run would send")
        print_table(("table", "action", "rows"), mine, numbers=("rows",))
    typer.echo()


def _examples(place: "Place", run: "RunRow") -> list[dict[str, Any]]:
    """Ten examples of what a held run would send; they are people's data, so they go to stdout alone."""
    if not run.hold:
        return []
    from pipeline.runs.reporting import hold_examples

    return hold_examples(place, run)


def _print_examples(examples: list[dict[str, Any]]) -> None:
    if not examples:
        return
    typer.echo("examples")
    rows = [
        (e["table"], e["action"], " ".join(f"{k}={v}" for k, v in e["key"].items() if v), _where(e)) for e in examples
    ]
    print_table(("table", "action", "row", "because"), rows)
    typer.echo()


def _where(example: dict[str, Any]) -> str:
    if example.get("line") is not None:
        return f"{example.get('file')} line {example['line']}"
    return str(example.get("reason") or "absent from the export")


def _step(event: "EventRow") -> str:
    if event.event == "transition":
        return f"{event.before} → {event.after}"
    return event.event if not event.after else f"{event.event} ({event.after})"
