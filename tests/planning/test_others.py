"""Several feeds into one instance."""

from pipeline.planning import OtherFeed, apply_guards, make_plan, update_desired
from tests.planning.rosters import SETTLED, base, parts_of, roster, rules

USERS = "user_id,login_id,status\nU1,u1,active"
IN_A = "section_id,user_id,role,status\nSA,U1,student,active"
IN_B = "section_id,user_id,role,status\nSB,U1,student,active"
LEAVES = {"users": "deleted"}


def plan_beside(export, accepted, other, **absent):
    given = rules(absent=absent)
    plan = make_plan(update_desired(None, export, given), accepted, given, [other])
    return apply_guards(plan, accepted, given, SETTLED)


def feed(leads=(), **tables):
    return OtherFeed("b", update_desired(None, roster(**tables), rules()).tables, frozenset(leads))


def test_person_whom_another_feed_still_sends_is_kept_while_her_enrollments_here_end():
    accepted = base(users=USERS + "\nU2,u2,active", enrollments=IN_A)
    export = roster(users="user_id,login_id,status\nU2,u2,active", enrollments=IN_A.replace("SA,U1", "SA,U2"))

    plan = plan_beside(export, accepted, feed(users=USERS, enrollments=IN_B), users="deleted")

    assert plan.counts["users"] == {"unchanged": 1, "kept": 1}
    assert plan.counts["enrollments"] == {"create": 1, "delete": 1}


def test_person_whom_the_other_feed_dropped_too_is_deleted():
    accepted = base(users=USERS + "\nU2,u2,active")
    export = roster(users="user_id,login_id,status\nU2,u2,active")

    plan = plan_beside(export, accepted, feed(users=USERS.replace("active", "deleted")), users="deleted")

    assert plan.counts["users"] == {"unchanged": 1, "delete": 1}


def test_delete_that_would_end_rows_of_another_feed_is_held_and_says_whose():
    accepted = base(sections="section_id,course_id,name,status\nSB,C1,b,active\nSC,C1,c,active")
    export = roster(sections="section_id,course_id,name,status\nSC,C1,c,active")

    plan = plan_beside(export, accepted, feed(enrollments=IN_B), sections="deleted")

    assert [(hold.guard, hold.scope) for hold in plan.holds] == [("other feed", "rows of feed b")]
    assert 0 not in parts_of(plan)


def test_fields_of_a_shared_row_belong_to_the_leading_feed():
    accepted = base(users=USERS)

    plan = plan_beside(roster(users=USERS.replace("u1", "other")), accepted, feed(["users"], users=USERS))

    assert plan.counts["users"] == {"kept": 1}
    assert list(plan.findings["code"]) == ["plan-fields-differ"]


def test_fields_of_a_shared_row_are_sent_by_the_leading_feed_itself():
    accepted = base(users=USERS)

    plan = plan_beside(roster(users=USERS.replace("u1", "other")), accepted, feed(users=USERS))

    assert plan.counts["users"] == {"update": 1}
