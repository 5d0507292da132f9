"""Reasons to distrust a whole drop: each just under, at and over its line."""

import pytest

from pipeline.model.plan import HoldKind
from pipeline.planning import DropFacts
from tests.planning.rosters import base, guarded, parts_of, roster


def people(count, login="u{0}", first=0):
    lines = [f"U{n},{login.format(n)},Name {n},active" for n in range(first, first + count)]
    return "user_id,login_id,full_name,status\n" + "\n".join(lines)


def titles(count, title="Title {0}", term="F", first=0):
    lines = [f"C{n},{title.format(n)},{title.format(n)},{term},active" for n in range(first, first + count)]
    return "course_id,short_name,long_name,term_id,status\n" + "\n".join(lines)


def guards(plan):
    return [hold.guard for hold in plan.holds if hold.kind is HoldKind.TRUST]


@pytest.mark.parametrize(("swapped", "expected"), [(19, []), (20, ["reissued keys"]), (21, ["reissued keys"])])
def test_logins_that_go_to_other_people(swapped, expected):
    accepted = base(users=people(200))
    lines = people(200).splitlines()
    for n in range(1, swapped + 1):
        lines[n] = lines[n].replace(f",u{n - 1},", f",u{n + 99},")

    assert guards(guarded(roster(users="\n".join(lines)), accepted)) == expected


@pytest.mark.parametrize(("people_in_all", "expected"), [(400, ["reissued keys"]), (401, [])])
def test_logins_that_go_to_other_people_in_percent(people_in_all, expected):
    accepted = base(users=people(people_in_all))
    lines = people(people_in_all).splitlines()
    for n in range(1, 21):
        lines[n] = lines[n].replace(f",u{n - 1},", f",u{n + 99},")

    assert guards(guarded(roster(users="\n".join(lines)), accepted)) == expected


@pytest.mark.parametrize(("reused", "expected"), [(2, []), (3, ["reused ids"])])
def test_course_ids_that_mean_other_courses(reused, expected):
    accepted = base(courses=titles(100))
    lines = titles(100).splitlines()
    for n in range(1, reused + 1):
        lines[n] = f"C{n - 1},Other {n},Other {n},W,active"

    assert guards(guarded(roster(courses="\n".join(lines)), accepted)) == expected


def test_new_title_alone_is_no_other_course():
    plan = guarded(roster(courses=titles(30, "Better {0}")), base(courses=titles(100)))

    assert "reused ids" not in guards(plan)


@pytest.mark.parametrize(("count", "expected"), [(19, []), (20, ["reissued keys"])])
def test_titles_under_new_ids_whose_people_are_others(count, expected):
    was, now = titles(count), titles(count).replace("\nC", "\nX")
    enrolled = "course_id,user_id,role,status\n" + "\n".join(f"C{n},U{n},student,active" for n in range(count))
    accepted = base(courses=was, enrollments=enrolled)
    export = roster(courses=now, enrollments=enrolled.replace("\nC", "\nX").replace(",U", ",V"))

    plan = guarded(export, accepted)

    assert [guard for guard in guards(plan) if guard == "reissued keys"] == expected


def test_missing_file_and_other_doubts_hold_everything():
    facts = DropFacts(
        rows_read=10, is_first=False, missing=("courses",), doubts=("This is the export of 12 September.",)
    )

    plan = guarded(roster(users=people(3)), base(users=people(2)), facts=facts)

    assert plan.holds[0].guard == "missing table, doubtful drop"
    assert "12 September" in plan.holds[0].message
    assert list(parts_of(plan)) == [1]


def test_changed_setup_holds_when_rows_would_change():
    facts = DropFacts(rows_read=10, is_first=False, is_setup_changed=True)

    assert guards(guarded(roster(users=people(3)), base(users=people(2)), facts=facts)) == ["changed setup"]
    assert guards(guarded(roster(users=people(2)), base(users=people(2)), facts=facts)) == []


def test_empty_table_of_which_canvas_has_nothing_is_no_doubt():
    plan = guarded(roster(users=people(2), courses=titles(0).strip()), base(users=people(2)))

    assert guards(plan) == []


def test_first_plan_of_an_adopted_base_waits_too():
    plan = guarded(roster(users=people(3)), base(users=people(2)), facts=DropFacts(is_first=True))

    assert guards(plan) == ["first plan"]


def test_plan_without_rows_to_send_is_no_first_plan():
    plan = guarded(roster(users=people(2)), base(users=people(2)), facts=DropFacts(is_first=True))

    assert plan.holds == ()


def test_title_of_a_course_that_stays_is_not_taken_by_a_new_one():
    accepted = base(courses=titles(20))
    twice = titles(20) + "\n" + "\n".join(line.replace("C", "X", 1) for line in titles(20).splitlines()[1:])

    assert guards(guarded(roster(courses=twice), accepted)) == []
