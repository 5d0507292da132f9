"""A sandbox on a file: over restarts, over kills, never two on one file."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from pipeline.sandbox.engine import Engine, ImportOptions, Upload
from pipeline.sandbox.store import StoreError
from tests.sandbox.engine.account import Account, users, zipped

ONE = users("ada,ada,Ada,active,,")
SECONDS = 10
KILLED = """
import sys, time
from pathlib import Path
from pipeline.sandbox.engine import Engine, Fate, ImportOptions, Upload
engine = Engine(Path(sys.argv[1]))
engine.fate = lambda _: Fate(pause_seconds=0.02)
for name in ("big.csv", "small.csv"):
    import_id = engine.save_import(1, Upload("users.csv", Path(sys.argv[1]).with_name(name).read_bytes()))
    engine.start_import(import_id, ImportOptions())
while True:
    with engine.database.read() as cursor:
        progress = cursor.execute("SELECT progress FROM imports WHERE id = 1").fetchone()[0]
    if progress >= 10:
        print("ready", flush=True)
    time.sleep(0.01)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sandbox.sqlite"


def test_account_survives_a_restart(path):
    engine = Engine(path)
    Account(engine).imported(ONE)
    engine.clock.advance(5)
    engine.close()

    again = Account(Engine(path))

    assert again.row("users", user_id="ada")["name"] == "Ada"
    assert again.imported(users("bo,bo,Bo,active,,")).id == 2
    again.engine.close()


def test_queued_imports_run_after_a_restart(path):
    engine = Engine(path)
    engine.pause_queue()
    outcome = Account(engine).imported(ONE, wait=False)
    engine.close()

    again = Account(Engine(path))
    again.engine.resume_queue()
    assert again.engine.wait_until_idle(SECONDS)

    assert again.outcome(outcome.id).state == "imported"
    again.engine.close()


def test_import_under_way_at_a_kill_ends_failed_and_the_next_one_runs(path):
    path.with_name("big.csv").write_text(users(*(f"u{n},u{n},U {n},active,," for n in range(5000)))["users.csv"])
    path.with_name("small.csv").write_text(ONE["users.csv"])
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()

    again = Account(Engine(path))
    assert again.engine.wait_until_idle(SECONDS)

    big, small = again.outcome(1), again.outcome(2)
    assert (big.state, big.messages) == ("failed", [])
    assert big.values["ended_at"] is not None
    assert big.data["statistics"]["Pseudonym"]["created"] == len(again.rows("users")) - 2
    assert 0 < big.data["statistics"]["Pseudonym"]["created"] < 5000
    assert small.state == "imported"
    again.engine.close()


def test_reset_empties_the_file_too(path):
    engine = Engine(path)
    Account(engine).imported(ONE)
    engine.reset()
    Account(engine).imported(users("bo,bo,Bo,active,,"))
    engine.close()

    again = Account(Engine(path))

    assert [row["user_id"] for row in again.rows("users")] == [None, "bo"]
    again.engine.close()


def test_crash_that_settles_late_settles_after_a_restart(path):
    engine = Engine(path)
    outcome = Account(engine).imported({"accounts.csv": "account_id,parent_account_id,name,status\na,,A\0A,active\n"})
    engine.close()

    again = Account(Engine(path))
    again.engine.clock.advance(600)
    assert again.engine.wait_until_idle(SECONDS)

    assert again.outcome(outcome.id).state == "failed_with_messages"
    again.engine.close()


def test_second_sandbox_on_one_file_is_refused(path):
    engine = Engine(path)

    with pytest.raises(StoreError, match="Is another sandbox using it"):
        Engine(path)

    engine.close()


def test_file_of_another_version_is_refused(path):
    Engine(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE facts SET value = '0' WHERE name = 'schema_version'")
    connection.commit()
    connection.close()

    with pytest.raises(StoreError, match="another version"):
        Engine(path)


def test_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"not a database" * 100)

    with pytest.raises(StoreError, match="not usable"):
        Engine(path)


def test_start_takes_less_than_a_second(path):
    engine = Engine(path)
    import_id = engine.save_import(1, Upload("upload.zip", zipped(ONE)))
    engine.start_import(import_id, ImportOptions())
    engine.close()

    begun = time.perf_counter()
    Engine(path).close()

    assert time.perf_counter() - begun < 5  # bench/ measures the promise
