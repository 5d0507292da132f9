"""What absence may touch."""

import pytest

from tests.planning.rosters import base, guarded, planned, roster, rules

HEADER = "course_id,short_name,long_name,term_id,end_date,status\n"
SECTIONS = "section_id,course_id,name,status\nS1,C1,s,active\nS2,C2,s,active"
ENROLLED = "section_id,user_id,role,status\nS1,U1,student,active\nS2,U1,student,active"
ONE = "section_id,user_id,role,status\nS1,U1,student,active"


def courses(*terms, end=""):
    return HEADER + "\n".join(f"C{place},c,Course,{term},{end},active" for place, term in enumerate(terms, start=1))


def left(given=None, *, end="", terms=None):
    """The plan after term W left the export; one enrollment of it is in Canvas."""
    tables = {"terms": terms} if terms else {}
    accepted = base(courses=courses("F", "W", end=end), sections=SECTIONS, enrollments=ENROLLED, **tables)
    export = roster(courses=courses("F", end=end), sections=SECTIONS.replace("\nS2,C2,s,active", ""), enrollments=ONE)
    return guarded(export, accepted, given)


def outcome(plan):
    return plan.counts["enrollments"].get("delete", 0), [hold.guard for hold in plan.holds]


@pytest.mark.parametrize(
    ("end", "closed"), [("2026-09-30", True), ("2026-10-01", False), ("2026-10-02", False), ("", False)]
)
def test_term_without_dates_ends_with_its_courses(end, closed):
    deletes, holds = outcome(left(end=end))

    assert (deletes == 0) is closed
    assert ("term missing" in holds) is not closed


def test_terms_own_date_counts_before_those_of_its_courses():
    terms = "term_id,name,end_date,status\nW,Winter,2027-01-01,active"

    assert outcome(left(end="2026-01-01", terms=terms))[0] == 1


def test_date_of_an_override_is_not_the_terms_date():
    terms = (
        "term_id,name,end_date,date_override_enrollment_type,status\n"
        "W,Winter,2026-01-01,,active\nW,,2027-01-01,TeacherEnrollment,active"
    )

    assert outcome(left(terms=terms)) == (0, [])


def test_term_that_is_declared_closed_is_left_alone():
    assert outcome(left(rules(terms={"closed": ["W"]}))) == (0, [])


def test_term_that_is_not_this_feeds_is_left_alone():
    assert outcome(left(rules(terms={"mine": "F*"}))) == (0, [])


def test_term_that_is_this_feeds_is_missed():
    assert outcome(left(rules(terms={"mine": ["F*", "W?"]}))) == (0, [])
    assert outcome(left(rules(terms={"mine": ["F*", "W"]})))[0] == 1


def test_missing_term_that_the_list_of_terms_still_names_is_missed():
    terms = "term_id,name,end_date,status\nF,Fall,2027-01-01,active\nW,Winter,2027-01-01,active"
    accepted = base(courses=courses("F", "W"), sections=SECTIONS, enrollments=ENROLLED)

    plan = guarded(roster(terms=terms, courses=courses("F"), sections=SECTIONS, enrollments=ONE), accepted)

    assert plan.holds[0].guard == "term missing"


def test_term_of_which_only_deleted_courses_are_left_is_not_missed():
    accepted = base(
        courses=courses("F", "W").replace("W,,active", "W,,deleted"), sections=SECTIONS, enrollments=ENROLLED
    )

    plan = guarded(roster(courses=courses("F"), sections=SECTIONS, enrollments=ONE), accepted)

    assert outcome(plan) == (1, [])


def test_delta_says_nothing_of_terms():
    given = rules(export="delta")
    accepted = base(courses=courses("F", "W"), sections=SECTIONS, enrollments=ENROLLED)

    assert guarded(roster(courses=courses("F")), accepted, given).holds == ()


@pytest.mark.parametrize(
    ("means", "status", "action"),
    [
        ("keep", "active", "kept"),
        ("keep", "inactive", "unchanged"),
        ("inactive", "active", "delete"),
        ("inactive", "inactive", "unchanged"),
        ("inactive", "completed", "unchanged"),
        ("completed", "inactive", "delete"),
        ("completed", "completed", "unchanged"),
        ("deleted", "completed", "delete"),
        ("deleted", "deleted", "unchanged"),
    ],
)
def test_absence_takes_no_more_than_it_means(means, status, action):
    accepted = base(enrollments=ONE + f"\nS1,U2,student,{status}")

    plan = planned(roster(enrollments=ONE), accepted, rules(absent={"enrollments": means}))

    expected = {"unchanged": 2} if action == "unchanged" else {"unchanged": 1, action: 1}
    assert plan.counts["enrollments"] == expected


@pytest.mark.parametrize(
    ("was", "now", "action"),
    [
        ("active", "completed", "delete"),
        ("completed", "active", "reactivate"),
        ("deleted", "active", "reactivate"),
        ("deleted", "completed", "reactivate"),
        ("active", "active", "unchanged"),
        ("deleted", "deleted", "unchanged"),
    ],
)
def test_status_says_which_way_a_row_goes(was, now, action):
    row = "section_id,user_id,role,status\nS1,U1,student,"

    assert planned(roster(enrollments=row + now), base(enrollments=row + was)).counts["enrollments"] == {action: 1}


def test_cross_listing_belongs_to_the_term_of_its_sections_course():
    crossed = "section_id,xlist_course_id,status\nS1,C9,active\nS2,C9,active"
    accepted = base(courses=courses("F", "W"), sections=SECTIONS, xlists=crossed)
    export = roster(
        courses=courses("F", "W"), sections=SECTIONS, xlists="section_id,xlist_course_id,status\nS1,C9,active"
    )

    plan = planned(export, accepted)

    assert list(plan.tables["xlists"]["term_id_of"]) == ["W"]
    assert plan.counts["xlists"] == {"unchanged": 1, "delete": 1}


def test_section_counts_for_the_account_of_its_course():
    header = "course_id,short_name,long_name,account_id,status\n"
    plan = planned(roster(courses=header + "C1,c,C,A1,active", sections=SECTIONS), base())

    assert list(plan.tables["sections"]["account_id_of"]) == ["A1", ""]


def test_accounts_count_for_no_account():
    plan = planned(roster(accounts="account_id,parent_account_id,name,status\nA1,,One,active"), base())

    assert list(plan.tables["accounts"]["account_id_of"]) == [""]
