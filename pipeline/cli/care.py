"""Commands for the care of the memory: ledger check, audit verify."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import print_json, say

if TYPE_CHECKING:
    from pipeline.runs.place import Place

__all__ = ["add_to"]

Config = Annotated[str, typer.Option("--config", help="The configuration file.", envvar="SIS_PIPELINE_CONFIG")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

CONFIG = "config/pipeline.yaml"
KINDS = ("desired", "base", "plan")


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    ledger = typer.Typer(help="Care of the ledger and the store.", no_args_is_help=True)
    ledger.command("check")(ledger_check)
    app.add_typer(ledger, name="ledger")
    audit = typer.Typer(help="Whether recorded decisions are as they were made.", no_args_is_help=True)
    audit.command("verify")(audit_verify)
    app.add_typer(audit, name="audit")


def ledger_check(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Read every roster, base and plan that the ledger points to, and compare each file with its hash.

    Exit 1 when one is missing or damaged.

    Example: sis-pipeline ledger check
    """
    from pipeline.cli.work import opened

    with opened(config, name="ledger check") as place:
        problems = _problems(place)
        checked = len(_pointers(place))
    if as_json:
        print_json({"version": 1, "checked": checked, "problems": problems})
    else:
        for problem in problems:
            typer.echo(problem)
        say(f"{checked} stored tables checked, {len(problems)} with problems.")
    raise typer.Exit(1 if problems else 0)


def audit_verify(
    head: Annotated[
        str | None, typer.Option(help="A head kept from an earlier report: was anything altered since?")
    ] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Follow the chain of decisions. Without --head only accidental edits are found.

    Exit 1 when the chain is broken, or does not hold the head.

    Example: sis-pipeline audit verify
    """
    from dataclasses import asdict

    from pipeline.cli.work import opened

    with opened(config, name="audit verify") as place:
        found = place.ledger.audit(head)
    is_sound = found.broken_at is None and found.holds_head is not False
    if as_json:
        print_json({"version": 1, "sound": is_sound, **asdict(found)})
    else:
        typer.echo(f"{found.decisions} decisions; head {found.head or '–'}")
        typer.echo(
            "The chain is whole." if found.broken_at is None else f"The chain is broken at decision {found.broken_at}."
        )
        if found.holds_head is False:
            typer.echo("The head given does not occur in it: decisions were altered or cut off since.")
    raise typer.Exit(0 if is_sound else 1)


def _pointers(place: "Place") -> list[tuple[str, str]]:
    """What is pointed to: a name for people, and the hash."""
    found = []
    for feed in place.settings.feeds:
        for instance in ("", *place.settings.instances):
            for kind in KINDS:
                pointer = place.ledger.get_pointer(feed, instance, kind)
                if pointer is not None and pointer.sha256:
                    found.append((f"{kind} of {feed}{' on ' + instance if instance else ''}", pointer.sha256))
    return found


def _problems(place: "Place") -> list[str]:
    from pipeline.errors import LedgerError

    problems = []
    for name, sha256 in _pointers(place):
        try:
            place.store.folder_paths(sha256)
        except LedgerError as error:
            problems.append(f"{name}: {error}")
    return problems
