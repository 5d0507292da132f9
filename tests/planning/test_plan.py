from tests.planning.rosters import actions, base, planned, protection, roster

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
