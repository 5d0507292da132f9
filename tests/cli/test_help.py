"""Every command explains itself, and is named where people look."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from pipeline.cli.main import app

ROOT = Path(__file__).resolve().parents[2]


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield " ".join(path), command


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_has_help_with_an_example(name):
    text = COMMANDS[name].help or ""

    assert len(text.split("\n")[0]) > 10
    assert f"Example: sis-pipeline {name}" in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_of_a_command_is_explained(name):
    unexplained = [
        parameter.opts[0]
        for parameter in COMMANDS[name].params
        if parameter.param_type_name == "option" and not parameter.help
    ]

    assert unexplained == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_is_named_in_the_documentation(name):
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)

    assert f"sis-pipeline {name}" in text or f"`{name}" in text


def test_a_wrong_command_is_bad_usage(command, tmp_path):
    done = command(tmp_path, {}, "approvee")

    assert done.code == 2
    assert "approve" in done.err


def test_without_a_command_the_help_is_shown(command, tmp_path):
    done = command(tmp_path, {})

    assert "sis-pipeline demo" in done.out + done.err
