"""What a hold takes with it, and what Canvas ends by itself."""

import pytest

from pipeline.planning import next_base, no_effects
from tests.planning.rosters import base, guarded, parts_of, planned, roster, rules

HEADER = "section_id,user_id,role,status\n"
COURSES = "course_id,short_name,long_name,status\nC1,c1,Course 1,active\nC2,c2,Course 2,active"
SECTIONS = "section_id,course_id,name,status\nS1,C1,s,active\nS2,C2,s,active"


def users(first, last, status="active"):
    return "user_id,login_id,status\n" + "\n".join(f"U{n},u{n},{status}" for n in range(first, last))


def sections(first, last):
    return "section_id,course_id,name,status\n" + "\n".join(f"S{n},C1,s{n},active" for n in range(first, last))


def enrolled(section, first, last, status="active"):
    return "\n".join(f"{section},U{n},student,{status}" for n in range(first, last)) + "\n"


def test_row_that_depends_on_two_holds_is_withheld():
    accepted = base(users=users(0, 300), sections=sections(0, 300), enrollments=HEADER + enrolled("S1", 0, 300))
    more = enrolled("S1", 0, 300) + "S599,U599,student,active\n"
    export = roster(users=users(0, 600), sections=sections(0, 600), enrollments=HEADER + more)

    plan = guarded(export, accepted)

    assert [hold.counts for hold in plan.holds] == [{"sections": {"create": 300}}, {"users": {"create": 300}}]
    assert plan.counts["enrollments"] == {"unchanged": 300, "withheld": 1}
    assert 0 not in parts_of(plan)


def test_parent_whose_children_are_in_two_holds_is_withheld():
    courses = (
        COURSES.replace("status", "account_id,status")
        .replace("1,active", "1,A1,active")
        .replace("2,active", "2,A2,active")
    )
    accepted = base(
        courses=courses,
        sections=SECTIONS,
        users=users(0, 60),
        enrollments=HEADER + enrolled("S1", 0, 30) + enrolled("S2", 0, 30),
    )
    leaves = users(0, 1, "deleted") + "\n" + users(1, 60).split("\n", 1)[1]
    export = roster(courses=courses, sections=SECTIONS, users=leaves, enrollments=HEADER + enrolled("S9", 0, 0).strip())

    plan = guarded(export, accepted, rules(guards={"*": {"delete": {"percent": 60}}}))

    assert sorted(hold.scope for hold in plan.holds if hold.guard == "delete") == [
        "enrollments in account A1",
        "enrollments in account A2",
    ]
    assert plan.counts["users"] == {"unchanged": 59, "withheld": 1}


def test_parents_delete_waits_with_the_held_delete_that_it_would_carry_out():
    accepted = base(
        users=users(0, 30), sections=SECTIONS, enrollments=HEADER + enrolled("S1", 0, 30) + enrolled("S2", 30, 400)
    )
    leaves = users(0, 1, "deleted") + "\n" + users(1, 30).split("\n", 1)[1]
    export = roster(users=leaves, sections=SECTIONS, enrollments=HEADER + enrolled("S2", 30, 400))

    plan = guarded(export, accepted, rules(guards={"*": {"delete": {"percent": 5}}}))

    held = {hold.number: hold.counts for hold in plan.holds}
    assert held == {1: {"users": {"delete": 1}, "enrollments": {"delete": 30}}}


@pytest.mark.parametrize(("emptied", "holds"), [(20, 20), (21, 1)])
def test_many_emptied_sections_wait_together(emptied, holds):
    lines = [enrolled(f"S{n}", 0, 5) for n in range(200)]
    world = {"sections": "section_id,course_id,name,status\n" + "\n".join(f"S{n},C{n},s,active" for n in range(200))}
    accepted = base(**world, enrollments=HEADER + "".join(lines))
    export = roster(**world, enrollments=HEADER + "".join(lines[emptied:]))

    plan = guarded(export, accepted, rules(guards={"*": {"delete": {"percent": 90}}}))

    assert [hold.guard for hold in plan.holds] == ["emptied"] * holds
    assert sum(hold.affected for hold in plan.holds) == emptied * 5


def test_section_whose_people_are_replaced_is_not_emptied():
    accepted = base(enrollments=HEADER + enrolled("S1", 0, 5) + enrolled("S2", 0, 100))

    plan = guarded(roster(enrollments=HEADER + enrolled("S1", 5, 6) + enrolled("S2", 0, 100)), accepted)

    assert plan.holds == ()


def test_course_whose_every_section_is_emptied_is_one_hold():
    both = "section_id,course_id,name,status\nS1,C1,a,active\nS2,C1,b,active\nS3,C2,c,active"
    rest = enrolled("S3", 0, 200)
    accepted = base(sections=both, enrollments=HEADER + enrolled("S1", 0, 6) + enrolled("S2", 0, 6) + rest)

    plan = guarded(roster(sections=both, enrollments=HEADER + rest), accepted)

    assert [(hold.guard, hold.scope, hold.affected) for hold in plan.holds] == [
        ("emptied", "enrollments in course C1", 12)
    ]


def cross_listed():
    crossed = "section_id,xlist_course_id,status\nS1,C2,active"
    return base(courses=COURSES, sections=SECTIONS, xlists=crossed, enrollments=HEADER + enrolled("S1", 0, 2))


@pytest.mark.parametrize(("course", "status"), [("C1", "active"), ("C2", "deleted")])
def test_cross_listed_enrollments_end_with_the_course_that_they_are_in(course, status):
    accepted = cross_listed()
    lines = COURSES.splitlines()
    lines[int(course[1])] = lines[int(course[1])].replace("active", "deleted")
    part = parts_of(guarded(roster(courses="\n".join(lines)), accepted))[0]

    after = next_base(accepted, part, no_effects())

    assert set(after.tables["enrollments"]["status"]) == {status}


def test_deleted_person_loses_memberships_roles_and_links():
    accepted = base(
        users=users(0, 2),
        groups_membership="group_id,user_id,status\nG1,U0,accepted",
        admins="user_id,account_id,role,status\nU0,A1,Admin,active",
        user_observers="observer_id,student_id,status\nU1,U0,active",
    )
    part = parts_of(guarded(roster(users="user_id,login_id,status\nU0,u0,deleted\nU1,u1,active"), accepted))[0]

    after = next_base(accepted, part, no_effects())

    assert {after.tables[name]["status"][0] for name in ("groups_membership", "admins", "user_observers")} == {
        "deleted"
    }


def test_deleted_group_ends_its_memberships():
    accepted = base(
        groups="group_id,name,status\nG1,g,available", groups_membership="group_id,user_id,status\nG1,U0,accepted"
    )

    plan = planned(roster(groups="group_id,name,status\nG1,g,deleted"), accepted)

    assert plan.effective == {"groups": {"delete": 1}, "groups_membership": {"delete": 1}}


def test_suspended_person_keeps_enrollments():
    accepted = base(users=users(0, 1), enrollments=HEADER + enrolled("S1", 0, 1))
    part = parts_of(guarded(roster(users=users(0, 1, "suspended")), accepted))[0]

    assert set(next_base(accepted, part, no_effects()).tables["enrollments"]["status"]) == {"active"}


def test_uncertain_delete_of_a_section_makes_its_enrollments_uncertain():
    from pipeline.planning import Ending

    accepted = base(sections=SECTIONS, enrollments=HEADER + enrolled("S1", 0, 1))
    part = parts_of(guarded(roster(sections=SECTIONS.replace("S1,C1,s,active", "S1,C1,s,deleted")), accepted))[0]

    after = next_base(accepted, part, no_effects(), Ending(is_conclusive=False))

    assert after.tables["enrollments"][["status", "uncertain"]].to_numpy().tolist() == [["active", "yes"]]


def test_refused_delete_of_a_section_ends_nothing():
    from pipeline.planning import effects_frame

    accepted = base(sections=SECTIONS, enrollments=HEADER + enrolled("S1", 0, 1))
    part = parts_of(guarded(roster(sections=SECTIONS.replace("S1,C1,s,active", "S1,C1,s,deleted")), accepted))[0]

    after = next_base(accepted, part, effects_frame(["sections"], [2], ["not in"]))

    assert set(after.tables["enrollments"]["status"]) == {"active"}
    assert set(after.tables["sections"]["status"]) == {"active"}
