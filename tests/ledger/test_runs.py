from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from pipeline.errors import LedgerError
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.rows import NewRun, Pointer, RunFilter, RunKind, Step
from pipeline.model.states import ENDED, TRANSITIONS, RunState, Waiting
from tests.ledger.kit import ME, a_drop, a_run, lease_of, ledger_url, move
from tests.model.clocks import START, HandClock


def test_a_new_run_begins_received_and_has_a_name_for_people(ledger):
    run = a_run(ledger)

    assert (run.run_id, run.state) == ("r000001", RunState.RECEIVED)


def test_making_a_run_with_the_same_key_again_finds_the_first(ledger):
    first = ledger.create_run(NewRun("registrar", "test", key="part-1"))

    assert ledger.create_run(NewRun("registrar", "test", key="part-1")) == first


def test_a_run_that_does_not_exist_is_a_ledger_error(ledger):
    with pytest.raises(LedgerError, match="no run r000099"):
        ledger.get_run("r000099")


def test_a_transition_moves_the_run_and_writes_an_event(ledger):
    run = a_run(ledger)
    lease = lease_of(ledger, run)

    moved = ledger.transition(run.run_id, Step(RunState.RECEIVED, RunState.READ, {"rows": 12}), lease=lease)

    last = ledger.events(run.run_id)[-1]
    assert moved.state is RunState.READ
    assert (last.event, last.before, last.after, last.facts) == ("transition", "received", "read", {"rows": 12})


def test_facts_of_several_steps_add_up(ledger):
    run = a_run(ledger)
    lease = lease_of(ledger, run)

    ledger.transition(run.run_id, Step(RunState.RECEIVED, RunState.READ, {"a": 1}), lease=lease)
    moved = ledger.transition(run.run_id, Step(RunState.READ, RunState.MAPPED, {"b": 2}), lease=lease)

    assert moved.facts == {"a": 1, "b": 2}


def test_facts_that_are_columns_become_columns(ledger):
    run = a_run(ledger, RunState.PLANNED)
    facts = {
        "package_hash": "p" * 64,
        "marker": "abcd0123456789ef",
        "parameters": {"skip_deletes": "true"},
        "waiting": "promotion",
    }

    moved = ledger.transition(run.run_id, Step(RunState.PLANNED, RunState.PACKAGED, facts), lease=lease_of(ledger, run))

    assert (moved.package_hash, moved.marker, moved.waiting) == ("p" * 64, "abcd0123456789ef", Waiting.PROMOTION)
    assert (moved.parameters, moved.facts) == ({"skip_deletes": "true"}, {})


def test_what_a_run_waited_for_does_not_outlive_its_state(ledger):
    run = a_run(ledger, RunState.PACKAGED, facts={"waiting": "promotion"})

    moved = ledger.transition(run.run_id, Step(RunState.PACKAGED, RunState.SUPERSEDED), lease=lease_of(ledger, run))

    assert moved.waiting is Waiting.NOTHING


@pytest.mark.parametrize("before", [state for state in RunState if state not in ENDED], ids=str)
def test_no_state_can_be_left_by_a_way_that_is_not_in_the_table(ledger, before):
    run = a_run(ledger, before)
    lease = lease_of(ledger, run)

    for after in set(RunState) - TRANSITIONS[before]:
        with pytest.raises(LedgerError, match="cannot go"):
            ledger.transition(run.run_id, Step(before, after), lease=lease)
    assert ledger.get_run(run.run_id).state is before


def test_a_transition_from_a_state_that_the_run_has_left_changes_nothing(ledger):
    run = a_run(ledger)
    lease = lease_of(ledger, run)
    move(ledger, run, RunState.READ, RunState.MAPPED, lease=lease)

    with pytest.raises(LedgerError, match="no longer received: it is mapped"):
        ledger.transition(run.run_id, Step(RunState.RECEIVED, RunState.READ), lease=lease)
    assert len(ledger.events(run.run_id)) == 3


def test_of_many_that_make_the_same_transition_at_once_one_succeeds(tmp_path):
    clock = HandClock()
    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        run = a_run(ledger)
        lease = lease_of(ledger, run)

        def attempt(_number):
            with Ledger.open(ledger_url(tmp_path), clock) as other:
                try:
                    other.transition(run.run_id, Step(RunState.RECEIVED, RunState.READ), lease=lease)
                except LedgerError:
                    return False
                return True

        with ThreadPoolExecutor(6) as pool:
            succeeded = list(pool.map(attempt, range(6)))

        assert succeeded.count(True) == 1


def test_no_fact_is_lost_when_many_note_at_once(tmp_path):
    clock = HandClock()
    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        run = a_run(ledger)
        lease = lease_of(ledger, run)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda number: ledger.note(run.run_id, {f"fact{number}": number}, lease=lease), range(24)))

        assert len(ledger.get_run(run.run_id).facts) == 24


def test_pointers_and_children_are_recorded_with_the_transition(ledger):
    run = a_run(ledger, RunState.CHECKED)
    child = NewRun("registrar", "test", RunKind.PART, parent_run_id=run.run_id, part=1, state=RunState.HELD)
    step = Step(
        RunState.CHECKED, RunState.PLANNED, pointers=(Pointer("registrar", "", "desired", "d" * 64),), children=(child,)
    )

    ledger.transition(run.run_id, step, lease=lease_of(ledger, run))

    assert ledger.get_pointer("registrar", "", "desired").sha256 == "d" * 64
    assert [found.part for found in ledger.runs(RunFilter(parent_run_id=run.run_id))] == [1]


def test_nothing_of_a_step_is_recorded_when_a_pointer_is_not_where_it_was(ledger):
    run = a_run(ledger, RunState.CHECKED)
    child = NewRun("registrar", "test", RunKind.PART, parent_run_id=run.run_id, part=1, state=RunState.HELD)
    pointer = Pointer("registrar", "", "desired", "d" * 64, expected="e" * 64)

    with pytest.raises(LedgerError, match="changed by another run"):
        ledger.transition(
            run.run_id,
            Step(RunState.CHECKED, RunState.PLANNED, {"x": 1}, (pointer,), (child,)),
            lease=lease_of(ledger, run),
        )

    assert ledger.get_run(run.run_id) == run
    assert ledger.runs(RunFilter(parent_run_id=run.run_id)) == ()


def test_superseding_ends_what_was_not_sent_and_passes_over_the_rest(ledger):
    waiting, sending, newer = a_run(ledger, RunState.HELD), a_run(ledger, RunState.SUBMITTING), a_run(ledger)

    ended = ledger.supersede([waiting.run_id, sending.run_id], by_run_id=newer.run_id)

    assert ended == (waiting.run_id,)
    assert ledger.get_run(waiting.run_id).state is RunState.SUPERSEDED
    assert ledger.get_run(waiting.run_id).facts == {"superseded_by": newer.run_id}
    assert ledger.get_run(sending.run_id).state is RunState.SUBMITTING


def test_unfinished_runs_leave_out_those_that_ended(ledger):
    going, _ended = a_run(ledger), a_run(ledger, RunState.ARCHIVED)

    assert [run.run_id for run in ledger.runs(RunFilter(is_unfinished=True))] == [going.run_id]


def test_a_limit_takes_the_newest_in_order_of_age(ledger):
    for _ in range(5):
        a_run(ledger)

    assert [run.run_id for run in ledger.runs(RunFilter(limit=2))] == ["r000004", "r000005"]


def test_a_run_is_due_when_its_time_has_come(ledger, clock):
    run = a_run(ledger)
    ledger.note(run.run_id, {"due_at": START + timedelta(minutes=5)}, lease=lease_of(ledger, run))
    before = ledger.due_runs()

    clock.forward(300)

    assert (before, [due.run_id for due in ledger.due_runs()]) == ((), [run.run_id])


def test_a_drop_is_recorded_once_with_its_runs(ledger):
    first, runs = ledger.record_drop(a_drop(), [NewRun("registrar", "test"), NewRun("registrar", "production")])

    again, runs_again = ledger.record_drop(a_drop(), [NewRun("registrar", "test"), NewRun("registrar", "production")])

    assert (again, runs_again) == (first, runs)
    assert [run.instance for run in ledger.runs()] == ["test", "production"]


def test_a_drop_id_with_other_files_is_a_ledger_error(ledger):
    ledger.record_drop(a_drop())

    with pytest.raises(LedgerError, match="other files"):
        ledger.record_drop(a_drop(content="b"))


def test_the_last_accepted_drop_is_the_one_accepted_last_not_the_one_received_last(ledger):
    for number in ("1", "2"):
        ledger.record_drop(a_drop(f"drop{number}", content=number))
    ledger.accept_drop("drop2")

    ledger.accept_drop("drop1")

    assert ledger.last_accepted_drop("registrar").drop_id == "drop1"


def test_accepting_a_drop_again_does_not_make_it_the_newest(ledger):
    for number in ("1", "2"):
        ledger.record_drop(a_drop(f"drop{number}", content=number))
        ledger.accept_drop(f"drop{number}")

    ledger.accept_drop("drop1")

    assert ledger.last_accepted_drop("registrar").drop_id == "drop2"


def test_an_urgent_delta_is_never_the_last_accepted_drop(ledger):
    ledger.record_drop(a_drop("full"))
    ledger.accept_drop("full")
    ledger.record_drop(a_drop("delta", content="b", is_urgent=True))

    ledger.accept_drop("delta")

    assert ledger.last_accepted_drop("registrar").drop_id == "full"


def test_drops_are_found_by_their_bytes(ledger):
    ledger.record_drop(a_drop("one", content="a"))
    ledger.record_drop(a_drop("two", content="b"))

    assert [drop.drop_id for drop in ledger.drops("registrar", sha256="b" * 64)] == ["two"]


def test_a_recorded_drop_remembers_what_intake_noticed(ledger):
    remark = {"code": "drop-unasked-file", "message": "left unread"}

    ledger.record_drop(a_drop(), remarks=[remark])

    assert ledger.get_drop(a_drop().drop_id).remarks == (remark,)


def test_how_a_drop_ended_that_never_became_rows_is_recorded(ledger):
    ledger.record_drop(a_drop())

    assert ledger.set_drop_outcome(a_drop().drop_id, "incomplete").outcome == "incomplete"


def test_a_manifest_and_an_exports_own_date_are_recorded(ledger):
    ledger.record_drop(a_drop(), own_at=START - timedelta(days=1), manifest={"users.csv": "bulk"})

    drop = ledger.find_drop(a_drop().drop_id)
    assert (drop.own_at, drop.manifest) == (START - timedelta(days=1), {"users.csv": "bulk"})


def test_a_drop_that_does_not_exist_is_none_or_an_error(ledger):
    assert ledger.find_drop("never") is None
    with pytest.raises(LedgerError, match="no drop never"):
        ledger.get_drop("never")


def test_times_come_back_aware_and_unchanged(ledger):
    ledger.record_drop(a_drop())

    drop = ledger.get_drop(a_drop().drop_id)

    assert (drop.received_at, drop.files[0].modified_at) == (START, START)
    assert drop.received_at.utcoffset() == timedelta(0)


def test_a_hold_shows_its_numbers_and_its_approval(ledger):
    run = a_run(ledger, RunState.PLANNED)
    hold = {
        "kind": "change",
        "guard": "delete",
        "scope": "enrollments in term 202640",
        "message": "212 of 1,900",
        "affected": 212,
    }
    facts = {"hold": hold, "part_hash": "f" * 64}

    ledger.transition(run.run_id, Step(RunState.PLANNED, RunState.HELD, facts), lease=lease_of(ledger, run))

    (found,) = ledger.holds("registrar")
    assert (found.hold_id, found.guard, found.numbers["affected"], found.approval) == (run.run_id, "delete", 212, None)


def test_a_note_does_not_change_since_when_a_hold_waits(ledger, clock):
    run = a_run(ledger, RunState.PLANNED)
    lease = lease_of(ledger, run)
    ledger.transition(run.run_id, Step(RunState.PLANNED, RunState.HELD, {"hold": {"guard": "delete"}}), lease=lease)
    clock.forward(50)

    ledger.note(run.run_id, {"still held by": "r000002"}, lease=lease)

    assert ledger.holds()[0].held_at == START


def test_a_correction_is_an_event_of_its_own(ledger):
    run = a_run(ledger, RunState.ARCHIVED)

    ledger.note(
        run.run_id, {"outcome": {"state": "failed_with_messages"}}, lease=lease_of(ledger, run), event="correction"
    )

    assert ledger.events(run.run_id)[-1].event == "correction"
    assert ledger.get_run(run.run_id).outcome == {"state": "failed_with_messages"}


def test_a_transition_needs_a_lease_of_that_run(ledger):
    run, other = a_run(ledger), a_run(ledger)

    with pytest.raises(LedgerError, match="not run:r000001"):
        ledger.transition(run.run_id, Step(RunState.RECEIVED, RunState.READ), lease=lease_of(ledger, other))


def test_the_ledger_is_there_again_after_it_was_closed(tmp_path, clock):
    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        run = a_run(ledger)
        installation = ledger.installation_id

    with Ledger.open(ledger_url(tmp_path), clock) as again:
        assert again.get_run(run.run_id) == run
        assert again.installation_id == installation
        assert ME.pid > 0
