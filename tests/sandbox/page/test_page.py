"""The page for people, as HTML: what it shows, and that it does nothing else."""

import re

import pytest

from tests.sandbox.http import IMPORTS, ROSTER, users_csv, zipped

PAGES = ("/", "/accounts", "/terms", "/courses", "/users")


def html(canvas, path):
    answer = canvas.get(path, token=None)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def form_token(canvas):
    return re.search(r'name="form_token" value="(\w+)"', html(canvas, "/"))[1]


def uploaded(canvas, name, content, **fields):
    fields.setdefault("form_token", form_token(canvas))
    return canvas.post("/imports", token=None, data=fields, files={"attachment": (name, content)})


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_on_an_empty_account(canvas, path):
    assert "Sandbox University" in html(canvas, path)


@pytest.mark.parametrize("path", [*PAGES, "/imports/1", "/courses/1", "/users/2"])
def test_no_page_asks_for_anything_from_elsewhere(canvas, path):
    canvas.imported(ROSTER)

    links = re.findall(r'(?:src|href|action)="([^"]*)"', html(canvas, path))

    assert links
    assert all(link.startswith(("/", "?")) or link == "data:," for link in links)
    assert "default-src 'none'" in canvas.get(path, token=None).headers["content-security-policy"]


def test_imports_are_shown_with_state_counts_and_messages(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"users.csv": "user_id,login_id,full_name,status\nu9,,Nobody,active\n"})

    text = html(canvas, "/")

    assert "Imported with messages" in text
    assert "No login_id given for user u9" in text
    assert "enrollments 2" in text


def test_all_messages_of_an_import_are_shown_in_pages(canvas):
    bad = "user_id,login_id,full_name,status\n" + "".join(f"u{n},,Nobody,active\n" for n in range(60))
    done = canvas.imported({"users.csv": bad})

    assert "No login_id given for user u0<" in html(canvas, f"/imports/{done['id']}")
    assert "No login_id given for user u59<" in html(canvas, f"/imports/{done['id']}?page=2")


def test_a_course_shows_its_roster(canvas):
    canvas.imported(ROSTER)

    text = html(canvas, "/courses/1")

    assert all(part in text for part in ("Biology", "Group A", "Person u1", "Teacher", "Person u2", "Student"))
    assert "Person u3" not in text


def test_courses_and_people_are_found_by_search(canvas):
    canvas.imported(ROSTER)

    assert "Biology" in html(canvas, "/courses?q=bio&term=2")
    assert "Biology" not in html(canvas, "/courses?q=chem")
    assert "Person u2" in html(canvas, "/users/3")
    assert "u1@example.edu" not in html(canvas, "/users?q=u2")


def test_names_are_shown_as_text_whatever_they_hold(canvas):
    canvas.imported({"users.csv": "user_id,login_id,full_name,status\nu1,u1,<script>alert(1)</script>,active\n"})

    text = html(canvas, "/users")

    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_a_file_is_uploaded_and_imported(canvas):
    answer = uploaded(canvas, "users.csv", users_csv("u1"))

    assert answer.status_code == 302
    assert canvas.ended(int(answer.headers["location"].rpartition("/")[2]))["data"]["counts"]["users"] == 1


def test_the_options_of_the_form_become_those_of_the_import(canvas):
    canvas.given(queue="paused")
    uploaded(canvas, "u.zip", zipped(ROSTER), batch_term="1", override="on", clear="on")

    body = canvas.get(f"{IMPORTS}/1").json()

    assert (body["batch_mode"], body["batch_mode_term_id"]) == (True, 1)
    assert (body["override_sis_stickiness"], body["add_sis_stickiness"], body["clear_sis_stickiness"]) == (
        True,
        None,
        True,
    )


def test_without_a_file_the_page_says_so(canvas):
    answer = canvas.post("/imports", token=None, data={"form_token": form_token(canvas)})

    assert "Choose a file first" in html(canvas, answer.headers["location"])


def test_a_waiting_import_is_aborted_by_its_button(canvas):
    canvas.given(queue="paused")
    canvas.upload(ROSTER)
    assert "Abort import 1" in html(canvas, "/")

    canvas.post("/imports/1/abort", token=None, data={"form_token": form_token(canvas)})

    assert canvas.get(f"{IMPORTS}/1").json()["workflow_state"] == "aborted"
    assert "Abort import 1" not in html(canvas, "/")


@pytest.mark.parametrize("path", ["/imports", "/imports/1/abort"])
def test_a_form_from_elsewhere_is_refused(canvas, path):
    canvas.given(queue="paused")
    canvas.upload(ROSTER)

    answer = canvas.post(path, token=None, data={"form_token": "guess"}, files={"attachment": ("u.csv", "x")})

    assert answer.status_code == 403
    assert len(canvas.get(IMPORTS).json()["sis_imports"]) == 1
    assert canvas.get(f"{IMPORTS}/1").json()["workflow_state"] == "created"


def test_another_name_for_this_machine_is_refused(canvas):
    assert canvas.get("/", token=None, headers={"Host": "evil.example:3000"}).status_code == 403


@pytest.mark.parametrize("path", ["/courses/99", "/users/99", "/imports/99"])
def test_what_is_not_there_is_a_page_that_says_so(canvas, path):
    answer = canvas.get(path, token=None)

    assert answer.status_code == 404
    assert "Not here" in answer.text


def test_pages_are_not_recorded_among_canvas_requests(canvas):
    html(canvas, "/")

    assert canvas.requests() == []


def test_a_moving_import_makes_the_page_look_again(canvas):
    canvas.given(queue="paused")
    canvas.upload(ROSTER)

    assert 'http-equiv="refresh"' in html(canvas, "/")
    canvas.given(queue="running")
    canvas.ended(1)
    assert 'http-equiv="refresh"' not in html(canvas, "/")
