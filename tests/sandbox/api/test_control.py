"""Control routes: reset, given, state, clock, requests."""

import hashlib

import pytest

from tests.sandbox.http import IMPORTS, ROSTER, zipped


def test_reset_forgets_objects_imports_clock_faults_and_requests(canvas):
    canvas.imported(ROSTER)
    canvas.advance(1e6)
    canvas.faults({"status": 500}, require_user_agent=False)

    canvas.control("POST", "reset")

    assert canvas.requests() == []
    assert canvas.get(IMPORTS).json() == {"sis_imports": []}
    assert canvas.control("GET", "state")["users"] == [] or all(
        row["user_id"] != "u1" for row in canvas.control("GET", "state")["users"]
    )
    assert canvas.sandbox.site.switches.require_user_agent


def test_every_request_is_recorded_with_the_hash_of_its_body(canvas):
    body = zipped(ROSTER)
    canvas.post(f"{IMPORTS}?extension=zip", data=body)

    (record,) = [each for each in canvas.requests() if each["method"] == "POST"]

    assert record["path"] == IMPORTS
    assert record["query"] == "extension=zip"
    assert (record["size"], record["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
    assert (record["status"], record["token"], record["user_agent"]) == (200, "main", "tests")


def test_control_routes_themselves_are_not_recorded(canvas):
    canvas.control("GET", "state")

    assert canvas.requests() == []


def test_the_clock_is_set_and_moved(canvas):
    assert canvas.control("POST", "clock", {"now": "2027-01-01T00:00:00Z"})["now"].startswith("2027-01-01T00:00:0")
    assert canvas.control("POST", "clock", {"advance": 86400})["now"].startswith("2027-01-02")

    assert canvas.upload(ROSTER).json()["created_at"].startswith("2027-01-02")


def test_what_cannot_be_given_is_refused_in_words(canvas):
    answer = canvas.ask("POST", "/sandbox/given", token=None, json={"nonsense": 1})

    assert answer.status_code == 400
    assert "nonsense" in answer.json()["error"]


def test_an_unknown_switch_is_refused_in_words(canvas):
    answer = canvas.ask("PUT", "/sandbox/faults", token=None, json={"switches": {"throtle": 1}})

    assert answer.status_code == 400
    assert "throtle" in answer.json()["error"]


def test_the_state_has_every_table_even_when_empty(canvas):
    state = canvas.control("GET", "state")

    assert {"users", "courses", "enrollments", "group_memberships", "abstract_courses"} <= set(state)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example:3000"}])
def test_a_web_page_of_somebody_else_cannot_control_the_sandbox(canvas, headers):
    canvas.imported(ROSTER)

    answer = canvas.ask("POST", "/sandbox/reset", token=None, headers=headers)

    assert answer.status_code == 400
    assert len(canvas.get(IMPORTS).json()["sis_imports"]) == 1
