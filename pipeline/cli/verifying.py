"""The command that reads Canvas back: verify."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from pipeline.runs.verifying import Comparison

__all__ = ["add_to"]

Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="SIS_PIPELINE_CONFIG")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Feed = Annotated[str, typer.Argument(help="A feed of the configuration.", show_default=False)]

CONFIG = "config/pipeline.yaml"
WAYS = ("rest",)
LATER_WAYS = ("reports", "nrps", "dap", "auto")
MOST_LINES = 200
DIFFERENT = 4


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify(
    feed: Feed,
    instance: Annotated[str | None, typer.Option(help="An instance of the feed; by default its last one.")] = None,
    way: Annotated[str, typer.Option("--with", help="How Canvas is read: rest.")] = "rest",
    course: Annotated[str | None, typer.Option(help="Only this course, by its SIS id.")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Read Canvas back and show where it is not as it was last accepted. Changes nothing.

    Exit 0 equal, 4 differences, 75 Canvas could not be read.

    Example: sis-pipeline verify registrar --course BIO-101
    """
    _check_way(way)
    from pipeline.cli.work import Follower, opened
    from pipeline.runs.verifying import verify_feed

    with opened(config, name="verify", tell=Follower(quiet=as_json).tell) as place:
        chosen = instance or place.last_instance(feed)
        found = verify_feed(place, feed, chosen, course=course)
    if as_json:
        print_json({"version": 1, "feed": feed, "instance": chosen, "with": way, "course": course, **_plain(found)})
    else:
        _print(feed, chosen, found)
    raise typer.Exit(0 if found.is_equal else DIFFERENT)


def _check_way(way: str) -> None:
    if way in LATER_WAYS:
        raise typer.BadParameter(
            f"reading with `{way}` is not available in this version yet; write `--with rest`.", param_hint="--with"
        )
    if way not in WAYS:
        known = ", ".join((*WAYS, *LATER_WAYS))
        raise typer.BadParameter(f"there is no way to read called `{way}`; there are {known}.", param_hint="--with")


def _plain(found: "Comparison") -> dict[str, Any]:
    return {
        "equal": found.is_equal,
        **found.numbers,
        "differences": list(found.differences),
        "not_shown": found.not_shown,
        "not_read": found.not_read,
    }


def _print(feed: str, instance: str, found: "Comparison") -> None:
    """Numbers, then the differences, which are people's data and go to stdout alone."""
    names = ("looked_at", "equal", "missing", "differing", "extra", "by_hand", "left_out")
    heading = ("table", "looked at", "equal", "missing", "differing", "extra", "of it by hand", "left out")
    rows = [(table, *(counts[name] for name in names)) for table, counts in found.counts.items()]
    print_table(heading, rows, numbers=heading[1:])
    if found.differences:
        typer.echo()
        shown = found.differences[:MOST_LINES]
        print_table(("what", "table", "row", "column", "ours", "Canvas"), [_line(each) for each in shown])
    if len(found.differences) > MOST_LINES:
        say(f"… and {len(found.differences) - MOST_LINES} more; --json prints all.")
    for table, columns in found.not_shown.items():
        say(f"not compared in {table}: {', '.join(columns)}")
    if found.not_read:
        say(f"not read: {', '.join(found.not_read)}")
    ending = "is as last accepted" if found.is_equal else f"differs in {len(found.differences)} places"
    say(f"{feed} → {instance}: Canvas {ending}; {found.requests} requests.")


def _line(each: Mapping[str, Any]) -> tuple[str, ...]:
    row = " ".join(f"{name}={value}" for name, value in each["key"].items() if value)
    what = f"{each['what']} ({each['whose']})" if each["whose"] else each["what"]
    return (what, each["table"], row, each["column"], each["ours"], each["canvas"])
