"""How commands print: results to stdout, all else to stderr; colours and bars on a terminal alone."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer

__all__ = ["print_json", "print_pairs", "print_table", "say", "say_step"]


def print_json(value: Any) -> None:
    """One JSON document on stdout. Its shape is a contract: it carries `version`."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(heading: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[str] = ()) -> None:
    """A table on stdout: drawn on a terminal, plain columns elsewhere. numbers: headings of right-aligned columns."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for name in heading:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*[Text(_cell(value)) for value in row])  # Text: names are never taken for markup
    console = Console(file=sys.stdout, soft_wrap=False, width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(table)


def print_pairs(pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line, aligned."""
    shown = [(name, _cell(value)) for name, value in pairs if value not in (None, "")]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        typer.echo(f"{name:<{width}}  {value}")


def say(text: str) -> None:
    """A line for the person at the terminal: stderr."""
    typer.echo(text, err=True)


def say_step(text: str) -> None:
    """A step of longer work: stderr, set off a little."""
    typer.echo(f"  · {text}", err=True)


def _cell(value: object) -> str:
    """Text of one cell; control characters of foreign names are shown, never sent to the terminal."""
    text = "" if value is None else str(value)
    return "".join(ch if ch.isprintable() or ch in "\n\t" else f"\\x{ord(ch):02x}" for ch in text)
