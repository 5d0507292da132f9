"""A process that is killed anywhere is followed by one that ends the work: one import per run and instance, nothing lost.

The killed one is a real process, ended by SIGKILL at a named place. The one that follows does what a service does when it
starts, in this process, on a clock that jumps: the patience after a lost answer is minutes long.
"""

import os
import signal

import pytest

from pipeline.model.states import RunState
from pipeline.reports.archive import check_manifest
from tests.runs.school import small_school

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")

TAKING = (
    "intake-listed",
    "intake-moved-one",
    "intake-claimed",
    "intake-stored",
    "ledger-drop-recorded",
    "drop-recorded",
    "intake-released",
)
PLANNING = (
    "ledger-read",
    "ledger-mapped",
    "ledger-checked",
    "prepared",
    "ledger-planned",
    "divided",
    "ledger-packaged",
)
SENDING = (
    "ledger-submitting",
    "before-post",
    "posted",
    "ledger-importing",
    "import-over",
    "settled",
    "ledger-recorded",
    "archived",
    "ledger-archived",
)
slow = pytest.mark.slow


def marked(points, *fast):
    return [point if point in fast else pytest.param(point, marks=slow) for point in points]


@pytest.mark.parametrize("point", marked(TAKING + PLANNING + SENDING, "posted"))
def test_a_run_that_is_killed_is_brought_to_its_end(point, settled):
    school = small_school().with_person("P7", "Katherine", "Johnson").without("enrollments", "E-MAT-P3")
    settled.drop(school)
    settled.killed_at(point, "run", "registrar")

    settled.work_on()

    (run,) = settled.runs(instance="test")[1:]
    assert run.state is RunState.ARCHIVED
    assert imports_ended(settled, settled.test) == ["imported"] * 2
    assert ("MAT", "P3") not in settled.live(settled.test)
    assert_tidy(settled)


@pytest.mark.parametrize("point", marked(("ledger-decision-recorded", *SENDING), "before-post"))
def test_a_promotion_that_is_killed_is_brought_to_its_end(point, settled):
    run = settled.run(small_school().with_person("P7", "Katherine", "Johnson"))
    waiting = settled.waiting(run.run_id)
    settled.killed_at(point, "promote", waiting.run_id, "--reason", "test looks right")

    settled.work_on()

    assert settled.run_row(waiting.run_id).state is RunState.ARCHIVED
    assert imports_ended(settled, settled.production) == ["imported"] * 2
    assert settled.user("P7")["status"] == "active"
    assert_tidy(settled)


@pytest.mark.parametrize(
    "point", marked(("ledger-decision-recorded", "ledger-approved", "ledger-packaged", "posted"), "ledger-approved")
)
def test_an_approval_that_is_killed_is_brought_to_its_end(point, stage):
    hold = stage.run(small_school())
    stage.killed_at(point, "approve", hold.run_id, "--reason", "looked through it")

    stage.work_on()

    assert stage.run_row(hold.run_id).state is RunState.ARCHIVED
    assert [decision.result for decision in stage.place.ledger.decisions()] == ["approved"]
    assert imports_ended(stage, stage.test) == ["imported"]
    assert stage.place.ledger.last_accepted_drop("registrar").drop_id == hold.drop_id
    assert_tidy(stage)


@pytest.mark.parametrize("point", marked(("ledger-decision-recorded", "ledger-discarded")))
def test_a_discard_that_is_killed_is_brought_to_its_end(point, stage):
    hold = stage.run(small_school())
    stage.killed_at(point, "discard", hold.run_id, "--reason", "the export was cut")

    stage.work_on()

    assert stage.run_row(hold.run_id).state is RunState.DISCARDED
    assert [decision.result for decision in stage.place.ledger.decisions()] == ["discarded"]


@pytest.mark.parametrize("point", marked(("divided", "ledger-packaged")))
def test_a_plan_that_is_killed_ends_what_it_takes_the_place_of(point, settled):
    older = settled.waiting(settled.run(small_school().with_person("P7", "Katherine", "Johnson")).run_id)
    settled.drop(small_school().with_person("P7", "Katherine", "Goble"))
    settled.killed_at(point, "run", "registrar")

    settled.work_on()

    assert settled.run_row(older.run_id).state is RunState.SUPERSEDED
    newest = settled.runs(instance="test")[-1]
    assert settled.place.ledger.last_accepted_drop("registrar").drop_id == newest.drop_id


@pytest.mark.parametrize("point", marked(("ledger-held", "ledger-nothing_to_do", "ledger-failed", "ledger-incomplete")))
def test_a_run_that_is_killed_at_its_end_has_ended(point, stage):
    ends = {
        "ledger-held": lambda: stage.drop(small_school()),
        "ledger-nothing_to_do": lambda: (stage.all_the_way(small_school()), stage.drop(small_school())),
        "ledger-failed": lambda: (
            stage.drop(small_school()),
            (stage.drop_folder / "users.csv").write_bytes(b"\0" * 99),
        ),
        "ledger-incomplete": lambda: stage.drop_incomplete(small_school()),
    }
    ends[point]()
    stage.killed_at(point, "run", "registrar")

    stage.work_on()

    run = stage.runs(instance="test")[-1]
    assert run.state == point.removeprefix("ledger-")
    assert stage.files_in_drop_folder() == []


@slow
@pytest.mark.parametrize("point", ["intake-stored", "ledger-checked", "posted", "settled", "archived"])
def test_a_service_that_is_killed_is_followed_by_one_that_ends_the_work(point, settled):
    school = small_school().with_person("P7", "Katherine", "Johnson")
    killed = settled.start_service({"SIS_PIPELINE_CRASH_AT": point})
    settled.drop(school)
    assert killed.process.wait(timeout=40) == -signal.SIGKILL

    with settled.serving() as service:
        service.wait_for(lambda: settled.runs(instance="production")[1:])

    assert imports_ended(settled, settled.test) == ["imported"] * 2
    assert_tidy(settled)


def imports_ended(stage, sandbox):
    return [seen["workflow_state"] for seen in stage.imports(sandbox)]


def assert_tidy(stage):
    """Nothing is left in the drop folder, and every archived folder is whole."""
    assert stage.files_in_drop_folder() == []
    folders = [path.parent for path in (stage.folder / "archive").rglob("manifest.json")]
    assert folders
    assert [check_manifest(folder) for folder in folders] == [()] * len(folders)
