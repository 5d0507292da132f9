"""The desired roster: full exports replace, deltas change, refused rows stay."""

import pytest

from pipeline.model.roster import Roster
from pipeline.planning import update_desired
from tests.planning.rosters import base, guarded, parts_of, planned, protection, roster, rules, table

TWO = "user_id,login_id,status\nU1,u1,active\nU2,u2,active"
DELTA = rules(export="delta")
GONE = {"users": "deleted"}


def ids(desired):
    return sorted(desired.tables["users"]["user_id"])


def test_full_export_replaces_the_earlier_one():
    before = update_desired(None, roster(users=TWO), rules())

    after = update_desired(before, roster(users="user_id,login_id,status\nU3,u3,active"), rules())

    assert ids(after) == ["U3"]


def test_delta_changes_and_adds_rows():
    before = update_desired(None, roster(users=TWO), DELTA)

    after = update_desired(before, roster(users="user_id,login_id,status\nU2,new,active\nU3,u3,active"), DELTA)

    logins = dict(zip(after.tables["users"]["user_id"], after.tables["users"]["login_id"], strict=True))
    assert logins == {"U1": "u1", "U2": "new", "U3": "u3"}


def test_rows_kept_from_an_earlier_drop_have_no_place_in_this_one():
    before = update_desired(None, roster(users=TWO), DELTA)

    after = update_desired(before, roster(users="user_id,login_id,status\nU3,u3,active"), DELTA)

    lines = dict(zip(after.tables["users"]["user_id"], after.tables["users"]["line_no"], strict=True))
    assert lines == {"U1": -1, "U2": -1, "U3": 2}


def test_delta_without_a_table_leaves_it():
    before = update_desired(None, roster(users=TWO), DELTA)

    after = update_desired(before, roster(courses="course_id,short_name,long_name,status\nC1,c,C,active"), DELTA)

    assert ids(after) == ["U1", "U2"]


def test_full_export_whose_mapping_no_longer_makes_a_table_drops_it_and_deletes_nothing():
    before = update_desired(None, roster(users=TWO), rules())
    export = roster(courses="course_id,short_name,long_name,status\nC1,c,C,active")

    plan = planned(export, base(users=TWO), rules(absent=GONE), previous=before)

    assert plan.counts["users"] == {"kept": 2}


def test_absence_from_a_delta_deletes_nothing():
    given = rules(export="delta", absent=GONE)

    plan = planned(roster(users="user_id,login_id,status\nU1,u1,active"), base(users=TWO), given)

    assert plan.counts["users"] == {"unchanged": 1, "kept": 1}


def test_delta_before_any_full_export_deletes_nothing_later():
    given = rules(absent=GONE)
    delta = update_desired(None, roster(users="user_id,login_id,status\nU1,u1,active"), given.for_drop("delta"))

    from pipeline.planning import make_plan

    assert make_plan(delta, base(users=TWO), given).counts["users"] == {"unchanged": 1, "kept": 1}


def test_urgent_delta_leaves_the_full_export_its_meaning():
    given = rules(absent=GONE)
    full = update_desired(None, roster(users="user_id,login_id,status\nU1,u1,active"), given)
    urgent = update_desired(full, roster(users="user_id,login_id,status\nU3,u3,active"), given.for_drop("delta"))

    from pipeline.planning import make_plan

    assert make_plan(urgent, base(users=TWO), given).counts["users"] == {"create": 1, "unchanged": 1, "delete": 1}


def test_explicit_delete_in_a_delta_is_a_delete():
    before = update_desired(None, roster(users=TWO), DELTA)

    plan = planned(roster(users="user_id,login_id,status\nU2,u2,deleted"), base(users=TWO), DELTA, previous=before)

    assert plan.counts["users"] == {"unchanged": 1, "delete": 1}


def test_explicit_delete_with_its_key_alone_is_sent_with_what_canvas_requires():
    plan = guarded(roster(users="user_id,status\nU2,deleted"), base(users=TWO), DELTA)

    rows = parts_of(plan)[0].tables["users"]
    assert rows[["user_id", "login_id", "status"]].to_numpy().tolist() == [["U2", "u2", "deleted"]]


def test_delete_of_what_canvas_never_had_is_already_so():
    plan = planned(roster(users="user_id,login_id,status\nU9,u9,deleted"), base(users=TWO), DELTA)

    assert plan.counts["users"] == {"kept": 2, "already so": 1}


def test_refused_row_of_a_full_export_keeps_its_last_good_version():
    before = update_desired(None, roster(users=TWO), rules())
    export = roster(
        [protection("users", user_id="U2", reason="bad-login")], users="user_id,login_id,status\nU1,u1,active"
    )

    after = update_desired(before, export, rules())

    kept = after.tables["users"][after.tables["users"]["user_id"] == "U2"]
    assert kept[["login_id", "protected"]].to_numpy().tolist() == [["u2", "bad-login"]]


def test_refused_row_of_an_earlier_full_export_still_explains_absence_after_a_delta():
    given = rules(absent=GONE)
    full = update_desired(
        None, roster([protection("users", user_id="U2")], users="user_id,login_id,status\nU1,u1,active"), given
    )
    urgent = update_desired(full, roster(users="user_id,login_id,status\nU3,u3,active"), given.for_drop("delta"))

    from pipeline.planning import make_plan

    assert make_plan(urgent, base(users=TWO), given).counts["users"]["protected"] == 1


def test_refused_row_of_an_earlier_export_says_nothing_against_a_later_explicit_delete():
    given = rules(absent=GONE)
    full = update_desired(
        None, roster([protection("users", user_id="U2")], users="user_id,login_id,status\nU1,u1,active"), given
    )
    urgent = update_desired(full, roster(users="user_id,login_id,status\nU2,u2,deleted"), given.for_drop("delta"))

    from pipeline.planning import make_plan

    assert make_plan(urgent, base(users=TWO), given).counts["users"] == {"unchanged": 1, "delete": 1}


def test_next_full_export_forgets_what_was_refused_before():
    before = update_desired(None, roster([protection("users", user_id="U2")], users=TWO), rules())

    assert len(update_desired(before, roster(users=TWO), rules()).protections) == 0


def test_export_kind_may_differ_by_table():
    given = rules(export={"users": "delta"}, absent=GONE)

    plan = planned(roster(users="user_id,login_id,status\nU1,u1,active"), base(users=TWO), given)

    assert plan.counts["users"] == {"unchanged": 1, "kept": 1}


@pytest.mark.parametrize("raw", ["U2,u2,active,what,is,this", '"U2;u2"', "x U2"])
def test_torn_row_protects_the_person_it_names(raw):
    from pipeline.model.protection import protections_frame

    torn = protections_frame(1, {"table": "users", "raw": raw, "reason": "torn"})
    export = roster([torn], users="user_id,login_id,status\nU1,u1,active")

    assert planned(export, base(users=TWO), rules(absent=GONE)).counts["users"] == {"unchanged": 1, "protected": 1}


def test_torn_row_of_an_unknown_table_protects_whomever_it_names():
    from pipeline.model.protection import protections_frame

    torn = protections_frame(1, {"table": "PERSON", "raw": "U2|x", "reason": "torn"})
    export = roster([torn], users="user_id,login_id,status\nU1,u1,active")

    assert planned(export, base(users=TWO), rules(absent=GONE)).counts["users"] == {"unchanged": 1, "protected": 1}


def test_torn_row_that_names_nobody_holds_the_deletes():
    from pipeline.model.protection import protections_frame

    torn = protections_frame(1, {"table": "users", "raw": "garbage", "reason": "torn"})
    export = roster([torn], users="user_id,login_id,status\nU1,u1,active")

    plan = guarded(export, base(users=TWO), rules(absent=GONE))

    assert [hold.guard for hold in plan.holds] == ["unknown row"]


def test_rows_without_any_protection_columns_are_taken_as_said():
    bare = Roster({"users": table(TWO)}, ("f",))

    assert ids(update_desired(None, bare, rules())) == ["U1", "U2"]
