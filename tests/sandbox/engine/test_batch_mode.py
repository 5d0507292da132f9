"""Batch mode: what the import did not touch goes."""

import pytest

from tests.sandbox.engine.account import courses, enrollments, sections, terms, users, xlists

TERM = terms("t,Term,active,,,,", "u,Other,active,,,,")
PEOPLE = users("ada,ada,Ada,active,,", "bo,bo,Bo,active,,")
WHOLE = (
    TERM
    | PEOPLE
    | courses("c,C,C,active,,t", "d,D,D,active,,t", "e,E,E,active,,u")
    | sections("s,c,S,active,,,", "r,d,R,active,,,", "q,e,Q,active,,,")
    | enrollments("c,s,ada,student,active", "c,s,bo,student,active", "e,q,ada,student,active")
)


@pytest.fixture
def filled(account):
    account.imported(WHOLE)
    return account


def batch_mode(account, files, **options):
    return account.imported(files, batch_mode=True, batch_mode_term_id=account.term_id("t"), **options)


def states(account, table, key):
    return {row[key]: row["status"] for row in account.rows(table) if row[key]}


def test_only_the_term_is_cleaned_up(filled):
    outcome = batch_mode(filled, courses() | sections() | enrollments())

    assert states(filled, "courses", "course_id") == {"c": "deleted", "d": "deleted", "e": "unpublished"}
    assert states(filled, "sections", "section_id") == {"s": "deleted", "r": "deleted", "q": "active"}
    assert [row["status"] for row in filled.rows("enrollments")] == ["deleted", "deleted", "active"]
    removed = {key: n for key, n in outcome.counts.items() if key.startswith("batch")}
    assert removed == {"batch_enrollments_deleted": 2, "batch_sections_deleted": 2, "batch_courses_deleted": 2}


def test_deleted_section_takes_its_enrollments_whatever_the_drop_status(filled):
    batch_mode(filled, sections(), batch_mode_enrollment_drop_status="completed")

    assert [row["status"] for row in filled.rows("enrollments", course_id="c")] == ["deleted", "deleted"]


@pytest.mark.parametrize("status", ["completed", "inactive"])
def test_missing_enrollments_get_the_drop_status(filled, status):
    outcome = batch_mode(filled, enrollments("c,s,ada,student,active"), batch_mode_enrollment_drop_status=status)

    assert outcome.counts["batch_enrollments_deleted"] == 1
    assert filled.row("enrollments", user_id="bo")["status"] == status


@pytest.mark.parametrize(("version", "count"), [("current", 0), ("2022", 1)])
def test_enrollments_in_the_drop_status_already_count_in_2022_only(request, version, count):
    opened = request.getfixturevalue("account" if version == "current" else "account_2022")
    opened.imported(WHOLE)
    opened.imported(enrollments("c,s,bo,student,completed"))

    outcome = batch_mode(opened, enrollments("c,s,ada,student,active"), batch_mode_enrollment_drop_status="completed")

    assert outcome.data["counts"]["batch_enrollments_deleted"] == count


def test_what_no_import_touched_stays(filled):
    filled.given(
        manual_courses=[{"course_id": "hand", "name": "Hand", "term_id": "t"}],
        manual_enrollments=[{"user_id": "bo", "course_id": "c", "section_id": "s", "role": "ta"}],
    )

    batch_mode(filled, courses("c,C,C,active,,t", "d,D,D,active,,t") | enrollments())

    assert filled.row("courses", course_id="hand")["status"] == "unpublished"
    assert filled.row("enrollments", role="ta")["status"] == "active"


def test_row_with_a_warning_does_not_protect_its_object(filled):
    batch_mode(filled, courses("c,C,,active,,t", "d,D,D,active,,t"))

    assert states(filled, "courses", "course_id")["c"] == "deleted"


def test_unchanged_row_protects_its_object(filled):
    outcome = batch_mode(filled, courses("c,C,C,active,,t", "d,D,D,active,,t"))

    assert outcome.data["counts"]["batch_courses_deleted"] == 0


def test_section_counts_for_the_term_of_its_home_course(filled):
    filled.imported(courses("x,X,X,active,,u") | xlists("x,s,active"))

    batch_mode(filled, sections("r,d,R,active,,,"))

    assert states(filled, "sections", "section_id")["s"] == "deleted"


def test_enrollment_counts_for_the_term_of_the_course_where_it_is(filled):
    filled.imported(courses("x,X,X,active,,u") | xlists("x,s,active"))

    outcome = batch_mode(filled, enrollments())

    assert outcome.data["counts"]["batch_enrollments_deleted"] == 0


def test_nothing_happens_without_courses_sections_or_enrollments(filled):
    outcome = batch_mode(filled, PEOPLE)

    assert not any(key.startswith("batch") for key in outcome.data["counts"])


def test_several_terms_are_those_of_the_upload(filled):
    outcome = filled.imported(
        terms("u,Other,active,,,,") | courses(), batch_mode=True, multi_term_batch_mode=True, change_threshold=100
    )

    assert outcome.counts["batch_courses_deleted"] == 1
    assert states(filled, "courses", "course_id") == {"c": "unpublished", "d": "unpublished", "e": "deleted"}


def test_override_row_touches_its_term(filled):
    outcome = filled.imported(
        terms("u,,active,,,TaEnrollment,") | courses(),
        batch_mode=True,
        multi_term_batch_mode=True,
        change_threshold=100,
    )

    assert outcome.counts["batch_courses_deleted"] == 1


def test_threshold_looks_at_courses_first(filled):
    outcome = batch_mode(filled, courses() | sections() | enrollments(), change_threshold=10)

    assert outcome.says == ["- 2 courses would be deleted and exceeds the set threshold of 10%"]
    assert set(states(filled, "courses", "course_id").values()) == {"unpublished"}


def test_threshold_of_nothing_forbids_everything(filled):
    rows = ("c,s,ada,student,active",)

    outcome = batch_mode(filled, enrollments(*rows), change_threshold=0)

    assert outcome.says == ["- 1 enrollments would be deleted and exceeds the set threshold of 0%"]


def test_removed_course_is_no_longer_protected_in_its_state(filled):
    filled.given(manual_course_change={"course_id": "c", "status": "available"})
    batch_mode(filled, courses("d,D,D,active,,t"))

    filled.imported(courses("c,C,C,active,,t"))

    assert filled.row("courses", course_id="c")["status"] == "unpublished"


def test_large_clean_up_is_done_in_several_steps(account):
    rows = [f"c,s,u{n},student,active" for n in range(1500)]
    account.imported(
        TERM
        | users(*(f"u{n},u{n},U {n},active,," for n in range(1500)))
        | courses("c,C,C,active,,t")
        | sections("s,c,S,active,,,")
        | enrollments(*rows)
    )

    outcome = batch_mode(account, enrollments(rows[0]))

    assert outcome.counts["batch_enrollments_deleted"] == 1499
    assert (outcome.state, outcome.values["progress"]) == ("imported", 100)
