from datetime import date

import numpy as np
import pytest

from pipeline.checks import CheckRules, check
from pipeline.errors import SettingsError
from pipeline.model.roster import Known, Roster
from tests.checks.rosters import checked, codes_in, frame, known, roster, sample, where


def ids(result, table, column):
    return list(result.roster.tables[table][column])


def test_refused_row_does_not_go_on():
    result = checked(roster(users=[{}, {"user_id": "U-2", "login_id": ""}]))

    assert ids(result, "users", "user_id") == ["U-1"]


def test_refused_row_leaves_a_protection_with_its_key():
    result = checked(roster(users=[{}, {"user_id": "U-2", "login_id": ""}]))

    protection = result.roster.protections.iloc[0]
    assert (protection["table"], protection["user_id"], protection["reason"], protection["line_no"]) == (
        "users",
        "U-2",
        "user-without-login",
        3,
    )


def test_protection_does_not_claim_the_damaged_part_of_a_key():
    result = checked(roster(enrollments=[{"section_id": "S-99"}]))

    protection = result.roster.protections.iloc[0]
    assert (protection["user_id"], protection["section_id"], protection["course_id"]) == ("U-1", "", "C-1")


def test_enrollment_of_a_new_refused_person_waits():
    result = checked(roster(users=[{}, {"user_id": "U-2", "login_id": ""}], enrollments=[{}, {"user_id": "U-2"}]))

    assert where(result.findings) == [("user-without-login", 3), ("waits-for-refused-row", 3)]
    assert ids(result, "enrollments", "user_id") == ["U-1"]


def test_enrollment_of_a_refused_person_goes_on_when_canvas_has_the_person():
    knowing = known(complete=("users",), users=[{"user_id": "U-2", "status": "active"}])

    result = checked(
        roster(users=[{}, {"user_id": "U-2", "login_id": ""}], enrollments=[{}, {"user_id": "U-2"}]), knowing=knowing
    )

    assert ids(result, "enrollments", "user_id") == ["U-1", "U-2"]


def test_refusal_is_passed_down_from_course_to_section_to_enrollment():
    result = checked(roster(courses=[{"short_name": ""}]))

    assert [code for code, _ in where(result.findings)] == [
        "course-without-short-name",
        "waits-for-refused-row",
        "waits-for-refused-row",
    ]
    assert len(result.roster.protections) == 3


def test_unknown_reference_is_only_told_where_not_everything_is_known():
    result = checked(roster(enrollments=[{"section_id": "S-99"}]), knowing=known())

    assert [(row.code, row.severity) for row in result.findings.itertuples()] == [
        ("enrollment-unknown-section", "warning")
    ]
    assert ids(result, "enrollments", "section_id") == ["S-99"]


def test_unknown_term_holds_where_not_everything_is_known():
    result = checked(roster(courses=[{"term_id": "T-99"}]), knowing=known())

    assert list(result.findings["severity"]) == ["hold"]
    assert ids(result, "courses", "course_id") == ["C-1"]


def test_unknown_term_refuses_where_all_terms_are_known():
    result = checked(roster(courses=[{"term_id": "T-99"}]), knowing=known(complete=("terms", "sections", "courses")))

    assert codes_in(result)[0] == "course-unknown-term"
    assert ids(result, "courses", "course_id") == []


def test_reference_to_a_known_row_is_right():
    knowing = known(complete=("sections",), sections=[{"section_id": "S-7", "course_id": "C-1", "status": "active"}])

    result = checked(roster(enrollments=[{"section_id": "S-7"}]), knowing=knowing)

    assert codes_in(result) == []


def test_reference_to_a_deleted_row_is_refused_even_where_not_everything_is_known():
    knowing = known(sections=[{"section_id": "S-7", "course_id": "C-1", "status": "deleted"}])

    result = checked(roster(enrollments=[{"section_id": "S-7"}]), knowing=knowing)

    assert list(result.findings["severity"]) == ["error"]


def test_deleting_an_enrollment_of_a_deleted_section_is_right():
    knowing = known(sections=[{"section_id": "S-7", "course_id": "C-1", "status": "deleted"}])

    result = checked(roster(enrollments=[{"section_id": "S-7", "status": "deleted"}]), knowing=knowing)

    assert codes_in(result) == []


def test_enrollment_without_section_names_the_course_alone_in_the_message_of_canvas():
    result = checked(roster(enrollments=[{"section_id": "", "course_id": "C-99"}]))

    assert list(result.findings["canvas_message"]) == [
        "Neither course nor section existed for user enrollment (Course ID: C-99, Section ID: , User ID: U-1)"
    ]


def test_child_account_may_stand_before_its_parent():
    result = checked(roster(accounts=[{"account_id": "A-2", "parent_account_id": "A-1"}, {}]))

    assert codes_in(result) == []


def test_accounts_in_a_circle_are_refused_and_what_hangs_below_waits():
    accounts = [
        {},
        {"account_id": "A-2", "parent_account_id": "A-3"},
        {"account_id": "A-3", "parent_account_id": "A-2"},
        {"account_id": "A-4", "parent_account_id": "A-3"},
    ]

    result = checked(roster(accounts=accounts))

    assert where(result.findings) == [
        ("account-parent-loop", 3),
        ("account-parent-loop", 4),
        ("waits-for-refused-row", 5),
    ]


def test_grandchildren_of_a_refused_account_wait_too():
    accounts = [
        {},
        {"account_id": "A-2", "name": ""},
        {"account_id": "A-3", "parent_account_id": "A-2"},
        {"account_id": "A-4", "parent_account_id": "A-3"},
    ]

    result = checked(roster(accounts=accounts))

    assert ids(result, "accounts", "account_id") == ["A-1"]


def test_repeated_row_is_sent_once():
    result = checked(roster(enrollments=[{}, {}]))

    assert (codes_in(result), len(result.roster.tables["enrollments"])) == (["enrollment-repeated"], 1)
    assert len(result.roster.protections) == 0


def test_conflicting_rows_are_all_refused():
    result = checked(roster(courses=[{}, {"long_name": "Botany"}]), knowing=known(courses=[sample("courses")]))

    assert where(result.findings) == [("course-conflict", 2), ("course-conflict", 3)]
    assert ids(result, "courses", "course_id") == []


def test_living_enrollment_wins_over_its_ended_twin():
    result = checked(roster(enrollments=[{"status": "deleted"}, {}]))

    assert where(result.findings) == [("enrollment-gone-and-active", 2)]
    assert ids(result, "enrollments", "status") == ["active"]


def test_login_shared_by_two_people_refuses_both():
    result = checked(roster(users=[{}, {"user_id": "U-2", "login_id": " Ada"}], enrollments=[]))

    assert where(result.findings) == [("user-shared-login", 2), ("user-shared-login", 3)]


def test_login_shared_by_two_people_stays_with_the_one_who_has_it():
    knowing = known(users=[{"user_id": "U-1", "login_id": "ada", "status": "active"}])

    result = checked(roster(users=[{}, {"user_id": "U-2"}]), knowing=knowing)

    assert ids(result, "users", "user_id") == ["U-1"]
    assert list(result.findings["canvas_message"]) == [
        "An existing Canvas user with the SIS ID U-1 has already claimed U-2's user_id requested login information, skipping"
    ]


def test_login_of_a_deleted_person_is_free():
    knowing = known(complete=("users",), users=[{"user_id": "U-9", "status": "active"}])

    result = checked(roster(users=[{"user_id": "U-9", "status": "deleted"}, {}]), knowing=knowing)

    assert codes_in(result) == []


def test_deleting_a_stranger_by_the_login_of_another_is_refused():
    result = checked(roster(users=[{"user_id": "U-9", "status": "deleted"}, {}]))

    assert where(result.findings) == [("user-shared-login", 2)]


def test_login_of_somebody_not_in_the_export_waits_for_a_person():
    knowing = known(users=[{"user_id": "U-9", "login_id": "ADA", "status": "active"}])

    result = checked(roster(), knowing=knowing)

    assert list(result.findings["severity"]) == ["hold"]
    assert ids(result, "users", "user_id") == ["U-1"]


def test_bad_email_is_left_out_and_the_person_goes():
    result = checked(roster(users=[{"email": "jo hn@x"}]))

    assert ids(result, "users", "email") == [""]
    assert list(result.findings["consequence"]) == ["sent without the value"]


def test_password_is_never_shown():
    result = checked(roster(users=[{"password": "qwe-rt"}]))

    assert "qwe-rt" not in result.findings.to_csv()


def test_date_that_canvas_would_erase_refuses_the_row():
    result = checked(roster(sections=[{"start_date": "TBD", "end_date": "2026-12-18"}]))

    finding = result.findings.iloc[0]
    assert (finding["code"], finding["column"], finding["value"]) == ("section-doubtful-date", "start_date", "TBD")


def test_bad_end_date_is_named_as_the_end_date():
    result = checked(roster(terms=[{"end_date": "12/31/2026"}]))

    assert (result.findings["column"][0], result.findings["value"][0]) == ("end_date", "12/31/2026")


def test_known_custom_role_is_right_and_another_case_is_not():
    result = checked(
        roster(enrollments=[{"role": "Auditor"}, {"user_id": "U-1", "role": "auditor"}]),
        knowing=known(complete=("users",), roles=("Auditor",)),
    )

    assert where(result.findings) == [("enrollment-unknown-role", 3)]


def test_section_of_another_course_refuses_the_enrollment():
    result = checked(roster(courses=[{}, {"course_id": "C-2"}], enrollments=[{"course_id": "C-2"}]))

    assert list(result.findings["canvas_message"]) == [
        "An enrollment listed a section (S-1) and a course (C-2) that are unrelated for user (U-1)"
    ]


def test_crosslisted_section_answers_to_two_courses():
    knowing = known(xlists=[{"section_id": "S-1", "xlist_course_id": "C-2", "status": "active"}])

    result = checked(roster(courses=[{}, {"course_id": "C-2"}], enrollments=[{"course_id": "C-2"}]), knowing=knowing)

    assert codes_in(result) == []


def test_ignored_finding_lets_the_row_pass():
    rules = CheckRules.from_plain({"checks": {"user-status-inexact": {"as": "ignore", "reason": "ours"}}})

    result = checked(roster(users=[{"status": "activex"}]), rules=rules)

    assert (codes_in(result), ids(result, "users", "user_id")) == ([], ["U-1"])


def test_expired_tuning_no_longer_counts():
    rules = CheckRules.from_plain(
        {
            "checks": {"user-email": {"as": "ignore", "reason": "until the new export", "until": "2026-09-01"}},
            "today": date(2026, 9, 2),
        }
    )

    result = checked(roster(users=[{"email": "None"}]), rules=rules)

    assert codes_in(result) == ["user-email"]


def test_tuned_to_refuse_refuses():
    rules = CheckRules.from_plain({"checks": {"user-email": "refuse"}})

    result = checked(roster(users=[{"email": "None"}], enrollments=[]), rules=rules)

    assert ids(result, "users", "user_id") == []


def test_unknown_code_is_a_configuration_error_that_names_the_right_one():
    with pytest.raises(SettingsError, match='did you mean "user-email"'):
        CheckRules.from_plain({"checks": {"user-emial": "warn"}})


def test_missing_key_cannot_be_tuned_away():
    with pytest.raises(SettingsError, match="always refuses"):
        CheckRules.from_plain({"checks": {"user-without-id": "warn"}})


def test_ignoring_needs_a_reason():
    with pytest.raises(SettingsError, match="reason"):
        CheckRules.from_plain({"checks": {"user-email": "ignore"}})


def test_every_row_goes_on_or_leaves_with_a_finding():
    given = roster(
        users=[{}, {"user_id": "U-2", "login_id": ""}, {"user_id": "U-3", "login_id": "ada"}, {}, {"status": "x"}],
        enrollments=[{}, {"user_id": "U-2"}, {"role": "aide"}, {}, {"status": "deleted"}],
    )

    result = checked(given)

    for table, rows in given.tables.items():
        gone = result.findings[
            (result.findings["table"] == table)
            & (
                (result.findings["consequence"] == "refused")
                | result.findings["code"].str.endswith("-repeated")
                | (result.findings["code"] == "enrollment-gone-and-active")
            )
        ]["line_no"]
        stayed = result.roster.tables[table]["line_no"]
        assert sorted({*gone, *stayed}) == list(rows["line_no"])
        assert not set(gone) & set(stayed)


def test_table_without_rows_stays_empty():
    given = Roster({"users": frame([sample("users")]).iloc[:0]}, files=("x.csv",))

    assert len(check(given, Known(), CheckRules()).roster.tables["users"]) == 0


def test_table_that_no_rule_knows_goes_through():
    given = Roster({"something": frame([{"a": "1"}])}, files=("x.csv",))

    assert len(check(given, Known(), CheckRules()).roster.tables["something"]) == 1


def test_as_many_findings_as_rows_are_a_table():
    rows = 100_000
    users = frame([sample("users")]).iloc[np.zeros(rows, dtype=int)].reset_index(drop=True)
    number = users.index.astype(str)
    users = users.assign(user_id=(users["user_id"] + number).astype(users["user_id"].dtype))

    result = check(Roster({"users": users}, files=("x.csv",)), Known(), CheckRules())

    assert len(result.findings) == rows
    assert set(result.findings["code"]) == {"user-shared-login"}
