from datetime import timedelta

import pytest

from pipeline.errors import LedgerError
from pipeline.model.states import RunState
from tests.ledger.kit import CANVAS_CREATED_AT, a_run, an_attempt, lease_of
from tests.model.clocks import START


@pytest.fixture
def packaged(ledger):
    run = a_run(ledger, RunState.PACKAGED)
    return run, lease_of(ledger, run)


def test_an_attempt_and_the_state_submitting_are_committed_together(ledger, packaged):
    run, lease = packaged

    attempt = ledger.record_attempt(run.run_id, an_attempt(), lease=lease)

    assert ledger.get_run(run.run_id).state is RunState.SUBMITTING
    assert (attempt.number, attempt.marker, attempt.newest_import_id, attempt.result) == (1, "abcd0123456789ef", 41, "")


def test_no_second_attempt_begins_while_the_first_is_open(ledger, packaged):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)

    with pytest.raises(LedgerError, match="still open"):
        ledger.record_attempt(run.run_id, an_attempt(), lease=lease)
    assert len(ledger.attempts(run.run_id)) == 1


def test_an_attempt_that_was_not_sent_is_followed_by_another(ledger, packaged):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)
    ledger.end_attempt(run.run_id, "not_sent", lease=lease)

    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)

    assert [(attempt.number, attempt.result) for attempt in ledger.attempts(run.run_id)] == [(1, "not_sent"), (2, "")]


def test_an_attempt_is_not_begun_by_a_run_that_has_no_package(ledger):
    run = a_run(ledger, RunState.CHECKED)

    with pytest.raises(LedgerError, match="checked, not submitting"):
        ledger.record_attempt(run.run_id, an_attempt(), lease=lease_of(ledger, run))


def test_an_import_ends_the_attempt_and_moves_the_run_on(ledger, packaged):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)

    moved = ledger.bind_import(run.run_id, 42, CANVAS_CREATED_AT, lease=lease, result="adopted")

    (attempt,) = ledger.attempts(run.run_id)
    assert moved.state is RunState.IMPORTING
    assert (attempt.import_id, attempt.result, attempt.ended_at) == (42, "adopted", START)
    assert ledger.run_of_import("test", 42) == run.run_id


def test_an_import_belongs_to_one_run_only(ledger, packaged):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)
    ledger.bind_import(run.run_id, 42, CANVAS_CREATED_AT, lease=lease)
    other = a_run(ledger, RunState.PACKAGED)
    other_lease = lease_of(ledger, other)
    ledger.record_attempt(other.run_id, an_attempt(), lease=other_lease)

    with pytest.raises(LedgerError, match="belongs to run r000001"):
        ledger.bind_import(other.run_id, 42, CANVAS_CREATED_AT, lease=other_lease)
    assert ledger.get_run(other.run_id).state is RunState.SUBMITTING


def test_the_same_import_id_after_a_refresh_is_another_import(ledger, packaged):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)
    ledger.bind_import(run.run_id, 42, CANVAS_CREATED_AT, lease=lease)
    other = a_run(ledger, RunState.PACKAGED)
    other_lease = lease_of(ledger, other)
    ledger.record_attempt(other.run_id, an_attempt(), lease=other_lease)

    later = CANVAS_CREATED_AT + timedelta(days=30)
    ledger.bind_import(other.run_id, 42, later, lease=other_lease)

    assert ledger.run_of_import("test", 42, created_at=CANVAS_CREATED_AT) == run.run_id
    assert ledger.run_of_import("test", 42, created_at=later) == other.run_id


def test_the_same_import_id_on_another_instance_is_another_import(ledger, packaged):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)
    ledger.bind_import(run.run_id, 42, CANVAS_CREATED_AT, lease=lease)

    assert ledger.run_of_import("production", 42) is None


def test_an_import_without_an_open_attempt_is_not_bound(ledger, packaged):
    run, lease = packaged

    with pytest.raises(LedgerError, match="no open attempt"):
        ledger.bind_import(run.run_id, 42, CANVAS_CREATED_AT, lease=lease)


def test_what_is_known_of_an_import_adds_up(ledger, packaged):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)
    ledger.bind_import(run.run_id, 42, CANVAS_CREATED_AT, lease=lease)
    ledger.update_import(run.run_id, {"state": "importing", "progress": 40})

    row = ledger.update_import(run.run_id, {"state": "imported", "ended_at": START, "counts": {"users": 3}})

    assert (row.state, row.ended_at, row.facts) == ("imported", START, {"progress": 40, "counts": {"users": 3}})


def test_a_small_import_is_looked_at_once_more_when_it_is_time(ledger, packaged, clock):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)
    ledger.bind_import(run.run_id, 42, CANVAS_CREATED_AT, lease=lease)
    ledger.update_import(run.run_id, {"state": "imported", "look_again_at": START + timedelta(minutes=10)})
    early = ledger.second_looks()

    clock.forward(600)

    assert (early, [row.import_id for row in ledger.second_looks()]) == ((), [42])


def test_an_import_that_was_looked_at_again_is_not_looked_at_a_third_time(ledger, packaged, clock):
    run, lease = packaged
    ledger.record_attempt(run.run_id, an_attempt(), lease=lease)
    ledger.bind_import(run.run_id, 42, CANVAS_CREATED_AT, lease=lease)
    ledger.update_import(run.run_id, {"look_again_at": START})

    ledger.update_import(run.run_id, {"look_again_at": None})

    assert ledger.second_looks() == ()


def test_a_run_without_an_import_has_none_to_update(ledger, packaged):
    with pytest.raises(LedgerError, match="no import"):
        ledger.update_import(packaged[0].run_id, {"state": "imported"})
