"""Moves: the delete and the create of one person in one course belong together."""

from tests.planning.rosters import actions, base, guarded, roster

COURSES = "course_id,short_name,long_name,term_id,status\nC1,B,Biology,T1,active\n"
SECTIONS = "section_id,course_id,name,status\nS1,C1,One,active\nS2,C1,Two,active\n"
HEADER = "section_id,user_id,role,status\n"


def test_delete_waits_when_the_new_section_is_known_to_nobody():
    accepted = base(
        courses=COURSES, sections=SECTIONS, enrollments=f"{HEADER}S1,U1,student,active\nS1,U2,student,active\n"
    )
    export = roster(
        courses=COURSES, sections=SECTIONS, enrollments=f"{HEADER}S9x,U1,student,active\nS1,U2,student,active\n"
    )

    plan = guarded(export, accepted)

    assert ("S1", "U1", "withheld") in actions(plan, "enrollments", "section_id", "user_id")


def test_delete_goes_when_the_new_section_is_known():
    accepted = base(
        courses=COURSES, sections=SECTIONS, enrollments=f"{HEADER}S1,U1,student,active\nS1,U2,student,active\n"
    )
    export = roster(
        courses=COURSES, sections=SECTIONS, enrollments=f"{HEADER}S2,U1,student,active\nS1,U2,student,active\n"
    )

    plan = guarded(export, accepted)

    assert ("S1", "U1", "delete") in actions(plan, "enrollments", "section_id", "user_id")


def test_delete_without_a_section_waits_when_a_living_row_may_be_the_same_enrollment():
    header = "section_id,course_id,user_id,role,status\n"
    accepted = base(
        courses=COURSES, sections=SECTIONS, enrollments=f"{header},C1,U1,student,active\n,C1,U2,student,active\n"
    )
    export = roster(courses=COURSES, sections=SECTIONS, enrollments=f"{header}S1,,U1,student,active\n")

    plan = guarded(export, accepted)

    assert ("U1", "create") in actions(plan, "enrollments", "user_id")
    assert ("U1", "withheld") in actions(plan, "enrollments", "user_id")
    assert ("U2", "delete") in actions(plan, "enrollments", "user_id")


def test_delete_of_a_section_waits_when_a_living_row_names_the_course_alone():
    header = "section_id,course_id,user_id,role,status\n"
    accepted = base(courses=COURSES, sections=SECTIONS, enrollments=f"{header}S1,,U1,student,active\n")
    export = roster(courses=COURSES, sections=SECTIONS, enrollments=f"{header},C1,U1,student,active\n")

    plan = guarded(export, accepted)

    assert actions(plan, "enrollments", "user_id") == [("U1", "create"), ("U1", "withheld")]


def test_two_withheld_deletes_do_not_hold_each_other():
    from tests.planning.rosters import protection

    refused = protection("enrollments", section_id="S1", user_id="U1", role="teacher")
    accepted = base(
        courses=COURSES + "C2,C,Chemistry,T1,active\n",
        sections=SECTIONS + "S3,C2,Three,active\n",
        enrollments=f"{HEADER}S1,U1,student,active\nS3,U1,student,active\n",
    )
    export = roster(
        [refused], courses=COURSES + "C2,C,Chemistry,T1,active\n", sections=SECTIONS + "S3,C2,Three,active\n"
    )
    export.tables["enrollments"] = accepted.tables["enrollments"].iloc[:0].drop(columns="uncertain")

    plan = guarded(export, accepted)

    assert actions(plan, "enrollments", "section_id") == [("S1", "withheld"), ("S3", "delete")]
