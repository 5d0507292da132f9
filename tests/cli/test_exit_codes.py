"""How a command ends says what became of its work."""

import socket

from pipeline.runs.serve_lock import hold_serve_lock
from tests.runs.stage import staged


def test_0_when_all_went_well(desk, school):
    school.with_person("P7", "Katherine", "Johnson").write(desk.stage.drop_folder)

    assert desk("run", "registrar").code == 0
    assert desk("promote", "r000003", "--reason", "as planned").code == 0


def test_0_when_there_is_nothing_to_do(desk, school):
    school.write(desk.stage.drop_folder)

    assert desk("run", "registrar").code == 0


def test_1_when_a_drop_cannot_be_used(desk, school):
    school.write(desk.stage.drop_folder)
    (desk.stage.drop_folder / "users.csv").write_bytes(b"\x00\x01\x02 not a table")

    done = desk("run", "registrar")

    assert done.code == 1
    assert "users.csv" in done.err


def test_1_when_a_decision_cannot_be_carried_out(desk):
    done = desk("approve", "r000001", "--reason", "looked at it")

    assert done.code == 1
    assert "is not held: it is archived" in done.err


def test_1_when_there_is_no_such_run(desk):
    done = desk("show", "r999999")

    assert done.code == 1
    assert "`sis-pipeline runs` lists them" in done.err


def test_2_when_a_decision_has_no_reason(desk):
    assert desk("approve", "r000001").code == 2


def test_2_when_there_is_no_such_feed(desk):
    done = desk("run", "registar")

    assert done.code == 2
    assert "registrar" in done.err


def test_2_when_the_named_file_is_not_there(desk):
    done = desk("run", "registrar", "nowhere.csv")

    assert done.code == 2
    assert "nowhere.csv" in done.err


def test_3_when_something_is_held(fresh, school):
    school.write(fresh.stage.drop_folder)

    done = fresh("run", "registrar")

    assert done.code == 3
    assert "sis-pipeline approve r000001" in done.err


def test_3_as_long_as_it_is_held(fresh, school):
    school.write(fresh.stage.drop_folder)
    fresh("run", "registrar")
    school.write(fresh.stage.drop_folder)

    assert fresh("run", "registrar").code == 3


def test_4_when_rows_were_refused(desk, school):
    school.with_change("users", "P2", username="", email="").write(desk.stage.drop_folder)

    assert desk("run", "registrar").code == 4


def test_75_when_the_export_is_not_complete_yet(desk, school):
    school.write(desk.stage.drop_folder)
    (desk.stage.drop_folder / "users.csv").unlink()

    done = desk("run", "registrar")

    assert done.code == 75
    assert "missing: users.csv" in done.err


def test_75_when_another_service_works_here(desk):
    with hold_serve_lock(desk.stage.folder / ".pipeline", started_at="2026-09-01T06:00:00+00:00"):
        done = desk("serve")

    assert done.code == 75
    assert socket.gethostname() in done.err
    assert "2026-09-01T06:00:00" in done.err


def test_75_when_canvas_cannot_be_reached(tmp_path, second_night, command, monkeypatch, school):
    monkeypatch.setattr("pipeline.runs.send.LOOK_PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("pipeline.runs.prepare.KNOWN_PATIENCE_SECONDS", 0.2)
    with staged(tmp_path, like=second_night) as stage:
        environment = stage.environment
    school.with_person("P7", "Katherine", "Johnson").write(stage.drop_folder)  # both Canvases are down now

    done = command(stage.folder, environment, "run", "registrar")

    assert done.code == 75
    assert "cannot be reached" in done.err
    assert "It is tried again by itself" in done.err
