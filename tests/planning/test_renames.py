"""Ids that changed: proposed with evidence, held, sent by themselves, and then nothing else to do."""

import pytest

from pipeline.planning import next_base, no_effects
from tests.planning.rosters import base, guarded, parts_of, planned, roster, rules

COURSES = "course_id,short_name,long_name,term_id,status\nC1,c1,Course,F,active"
OLD = "section_id,course_id,name,status\n" + "\n".join(f"S{n},C1,Section {n},active" for n in range(40))
NEW = OLD.replace("\nS", "\nX")
ENROLLED = "section_id,user_id,role,status\n" + "\n".join(f"S{n},U{n},student,active" for n in range(40))
MOVED = ENROLLED.replace("\nS", "\nX")


def renumbered():
    accepted = base(courses=COURSES, sections=OLD, enrollments=ENROLLED)
    return roster(courses=COURSES, sections=NEW, enrollments=MOVED), accepted


def test_renumbered_sections_are_proposed_and_held():
    export, accepted = renumbered()

    plan = guarded(export, accepted)

    assert [(hold.guard, hold.counts) for hold in plan.holds] == [("rename", {"change_sis_id": {"rename": 40}})]
    assert list(parts_of(plan)) == [1]


def test_renumbered_sections_leave_nothing_to_do_once_renamed():
    export, accepted = renumbered()

    after = next_base(accepted, parts_of(guarded(export, accepted))[1], no_effects())

    assert parts_of(guarded(export, after)) == {}


def test_refused_rename_is_proposed_again():
    from pipeline.planning import effects_frame

    export, accepted = renumbered()
    part = parts_of(guarded(export, accepted))[1]

    after = next_base(accepted, part, effects_frame(["change_sis_id"], [2], ["not in"]))

    assert guarded(export, after).counts["change_sis_id"] == {"rename": 1}


def test_rename_names_its_evidence():
    export, accepted = renumbered()

    assert set(guarded(export, accepted).tables["change_sis_id"]["reason"]) == {"same name and course_id"}


def test_rows_that_name_a_renamed_id_wait_for_it():
    export, accepted = renumbered()
    more = roster(courses=COURSES, sections=NEW, enrollments=MOVED + "\nX1,U99,student,active")

    assert planned(more, accepted).counts["enrollments"] == {"unchanged": 40, "withheld": 1}
    assert planned(export, accepted).counts["enrollments"] == {"unchanged": 40}


def test_section_with_other_people_is_no_rename():
    accepted = base(courses=COURSES, sections=OLD, enrollments=ENROLLED)
    strangers = MOVED.replace(",U", ",V")

    plan = planned(roster(courses=COURSES, sections=NEW, enrollments=strangers), accepted)

    assert "change_sis_id" not in plan.tables


def test_two_rows_with_the_same_title_are_no_rename():
    twins = "section_id,course_id,name,status\nS1,C1,Same,active\nS2,C1,Same,active"
    accepted = base(courses=COURSES, sections=twins)

    plan = planned(roster(courses=COURSES, sections=twins.replace("\nS", "\nX")), accepted)

    assert plan.counts["sections"] == {"create": 2, "kept": 2}


@pytest.mark.parametrize(
    ("name", "counts"), [("Ada Lovelace", {"unchanged": 1}), ("Grace Hopper", {"create": 1, "kept": 1})]
)
def test_login_under_a_new_id_is_a_rename_only_of_the_same_person(name, counts):
    accepted = base(users="user_id,login_id,full_name,status\nU1,ada,Ada Lovelace,active")

    plan = planned(roster(users=f"user_id,login_id,full_name,status\nU2,ada,{name},active"), accepted)

    assert plan.counts["users"] == counts


def test_pair_that_a_person_declined_is_not_proposed_again():
    accepted = base(users="user_id,login_id,full_name,status\nU1,ada,Ada Lovelace,active")
    export = roster(users="user_id,login_id,full_name,status\nU2,ada,Ada Lovelace,active")
    from dataclasses import replace

    plan = planned(export, accepted, replace(rules(), not_renamed=(("user", "U1", "U2"),)))

    assert plan.counts["users"] == {"create": 1, "kept": 1}


def test_change_that_the_export_itself_says_goes_unheld():
    accepted = base(users="user_id,login_id,status\nU1,ada,active")
    export = roster(change_sis_id="old_id,new_id,type\nU1,U2,user", users="user_id,login_id,status\nU2,ada,active")

    plan = guarded(export, accepted)
    after = next_base(accepted, parts_of(plan)[0], no_effects())

    assert parts_of(plan)[0].counts == {"change_sis_id": {"create": 1}}
    assert parts_of(guarded(export, after)) == {}


def test_persons_enrollments_follow_the_new_id():
    accepted = base(
        users="user_id,login_id,status\nU1,ada,active",
        enrollments="section_id,user_id,role,status\nS1,U1,student,active",
    )
    export = roster(
        users="user_id,login_id,status\nU2,ada,active",
        enrollments="section_id,user_id,role,status\nS1,U2,student,active",
    )

    plan = planned(export, accepted)

    assert plan.counts["enrollments"] == {"unchanged": 1}
    assert plan.counts["change_sis_id"] == {"rename": 1}
