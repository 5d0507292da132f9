from dataclasses import replace

from pipeline.planning import make_plan, unexplained_rows, update_desired
from tests.planning.rosters import actions, base, planned, protection, roster, rules

ENROLLED = """
section_id,user_id,role,status
S1,U1,student,active
S1,U2,student,active
S1,U3,student,active
"""


def test_new_row_is_created():
    plan = planned(roster(users="user_id,login_id,status\nU1,u1,active"), base())

    assert actions(plan, "users") == [("U1", "create")]


def test_absent_enrollment_is_deleted():
    plan = planned(roster(enrollments=ENROLLED.replace("S1,U3,student,active", "")), base(enrollments=ENROLLED))

    assert actions(plan, "enrollments", "user_id") == [("U3", "delete")]
    assert plan.counts == {"enrollments": {"delete": 1, "unchanged": 2}}


def test_absent_user_is_kept():
    plan = planned(
        roster(users="user_id,login_id,status\nU1,u1,active"),
        base(users="user_id,login_id,status\nU1,u1,active\nU2,u2,active"),
    )

    assert plan.counts["users"] == {"unchanged": 1, "kept": 1}


def test_row_refused_today_is_protected_and_nothing_is_sent():
    previous = roster(enrollments=ENROLLED)
    today = roster(
        [protection("enrollments", section_id="S1", user_id="U2", role="student")],
        enrollments="section_id,user_id,role,status\nS1,U1,student,active\nS1,U3,student,active",
    )

    plan = planned(today, base(enrollments=ENROLLED), previous=previous)

    assert plan.counts["enrollments"] == {"unchanged": 2, "protected": 1}


def test_changed_fields_are_named():
    plan = planned(
        roster(users="user_id,login_id,full_name,status\nU1,new,Ada L,active"),
        base(users="user_id,login_id,full_name,status\nU1,old,Ada,active"),
    )

    assert list(plan.tables["users"]["changed"]) == ["login_id full_name"]
    assert list(plan.tables["users"]["was:login_id"]) == ["old"]


def test_changed_login_of_a_further_login_is_kept():
    header = "user_id,login_id,existing_user_id\n"

    plan = planned(roster(logins=header + "L1,new,U1"), base(logins=header + "L1,old,U1"))

    assert plan.counts["logins"] == {"kept": 1}


def test_further_login_that_left_the_export_is_kept():
    header = "user_id,login_id,existing_user_id\n"

    plan = planned(
        roster(logins=header + "L2,b,U2"), base(logins=header + "L1,a,U1"), rules(absent={"logins": "deleted"})
    )

    assert plan.counts["logins"] == {"create": 1, "kept": 1}


def test_sums_of_a_plan_are_exact():
    export = update_desired(None, roster(enrollments=ENROLLED.replace("S1,U3", "S1,U4")), rules())
    accepted = base(enrollments=ENROLLED)

    assert unexplained_rows(make_plan(export, accepted, rules()), export, accepted) == {}


def test_row_that_a_plan_forgot_is_unexplained():
    export = update_desired(None, roster(enrollments=ENROLLED), rules())
    plan = make_plan(export, base(), rules())

    assert unexplained_rows(replace(plan, counts={"enrollments": {"create": 2}}), export, base()) == {"enrollments": 1}


def test_renamed_rows_count_once():
    accepted = base(users="user_id,login_id,status\nU1,ada,active")
    export = update_desired(None, roster(users="user_id,login_id,status\nU2,ada,active"), rules())

    assert unexplained_rows(make_plan(export, accepted, rules()), export, accepted) == {}
