"""`--json` is a contract: one document on stdout, with a version; what people are told goes to stderr."""

import json

import pytest

from tests.cli.conftest import Desk


@pytest.fixture
def held(desk, school) -> Desk:
    """A night on which one part is held and one waits for its promotion. Runs: r000003, its hold, its promotion."""
    desk.stage.configure(more="guards: {enrollments: {delete: {floor: 3}}}")
    emptied = school.without("enrollments", *[f"E-BIO-P{number}" for number in range(2, 7)])
    emptied.with_person("P7", "Katherine", "Johnson").write(desk.stage.drop_folder)
    assert desk("run", "registrar").code == 3
    return desk


def document(done):
    assert "Traceback" not in done.err
    assert done.out.startswith("{"), done
    return json.loads(done.out)


ASKING = {
    "runs": ("runs",),
    "runs of a feed": ("runs", "registrar", "--limit", "2"),
    "holds": ("holds",),
    "status": ("status",),
    "show": ("show", "r000003"),
    "report": ("report", "r000003"),
    "plan": ("plan", "registrar"),
    "ledger check": ("ledger", "check"),
    "audit verify": ("audit", "verify"),
    "inspect": ("inspect", "export/users.csv"),
    "check": ("check", "--preset", "oneroster-1.1", "export"),
    "transform": ("transform", "--preset", "oneroster-1.1", "--out", "canvas", "export/users.csv"),
    "init": ("init", "elsewhere"),
}


def test_every_command_that_prints_data_prints_one_json_document(held, school):
    school.write(held.stage.folder / "export")

    answers = {name: held(*arguments, "--json") for name, arguments in ASKING.items()}

    assert {name: document(done)["version"] for name, done in answers.items()} == dict.fromkeys(ASKING, 1)


def test_holds_as_json_have_the_numbers_and_whether_they_are_approved(held):
    (hold,) = document(held("holds", "--json"))["holds"]

    assert hold["numbers"]["counts"] == {"enrollments": {"delete": 5}}
    assert (hold["guard"], hold["approved"]) == ("delete", False)


def test_a_shown_run_has_its_steps_decisions_and_imports(desk):
    told = document(desk("show", "r000002", "--json"))

    assert told["run"]["state"] == "archived"
    assert [step["to"] for step in told["events"] if step["event"] == "transition"][-1] == "archived"
    assert [decision["kind"] for decision in told["decisions"]] == ["promote"]
    assert len(told["imports"]) == 1


def test_a_plan_as_json_counts_what_would_be_sent_and_held(held):
    told = document(held("plan", "registrar", "--json"))

    assert told["plan"]["counts"]["enrollments"]["delete"] == 5
    assert [hold["guard"] for hold in told["plan"]["holds"]] == ["delete"]


def test_a_run_as_json_carries_its_exit_code(desk, school):
    school.write(desk.stage.drop_folder)

    done = desk("run", "registrar", "--json")

    assert document(done)["exit_code"] == done.code == 0
    assert document(done)["run"]["state"] == "nothing_to_do"


def test_decisions_as_json_say_what_came_of_them(held):
    (hold,) = document(held("holds", "--json"))["holds"]
    (waiting,) = [run for run in document(held("runs", "--json"))["runs"] if run["waiting"] == "promotion"]

    discarded = document(held("discard", hold["hold"], "--reason", "cut short", "--json"))
    promoted = document(held("promote", waiting["run"], "--reason", "as planned", "--json"))

    assert (discarded["result"], discarded["run"]["state"]) == ("discarded", "discarded")
    assert (promoted["result"], promoted["run"]["state"]) == ("promoted", "archived")
