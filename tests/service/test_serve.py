"""The service as people have it: one process that watches, beside which commands work, and that can be stopped at any moment."""

import signal
import sys
import time
from pathlib import Path

import pytest

from pipeline.model.states import RunState, Waiting

POST = {"method": "POST", "path": "/api/v1/accounts/*/sis_imports"}


def waiting_for_promotion(stage):
    return [run for run in stage.runs(instance="production") if run.waiting is Waiting.PROMOTION]


def test_decisions_by_commands_are_acted_on_while_the_service_works(stage, school):
    with stage.serving() as service:
        service.wait_until_ready()
        write_slowly(stage, school)
        (hold,) = service.wait_for(stage.holds)

        approved = stage.command("approve", hold.hold_id, "--reason", "looked through it")
        (waiting,) = service.wait_for(lambda: waiting_for_promotion(stage))
        promoted = stage.command("promote", waiting.run_id, "--reason", "test looks right")

        assert (approved.returncode, promoted.returncode) == (0, 0), (approved, promoted)
        assert stage.run_row(waiting.run_id).state is RunState.ARCHIVED
        assert len(stage.imports(stage.test)) == len(stage.imports(stage.production)) == 1
        assert [decision.result for decision in stage.place.ledger.decisions()] == ["approved", "promoted"]


def test_a_second_service_is_turned_away_and_told_who_works_here(settled):
    with settled.serving() as service:
        service.wait_until_ready()

        second = settled.command("serve")

        assert second.returncode == 75
        assert f"process {service.process.pid}" in second.stderr


def test_a_service_that_was_killed_leaves_its_place_at_once(settled):
    killed = settled.start_service()
    killed.wait_until_ready()
    killed.process.kill()
    killed.process.wait()
    (settled.folder / "service.log").unlink()

    with settled.serving() as service:
        service.wait_until_ready()


def test_a_service_stopped_in_mid_import_is_followed_by_one_that_ends_it(settled, school):
    settled.fault(settled.test, {**POST, "times": 1, "import": {"pauses": 1.5}})
    with settled.serving() as service:
        service.wait_until_ready()
        settled.drop(school.with_person("P7", "Katherine", "Johnson"))
        service.wait_for(lambda: settled.runs(states=frozenset({RunState.IMPORTING})))

        assert service.stop(signal.SIGTERM) == 143

    run = settled.runs(instance="test")[-1]
    assert run.state in {RunState.IMPORTING, RunState.RECORDED, RunState.ARCHIVED}
    with settled.serving() as service:
        service.wait_for(lambda: waiting_for_promotion(settled))
    assert len(settled.posts(settled.test)) == 1


def test_ctrl_c_at_a_terminal_ends_no_run(settled, school):
    """Ctrl-C reaches the service and its child at once."""
    with settled.serving() as service:
        service.wait_until_ready()
        settled.drop(school.with_person("P7", "Katherine", "Johnson"))
        service.wait_for(lambda: len(settled.runs()) == 3)

        assert service.interrupt() == 130

    assert settled.runs()[-1].state is not RunState.FAILED
    with settled.serving() as service:
        service.wait_for(lambda: waiting_for_promotion(settled))


def test_an_export_that_is_still_growing_is_not_taken(settled, school):
    with settled.serving() as service:
        service.wait_until_ready()
        settled.drop(school.with_person("P7", "Katherine", "Johnson"))
        growing = settled.drop_folder / "enrollments.csv"
        for _ in range(8):
            time.sleep(0.4)  # the SIS, at its pace
            growing.touch()
        taken_too_early = len(settled.runs()) > 2
        service.wait_for(lambda: len(settled.runs()) > 2)

    assert not taken_too_early


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_the_service_never_loads_pandas(settled, school):
    with settled.serving() as service:
        service.wait_until_ready()
        settled.drop(school)
        service.wait_for(lambda: settled.runs()[-1].state is RunState.NOTHING_TO_DO)

        mapped = Path(f"/proc/{service.process.pid}/maps").read_text(encoding="utf-8")

    assert "pandas" not in mapped
    assert "pyarrow" not in mapped


def test_bad_exports_never_stop_the_service(settled, school):
    with settled.serving() as service:
        service.wait_until_ready()
        settled.drop(school)
        (settled.drop_folder / "users.csv").write_bytes(bytes(range(256)) * 40)
        service.wait_for(lambda: settled.runs()[-1].state is RunState.FAILED)

        settled.drop(school.with_person("P7", "Katherine", "Johnson"))
        service.wait_for(lambda: waiting_for_promotion(settled))

    assert settled.user("P7", settled.test)["status"] == "active"


def write_slowly(stage, school):
    """File by file, as a SIS does; the last one grows."""
    *others, last = school.files().items()
    for name, content in others:
        (stage.drop_folder / name).write_bytes(content)
        time.sleep(0.05)
    name, content = last
    with (stage.drop_folder / name).open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        time.sleep(0.6)
        file.write(content[len(content) // 2 :])
