"""One student of an unlikely name goes through a night with a refusal by Canvas and a killed process, and is found nowhere
but where people's data may be."""

import json
import os
import sqlite3

import pytest

from pipeline.model.states import RunState

NAME, LOGIN, SIS_ID = "Xquillthorpe", "zzyva-unlikely", "QX99107731"
CANARIES = (NAME, NAME.lower(), LOGIN, SIS_ID)
MAY_HOLD_PEOPLE = ("archive", "drop", ".pipeline", "canvas-test", "canvas-production")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


@pytest.fixture
def night(settled, school):
    """A service is killed once it has posted; the next one ends the work, in which Canvas refuses the canary."""
    for sandbox in (settled.test, settled.production):
        sandbox.engine.given({"canvas_users": [{"login_id": LOGIN, "user_id": "X1", "name": "By Hand"}]})
    canary = school.with_person(SIS_ID, NAME, NAME, username=LOGIN, email=f"{LOGIN}@example.edu")
    canary = canary.with_enrollment("ART", SIS_ID).with_enrollment("NOWHERE", SIS_ID)
    canary.torn["users"] = [
        f"{SIS_ID}2,active,,true,O1,student,{LOGIN}2,{NAME},{NAME}, the Younger,{LOGIN}@example.edu"
    ]
    killed = settled.start_service({"SIS_PIPELINE_CRASH_AT": "posted"})
    settled.drop(canary)
    killed.process.wait(timeout=60)
    with settled.serving() as service:
        service.wait_for(lambda: settled.runs(instance="production")[1:])
        service.stop()
    return settled


def test_a_student_is_found_nowhere_but_where_peoples_data_may_be(night):
    run = night.runs(instance="test")[-1]
    told = [
        night.command(*arguments).stderr
        for arguments in (("runs",), ("show", run.run_id), ("plan", "registrar"), ("status",), ("run", "registrar"))
    ]
    quiet = [night.command("status").stdout, night.command("runs").stdout, night.command("holds").stdout]

    assert run.state is RunState.ARCHIVED
    assert run.outcome["not_in"] > 0  # Canvas did refuse the canary
    assert canaries_in((night.folder / "service.log").read_text(encoding="utf-8")) == []
    assert canaries_in("\n".join(told + quiet)) == []
    assert canaries_in(json.dumps(night.told, default=str)) == []
    assert canaries_in(ledger_texts(night)) == []
    assert files_with_canaries(night) == []


def test_the_canary_is_where_it_should_be(night):
    """Else the test above could not fail."""
    archived = [
        path for path in (night.folder / "archive").rglob("users.csv") if NAME in path.read_text(encoding="utf-8")
    ]

    assert archived


def canaries_in(text):
    return [canary for canary in CANARIES if canary in text]


def ledger_texts(stage):
    """Every text of the ledger, whatever table it is in."""
    with sqlite3.connect(stage.folder / ".pipeline" / "ledger.sqlite") as ledger:
        return "\n".join(ledger.iterdump())


def files_with_canaries(stage):
    outside = [
        path
        for path in stage.folder.rglob("*")
        if path.is_file() and path.relative_to(stage.folder).parts[0] not in MAY_HOLD_PEOPLE
    ]
    names = [path for path in stage.folder.rglob("*") if canaries_in(path.name)]
    return names + [path for path in outside if canaries_in(path.read_text(encoding="utf-8", errors="replace"))]
