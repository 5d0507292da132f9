"""Commands that move a feed: run, plan, serve."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.output import print_json, print_table, say

__all__ = ["add_to"]

Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="SIS_PIPELINE_CONFIG")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Feed = Annotated[str, typer.Argument(help="A feed of the configuration.", show_default=False)]

CONFIG = "config/pipeline.yaml"


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(run)
    app.command()(plan)
    app.command()(serve)


def run(
    feed: Feed,
    files: Annotated[list[Path] | None, typer.Argument(help="The export's files; they are copied, not moved.")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Take one drop all the way, now, and wait for its end. Suits cron.

    Without FILEs, what lies complete in the feed's drop folder is taken; if nothing does, the last drop is planned again.
    Exit 3 held, 4 rows refused or messages, 75 Canvas unreachable, 1 failed.

    Example: sis-pipeline run registrar export.zip
    """
    from pipeline.cli.work import Follower, finish_command, follow, opened
    from pipeline.runs.taking import take_drop

    follower = Follower(quiet=as_json)
    with opened(config, name="run", tell=follower.tell) as place:
        taken = take_drop(place, feed, files or [])
        say(f"{taken.run_id}: {feed} → {taken.instance}")
        ended = follow(place, taken.run_id)
        code = finish_command(place, ended, as_json=as_json)
    raise typer.Exit(code)


def plan(
    feed: Feed,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files to plan with; by default the last accepted drop.")
    ] = None,
    drop: Annotated[str | None, typer.Option(help="An earlier drop, by its id.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the plan's rows as CSVs into this folder.")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show what would be sent, and send nothing.

    Exit 3 when a part would be held, 4 when rows are refused.

    Example: sis-pipeline plan registrar export.zip
    """
    from pipeline.cli.work import Follower, opened
    from pipeline.runs.preview import preview

    with opened(config, name="plan", tell=Follower(quiet=as_json).tell) as place:
        answer = preview(place, feed, files or [], drop_id=drop, out=out)
    if as_json:
        print_json({"version": 1, "feed": feed, **answer})
    else:
        _print_plan(answer)
    if answer["plan"]["holds"]:
        raise typer.Exit(3)
    raise typer.Exit(4 if answer["findings"].get("error") else 0)


def serve(config: Config = CONFIG) -> None:
    """Run as a service: watch the drop folders, run the timetable, carry out decisions, until stopped.

    Example: sis-pipeline serve
    """
    from pipeline.cli.work import load_settings, root_of
    from pipeline.service.serve import serve as serve_until_stopped

    raise typer.Exit(serve_until_stopped(load_settings(config), root_of(config)))


def _print_plan(answer: dict[str, Any]) -> None:
    counts = answer["plan"]["counts"]
    rows = [
        (table, action, number) for table, actions in counts.items() for action, number in actions.items() if number
    ]
    print_table(("table", "action", "rows"), rows, numbers=("rows",))
    for hold in answer["plan"]["holds"]:
        typer.echo(f"would be held: {hold['message']}")
    for sums in answer["sums"]:
        name = answer["files"][sums["file_no"]]["name"]
        typer.echo(
            f"{name}: {sums['read']} rows = {sums['used']} used + {sums['identical']} identical + {sums['merged']} merged"
            f" + {sums['filtered']} filtered + {sums['refused']} refused"
        )
    say("Nothing was sent.")
