"""The command `verify`: exit codes, what goes to stdout and what to stderr."""

import json

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.errors import CouldNotLook
from tests.runs.stage import FEED

RENAMED = {"manual_user_change": {"user_id": "P2", "name": "Countess Lovelace"}}


@pytest.fixture
def command(settled, monkeypatch):
    """`sis-pipeline …` in this process, in the project's folder."""
    for name, value in settled.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(settled.folder)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_an_equal_canvas_exits_0(command):
    ended = command("verify", FEED)

    assert ended.exit_code == 0
    assert "is as last accepted" in ended.stderr


def test_differences_exit_4_and_people_are_on_stdout_alone(settled, command):
    settled.production.engine.given(RENAMED)

    ended = command("verify", FEED)

    assert ended.exit_code == 4
    assert "Countess Lovelace" in ended.stdout
    assert "Lovelace" not in ended.stderr
    assert "P2" not in ended.stderr


def test_json_is_one_document_with_numbers_and_differences(settled, command):
    settled.production.engine.given(RENAMED)

    ended = command("verify", FEED, "--course", "BIO", "--json")

    told = json.loads(ended.stdout)
    assert (told["version"], told["equal"], told["course"], told["instance"]) == (1, False, "BIO", "production")
    assert told["counts"]["users"]["differing"] == 1
    assert [(each["table"], each["column"], each["canvas"]) for each in told["differences"]] == [
        ("users", "full_name", "Countess Lovelace")
    ]


def test_another_instance_can_be_named(settled, command):
    settled.production.engine.given(RENAMED)

    assert command("verify", FEED, "--instance", "test").exit_code == 0


@pytest.mark.parametrize("way", ["reports", "nrps", "dap", "auto"])
def test_ways_to_read_that_are_not_there_yet_are_refused_as_such(way):
    ended = CliRunner().invoke(app, ["verify", FEED, "--with", way])

    assert ended.exit_code == 2
    assert "not available in this version yet" in ended.stderr


def test_a_canvas_that_refuses_to_be_read_could_not_be_looked_into(settled, command):
    settled.fault(
        settled.production, {"method": "GET", "path": "/api/v1/courses/*/enrollments", "status": 403, "body": {}}
    )

    ended = command("verify", FEED)

    assert isinstance(ended.exception, CouldNotLook)
    assert ended.exception.exit_code == 75
    assert ended.stdout == ""
