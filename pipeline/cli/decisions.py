"""Commands by which a person decides: holds, approve, discard, promote."""

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from pipeline.ledger.rows import HoldRow

__all__ = ["add_to"]

Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="SIS_PIPELINE_CONFIG")]
Reason = Annotated[str, typer.Option(help="Why: kept for whoever asks later.", show_default=False)]
By = Annotated[str | None, typer.Option(help="Who decides; by default the login name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

CONFIG = "config/pipeline.yaml"


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(holds)
    app.command()(approve)
    app.command()(discard)
    app.command()(promote)


def holds(
    feed: Annotated[str | None, typer.Argument(help="Only of this feed.")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """List what waits for a person, with the numbers and the command that decides.

    Example: sis-pipeline holds
    """
    from pipeline.cli.work import opened

    with opened(config, name="holds") as place:
        waiting = place.ledger.holds(feed)
    if as_json:
        print_json({"version": 1, "holds": [_plain(hold) for hold in waiting]})
        return
    if not waiting:
        say("Nothing is held.")
        return
    for hold in waiting:
        typer.echo(f"{hold.hold_id}  {hold.feed}: {hold.message}")
        typer.echo(f"          held since {hold.held_at:%Y-%m-%d %H:%M} UTC by the guard {hold.guard!r} ({hold.kind})")
        _print_counts(hold.numbers.get("counts", {}))
        typer.echo(f"          to look:    sis-pipeline show {hold.hold_id}")
        typer.echo(f'          to decide:  sis-pipeline approve {hold.hold_id} --reason "…"    or    discard')


def approve(
    hold: Annotated[str, typer.Argument(help="The hold, as `holds` shows it.")],
    reason: Reason,
    by: By = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let a held part go: exactly these rows, for the reason given. It is sent to the first instance at once.

    Example: sis-pipeline approve r000004 --reason "the middle school really closed its evening courses"
    """
    _decide("approve", hold, reason, by, config=config, as_json=as_json)


def discard(
    hold: Annotated[str, typer.Argument(help="The hold, as `holds` shows it.")],
    reason: Reason,
    by: By = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Drop a held part: nothing of it is sent, also when it comes back identical.

    Example: sis-pipeline discard r000004 --reason "the export was cut short"
    """
    _decide("discard", hold, reason, by, config=config, as_json=as_json)


def promote(
    run: Annotated[str, typer.Argument(help="A run that was rehearsed, or the one that waits.")],
    reason: Reason,
    by: By = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Give the rehearsed package, byte for byte, to the next instance.

    Example: sis-pipeline promote r000002 --reason "looked at test, numbers as planned"
    """
    _decide("promote", run, reason, by, config=config, as_json=as_json)


def _decide(kind: str, run_id: str, reason: str, by: str | None, *, config: str, as_json: bool) -> None:
    from pipeline.cli.work import Follower, finish_command, follow, opened
    from pipeline.ledger.rows import DecisionKind
    from pipeline.runs.decide import Said, record
    from pipeline.runs.remote import carried_out

    follower = Follower(quiet=as_json)
    with opened(config, name=kind, tell=follower.tell) as place:
        decision = record(place, DecisionKind(kind), run_id, Said(by or getpass.getuser(), reason))
        result = carried_out(place, decision)
        say(f"{run_id}: {result}")
        run = (
            follow(place, str(decision.run_id))
            if result in {"approved", "promoted"}
            else place.ledger.get_run(str(decision.run_id))
        )
        code = finish_command(place, run, as_json=as_json, result=result)
    raise typer.Exit(code)


def _plain(hold: "HoldRow") -> dict[str, Any]:
    return {
        "hold": hold.hold_id,
        "feed": hold.feed,
        "instance": hold.instance,
        "drop": hold.drop_id,
        "kind": hold.kind,
        "guard": hold.guard,
        "scope": hold.scope,
        "message": hold.message,
        "remedy": hold.remedy,
        "numbers": hold.numbers,
        "held_at": hold.held_at.isoformat(),
        "approved": hold.approval is not None,
    }


def _print_counts(counts: dict[str, dict[str, int]]) -> None:
    rows = [
        (table, action, number) for table, actions in counts.items() for action, number in actions.items() if number
    ]
    if rows:
        print_table(("table", "action", "rows"), rows, numbers=("rows",))
