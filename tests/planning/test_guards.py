import pandas as pd
import pytest

from pipeline.model.plan import HoldKind
from pipeline.planning import DropFacts
from tests.planning.rosters import SETTLED, base, guarded, parts_of, protection, roster, rules, table


def courses(*terms):
    return "course_id,short_name,long_name,account_id,term_id,status\n" + "\n".join(
        f"C{term},c{term},Course {term},A{term},{term},active" for term in terms
    )


def sections(*terms):
    return "section_id,course_id,name,status\n" + "\n".join(f"S{term},C{term},s{term},active" for term in terms)


def enrolled(term, first, last):
    return [f"S{term},U{n},student,active" for n in range(first, last)]


def enrollments(*rows):
    return table("section_id,user_id,role,status\n" + "\n".join(line for lines in rows for line in lines))


def test_mass_drop_of_one_term_waits_and_the_rest_goes():
    world = {"courses": courses("F", "W"), "sections": sections("F", "W")}
    accepted = base(**world, enrollments=enrollments(enrolled("F", 0, 1900), enrolled("W", 0, 25000)))
    export = roster(**world, enrollments=enrollments(enrolled("F", 212, 1900), enrolled("W", 40, 25010)))

    plan = guarded(export, accepted)

    assert [(hold.scope, hold.affected, hold.of, hold.percent) for hold in plan.holds] == [
        ("enrollments in term F", 212, 1900, 11.2)
    ]
    parts = parts_of(plan)
    assert parts[0].counts == {"enrollments": {"delete": 40, "create": 10}}
    assert parts[1].counts == {"enrollments": {"delete": 212}}


def test_hold_keeps_its_hash_over_an_identical_newer_drop():
    world = {"courses": courses("F", "W"), "sections": sections("F", "W")}
    accepted = base(**world, enrollments=enrollments(enrolled("F", 0, 1900), enrolled("W", 0, 5000)))
    after = base(**world, enrollments=enrollments(enrolled("F", 0, 1900), enrolled("W", 40, 5000)))
    export = roster(**world, enrollments=enrollments(enrolled("F", 212, 1900), enrolled("W", 40, 5000)))

    first, second = parts_of(guarded(export, accepted)), parts_of(guarded(export, after))

    assert list(first) == [0, 1]
    assert list(second) == [1]
    assert first[1].sha256 == second[1].sha256


@pytest.mark.parametrize(("gone", "holds"), [(19, 0), (20, 1), (21, 1)])
def test_delete_guard_trips_at_its_floor(gone, holds):
    accepted = base(enrollments=enrollments(enrolled("F", 0, 100)))

    plan = guarded(roster(enrollments=enrollments(enrolled("F", gone, 100))), accepted)

    assert len(plan.holds) == holds


@pytest.mark.parametrize(("gone", "holds"), [(99, 0), (100, 1), (101, 1)])
def test_delete_guard_trips_at_its_percentage(gone, holds):
    accepted = base(enrollments=enrollments(enrolled("F", 0, 1000)))

    plan = guarded(roster(enrollments=enrollments(enrolled("F", gone, 1000))), accepted)

    assert len(plan.holds) == holds


def test_first_plan_waits_as_a_whole():
    plan = guarded(roster(enrollments=enrollments(enrolled("F", 0, 3))), base(), facts=DropFacts(is_first=True))

    assert [(hold.kind, hold.guard) for hold in plan.holds] == [(HoldKind.TRUST, "first plan")]
    assert list(parts_of(plan)) == [1]


def test_empty_table_waits_as_a_whole():
    accepted = base(enrollments=enrollments(enrolled("F", 0, 3)))

    plan = guarded(roster(enrollments=enrollments(enrolled("F", 0, 3)).iloc[:0]), accepted)

    assert [hold.kind for hold in plan.holds] == [HoldKind.TRUST]
    assert list(parts_of(plan)) == [1]


@pytest.mark.parametrize(("refused", "holds"), [(19, 0), (20, 1)])
def test_refused_rows_guard_trips_at_its_floor(refused, holds):
    facts = DropFacts(rows_read=1000, refused={"bad": refused}, is_first=False)

    plan = guarded(roster(enrollments=enrollments(enrolled("F", 0, 3))), base(), facts=facts)

    assert len(plan.holds) == holds


def test_a_hundred_refusals_of_one_kind_hold_whatever_the_percentage():
    facts = DropFacts(rows_read=1_000_000, refused={"bad": 100}, is_first=False)

    plan = guarded(roster(enrollments=enrollments(enrolled("F", 0, 3))), base(), facts=facts)

    assert [hold.guard for hold in plan.holds] == ["refused rows"]


@pytest.mark.parametrize(("gone", "holds"), [(4, 0), (5, 1)])
def test_emptied_section_waits_from_five_rows(gone, holds):
    accepted = base(enrollments=enrollments(enrolled("F", 0, gone), enrolled("W", 0, 1000)))

    plan = guarded(roster(enrollments=enrollments(enrolled("W", 0, 1000))), accepted)

    assert [hold.guard for hold in plan.holds] == ["emptied"] * holds


def test_mass_appearance_of_a_new_term_is_told_not_held():
    world = {"courses": courses("F", "W"), "sections": sections("F", "W")}
    accepted = base(courses=courses("F"), sections=sections("F"), enrollments=enrollments(enrolled("F", 0, 300)))

    plan = guarded(roster(**world, enrollments=enrollments(enrolled("F", 0, 300), enrolled("W", 0, 300))), accepted)

    assert plan.holds == ()
    assert "plan-term-new" in list(plan.findings["code"])


def test_mass_appearance_in_a_known_term_is_held():
    world = {"courses": courses("F"), "sections": sections("F")}
    accepted = base(**world, enrollments=enrollments(enrolled("F", 0, 300)))

    plan = guarded(roster(**world, enrollments=enrollments(enrolled("F", 0, 600))), accepted)

    assert [hold.guard for hold in plan.holds] == ["create"]


def test_deletes_by_cascade_count_for_the_guard_and_hold_the_parent():
    world = {"courses": courses("F", "W"), "enrollments": enrollments(enrolled("F", 0, 50), enrolled("W", 0, 50))}
    accepted = base(**world, sections=sections("F", "W"))
    export = roster(**world, sections=sections("F", "W").replace("SF,CF,sF,active", "SF,CF,sF,deleted"))

    plan = guarded(export, accepted)

    assert [(hold.guard, hold.table, hold.affected) for hold in plan.holds] == [("delete", "enrollments", 50)]
    assert plan.holds[0].counts == {"sections": {"delete": 1}}
    assert plan.effective["enrollments"] == {"delete": 50}


def test_create_that_refers_to_a_held_create_waits_with_it():
    accepted = base(users=users(0, 300), enrollments=enrollments(enrolled("F", 0, 300)))
    export = roster(users=users(0, 600), enrollments=enrollments(enrolled("F", 0, 301)))

    plan = guarded(export, accepted)

    assert [hold.guard for hold in plan.holds] == ["create"]
    assert plan.holds[0].counts == {"users": {"create": 300}, "enrollments": {"create": 1}}


def users(first, last):
    return "user_id,login_id,status\n" + "\n".join(f"U{n},u{n},active" for n in range(first, last))


def test_delete_of_a_move_waits_with_its_held_create():
    world = {"courses": courses("F"), "sections": "section_id,course_id,name,status\nSF,CF,s,active\nSW,CF,t,active"}
    accepted = base(**world, users=users(0, 300), enrollments=enrollments(enrolled("F", 0, 50), enrolled("W", 50, 400)))
    moved = enrollments(enrolled("F", 1, 50), enrolled("W", 0, 1), enrolled("W", 50, 1000))

    plan = guarded(roster(**world, users=users(0, 300), enrollments=moved), accepted)

    assert plan.holds[0].counts["enrollments"] == {"create": 601, "delete": 1}


def test_hold_all_holds_the_harmless_rest_too():
    accepted = base(enrollments=enrollments(enrolled("F", 0, 100)))

    plan = guarded(roster(enrollments=enrollments(enrolled("F", 20, 101))), accepted, rules(on_guard="hold_all"))

    assert list(parts_of(plan)) == [1]
    assert plan.holds[0].counts == {"enrollments": {"delete": 20, "create": 1}}


def test_row_of_which_nothing_is_known_holds_the_deletes_of_its_table_and_dependants():
    accepted = base(sections=sections("F", "W"), enrollments=enrollments(enrolled("F", 0, 100)))
    export = roster(
        [protection("sections")], sections=sections("F", "W"), enrollments=enrollments(enrolled("F", 1, 101))
    )

    plan = guarded(export, accepted)

    assert [(hold.guard, hold.counts) for hold in plan.holds] == [("unknown row", {"enrollments": {"delete": 1}})]
    assert parts_of(plan)[0].counts == {"enrollments": {"create": 1}}


def test_stricter_limit_of_the_feed_counts():
    accepted = base(enrollments=enrollments(enrolled("F", 0, 1000)))
    given = rules(guards={"enrollments": {"delete": {"percent": 5}}})

    plan = guarded(roster(enrollments=enrollments(enrolled("F", 50, 1000))), accepted, given)

    assert len(plan.holds) == 1


def test_parts_of_a_plan_add_up():
    accepted = base(enrollments=enrollments(enrolled("F", 0, 100)))
    plan = guarded(roster(enrollments=enrollments(enrolled("F", 20, 101))), accepted)

    sent = sum(len(frame) for part in parts_of(plan).values() for frame in part.tables.values())

    assert sent == sum(
        plan.counts["enrollments"].get(action, 0) for action in ("create", "update", "delete", "reactivate")
    )


def test_missing_running_term_doubts_the_drop_and_keeps_its_deletes_apart():
    world = {"courses": courses("F", "W"), "sections": sections("F", "W")}
    accepted = base(**world, enrollments=enrollments(enrolled("F", 0, 3), enrolled("W", 0, 3)))

    export = roster(courses=courses("F"), sections=sections("F"), enrollments=enrollments(enrolled("F", 0, 4)))
    plan = guarded(export, accepted)

    assert [(hold.kind, hold.guard) for hold in plan.holds] == [
        (HoldKind.TRUST, "term missing"),
        (HoldKind.CHANGE, "missing term"),
    ]
    assert [hold.counts for hold in plan.holds] == [{"enrollments": {"create": 1}}, {"enrollments": {"delete": 3}}]


def test_facts_are_counted_once_for_each_refused_row():
    from pipeline.model.findings import findings_frame
    from pipeline.model.roster import Checked

    lines = {"file_no": 0, "line_no": pd.Series([4, 4, 5])}
    texts = {"code": pd.Series(["a", "b", "a"]), "consequence": "refused", "table": "users"}
    checked = Checked(roster(), findings_frame(3, texts, lines))

    facts = DropFacts.from_checked(checked, rows_read=10, is_first=False)

    assert facts.refused == {"a": 2}
    assert facts.rows_read == 10
    assert SETTLED.refused == {}


def test_few_deletes_beside_a_held_mass_drop_in_the_same_term_go_ahead():
    people = "".join(f"S1,U{n},student,active\n" for n in range(30)) + "".join(
        f"S2,V{n},student,active\n" for n in range(40)
    )
    kept = "".join(f"S2,V{n},student,active\n" for n in range(3, 40))
    tables = {
        "courses": "course_id,short_name,long_name,term_id,account_id,status\nC1,B,B,T1,A1,active\nC2,C,C,T1,A2,active\n",
        "sections": "section_id,course_id,name,status\nS1,C1,One,active\nS2,C2,Two,active\n",
    }
    accepted = base(**tables, enrollments=f"section_id,user_id,role,status\n{people}")
    given = rules(guards={"enrollments": {"delete": {"percent": 10, "floor": 20}}, "*": {"emptied": {"count": 1000}}})

    plan = guarded(roster(**tables, enrollments=f"section_id,user_id,role,status\n{kept}"), accepted, given)

    assert [hold.scope for hold in plan.holds] == ["enrollments in account A1"]
    assert parts_of(plan)[0].counts == {"enrollments": {"delete": 3}}
