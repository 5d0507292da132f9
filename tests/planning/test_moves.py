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
