"""What waits for a person, and what becomes of it: by decisions, by newer exports, and by time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.errors import PipelineError
from pipeline.ledger.rows import DecisionKind, Pointer, RunKind
from pipeline.model.states import RunState, Waiting
from pipeline.runs.decide import Said, carry_out_pending, record
from pipeline.runs.roster_files import load_base, save_base

CLASS_OF_BIOLOGY = [f"E-BIO-P{number}" for number in range(2, 7)]


@pytest.fixture
def emptied(school):
    """The next night's export: a new person, and no student left in biology."""
    return school.without("enrollments", *CLASS_OF_BIOLOGY).with_person("P7", "Katherine", "Johnson")


@pytest.fixture
def held(settled, emptied):
    """The mass drop waits; the rest is in production."""
    settled.configure(more="guards: {enrollments: {delete: {floor: 3}}}")
    with settled.opened():
        settled.promote(settled.run(emptied).run_id)
        yield settled


def hold_of(stage):
    (hold,) = stage.holds()
    return hold


def test_a_mass_drop_waits_while_the_rest_goes(held):
    hold = hold_of(held)

    assert hold.guard == "delete"
    assert hold.numbers["counts"] == {"enrollments": {"delete": 5}}
    assert held.user("P7")["status"] == "active"
    assert {user for section, user in held.live() if section == "BIO"} == {f"P{number}" for number in range(1, 7)}


def test_an_approved_mass_drop_is_carried_out_on_both_instances(held):
    hold = hold_of(held)

    assert held.approve(hold.hold_id) == "approved"
    held.promote(hold.hold_id)

    for sandbox in (held.test, held.production):
        assert {user for section, user in held.live(sandbox) if section == "BIO"} == {"P1"}
    assert held.holds() == ()


def test_an_identical_newer_export_keeps_the_hold_and_its_id(held, emptied):
    hold = hold_of(held)

    run = held.run(emptied.with_change("users", "P3", familyName="Mathison"))

    assert hold_of(held).hold_id == hold.hold_id
    assert run.facts["counts"] == {"users": {"update": 1}}


def test_a_hold_that_is_gone_from_the_newest_export_ends(held, school):
    hold = hold_of(held)

    held.run(school.with_person("P7", "Katherine", "Johnson"))

    assert held.holds() == ()
    assert held.run_row(hold.hold_id).state is RunState.SUPERSEDED


def test_a_hold_with_other_rows_is_another_hold(held, emptied):
    hold = hold_of(held)

    held.run(emptied.with_enrollment("BIO", "P2"))

    assert hold_of(held).hold_id != hold.hold_id
    assert hold_of(held).numbers["counts"] == {"enrollments": {"delete": 4}}
    assert held.run_row(hold.hold_id).state is RunState.SUPERSEDED


def test_a_discarded_hold_stays_discarded_when_it_comes_back(held, emptied):
    hold = hold_of(held)
    assert held.decide("discard", hold.hold_id, "the export was cut") == "discarded"

    run = held.run(emptied)

    assert held.holds() == ()
    assert run.state is RunState.NOTHING_TO_DO
    assert ("BIO", "P2") in held.live()


def test_a_discarded_hold_sends_nothing(held):
    before = len(held.posts(held.test))

    held.decide("discard", hold_of(held).hold_id, "the export was cut")

    assert len(held.posts(held.test)) == before


def test_an_approved_hold_is_not_asked_about_again(held, emptied):
    hold = hold_of(held)
    held.approve(hold.hold_id)

    run = held.run(emptied)  # it waits for its promotion meanwhile

    assert held.holds() == ()
    assert run.facts["kept_holds"] == [held.waiting(hold.hold_id).run_id]


def test_an_approval_after_canvas_changed_is_refused_and_planned_again(held):
    hold = hold_of(held)
    change_base(held, "enrollments", lambda rows: rows.assign(role=rows["role"].str.upper()))

    result = held.approve(hold.hold_id)

    assert result == "refused: what Canvas holds has changed since; planned again"
    assert held.run_row(hold.hold_id).state is RunState.SUPERSEDED
    assert [run.kind for run in held.runs(parent_run_id=hold.hold_id)] == [RunKind.REPLAN]
    assert len(held.posts(held.test)) == 1


def test_an_approval_is_fresh_when_other_rows_have_changed(held):
    hold = hold_of(held)
    change_base(held, "users", lambda rows: rows.assign(first_name="Renamed"))

    assert held.approve(hold.hold_id) == "approved"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_decision_without_a_reason_is_none(reason, held):
    with pytest.raises(PipelineError, match="needs a reason"):
        held.decide("approve", hold_of(held).hold_id, reason)

    assert held.place.ledger.pending_decisions() == ()
    assert held.run_row(hold_of(held).hold_id).state is RunState.HELD


def test_an_approval_that_nobody_carried_out_in_time_is_refused(held):
    hold = hold_of(held)
    record(held.place, DecisionKind.APPROVE, hold.hold_id, Said("ada", "looked at it"))
    held.clock.sleep(timedelta(hours=73).total_seconds())

    carry_out_pending(held.place)

    (decision,) = held.place.ledger.decisions(run_id=hold.hold_id)
    assert decision.result == "refused: the approval has expired"
    assert held.run_row(hold.hold_id).state is RunState.HELD


def test_what_is_not_held_cannot_be_approved(held):
    run = held.runs(instance="production")[-1]

    with pytest.raises(PipelineError, match="is not held: it is archived"):
        held.approve(run.run_id)


def test_a_rehearsal_that_is_too_old_is_not_promoted_but_planned_again(settled, school):
    run = settled.run(school.with_person("P7", "Katherine", "Johnson"))
    waiting = settled.waiting(run.run_id)
    settled.clock.sleep(timedelta(hours=25).total_seconds())

    result = settled.decide("promote", waiting.run_id)

    assert result == "refused: the rehearsal is too old; planned again"
    assert settled.user("P7") is None
    (again,) = settled.runs(parent_run_id=waiting.run_id)
    assert settled.rest(again.run_id).state is RunState.ARCHIVED
    settled.promote(again.run_id)
    assert settled.user("P7")["status"] == "active"


def test_a_rehearsed_run_can_be_promoted_by_the_name_of_its_rehearsal(settled, school):
    run = settled.run(school.with_person("P7", "Katherine", "Johnson"))

    assert settled.decide("promote", run.run_id) == "promoted"

    assert settled.user("P7")["status"] == "active"


def test_a_newer_export_takes_the_place_of_one_that_waits_for_its_promotion(settled, school):
    first = settled.run(school.with_person("P7", "Katherine", "Johnson"))
    waiting = settled.waiting(first.run_id)

    second = settled.run(school.with_person("P7", "Katherine", "Goble"))
    settled.promote(second.run_id)

    assert settled.run_row(waiting.run_id).state is RunState.SUPERSEDED
    assert settled.user("P7")["last_name"] == "Goble"


def test_a_clean_rehearsal_is_promoted_by_itself_where_the_feed_says_so(settled, school):
    settled.configure(promote="when_clean")
    with settled.opened():
        run = settled.run(school.with_person("P7", "Katherine", "Johnson"))

        (promotion,) = settled.runs(parent_run_id=run.run_id)
        assert promotion.waiting is Waiting.NOTHING
        assert settled.rest(promotion.run_id).state is RunState.ARCHIVED
        assert settled.user("P7")["status"] == "active"


def test_an_export_of_old_comes_back_only_when_a_person_says_so(settled, school):
    changed = school.with_person("P7", "Katherine", "Johnson")
    settled.all_the_way(changed)

    run = settled.run(school.without("enrollments", "E-MAT-P3"))
    settled.promote(run.run_id)
    old = settled.run(changed)

    assert old.state is RunState.HELD
    assert "again; a newer one was accepted since" in old.hold["message"]
    assert settled.approve(old.run_id) == "approved"
    settled.promote(old.run_id)
    assert ("MAT", "P3") in settled.live()


def change_base(stage, table, change):
    """Let production's base be another one, as if a run had changed these rows meanwhile."""
    ledger, store = stage.place.ledger, stage.place.store
    before = ledger.get_pointer("registrar", "production", "base")
    base = load_base(stage.place.stored(before.sha256))
    with stage.place.work_folder("tests") as folder:
        save_base(replace(base, tables={**base.tables, table: change(base.tables[table])}), folder / "base")
        ledger.set_pointer(Pointer("registrar", "production", "base", store.take_folder(folder / "base")))
