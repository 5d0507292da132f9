"""The worked examples of how a night's export becomes what Canvas is sent."""

import pytest

from pipeline.model.protection import protections_frame
from pipeline.planning import next_base, no_effects
from tests.planning.rosters import base, guarded, parts_of, planned, protection, roster, rules

COURSES = "course_id,short_name,long_name,term_id,status\nC1,c1,Course 1,F,active"
SECTIONS = "section_id,course_id,name,status\nSA,C1,A,active\nSB,C1,B,active"


def enrollments(*pairs):
    return "section_id,user_id,role,status\n" + "\n".join(f"{section},{user},student,active" for section, user in pairs)


def test_row_with_a_bad_status_stays_as_accepted_and_nothing_is_sent():
    yesterday = roster(enrollments=enrollments(("SA", "U1"), ("SA", "U2"), ("SA", "U3")))
    today = roster(
        [protection("enrollments", section_id="SA", user_id="U2", role="student")],
        enrollments=enrollments(("SA", "U1"), ("SA", "U3")),
    )
    accepted = base(enrollments=yesterday.tables["enrollments"])

    plan = guarded(today, accepted, previous=yesterday)

    assert plan.counts["enrollments"] == {"unchanged": 2, "protected": 1}
    assert parts_of(plan) == {}


def test_torn_section_row_protects_the_section_and_its_enrollments():
    people = [("SA", f"U{n}") for n in range(31)]
    torn = protections_frame(1, {"table": "sections", "raw": "SA,C1,A,active,extra", "reason": "row-torn"})
    unread = [protection("enrollments", section_id="SA", user_id=user, role="student") for _, user in people]
    accepted = base(courses=COURSES, sections=SECTIONS, enrollments=enrollments(*people))
    given = rules(absent={"sections": "deleted"})

    today = roster([torn, *unread], courses=COURSES, sections=SECTIONS.replace("SA,C1,A,active\n", ""))
    today.tables["enrollments"] = accepted.tables["enrollments"].iloc[:0].drop(columns="uncertain")
    plan = planned(today, accepted, given)

    assert plan.counts["enrollments"] == {"protected": 31}
    assert plan.counts["sections"] == {"unchanged": 1, "protected": 1}


@pytest.mark.parametrize(
    "refused",
    [
        protection("enrollments", section_id="SB", user_id="U1", role="student"),
        protection("enrollments", section_id="S?", user_id="U1", role="student"),
        protection("enrollments", user_id="U1"),
        protections_frame(1, {"table": "enrollments", "raw": "SB,U1,student,active,,", "reason": "row-torn"}),
    ],
    ids=["refused", "its section unknown", "only the person known", "torn"],
)
def test_student_whose_new_section_is_refused_stays_in_the_old_one(refused):
    accepted = base(courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SA", "U1"), ("SA", "U2")))
    today = roster([refused], courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SA", "U2")))

    plan = guarded(today, accepted, previous=roster(enrollments=enrollments(("SA", "U1"), ("SA", "U2"))))

    assert parts_of(plan) == {}


def test_student_who_moves_is_moved():
    accepted = base(courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SA", "U1")))
    today = roster(courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SB", "U1")))

    assert planned(today, accepted).counts["enrollments"] == {"create": 1, "delete": 1}


def test_ended_term_that_left_the_export_is_closed():
    courses = COURSES + "\nC2,c2,Course 2,W,active"
    terms = "term_id,name,end_date,status\nF,Fall,2026-12-20,active\nW,Summer,2026-08-20,active"
    both = {"courses": courses, "sections": SECTIONS + "\nS2,C2,s,active"}
    accepted = base(terms=terms, **both, enrollments=enrollments(("SA", "U1"), ("S2", "U1")))

    plan = guarded(roster(courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SA", "U1"))), accepted)

    assert plan.holds == ()
    assert plan.counts["enrollments"] == {"unchanged": 1, "kept": 1}
    assert list(plan.findings["code"]) == ["plan-term-closed"]


def test_running_term_that_left_the_export_is_held():
    courses = COURSES + "\nC2,c2,Course 2,W,active"
    terms = "term_id,name,end_date,status\nF,Fall,2026-12-20,active\nW,Winter,2027-03-20,active"
    accepted = base(
        terms=terms, courses=courses, sections=SECTIONS + "\nS2,C2,s,active", enrollments=enrollments(("S2", "U1"))
    )

    plan = guarded(roster(courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SA", "U1"))), accepted)

    assert 0 not in parts_of(plan)
    assert plan.holds[0].guard == "term missing"


def test_closed_term_is_in_scope_again_when_it_comes_back():
    courses = COURSES + "\nC2,c2,Course 2,W,active"
    terms = "term_id,name,end_date,status\nW,Summer,2026-08-20,active"
    world = {"courses": courses, "sections": SECTIONS + "\nS2,C2,s,active"}
    accepted = base(terms=terms, **world, enrollments=enrollments(("SA", "U1"), ("S2", "U1")))

    plan = planned(roster(**world, enrollments=enrollments(("SA", "U1"))), accepted)

    assert plan.counts["enrollments"] == {"unchanged": 1, "delete": 1}


def test_unmapped_dates_of_a_course_are_not_erased():
    accepted = base(
        courses="course_id,short_name,long_name,start_date,integration_id,status\nC1,c1,Old,2026-08-01,i1,active"
    )
    export = roster(courses="course_id,short_name,long_name,status\nC1,c1,New,active")

    sent = parts_of(guarded(export, accepted))[0].tables["courses"]

    assert "start_date" not in sent.columns or list(sent["start_date"]) == ["2026-08-01"]
    assert list(sent["integration_id"]) == ["i1"]


def test_column_that_the_mapping_clears_is_erased():
    accepted = base(courses="course_id,short_name,long_name,integration_id,status\nC1,c1,Old,i1,active")
    export = roster(
        clears={"courses": ("integration_id",)}, courses="course_id,short_name,long_name,status\nC1,c1,Old,active"
    )

    part = parts_of(guarded(export, accepted))[0]

    assert list(part.tables["courses"]["integration_id"]) == [""]
    assert parts_of(guarded(export, next_base(accepted, part, no_effects()))) == {}


def test_first_plan_says_for_how_many_rows_it_is_not_known_what_would_be_erased():
    export = roster(courses="course_id,short_name,long_name,status\nC1,c1,New,active")

    plan = guarded(export, base())

    assert list(plan.findings["code"]) == ["plan-carried-unknown"]
    assert list(plan.findings["value"]) == ["1"]


def test_dependants_of_a_refused_person_without_accepted_version_are_withheld():
    refused = protection("users", user_id="U9")
    accepted = base(courses=COURSES, sections=SECTIONS, users="user_id,login_id,status\nU1,u1,active")
    export = roster([refused], courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SA", "U9"), ("SA", "U1")))

    plan = planned(export, accepted)

    assert plan.counts["enrollments"] == {"create": 1, "withheld": 1}


def test_dependants_of_a_refused_person_with_an_accepted_version_go_ahead():
    refused = protection("users", user_id="U1")
    accepted = base(courses=COURSES, sections=SECTIONS, users="user_id,login_id,status\nU1,u1,active")
    export = roster([refused], courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SA", "U1")))

    assert planned(export, accepted).counts["enrollments"] == {"create": 1}


def test_delete_of_a_section_whose_enrollment_is_protected_is_withheld():
    refused = protection("enrollments", section_id="SA", user_id="U1", role="student")
    accepted = base(courses=COURSES, sections=SECTIONS, enrollments=enrollments(("SA", "U1")))
    export = roster([refused], courses=COURSES, sections=SECTIONS.replace("A,active", "A,deleted"))

    plan = planned(export, accepted)

    assert plan.counts["sections"] == {"unchanged": 1, "withheld": 1}


def test_explicit_delete_that_a_refused_row_contradicts_is_protected():
    refused = protection("enrollments", section_id="SA", user_id="U1", role="student")
    accepted = base(enrollments=enrollments(("SA", "U1")))
    export = roster([refused], enrollments=enrollments(("SA", "U1")).replace("active", "deleted"))

    assert planned(export, accepted).counts["enrollments"] == {"protected": 1}
