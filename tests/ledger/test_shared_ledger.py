"""The ledger on PostgreSQL: a real server, several connections as several hosts."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pipeline.errors import LedgerError, TryLater
from pipeline.ledger import database
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.rows import DecisionKind, NewDecision, NewRun, RunFilter, Step
from pipeline.ledger.schema import metadata
from pipeline.model.states import RunState
from tests.ledger.kit import ME, a_drop, a_run, lease_of
from tests.ledger.postgres import new_database, postgres_server
from tests.model.clocks import HandClock

__all__ = ["postgres_server"]

pytestmark = pytest.mark.slow
HOST_A = replace(ME, host="host-a", pid=1)
HOST_B = replace(ME, host="host-b", pid=1)


@pytest.fixture
def url(postgres_server, request):
    return new_database(postgres_server, str(abs(hash(request.node.name))))


@pytest.fixture
def shared(url):
    with Ledger.open(url, HandClock()) as ledger:
        yield ledger


def test_the_migrations_make_the_same_tables_there(shared):
    with shared._database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_hosts_that_open_a_new_ledger_at_once_make_it_once(url):
    def open_it(_number):
        with Ledger.open(url, HandClock()) as ledger:
            return ledger.installation_id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(open_it, range(6)))) == 1


def test_the_clock_of_a_shared_ledger_is_its_servers(shared):
    assert abs(shared.now() - datetime.now(UTC)) < timedelta(minutes=5)
    assert HandClock().now() != shared.now()


def test_of_many_that_make_the_same_transition_at_once_one_succeeds(url, shared):
    run = a_run(shared)
    lease = lease_of(shared, run)

    def attempt(_number):
        with Ledger.open(url, HandClock()) as other:
            try:
                other.transition(run.run_id, Step(RunState.RECEIVED, RunState.READ), lease=lease)
            except LedgerError:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(attempt, range(6))).count(True) == 1


def test_of_many_hosts_that_want_a_lease_at_once_one_gets_it(url):
    with Ledger.open(url, HandClock()):
        pass

    def attempt(number):
        with Ledger.open(url, HandClock()) as other:
            try:
                other.acquire_lease(["run:r1", "instance:test"], replace(ME, host=f"host-{number}"))
            except TryLater:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(attempt, range(6))).count(True) == 1


def test_a_host_that_was_overtaken_writes_nothing(shared):
    run = a_run(shared)
    old = shared.acquire_lease([f"run:{run.run_id}"], HOST_A, seconds=0.2)
    time.sleep(0.3)  # the server's clock cannot be moved by hand
    shared.acquire_lease([f"run:{run.run_id}"], HOST_B)

    with pytest.raises(LedgerError, match="taken over"):
        shared.transition(run.run_id, Step(RunState.RECEIVED, RunState.READ), lease=old)


def test_decisions_from_many_hosts_make_one_chain(url, shared):
    def decide(_number):
        with Ledger.open(url, HandClock()) as other:
            other.record_decision(NewDecision(DecisionKind.APPROVE, "Ada Example", "agreed", subject_hash="f" * 64))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(decide, range(12)))

    assert (shared.audit().decisions, shared.audit().broken_at) == (12, None)


def test_a_drop_that_two_hosts_record_has_one_run(url, shared):
    def take(_number):
        with Ledger.open(url, HandClock()) as other:
            other.record_drop(a_drop(), [NewRun("registrar", "test")])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take, range(6)))

    assert len(shared.runs(RunFilter(drop_id=a_drop().drop_id))) == 1


def test_a_host_that_stopped_in_mid_write_does_not_keep_the_others_waiting(url, shared, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 2)
    stopped = Ledger.open(url, HandClock())
    holding = stopped._database.write()
    holding.__enter__().execute(sa.text("select 1"))  # and then it is silent, as after SIGSTOP

    run = a_run(shared)

    assert run.state is RunState.RECEIVED
    with pytest.raises((TryLater, LedgerError)):
        holding.__exit__(None, None, None)
    stopped.close()


def test_a_server_that_is_not_there_is_to_be_tried_later():
    pytest.importorskip("psycopg")

    with pytest.raises(TryLater, match=r"127\.0\.0\.1"):
        Ledger.open("postgresql+psycopg://ledger:hunter2@127.0.0.1:1/ledger", HandClock())
