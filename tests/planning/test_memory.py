from dataclasses import replace
from datetime import date

import pytest

from pipeline.planning import (
    Ending,
    apply_guards,
    effects_frame,
    inverse_plan,
    known_refusals,
    make_plan,
    mark_undone,
    next_base,
    no_effects,
    repair_moves,
    split,
    update_desired,
)
from tests.planning.rosters import SETTLED, base, guarded, parts_of, roster, rules

COURSES = "course_id,short_name,long_name,status\nC1,c1,Course,active"
SECTIONS = "section_id,course_id,name,status\nSA,C1,A,active\nSB,C1,B,active"
IN_A = "section_id,user_id,role,status\nSA,U1,student,active"
IN_B = "section_id,user_id,role,status\nSB,U1,student,active"
REFUSED = effects_frame(["users"], [2], ["not in"])
USERS = roster(users="user_id,login_id,status\nU1,u1,active")


def night(export, accepted, day):
    given = replace(rules(), today=date(2026, 10, day))
    plan = make_plan(update_desired(None, export, given), accepted, given)
    return apply_guards(plan, accepted, given, SETTLED)


def refused_on(accepted, day):
    part = split(night(USERS, accepted, day), {})[0]
    return next_base(accepted, part, REFUSED, Ending(on=f"2026-10-{day:02}"))


@pytest.mark.parametrize(("day", "action"), [(1, "withheld"), (2, "create")])
def test_refused_row_waits_a_day(day, action):
    accepted = refused_on(base(), 1)

    assert night(USERS, accepted, day).counts["users"] == {action: 1}


def test_refused_row_waits_longer_each_time():
    accepted, tries = base(), []
    for day in range(1, 31):
        if parts_of(night(USERS, accepted, day)):
            accepted = refused_on(accepted, day)
            tries.append(day)

    assert tries == [1, 2, 4, 8, 15, 22, 29]


def test_changed_row_is_sent_at_once():
    accepted = refused_on(base(), 1)

    plan = night(roster(users="user_id,login_id,status\nU1,other,active"), accepted, 1)

    assert plan.counts["users"] == {"create": 1}


def test_row_is_sent_again_when_what_it_refers_to_was_accepted():
    export = roster(sections="section_id,course_id,name,status\nSA,C1,A,active")
    part = split(night(export, base(), 1), {})[0]
    refused = next_base(base(), part, effects_frame(["sections"], [2], ["not in"]), Ending(on="2026-10-01"))
    with_course = replace(refused, tables={**refused.tables, "courses": base(courses=COURSES).tables["courses"]})

    assert night(export, refused, 1).counts["sections"] == {"withheld": 1}
    assert night(export, with_course, 1).counts["sections"] == {"create": 1}


def test_third_identical_refusal_is_known():
    accepted = refused_on(refused_on(base(), 1), 2)
    assert len(known_refusals(accepted)) == 0

    assert len(known_refusals(refused_on(accepted, 4))) == 1


def test_accepted_row_is_forgotten():
    accepted = refused_on(base(), 1)
    part = split(night(USERS, accepted, 2), {})[0]

    assert len(next_base(accepted, part, no_effects()).marks) == 0


def moved():
    """The base before and after a move of which Canvas refused the new half, and the part that was sent."""
    world = {"courses": COURSES, "sections": SECTIONS}
    before = base(**world, enrollments=IN_A)
    export = roster(**world, enrollments=IN_B)
    part = parts_of(guarded(export, before))[0]
    refused_row = list(part.tables["enrollments"]["section_id"]).index("SB") + 2
    after = next_base(before, part, effects_frame(["enrollments"], [refused_row], ["not in"]))
    return export, before, part, after


def test_move_whose_new_half_canvas_refused_is_taken_back_at_once():
    _, before, part, after = moved()

    repair = repair_moves(part, before, after)

    rows = split(repair, {})[0].tables["enrollments"]
    assert rows[["section_id", "user_id", "status"]].to_numpy().tolist() == [["SA", "U1", "active"]]


def test_refused_move_does_not_end_the_old_half_again():
    export, before, part, after = moved()
    repaired = next_base(after, split(repair_moves(part, before, after), {})[0], no_effects())

    plan = guarded(export, repaired)

    assert plan.counts["enrollments"] == {"create": 1, "withheld": 1}


def test_move_that_canvas_took_needs_no_repair():
    world = {"courses": COURSES, "sections": SECTIONS}
    before = base(**world, enrollments=IN_A)
    part = parts_of(guarded(roster(**world, enrollments=IN_B), before))[0]

    assert split(repair_moves(part, before, next_base(before, part, no_effects())), {}) == ()


def undone():
    """A deletion of two enrollments, undone: the export that caused it, and the base that remembers."""
    both = IN_A + "\nSA,U2,student,active"
    before = base(enrollments=both)
    export = roster(enrollments=IN_A)
    part = parts_of(guarded(export, before))[0]
    after = next_base(before, part, no_effects())
    restored = next_base(after, split(inverse_plan(before, after, after), {})[0], no_effects())
    return export, before, mark_undone(restored, part, before, by="Registrar", on="2026-10-01")


def test_inverse_plan_brings_the_base_back():
    _, before, restored = undone()

    assert sorted(restored.tables["enrollments"]["status"]) == sorted(before.tables["enrollments"]["status"])


def test_what_was_undone_is_not_done_again_unasked():
    export, _, restored = undone()

    plan = guarded(export, restored)

    assert [(hold.guard, hold.counts) for hold in plan.holds] == [("undone", {"enrollments": {"delete": 1}})]
    assert 0 not in parts_of(plan)


def test_undone_row_that_the_export_says_otherwise_goes():
    _, _, restored = undone()

    parts = parts_of(guarded(roster(enrollments=IN_A + "\nSA,U2,student,inactive"), restored))

    assert {number: part.counts for number, part in parts.items()} == {0: {"enrollments": {"delete": 1}}}


def test_inverse_of_an_update_brings_the_old_values_back():
    before = base(users="user_id,login_id,status\nU1,old,active")
    part = parts_of(guarded(roster(users="user_id,login_id,status\nU1,new,active"), before))[0]
    after = next_base(before, part, no_effects())

    rows = split(inverse_plan(before, after, after), {})[0].tables["users"]

    assert list(rows["login_id"]) == ["old"]


def test_inverse_of_a_create_is_a_delete():
    part = parts_of(guarded(USERS, base()))[0]
    after = next_base(base(), part, no_effects())

    rows = split(inverse_plan(base(), after, after), {})[0].tables["users"]

    assert list(rows["status"]) == ["deleted"]


def test_inverse_revives_what_ended_by_cascade():
    world = {"courses": COURSES, "sections": SECTIONS, "enrollments": IN_A}
    before = base(**world)
    dead = roster(**{**world, "sections": SECTIONS.replace("A,active", "A,deleted")})
    part = parts_of(guarded(dead, before))[0]
    after = next_base(before, part, no_effects())

    assert inverse_plan(before, after, after).counts == {
        "sections": {"reactivate": 1},
        "enrollments": {"reactivate": 1},
    }


def test_inverse_leaves_rows_that_another_import_changed_since():
    before = base(users="user_id,login_id,status\nU1,old,active")
    part = parts_of(guarded(roster(users="user_id,login_id,status\nU1,new,active"), before))[0]
    after = next_base(before, part, no_effects())
    later = base(users="user_id,login_id,status\nU1,newest,active")

    assert inverse_plan(before, after, later).counts == {"users": {"withheld": 1}}
