import os
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pipeline.errors import LedgerError, TryLater
from pipeline.ledger import database
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.migrate import newest_revision
from pipeline.ledger.rows import NewRun
from pipeline.ledger.schema import metadata
from tests.ledger.kit import a_run, ledger_url

needs_modes = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


def pragma(ledger: Ledger, name: str):
    with ledger._database.read() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize(("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_sqlite_is_told_to_be_durable(ledger, name, value):
    assert pragma(ledger, name) == value


def test_the_code_knows_the_newest_migration():
    assert newest_revision() == database.HEAD


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(ledger):
    with ledger._database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_a_second_opening_does_not_load_alembic(tmp_path, clock):
    Ledger.open(ledger_url(tmp_path), clock).close()
    code = (
        "import sys; from pipeline.ledger.ledger import Ledger; from pipeline.model.clock import SystemClock; "
        f"Ledger.open({ledger_url(tmp_path)!r}, SystemClock()).close(); "
        "print([name for name in ('alembic', 'pandas', 'pyarrow') if name in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"


def test_many_may_open_a_new_ledger_at_once(tmp_path, clock):
    ids, errors = [], []

    def open_it():
        try:
            with Ledger.open(ledger_url(tmp_path), clock) as ledger:
                ids.append(ledger.installation_id)
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (errors, len(ids), len(set(ids))) == ([], 8, 1)


def test_a_ledger_of_a_newer_version_is_not_touched(tmp_path, clock):
    with Ledger.open(ledger_url(tmp_path), clock) as ledger, ledger._database.write() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))

    with pytest.raises(LedgerError, match="newer version"):
        Ledger.open(ledger_url(tmp_path), clock)


def test_a_file_that_is_no_ledger_is_told(tmp_path, clock):
    (tmp_path / "ledger.sqlite").write_bytes(b"this is something else entirely" * 100)

    with pytest.raises(LedgerError, match="cannot be used") as caught:
        Ledger.open(ledger_url(tmp_path), clock)

    assert "not a ledger" in caught.value.remedy


def test_a_damaged_ledger_stops_with_a_remedy_and_keeps_its_bytes(tmp_path, clock):
    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        for _ in range(200):
            a_run(ledger)
    path = tmp_path / "ledger.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:-4096] = b"\xff" * (len(content) - 8192 - 4096)
    path.write_bytes(content)

    def use_it():
        with Ledger.open(ledger_url(tmp_path), clock) as ledger:
            ledger.runs()
            a_run(ledger)

    with pytest.raises(LedgerError) as caught:
        use_it()

    assert "restore a backup" in caught.value.remedy


def test_a_busy_ledger_is_to_be_tried_later(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        blocker = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")

        with pytest.raises(TryLater, match="busy"):
            a_run(ledger)

        blocker.execute("ROLLBACK")
        blocker.close()
        assert a_run(ledger).run_id == "r000001"


def test_a_full_disk_is_to_be_tried_later_and_loses_nothing(tmp_path, clock):
    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        first = a_run(ledger)
        with ledger._database.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        limit = f"PRAGMA max_page_count={pages}"  # SQLite says SQLITE_FULL beyond, as on a full disk

        @sa.event.listens_for(ledger._database.engine, "begin")
        def _limit(connection):
            connection.exec_driver_sql(limit)

        with pytest.raises(TryLater, match="full"):
            [ledger.create_run(NewRun("registrar" * 50, "test")) for _ in range(2000)]

        limit = "PRAGMA max_page_count=1000000"
        assert ledger.runs()[0] == first
        assert a_run(ledger).run_id > first.run_id


def test_a_url_that_is_none_is_told_without_repeating_it(clock):
    with pytest.raises(LedgerError) as caught:
        Ledger.open("hunter2-no-url", clock)

    assert "hunter2" not in str(caught.value)


def test_a_password_in_a_url_is_not_in_the_message(clock):
    with pytest.raises(LedgerError) as caught:
        Ledger.open("postgresql+nodriver://user:hunter2@127.0.0.1:1/ledger", clock)

    assert "hunter2" not in str(caught.value)


@needs_modes
def test_the_ledger_files_are_for_their_owner_only(tmp_path, clock):
    with Ledger.open(ledger_url(tmp_path / "state"), clock) as ledger:
        a_run(ledger)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}

    assert modes == {0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_foreign_text_is_never_in_the_message(ledger):
    with pytest.raises(LedgerError) as caught:
        ledger.create_run(NewRun("registrar", "test", drop_id="canary-drop"))

    assert "canary" not in f"{caught.value}{caught.value.remedy}"
