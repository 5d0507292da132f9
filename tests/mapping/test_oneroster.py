from pathlib import Path

import pytest

from pipeline.mapping import load_preset
from tests.mapping.rosters import preset_roster, protected, roster_of, rows
from tests.sources.drops import codes
from tests.tools import need_shared

SAMPLES = Path(__file__).parent / "samples"
SCHOOL = sorted((SAMPLES / "oneroster-school").iterdir())
DISTRICT = SAMPLES / "oneroster-district-small.zip"

HEADS = {
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions.csv": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "courses.csv": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId",
    "classes.csv": "sourcedId,status,dateLastModified,title,courseSourcedId,classCode,classType,schoolSourcedId,termSourcedIds",
    "users.csv": "sourcedId,status,dateLastModified,enabledUser,role,username,givenName,familyName,identifier,email,agentSourcedIds",
    "enrollments.csv": "sourcedId,status,dateLastModified,classSourcedId,userSourcedId,role,primary,beginDate,endDate",
}
ROWS = {
    "orgs.csv": ["D,,,District,district,,", "S,,,School,school,,D", "M,,,Maths,department,,S"],
    "academicSessions.csv": [
        "Y,,,Year,schoolYear,2026-08-17,2027-06-04,,2027",
        "T1,,,Fall,semester,2026-08-17,2026-12-18,Y,2027",
        "T2,,,Spring,semester,2027-01-04,2027-06-04,Y,2027",
        "Q1,,,Quarter,gradingPeriod,2026-08-17,2026-10-16,T1,2027",
    ],
    "courses.csv": ["C1,,,Y,Algebra I,ALG1,09,D"],
    "classes.csv": ["K1,,,Algebra 1a,C1,ALG1-1,scheduled,S,T1", "K2,,,Algebra 1b,C1,ALG1-2,scheduled,S,T1"],
    "users.csv": ["P1,,,true,student,ada,Ada,Vale,001,,G1", "P2,,,true,teacher,ben,Ben,Ito,002,b@x.example,"],
    "enrollments.csv": ["E1,,,K1,P1,student,,,", "E2,,,K1,P2,teacher,true,,"],
}


def make(tmp_path, *, options=None, **changes):
    """The small school with the rows of some files exchanged; None takes a file away."""
    tables = {**ROWS, **{name + ".csv": value for name, value in changes.items()}}
    files = {name: "\n".join([HEADS[name], *lines, ""]) for name, lines in tables.items() if lines is not None}
    return roster_of(load_preset("oneroster-1.1", options or {}), tmp_path, files)


def test_the_school_sample_gives_every_row_of_every_table():
    roster = preset_roster("oneroster-1.1", *SCHOOL)

    counts = {name: len(frame) for name, frame in roster.tables.items()}
    expected = {
        "accounts": 1,
        "terms": 1,
        "courses": 36,
        "sections": 36,
        "users": 79,
        "enrollments": 468,
        "user_observers": 0,
    }
    assert counts == expected


def test_the_school_sample_with_homerooms_gives_all_classes_and_enrollments():
    roster = preset_roster("oneroster-1.1", *SCHOOL, homerooms="course")

    assert (len(roster.tables["courses"]), len(roster.tables["enrollments"])) == (42, 546)


def test_the_district_zip_gives_every_row_of_every_table():
    roster = preset_roster("oneroster-1.1", DISTRICT, homerooms="course")

    counts = {name: len(frame) for name, frame in roster.tables.items()}
    assert counts == {
        "accounts": 3,
        "terms": 1,
        "courses": 119,
        "sections": 119,
        "users": 268,
        "enrollments": 1855,
        "user_observers": 0,
    }


@pytest.mark.parametrize("paths", [SCHOOL, [DISTRICT]], ids=["school", "district"])
def test_every_source_row_of_a_sample_is_accounted_for(paths):
    roster = preset_roster("oneroster-1.1", *paths)

    assert all(sums.adds_up for sums in roster.sums)


def test_the_same_sample_maps_to_the_same_rows_in_the_same_order():
    first, second = (preset_roster("oneroster-1.1", *SCHOOL) for _ in range(2))

    assert all(first.tables[name].equals(second.tables[name]) for name in first.tables)


def test_term_dates_are_the_whole_days_in_the_institutions_zone(tmp_path):
    roster = make(tmp_path)

    assert rows(roster, "terms", "term_id", "start_date", "end_date") == [
        ["T1", "2026-08-17T00:00:00-06:00", "2026-12-18T23:59:59-07:00"]
    ]


def test_a_course_per_class_by_default(tmp_path):
    roster = make(tmp_path)

    assert rows(roster, "courses", "course_id", "short_name", "long_name", "account_id", "term_id", "status") == [
        ["K1", "ALG1-1", "Algebra 1a", "S", "T1", "active"],
        ["K2", "ALG1-2", "Algebra 1b", "S", "T1", "active"],
    ]


def test_a_course_per_course_with_a_section_per_class_by_option(tmp_path):
    roster = make(tmp_path, options={"courses": "per_course"})

    assert rows(roster, "courses", "course_id", "short_name", "long_name") == [["C1-T1-S", "ALG1", "Algebra I"]]
    assert rows(roster, "sections", "section_id", "course_id", "name") == [
        ["K1", "C1-T1-S", "Algebra 1a ALG1-1"],
        ["K2", "C1-T1-S", "Algebra 1b ALG1-2"],
    ]


def test_a_shared_course_is_deleted_only_when_no_live_class_is_left(tmp_path):
    gone = ["K1,tobedeleted,,A,C1,x,scheduled,S,T1", "K2,,,B,C1,y,scheduled,S,T1"]

    roster = make(tmp_path, options={"courses": "per_course"}, classes=gone)

    assert rows(roster, "courses", "status") == [["active"]]


def test_courses_come_without_a_courses_file(tmp_path):
    roster = make(tmp_path, courses=None)

    assert [row[0] for row in rows(roster, "courses", "course_id")] == ["K1", "K2"]


def test_the_district_is_the_root_account(tmp_path):
    roster = make(tmp_path)

    assert rows(roster, "accounts", "account_id", "parent_account_id", "name") == [["S", "", "School"]]


def test_departments_become_accounts_by_option(tmp_path):
    roster = make(tmp_path, options={"departments": "yes"})

    assert rows(roster, "accounts", "account_id", "parent_account_id") == [["M", "S"], ["S", ""]]


def test_no_accounts_are_made_when_switched_off(tmp_path):
    roster = make(tmp_path, options={"accounts": "none"})

    assert "accounts" not in roster.tables
    assert "account_id" not in roster.tables["courses"].columns


def test_a_class_in_two_terms_is_in_the_year_that_holds_both(tmp_path):
    roster = make(tmp_path, classes=['K1,,,A,C1,x,scheduled,S,"T1, T2"'])

    assert rows(roster, "courses", "term_id") == [["Y"]]
    assert rows(roster, "terms", "term_id") == [["Y"]]


def test_a_grading_period_never_becomes_a_term(tmp_path):
    roster = make(tmp_path, classes=["K1,,,A,C1,x,scheduled,S,Q1"])

    assert rows(roster, "terms", "term_id") == [["T1"]]


def test_terms_without_a_common_year_hold_the_class(tmp_path):
    sessions = ["A,,,A,semester,2026-08-01,2026-12-18,,2027", "B,,,B,semester,2027-01-04,2027-06-04,,2027"]

    roster = make(tmp_path, academicSessions=sessions, classes=['K1,,,X,C1,x,scheduled,S,"A,B"'])

    assert rows(roster, "courses", "course_id") == []
    assert ("terms-ambiguous", 2) in codes(roster.findings)
    assert ["courses", "K1"] in protected(roster, "table", "course_id")


def test_a_session_that_is_its_own_parent_ends_the_walk(tmp_path):
    sessions = ["T1,,,Fall,semester,2026-08-17,2026-12-18,T1,2027"]

    roster = make(tmp_path, academicSessions=sessions)

    assert rows(roster, "terms", "term_id") == [["T1"]]


def test_a_person_without_username_signs_in_by_mail(tmp_path):
    roster = make(tmp_path, users=["P1,,,true,student,,Ada,Vale,001,ada@x.example,"])

    assert rows(roster, "users", "login_id") == [["ada@x.example"]]


@pytest.mark.parametrize(
    ("status", "enabled", "expected"),
    [("", "true", "active"), ("active", "FALSE", "suspended"), ("tobedeleted", "true", "deleted"), ("", "", "active")],
)
def test_a_persons_status(tmp_path, status, enabled, expected):
    roster = make(tmp_path, users=[f"P1,{status},,{enabled},student,ada,Ada,Vale,001,,"])

    assert rows(roster, "users", "status") == [[expected]]


def test_a_reenrollment_is_one_active_row_wherever_the_deleted_one_stands(tmp_path):
    twice = ["E1,tobedeleted,2026-09-14,K1,P1,student,,,", "E2,active,2026-09-01,K1,P1,student,,,"]

    roster = make(tmp_path, enrollments=twice)

    assert rows(roster, "enrollments", "user_id", "status", "line_no") == [["P1", "active", 3]]
    assert roster.sums[3].merged == 1


def test_an_enrollment_whose_end_has_passed_is_completed(tmp_path):
    roster = make(tmp_path, enrollments=["E1,,,K1,P1,student,,2026-08-17,2026-09-13"])

    assert rows(roster, "enrollments", "status") == [["completed"]]


def test_enrollment_dates_are_left_out_unless_asked_for(tmp_path):
    roster = make(tmp_path, enrollments=["E1,,,K1,P1,student,,2026-08-17,2027-06-04"])

    assert "start_date" not in roster.tables["enrollments"].columns


def test_half_given_enrollment_dates_are_both_blank(tmp_path):
    roster = make(tmp_path, options={"enrollment_dates": "yes"}, enrollments=["E1,,,K1,P1,student,,2026-08-17,"])

    assert rows(roster, "enrollments", "start_date", "end_date") == [["", ""]]


def test_an_unknown_role_refuses_its_row_and_protects_the_enrollment(tmp_path):
    roster = make(tmp_path, enrollments=["E1,,,K1,P1,chancellor,,,"])

    assert codes(roster.findings) == [("code-unknown", 2)]
    assert protected(roster, "table", "section_id", "user_id", "role") == [["enrollments", "K1", "P1", ""]]


def test_many_rows_with_one_unknown_role_hold_the_plan(tmp_path):
    roster = make(tmp_path, enrollments=[f"E{n},,,K1,P{n},chancellor,,," for n in range(9)])

    held = roster.findings[roster.findings["severity"] == "hold"]
    assert held["message"].tolist() == [
        'The code "chancellor" in "role" is new (9 rows). We do not know what it means.'
    ]


def test_administrators_in_a_class_are_left_out_and_counted(tmp_path):
    roster = make(tmp_path, enrollments=["E1,,,K1,P1,administrator,,,"])

    assert len(roster.tables["enrollments"]) == 0
    assert roster.sums[3].filtered == 1


def test_guardians_observe_their_students_from_either_direction_once(tmp_path):
    people = [
        'P1,,,true,student,ada,Ada,Vale,001,,"G1,G1"',
        "G1,,,true,guardian,hel,Helena,Vale,,,P1",
        "P2,,,true,teacher,ben,Ben,Ito,002,,",
    ]

    roster = make(tmp_path, users=people)

    assert rows(roster, "user_observers", "observer_id", "student_id", "status") == [["G1", "P1", "active"]]


def test_an_agent_who_is_no_guardian_is_no_observer(tmp_path):
    people = ["P1,,,true,student,ada,Ada,Vale,001,,P2", "P2,,,true,teacher,ben,Ben,Ito,002,,"]

    roster = make(tmp_path, users=people)

    assert len(roster.tables["user_observers"]) == 0


def test_a_table_whose_file_is_not_in_the_drop_is_absent_from_the_roster(tmp_path):
    roster = make(tmp_path, enrollments=None)

    assert "enrollments" not in roster.tables


def test_a_header_without_rows_gives_an_empty_table_and_a_hold(tmp_path):
    roster = make(tmp_path, enrollments=[])

    assert len(roster.tables["enrollments"]) == 0
    assert ("file-no-rows", -1) in codes(roster.findings)


@pytest.mark.parametrize("option", ["sourcedId", "identifier"])
def test_people_are_identified_as_the_option_says(tmp_path, option):
    roster = make(tmp_path, options={"user_id": option})

    expected = {"sourcedId": ["P1", "P2"], "identifier": ["001", "002"]}[option]
    assert [row[0] for row in rows(roster, "users", "user_id")] == expected
    assert sorted(row[0] for row in rows(roster, "enrollments", "user_id")) == expected


def test_an_enrollment_of_somebody_unknown_is_protected_by_its_section_when_ids_are_looked_up(tmp_path):
    roster = make(tmp_path, options={"user_id": "identifier"}, enrollments=["E1,,,K1,P9,student,,,"])

    assert ("lookup-missing", 2) in codes(roster.findings)
    assert ["enrollments", "K1", "", "student"] in protected(roster, "table", "section_id", "user_id", "role")


def test_the_moodle_sample_in_upper_case_and_without_final_line_ends_is_read():
    sample = need_shared("samples", "oneroster-1.1", "moodle-plugin-minimal", "Test_minimal_data_set.zip")

    roster = preset_roster("oneroster-1.1", sample)

    assert {name: len(frame) for name, frame in roster.tables.items() if len(frame)} == {
        "terms": 1,
        "courses": 1,
        "sections": 1,
        "users": 6,
        "enrollments": 3,
    }


def test_the_delta_sample_keeps_the_reenrolled_student():
    sample = need_shared("samples", "constructed", "oneroster-1.1-delta-guardians", "OneRoster_2026-09-14.zip")

    roster = preset_roster("oneroster-1.1", sample)

    assert ["70101", "S5122", "active"] in rows(roster, "enrollments", "section_id", "user_id", "status")
