"""What accounts, terms, courses, sections, cross-listings and changed ids do."""

import pytest

from tests.sandbox.engine.account import (
    abstract_courses,
    accounts,
    changed_ids,
    courses,
    enrollments,
    groups,
    sections,
    terms,
    users,
    xlists,
)

ADA = users("ada,ada,Ada,active,,i-ada")
DATED = "course_id,short_name,long_name,status,start_date,end_date"
ABSTRACT = "course_id,short_name,long_name,status,abstract_course_id"
MORE = "course_id,short_name,long_name,status,account_id,homeroom_course,friendly_name,grade_passback_setting"
STICK = {"override_sis_stickiness": True, "add_sis_stickiness": True}
OVERRIDE = {"override_sis_stickiness": True}
CLEAR = {"override_sis_stickiness": True, "clear_sis_stickiness": True}
STATES = ("new", "unpublished", "available", "completed", "deleted")
AFTER = {
    "active": ("unpublished", "unpublished", "available", "available", "unpublished"),
    "unpublished": ("unpublished", "unpublished", "available", "available", "unpublished"),
    "published": ("available", "available", "available", "available", "available"),
    "completed": ("completed",) * 5,
    "deleted": ("deleted",) * 5,
    "activex": ("unpublished", "unpublished", "available", "completed", "deleted"),
    "Deleted2024": ("deleted",) * 5,
}
WORD_FOR = {"unpublished": "active", "available": "published", "completed": "completed", "deleted": "deleted"}


@pytest.mark.parametrize(("status", "place"), [(s, n) for s in AFTER for n in range(5)])
def test_course_state_after_a_row(account, status, place):
    if place:
        account.imported(courses(f"c,C,C,{WORD_FOR[STATES[place]]},,"))

    account.imported(courses(f"c,C,C,{status},,"))

    assert account.row("courses", course_id="c")["status"] == AFTER[status][place]


@pytest.mark.parametrize(
    ("status", "states"), [("completed", ["completed", "inactive"]), ("deleted", ["deleted", "deleted"])]
)
def test_ended_course_ends_its_enrollments_and_does_not_bring_them_back(account, status, states):
    account.imported(ADA | courses("c,C,C,active,,") | enrollments("c,,ada,student,active", "c,,ada,teacher,inactive"))

    account.imported(courses(f"c,C,C,{status},,"))
    account.imported(courses("c,C,C,active,,"))

    assert [row["status"] for row in account.rows("enrollments")] == states


def test_dates_of_absent_columns_stay_and_the_flag_follows_those_that_come(account):
    account.imported(courses("c,C,C,active,2025-01-01,2025-02-01", header=DATED))

    account.imported(courses("c,C,C,active,", header="course_id,short_name,long_name,status,start_date"))

    row = account.row("courses", course_id="c")
    assert (row["start_date"], row["end_date"], row["restrict_to_dates"]) == (None, "2025-02-01T00:00:00Z", True)


def test_unknown_and_deleted_terms_are_ignored(account):
    account.imported(terms("t,T,active,,,,", "gone,G,deleted,,,,") | courses("c,C,C,active,,t", "d,D,D,active,,gone"))

    outcome = account.imported(courses("c,C,C,active,,nowhere"))

    assert outcome.says == []
    assert account.row("courses", course_id="c")["term_id"] == "t"
    assert account.row("courses", course_id="d")["term_id"] is None


def test_course_without_integration_id_loses_it(account):
    account.imported(courses("c,C,C,active,i", header="course_id,short_name,long_name,status,integration_id"))

    account.imported(courses("c,C,C,active,,"))

    assert account.row("courses", course_id="c")["integration_id"] is None


def test_2022_puts_courses_into_deleted_accounts(account_2022):
    outcome = account_2022.imported(accounts("a,,A,deleted,") | courses("c,C,C,active,a,"))

    assert outcome.says == []
    assert account_2022.row("courses", course_id="c")["account_id"] == "a"


def test_abstract_course_gives_names_only_where_there_are_none(account):
    account.imported(abstract_courses("a,AB,Abstract,active") | courses("c,C,Own,active,", header=ABSTRACT))

    account.imported(courses("c,,,active,a", "d,,,active,a", header=ABSTRACT))

    assert account.row("courses", course_id="c")["name"] == "Own"
    assert account.row("courses", course_id="d")["name"] == "Abstract"


def test_friendly_name_is_for_elementary_accounts(account):
    account.given(account_settings={"sub_accounts": [{"account_id": "k5", "elementary": True}]})

    account.imported(courses("c,C,C,active,k5,yes,Sunny,", "d,D,D,active,,yes,Sunny,", header=MORE))

    assert account.row("courses", course_id="c")["friendly_name"] == "Sunny"
    assert account.row("courses", course_id="d")["friendly_name"] is None
    assert account.row("courses", course_id="d")["homeroom_course"] is True


def test_passback_setting_is_stored_as_typed_and_cleared(account):
    account.imported(courses("c,C,C,active,,,,Nightly_Sync", "d,D,D,active,,,,disabled", header=MORE))
    before = account.row("courses", course_id="c")["grade_passback_setting"]

    account.imported(courses("c,C,C,active,,,,not_set", "d,D,D,active,,,,", header=MORE))

    assert before == "Nightly_Sync"
    assert [row["grade_passback_setting"] for row in account.rows("courses")] == [None, None]


def test_dissociated_course_may_take_another_blueprint(account):
    header = "course_id,short_name,long_name,status,blueprint_course_id"
    account.given(blueprint_courses=[{"course_id": "b1"}, {"course_id": "b2"}])
    account.imported(courses("c,C,C,active,b1", header=header))
    account.imported(courses("c,C,C,active,dissociate", header=header))

    outcome = account.imported(courses("c,C,C,active,b2", header=header))

    assert outcome.says == []
    assert account.row("courses", course_id="c")["blueprint_course_id"] == "b2"


def test_override_writes_once_and_leaves_the_protection(account):
    account.imported(courses("c,C,First,active,,"), **STICK)
    account.imported(courses("c,C,Second,active,,"), **OVERRIDE)

    account.imported(courses("c,C,Third,active,,"))

    assert account.row("courses", course_id="c")["name"] == "Second"


def test_clear_takes_the_protection_of_what_it_saves(account):
    account.imported(courses("c,C,First,active,,"), **STICK)
    account.imported(courses("c,C,Second,active,,"), **CLEAR)

    account.imported(courses("c,C,Third,active,,"))

    assert account.row("courses", course_id="c")["name"] == "Third"


def test_clear_leaves_what_it_does_not_change(account):
    account.imported(courses("c,C,First,active,,"), **STICK)
    account.imported(courses("c,C,First,active,,"), **CLEAR)

    account.imported(courses("c,C,Second,active,,"))

    assert account.row("courses", course_id="c")["name"] == "First"


def test_section_without_course_of_its_own_moves_with_its_enrollments(account):
    account.imported(
        ADA
        | courses("c,C,C,active,,", "d,D,D,active,,")
        | sections("s,c,S,active,,,")
        | enrollments("c,s,ada,student,active")
    )

    account.imported(sections("s,d,S,active,,,"))

    assert account.row("enrollments")["course_id"] == "d"


def test_section_moved_by_hand_stays(account):
    account.imported(courses("c,C,C,active,,", "d,D,D,active,,") | sections("s,c,S,active,,,"))
    account.given(manual_section_change={"section_id": "s", "course_id": "d"})

    account.imported(sections("s,c,New,active,,,"))

    row = account.row("sections", section_id="s")
    assert (row["course_id"], row["name"]) == ("d", "New")


def test_section_deleted_and_revived_in_one_file_loses_its_enrollments(account):
    account.imported(
        ADA | courses("c,C,C,active,,") | sections("s,c,S,active,,,") | enrollments("c,s,ada,student,active")
    )

    account.imported(sections("s,c,S,deleted,,,", "s,c,S,active,,,"))

    assert account.row("sections", section_id="s")["status"] == "active"
    assert account.row("enrollments")["status"] == "deleted"


def crosslisted(account):
    account.imported(
        ADA
        | courses("c,C,Home,active,,", "d,D,Other,active,,")
        | sections("s,c,S,active,,,")
        | xlists("x,s,active")
        | enrollments("c,s,ada,student,active")
    )


def test_row_with_the_home_course_leaves_a_section_cross_listed(account):
    crosslisted(account)

    account.imported(sections("s,c,S,active,,,"))

    assert account.row("sections", section_id="s")["course_id"] == "x"


def test_row_with_another_course_takes_a_section_out_and_moves_it(account):
    crosslisted(account)

    account.imported(sections("s,d,S,active,,,"))

    row = account.row("sections", section_id="s")
    assert (row["course_id"], row["nonxlist_course_id"]) == ("d", None)


@pytest.mark.parametrize(("status", "course"), [("active", "c"), ("ACTIVE", "x")])
def test_section_comes_home_from_a_deleted_course_when_the_status_is_lower_case(account, status, course):
    crosslisted(account)
    account.imported(courses("x,X,X,deleted,,"))

    account.imported(sections(f"s,c,S,{status},,,"))

    assert account.row("sections", section_id="s")["course_id"] == course


def test_second_cross_listing_remembers_the_first_home(account):
    crosslisted(account)

    account.imported(xlists("y,s,active"))

    row = account.row("sections", section_id="s")
    assert (row["course_id"], row["nonxlist_course_id"]) == ("y", "c")


def test_undoing_revives_a_deleted_home(account):
    crosslisted(account)
    account.imported(courses("c,C,Home,deleted,,"))

    account.imported(xlists("unknown,s,deleted"))

    assert account.row("sections", section_id="s")["course_id"] == "c"
    assert account.row("courses", course_id="c")["status"] == "unpublished"


def test_undoing_a_cross_listing_elsewhere_does_nothing_and_counts(account):
    crosslisted(account)

    outcome = account.imported(xlists("d,s,deleted"))

    assert outcome.counts == {"xlists": 1}
    assert account.row("sections", section_id="s")["course_id"] == "x"


def test_deleted_target_is_revived_unpublished(account):
    crosslisted(account)
    account.imported(courses("x,X,X,deleted,,"))

    account.imported(xlists("x,s,active"))

    assert account.row("courses", course_id="x")["status"] == "unpublished"


def test_unchanged_account_row_counts(account):
    account.imported(accounts("a,,A,active,"))

    assert account.imported(accounts("a,,A,active,")).counts == {"accounts": 1}


def test_account_named_by_hand_keeps_its_name(account):
    account.imported(accounts("a,,A,active,"))
    account.given(manual_account_change={"account_id": "a", "name": "Chosen"})

    account.imported(accounts("a,,B,active,"))

    assert account.row("accounts", account_id="a")["name"] == "Chosen"


def test_override_row_leaves_the_term_itself_alone(account):
    account.imported(terms("t,T,active,2025-01-01,2025-02-01,,i"))

    account.imported(terms("t,Other,deleted,2026-01-01,,TaEnrollment,", "t,,active,2026-01-01,,StudentEnrollment,"))

    row = account.row("terms", term_id="t")
    assert (row["name"], row["status"], row["integration_id"]) == ("T", "active", "i")
    assert row["overrides"] == {"StudentEnrollment": {"start_date": "2026-01-01T00:00:00Z", "end_date": None}}


def test_override_is_removed_by_a_deleted_row(account):
    account.imported(terms("t,T,active,,,,", "t,,active,2026-01-01,,TaEnrollment,"))

    account.imported(terms("t,,deleted,,,TaEnrollment,"))

    assert account.row("terms", term_id="t")["overrides"] == {}


def test_2022_overwrites_override_dates_set_by_hand(account_2022):
    account_2022.imported(terms("t,T,active,,,,"))
    account_2022.given(manual_term_change={"term_id": "t", "overrides": {"TaEnrollment": {"start_date": "2025-01-01"}}})

    account_2022.imported(terms("t,,active,2026-01-01,,TaEnrollment,"))

    (dates,) = account_2022.row("terms", term_id="t")["overrides"].values()
    assert dates["start_date"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("kind", "table", "column"),
    [
        ("user", "users", "user_id"),
        ("course", "courses", "course_id"),
        ("section", "sections", "section_id"),
        ("term", "terms", "term_id"),
        ("account", "accounts", "account_id"),
        ("group", "groups", "group_id"),
    ],
)
def test_ids_change_and_nothing_else(account, kind, table, column):
    account.imported(
        accounts("a,,A,deleted,")
        | users("a,a,A,deleted,,")
        | courses("a,A,A,deleted,,")
        | sections("a,a,A,deleted,,,")
        | terms("a,A,deleted,,,,")
        | groups("a,,,,A,deleted")
    )
    before = account.row(table, **{column: "a"})

    outcome = account.imported(changed_ids(f"a,b,,,{kind.upper()}"))

    assert outcome.counts == {"change_sis_ids": 1}
    assert {**before, column: "b"} == account.row(table, **{column: "b"})


def test_integration_id_is_emptied_by_the_delete_marker(account):
    account.imported(ADA)

    account.imported(changed_ids("ada,,,<delete>,user"))

    assert account.row("users", user_id="ada")["integration_id"] is None


def test_changed_id_is_known_to_later_files_of_the_upload(account):
    account.imported(ADA)

    outcome = account.imported(changed_ids("ada,bea,,,user") | users("bea,ada,Bea,active,,"))

    assert outcome.says == []
    assert account.row("users", user_id="bea")["name"] == "Bea"
