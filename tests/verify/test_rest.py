"""Reading by REST, over real HTTP."""

import random

import pytest

from pipeline.canvas.backoff import Patience
from pipeline.canvas.client import CanvasClient
from pipeline.canvas.http import CanvasHttp, Endpoint
from pipeline.canvas.reading import CanvasReader, sis_reference
from pipeline.errors import Because, CouldNotLook
from pipeline.verify.looks import Extent, Wish
from pipeline.verify.rest import RestPace, RestSource, may_look
from tests.delivery.hasty import HastyClock
from tests.sandbox.http import ROSTER

ALL = ("read_sis", "read_roster", "read_course_list", "view_user_logins", "read_email_addresses", "manage_sis")
WHOLE = Wish(Extent.WHOLE, ("c1",), ("u1", "u2", "u3"))
ODD = {
    "courses.csv": "course_id,short_name,long_name,status\nBIO/101.11 ä,BIO,Biology,active\n",
    "sections.csv": "section_id,course_id,name,status\nBIO.1/a,BIO/101.11 ä,Group A,active\n",
}


def reader(canvas, token=None):
    clock = HastyClock()
    http = CanvasHttp(
        Endpoint("test", canvas.url, "tests (+it@example.edu)"), lambda: token or canvas.sandbox.token, clock=clock
    )
    return CanvasReader(CanvasClient(http, Patience(clock, random.Random(7), seconds=30.0)), clock)


def read(canvas, wish, token=None, pace=None):
    """What was seen, by table and then row, and how far the look went."""
    rows: dict[str, list[dict[str, str]]] = {}
    looked = RestSource(reader(canvas, token), pace).read(
        wish, lambda table, row: rows.setdefault(table, []).append(dict(row))
    )
    return rows, looked


def token_with(canvas, *permissions):
    return canvas.given(tokens=[{"name": "reader", "permissions": list(permissions)}])["reader"]


def asked(canvas):
    return [request["path"] for request in canvas.requests() if request["method"] == "GET"]


def test_a_whole_look_shows_every_row_under_its_sis_ids(canvas):
    canvas.imported(ROSTER)

    rows, looked = read(canvas, WHOLE)

    assert rows["accounts"][0] | {"sis_import_id": ""} == {
        "account_id": "a1", "parent_account_id": "", "name": "Sciences", "status": "active", "integration_id": "",
        "sis_import_id": "",
    }  # fmt: skip
    assert [(row["term_id"], row["start_date"]) for row in rows["terms"]] == [("t1", "2026-08-24T00:00:00Z")]
    assert [(row["course_id"], row["account_id"], row["term_id"], row["status"]) for row in rows["courses"]] == [
        ("c1", "a1", "t1", "unpublished")
    ]
    assert [(row["section_id"], row["course_id"]) for row in rows["sections"]] == [("s1", "c1")]
    assert {(row["user_id"], row["login_id"], row["email"]) for row in rows["users"]} == {
        (f"u{n}", f"u{n}", f"u{n}@example.edu") for n in (1, 2, 3)
    }
    assert {(row["section_id"], row["user_id"], row["role"], row["status"]) for row in rows["enrollments"]} == {
        ("s1", "u1", "teacher", "active"),
        ("s1", "u2", "student", "active"),
    }
    assert looked.courses == ("c1",)


def test_all_pages_of_all_lists_are_read(canvas):
    canvas.imported(ROSTER)
    canvas.faults(**{"paging.max_per_page": 1})

    rows, _ = read(canvas, WHOLE)

    assert len(rows["users"]) == 3
    assert len(rows["enrollments"]) == 2


def test_deleted_enrollments_are_shown(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"enrollments.csv": "section_id,user_id,role,status\ns1,u2,student,deleted\n"})

    rows, _ = read(canvas, WHOLE)

    assert {row["user_id"]: row["status"] for row in rows["enrollments"]} == {"u1": "active", "u2": "deleted"}


def test_what_was_made_by_hand_carries_no_import(canvas):
    canvas.imported(ROSTER)
    canvas.given(manual_enrollments=[{"course_id": "c1", "section_id": "s1", "user_id": "u3", "role": "ta"}])

    rows, _ = read(canvas, WHOLE)

    assert {row["user_id"]: bool(row["sis_import_id"]) for row in rows["enrollments"]} == {
        "u1": True,
        "u2": True,
        "u3": False,
    }


def test_an_observers_enrollment_names_the_student_by_sis_id(canvas):
    canvas.imported(ROSTER)
    line = "section_id,user_id,role,status,associated_user_id\ns1,u3,observer,active,u2\n"
    canvas.imported({"enrollments.csv": line})

    rows, _ = read(canvas, Wish(Extent.COURSES, ("c1",)))

    assert {row["user_id"]: row["associated_user_id"] for row in rows["enrollments"]} == {
        "u1": "",
        "u2": "",
        "u3": "u2",
    }


def test_a_cross_listed_section_is_shown_under_its_home_course(canvas):
    courses = ROSTER["courses.csv"] + "c2,ART,Art,a1,t1,active\n"
    canvas.imported(
        ROSTER | {"courses.csv": courses, "xlists.csv": "xlist_course_id,section_id,status\nc2,s1,active\n"}
    )

    rows, _ = read(canvas, Wish(Extent.COURSES, ("c2",)))

    assert [(row["section_id"], row["course_id"]) for row in rows["sections"]] == [("s1", "c1")]


def test_one_course_costs_a_handful_of_requests(canvas):
    canvas.imported(ROSTER)

    rows, looked = read(canvas, Wish(Extent.COURSES, ("c1",)))

    assert {row["user_id"] for row in rows["users"]} == {"u1", "u2"}
    assert looked.requests == 5  # the course, its account and term, its sections, its enrollments


def test_ids_with_slashes_dots_and_letters_of_all_kinds_are_found(canvas):
    canvas.imported(ODD)
    row = {"section_id": "BIO.1/a"}

    rows, _ = read(canvas, Wish(Extent.COURSES, ("BIO/101.11 ä",)))
    single, _ = read(canvas, Wish(Extent.ROWS, rows=(("sections", row),)))

    assert [course["course_id"] for course in rows["courses"]] == ["BIO/101.11 ä"]
    assert [section["section_id"] for section in single["sections"]] == ["BIO.1/a"]


def test_a_plain_id_stays_readable_in_the_address():
    assert sis_reference("course", "BIO-101_a") == "sis_course_id:BIO-101_a"


def test_a_course_that_is_not_there_is_no_failure(canvas):
    rows, looked = read(canvas, Wish(Extent.COURSES, ("nowhere",)))

    assert rows == {}
    assert looked.courses == ("nowhere",)


def test_somebody_with_two_logins_is_found_under_both(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"logins.csv": "user_id,existing_user_id,login_id,status\nu9,u1,second,active\n"})

    rows, _ = read(canvas, Wish(Extent.WHOLE, (), ("u1", "u9")))

    assert {row["user_id"]: row["login_id"] for row in rows["users"]}["u9"] == "second"


def test_a_suspended_person_is_shown_as_such_when_looked_up(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"users.csv": "user_id,login_id,full_name,status\nu1,u1,Person u1,suspended\n"})

    rows, _ = read(canvas, Wish(Extent.ROWS, rows=(("users", {"user_id": "u1"}),)))

    assert [(row["user_id"], row["status"]) for row in rows["users"]] == [("u1", "suspended")]


def test_a_deleted_person_is_not_shown_when_looked_up(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"users.csv": "user_id,login_id,full_name,status\nu2,u2,Person u2,deleted\n"})

    rows, looked = read(canvas, Wish(Extent.ROWS, rows=(("users", {"user_id": "u2"}),)))

    assert rows == {}
    assert looked.rows == (("users", {"user_id": "u2"}),)


def test_rows_of_one_section_are_asked_for_together(canvas):
    canvas.imported(ROSTER)
    wanted = [{"section_id": "s1", "course_id": "", "user_id": user_id} for user_id in ("u1", "u2", "u3")]

    rows, looked = read(canvas, Wish(Extent.ROWS, rows=tuple(("enrollments", row) for row in wanted)))

    assert {row["user_id"] for row in rows["enrollments"]} == {"u1", "u2"}
    assert looked.requests == 1


def test_single_rows_beyond_the_budget_are_left_out_and_not_claimed(canvas):
    canvas.imported(ROSTER)
    wanted = tuple(("users", {"user_id": f"u{n}"}) for n in (1, 2, 3))

    rows, looked = read(canvas, Wish(Extent.ROWS, rows=wanted), pace=RestPace(most_requests=5))

    assert looked.requests <= 5
    assert [row["user_id"] for _, row in looked.rows] == [row["user_id"] for row in rows["users"]]
    assert 0 < len(looked.rows) < 3


def test_a_token_without_email_rights_shows_no_addresses(canvas):
    canvas.imported(ROSTER)
    token = token_with(canvas, *(name for name in ALL if name != "read_email_addresses"))

    rows, _ = read(canvas, WHOLE, token)

    assert all("email" not in row for row in rows["users"])


def test_a_token_that_sees_no_sis_ids_cannot_look(canvas):
    canvas.imported(ROSTER)
    token = token_with(canvas, "read_roster", "read_course_list")

    with pytest.raises(CouldNotLook) as caught:
        read(canvas, WHOLE, token)

    assert caught.value.because is Because.PERMISSION
    assert "SIS Data - read" in caught.value.remedy


def test_a_missing_right_is_told_without_naming_anybody(canvas):
    canvas.imported(ROSTER)
    token = token_with(canvas, "read_sis")

    with pytest.raises(CouldNotLook) as caught:
        read(canvas, Wish(Extent.ROWS, rows=(("users", {"user_id": "u1"}),)), token)

    assert "u1" not in str(caught.value) + caught.value.remedy
    assert caught.value.exit_code == 75


def test_whether_a_token_may_look_costs_one_request(canvas):
    may, may_not = token_with(canvas, "read_roster", "read_sis"), token_with(canvas, "import_sis")
    before = len(asked(canvas))

    assert may_look(reader(canvas, may))
    assert not may_look(reader(canvas, may_not))
    assert len(asked(canvas)) == before + 2


def test_a_read_that_breaks_in_the_middle_could_not_look(canvas):
    canvas.imported(ROSTER)
    canvas.faults(
        {"method": "GET", "path": "/api/v1/courses/*/enrollments", "status": 500}, **{"paging.max_per_page": 1}
    )

    with pytest.raises(CouldNotLook) as caught:
        read(canvas, WHOLE)

    assert caught.value.exit_code == 75


def test_a_page_that_fails_once_is_asked_for_again(canvas):
    canvas.imported(ROSTER)
    canvas.faults(
        {"method": "GET", "path": "/api/v1/courses/*/enrollments", "nth": 2, "status": 502},
        **{"paging.max_per_page": 1},
    )

    rows, _ = read(canvas, WHOLE)

    assert len(rows["enrollments"]) == 2


def test_a_throttled_read_waits_and_goes_on(canvas):
    canvas.imported(ROSTER)
    canvas.faults({"method": "GET", "path": "/api/v1/accounts/self/users", "nth": 1, "throttle": 429})

    rows, _ = read(canvas, WHOLE)

    assert len(rows["users"]) == 3


def test_a_low_allowance_makes_the_reader_rest(canvas):
    canvas.faults(
        {
            "method": "GET",
            "path": "/api/v1/users/**",
            "headers": {"x-rate-limit-remaining": "40.0"},
            "status": 200,
            "body": {"id": 1},
        }
    )
    patient = reader(canvas)

    patient.user("1")

    assert patient._clock.skipped == pytest.approx(26.0, abs=0.1)
