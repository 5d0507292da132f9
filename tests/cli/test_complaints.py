"""What a person reads when something is wrong: the cause in a line, what to do about it, and no traceback."""

import pytest

from pipeline.sandbox.api.registry import Grant

WRONG = """\
timezone: America/Denwer
instances:
  test: {kind: test, url: "http://127.0.0.1:3001", token: "1~abcdefghijklmnopqrstuvwxyz"}
feeds:
  registrar:
    drop: drop/registrar
    setle: 30s
    mapping: preset:oneroster-1.1
    deliver: {to: [tset]}
"""


def test_all_mistakes_of_a_configuration_are_told_at_once(desk):
    desk.stage.config.write_text(WRONG, encoding="utf-8")

    done = desk("status")

    assert done.code == 2
    lines = [line for line in done.err.splitlines() if "pipeline.yaml line" in line]
    assert [line.split("pipeline.yaml line ")[1].split(":")[0] for line in lines] == ["1", "3", "7", "9"]
    assert "settle" in done.err


def test_a_token_in_the_configuration_is_refused_and_not_repeated(desk):
    desk.stage.config.write_text(WRONG, encoding="utf-8")

    done = desk("status")

    assert "never itself" in done.err
    assert "1~abcdefghijklmnopqrstuvwxyz" not in done.out + done.err


def test_a_missing_configuration_is_told_with_the_command_that_makes_one(command, tmp_path):
    done = command(tmp_path, {}, "status")

    assert done.code != 0
    assert "sis-pipeline init" in done.err


def test_a_production_host_that_is_a_test_instance_is_refused(desk):
    text = desk.stage.config.read_text(encoding="utf-8")
    wrong = text.replace(desk.stage.production.url, "https://school.test.instructure.com")
    desk.stage.config.write_text(wrong, encoding="utf-8")

    done = desk("status")

    assert done.code == 2
    assert "school.test.instructure.com" in done.err


def changed_export(desk, school):
    school.with_person("P7", "Katherine", "Johnson").write(desk.stage.drop_folder)


@pytest.mark.parametrize(
    ("cause", "remedy"),
    [("missing", "TEST_TOKEN"), ("wrong", "put a new one in place"), ("without rights", "SIS Data - import")],
)
def test_a_token_that_does_not_do_is_told_with_what_to_do(cause, remedy, desk, school):
    tokens = {"missing": "", "wrong": "of-nobody"}
    no_rights = desk.stage.test.site.tokens.grant(Grant("no rights", 1, []))[0]
    desk.stage.tokens["TEST_TOKEN"] = tokens.get(cause, no_rights)
    changed_export(desk, school)

    done = desk("run", "registrar")

    assert done.code == 1
    assert remedy in done.err
    assert "Traceback" not in done.err
    assert "of-nobody" not in done.out + done.err


def test_a_wrong_account_is_told_with_what_to_check(desk, school):
    missing = {"errors": [{"message": "The specified resource does not exist."}]}
    desk.stage.fault(
        desk.stage.test, {"method": "GET", "path": "/api/v1/accounts/*/sis_imports", "status": 404, "body": missing}
    )
    changed_export(desk, school)

    done = desk("run", "registrar")

    assert done.code == 1
    assert "Check host and account of this instance" in done.err


def test_a_fault_of_ours_is_one_sentence_without_values(desk, monkeypatch):
    def fail(*_arguments):
        raise KeyError("Katherine Johnson")

    monkeypatch.setattr("pipeline.ledger.ledger.Ledger.runs", fail)

    done = desk("runs")

    assert done.code == 70
    assert "KeyError" in done.err
    assert "Katherine" not in done.err
    assert "Traceback" not in done.err
