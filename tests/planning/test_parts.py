"""Parts: rows ready to be written, in order, with a hash that says what they are."""

import json

from pipeline.planning import accepted_digest, changed_rows, compare_counts, effects_frame, summary
from tests.planning.rosters import base, guarded, parts_of, roster, rules

ACCOUNTS = "account_id,parent_account_id,name,status\nA1,A2,One,active\nA2,A3,Two,active\nA3,,Three,active"
ONE = "user_id,login_id,status\nU1,u1,active"


def test_accounts_come_after_their_parents():
    part = parts_of(guarded(roster(accounts=ACCOUNTS), base()))[0]

    assert part.tables["accounts"]["account_id"].tolist() == ["A3", "A2", "A1"]


def test_deleted_accounts_go_after_their_children():
    plan = guarded(roster(accounts=ACCOUNTS.replace("active", "deleted")), base(accounts=ACCOUNTS))

    assert parts_of(plan)[0].tables["accounts"]["account_id"].tolist() == ["A1", "A2", "A3"]


def test_accounts_in_a_circle_are_still_written():
    circle = "account_id,parent_account_id,name,status\nA1,A2,One,active\nA2,A1,Two,active"

    assert len(parts_of(guarded(roster(accounts=circle), base()))[0].tables["accounts"]) == 2


def test_people_who_leave_come_before_those_who_take_their_logins():
    export = roster(users="user_id,login_id,status\nU1,u2,active\nU2,u2,deleted")

    rows = parts_of(guarded(export, base(users="user_id,login_id,status\nU1,u1,active\nU2,u2,active")))[0].tables[
        "users"
    ]

    assert rows["user_id"].tolist() == ["U2", "U1"]


def test_columns_are_in_canvas_order():
    part = parts_of(guarded(roster(users="status,login_id,user_id\nactive,u1,U1"), base()))[0]

    assert part.tables["users"].columns.tolist() == ["user_id", "login_id", "status", "file_no", "line_no"]


def test_same_plan_has_the_same_hash_whatever_the_order_of_its_rows():
    lines = ONE.splitlines()
    export = roster(users="\n".join([lines[0], "U2,u2,active", lines[1]]))
    other = roster(users="\n".join([*lines, "U2,u2,active"]))

    assert parts_of(guarded(export, base()))[0].sha256 == parts_of(guarded(other, base()))[0].sha256


def hash_of(export, accepted=None, parameters=None):
    return parts_of(guarded(export, accepted or base()), parameters)[0].sha256


def test_hash_covers_values_accepted_versions_and_parameters():
    export = roster(users=ONE)
    hashes = {
        hash_of(export),
        hash_of(export, parameters={"override_sis_stickiness": "true"}),
        hash_of(roster(users=ONE.replace("u1", "other"))),
        hash_of(export, base(users=ONE.replace("u1", "old"))),
        hash_of(export, base(users=ONE.replace("u1", "older"))),
    }

    assert len(hashes) == 5


def test_part_is_stale_when_the_accepted_version_of_a_row_of_its_own_changed():
    before, after = base(users=ONE.replace("u1", "old")), base(users=ONE.replace("u1", "newer"))
    part = parts_of(guarded(roster(users=ONE), before))[0]

    assert accepted_digest(part, before) != accepted_digest(part, after)


def test_part_is_not_stale_when_another_row_changed():
    before = base(users=ONE.replace("u1", "old"))
    after = base(
        users=ONE.replace("u1", "old") + "\nU2,u2,active",
        courses="course_id,short_name,long_name,status\nC1,c,C,active",
    )
    part = parts_of(guarded(roster(users=ONE), before))[0]

    assert accepted_digest(part, before) == accepted_digest(part, after)


def test_part_of_new_rows_is_stale_when_one_is_there_already():
    part = parts_of(guarded(roster(users=ONE), base()))[0]

    assert accepted_digest(part, base()) != accepted_digest(part, base(users=ONE))


def held():
    rows = "\n".join(f"S1,U{n},student,active" for n in range(30))
    header = "section_id,user_id,role,status\n"
    return guarded(roster(enrollments=header + "\n".join(rows.splitlines()[25:])), base(enrollments=header + rows))


def test_summary_is_plain():
    assert json.loads(json.dumps(summary(held()))) == summary(held())


def test_summary_says_what_goes_and_what_waits():
    numbers = summary(held())

    assert numbers["totals"] == {"delete": 25, "unchanged": 5}
    assert numbers["parts"] == {"0": {}, "1": {"enrollments": {"delete": 25}}}
    assert numbers["effective"] == {"enrollments": {"delete": 25}}


def test_summary_shows_ten_examples_of_a_hold():
    (hold,) = summary(held())["holds"]

    assert len(hold["examples"]) == 10
    assert hold["examples"][0] == {
        "table": "enrollments",
        "key": {"section_id": "S1", "user_id": "U0", "role": "student"},
        "action": "delete",
        "changed": {"status": ["active", "deleted"]},
        "file": None,
        "line": None,
        "reason": "absent from the export",
    }


def test_example_of_a_row_in_the_export_names_file_and_line():
    plan = guarded(
        roster(users=ONE), base(users=ONE.replace("u1", "old")), rules(guards={"*": {"change": {"count": 1}}})
    )

    (hold,) = summary(plan)["holds"]

    assert (hold["examples"][0]["file"], hold["examples"][0]["line"]) == ("export.csv", 2)


def test_changed_rows_are_those_that_are_sent_now_or_later():
    assert len(changed_rows(held(), "enrollments")) == 25
    assert len(changed_rows(held(), "users")) == 0


def test_whole_file_that_is_not_in_must_count_nothing():
    part = parts_of(guarded(roster(users=ONE), base()))[0]
    effects = effects_frame(["users"], [-1], ["not in"])

    assert len(compare_counts(part, effects, {"users": 0})) == 0
    assert len(compare_counts(part, effects, {"users": 1})) == 1


def test_row_whose_effect_is_unknown_may_count_or_not():
    part = parts_of(guarded(roster(users=ONE), base()))[0]
    effects = effects_frame(["users"], [2], ["unknown"])

    assert [len(compare_counts(part, effects, {"users": counted})) for counted in (0, 1, 2)] == [0, 0, 1]


def test_table_that_canvas_does_not_count_is_not_compared():
    part = parts_of(guarded(roster(users=ONE), base()))[0]

    assert len(compare_counts(part, effects_frame([], [], []), {})) == 0
