"""What enrollments.csv does."""

import pytest

from tests.sandbox.engine.account import (
    accounts,
    courses,
    enrollments,
    groups,
    logins,
    memberships,
    observers,
    sections,
    terms,
    users,
    xlists,
)

PEOPLE = users("ada,ada,Ada,active,,i-ada", "bo,bo,Bo,active,,", "cy,cy,Cy,active,,")
PLACES = courses("c,C,C,active,,", "d,D,D,active,,") | sections("s,c,S,active,,,", "t,c,T,active,,,")
DATED = "course_id,section_id,user_id,role,status,start_date,end_date"
ROLE_IDS = "course_id,user_id,role_id,role,status"


@pytest.fixture
def course(account):
    account.imported(PEOPLE | PLACES)
    return account


def enroll(account, *rows, **options):
    return account.imported(enrollments(*rows), **options)


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("students", "student"),
        ("STUDENT", "student"),
        ("TA", "ta"),
        ("Designer", "designer"),
        ("TeacherEnrollment", "teacher"),
        ("ObserverEnrollment", "observer"),
    ],
)
def test_roles_are_read_loosely(course, word, role):
    assert enroll(course, f"c,,ada,{word},active").says == []

    assert course.row("enrollments")["role"] == role


def test_role_id_goes_before_the_role_and_falls_back_on_it(course):
    outcome = course.imported(
        enrollments("c,ada,2,student,active", "c,bo,999,student,active", "c,cy,,observer,active", header=ROLE_IDS)
    )

    assert outcome.says == []
    assert [row["role"] for row in course.rows("enrollments")] == ["teacher", "student", "observer"]


def test_custom_role_of_a_sister_account_does_not_count(account):
    account.imported(PEOPLE | accounts("a,,A,active,", "b,,B,active,") | courses("c,C,C,active,a,"))
    account.given(course_roles=[{"name": "Guest", "base_role_type": "StudentEnrollment", "account_id": "b"}])

    assert enroll(account, "c,,ada,Guest,active").says == ['2 Improper role "Guest" for an enrollment']


@pytest.mark.parametrize("state", ["inactive", "deleted"])
def test_custom_role_that_is_not_active_does_not_count(course, state):
    course.given(course_roles=[{"name": "Guest", "base_role_type": "StudentEnrollment", "workflow_state": state}])

    assert enroll(course, "c,,ada,Guest,active").says == ['2 Improper role "Guest" for an enrollment']


def test_integration_id_goes_before_the_user_id(course):
    outcome = course.imported(
        enrollments("c,bo,i-ada,student,active", header="course_id,user_id,user_integration_id,role,status")
    )

    assert outcome.says == []
    assert course.row("enrollments")["user_id"] == "ada"


@pytest.mark.parametrize("status", ["active", "inactive", "completed", "deleted"])
@pytest.mark.parametrize("before", ["active", "inactive", "completed", "deleted"])
def test_state_after_a_second_row(course, before, status):
    enroll(course, f"c,s,ada,student,{before}")

    outcome = enroll(course, f"c,s,ada,student,{status}")

    assert course.row("enrollments")["status"] == status
    assert outcome.counts == {"enrollments": 1}


def test_deleted_row_beats_a_later_active_one_of_the_segment(course):
    enroll(course, "c,s,ada,student,active")

    enroll(course, "c,s,ada,student,deleted", "c,s,ada,student,active")

    assert course.row("enrollments")["status"] == "deleted"


def test_active_row_revives_one_that_the_segment_made_deleted(course):
    enroll(course, "c,s,ada,student,deleted", "c,s,ada,student,active")

    assert course.row("enrollments")["status"] == "active"


def test_last_of_several_enrollments_is_completed_instead_of_deleted(course):
    enroll(course, "c,s,ada,student,active", "c,t,ada,student,active")

    enroll(course, "c,s,ada,student,deleted_last_completed")
    enroll(course, "c,t,ada,student,deleted_last_completed")

    assert [row["status"] for row in course.rows("enrollments")] == ["deleted", "completed"]


def test_same_person_may_have_two_roles_of_one_kind_and_several_observed_students(course):
    course.given(course_roles=[{"name": "Guest", "base_role_type": "StudentEnrollment"}])
    header = "course_id,section_id,user_id,role,status,associated_user_id"

    course.imported(
        enrollments(
            "c,s,ada,student,active,",
            "c,s,ada,Guest,active,",
            "c,s,cy,observer,active,ada",
            "c,s,cy,observer,active,bo",
            "c,s,cy,observer,active,",
            header=header,
        )
    )

    assert len(course.rows("enrollments")) == 5


def test_rows_rewrite_dates_and_blank_ones_erase_them(course):
    course.imported(enrollments("c,s,ada,student,active,2025-01-01,2025-02-01", header=DATED))
    course.imported(enrollments("c,s,ada,student,active,2025-01-15,", header=DATED))

    row = course.row("enrollments")

    assert (row["start_date"], row["end_date"]) == ("2025-01-15T00:00:00Z", None)


def test_dates_set_by_hand_are_kept_both(course):
    course.imported(enrollments("c,s,ada,student,active,2025-01-01,2025-02-01", header=DATED))
    course.given(manual_enrollment_change={"user_id": "ada", "course_id": "c", "end_date": "2025-03-01"})

    course.imported(enrollments("c,s,ada,student,active,2024-01-01,2024-02-01", header=DATED))

    row = course.row("enrollments")
    assert (row["start_date"], row["end_date"]) == ("2025-01-01T00:00:00Z", "2025-03-01T00:00:00Z")


def test_course_of_the_row_before_is_remembered_for_the_message(course):
    outcome = enroll(course, "c,,ada,student,active", ",nowhere,bo,student,active")

    assert outcome.says == ["3 An enrollment referenced a non-existent section nowhere"]


def test_section_alone_is_enough_whatever_the_course_of_the_row_before(course):
    outcome = enroll(course, "d,,ada,student,active", ",s,bo,student,active")

    assert outcome.says == []
    assert course.row("enrollments", user_id="bo")["course_id"] == "c"


def test_other_course_of_an_unknown_user_forgets_the_one_before(course):
    outcome = enroll(course, "c,,ada,student,active", "d,,nobody,student,active", ",x,bo,student,active")

    assert outcome.says[1].startswith("4 Neither course nor section existed")


def test_blank_section_does_not_take_that_of_the_row_before(course):
    enroll(course, "c,s,ada,student,active", "c,,bo,student,active")

    assert course.row("enrollments", user_id="bo")["section_id"] is None


def test_home_course_still_works_after_cross_listing(course):
    course.imported(xlists("x,s,active", "x,t,active"))

    outcome = enroll(course, "c,s,ada,student,active", "c,,bo,student,active")

    assert outcome.says == []
    assert course.row("enrollments", user_id="ada")["course_id"] == "x"
    assert (course.row("enrollments", user_id="bo")["course_id"], len(course.rows("sections"))) == ("x", 2)


def test_root_account_makes_the_row_vanish(course):
    outcome = course.imported(
        enrollments("c,ada,student,active,other", header="course_id,user_id,role,status,root_account")
    )

    assert (outcome.says, outcome.counts, course.rows("enrollments")) == ([], {}, [])


def test_leaving_a_course_for_good_leaves_its_groups(course):
    enroll(course, "c,s,ada,student,active", "c,t,ada,student,active", "c,s,bo,student,active")
    course.imported(groups("g,,,c,Team,available") | memberships("g,ada,accepted", "g,bo,accepted"))

    enroll(course, "c,s,ada,student,deleted")
    still = course.row("group_memberships", user_id="ada")["status"]
    enroll(course, "c,t,ada,student,deleted")

    assert still == "accepted"
    assert course.row("group_memberships", user_id="ada")["status"] == "deleted"
    assert course.row("group_memberships", user_id="bo")["status"] == "accepted"


def test_observer_follows_the_student_in_and_out(course):
    enroll(course, "c,s,ada,student,active")
    course.imported(observers("bo,ada,active"))
    enroll(course, "c,t,ada,student,active", "d,,ada,teacher,active")

    followed = course.rows("enrollments", user_id="bo")
    enroll(course, "c,s,ada,student,deleted")

    assert [(row["section_id"], row["associated_user_id"]) for row in followed] == [("s", "ada"), ("t", "ada")]
    assert [row["status"] for row in course.rows("enrollments", user_id="bo")] == ["deleted", "active"]


def test_removed_link_ends_the_observer_enrollments(course):
    enroll(course, "c,s,ada,student,active")
    course.imported(observers("bo,ada,active"))

    course.imported(observers("bo,ada,deleted"))

    assert course.row("enrollments", user_id="bo")["status"] == "deleted"
    assert course.row("user_observers")["status"] == "deleted"


def test_completed_time_is_renewed_in_later_versions_only(account, account_2022):
    def completed_at(opened):
        with opened.engine.database.read() as cursor:
            return cursor.execute("SELECT completed_at FROM enrollments").fetchone()[0]

    for opened, is_renewed in ((account, True), (account_2022, False)):
        opened.imported(PEOPLE | PLACES | enrollments("c,s,ada,student,completed"))
        first = completed_at(opened)
        opened.engine.clock.advance(3600)
        enroll(opened, "c,s,ada,student,completed")

        assert (completed_at(opened) != first) is is_renewed


def test_person_who_was_deleted_by_hand_is_told_of(course):
    enroll(course, "c,s,ada,student,active")
    course.given(manual_user_change={"user_id": "ada", "status": "deleted"})

    outcome = enroll(course, "c,s,ada,student,completed")

    assert outcome.says == ["2 Attempted enrolling of deleted user ada in course c"]


def test_person_with_another_live_login_comes_back_through_the_deleted_one(course):
    course.imported(logins("ada2,ada2,ada,"))
    course.imported(users("ada,ada,Ada,deleted,,"))

    enroll(course, "c,s,ada,student,active")

    assert course.row("enrollments")["status"] == "active"


def test_large_file_numbers_its_rows_through_all_segments(course):
    rows = [f"c,s,{'ada' if n % 100 else 'nobody'},ta,active{n}" for n in range(350)]

    outcome = enroll(course, *rows)

    assert [row for _, row, *_ in outcome.messages] == [2, 102, 202, 302]
    assert {file for file, *_ in outcome.messages} == {"enrollments.csv"}


def test_course_is_not_remembered_over_the_end_of_a_segment(course):
    rows = [f"c,s,ada,ta,active{n}" for n in range(100)] + [",x,ada,ta,active"]

    (message,) = enroll(course, *rows).says

    assert message.startswith("102 Neither course nor section existed")


def test_course_with_a_term_of_its_own(course):
    course.imported(terms("t,T,active,,,,") | courses("c,C,C,active,,t"))

    assert course.row("courses", course_id="c")["term_id"] == "t"
