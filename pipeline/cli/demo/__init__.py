"""`sis-pipeline demo`: the whole job in two nights, on a real export, against two embedded sandboxes."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    keep: Annotated[
        Path | None, typer.Option(help="Work in this folder and keep it; else a temporary one is kept for the report.")
    ] = None,
) -> None:
    """Show the whole job: two nights of a school district's exports, a Canvas for testing and one for production.

    Needs no Canvas and no network. Takes less than a minute.

    Example: sis-pipeline demo --keep demo
    """
    from pipeline.cli.demo.story import tell_story

    raise typer.Exit(tell_story(keep))
