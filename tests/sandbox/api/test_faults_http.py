"""Faults over HTTP: before the effect, after it, while answering, and what becomes of an import."""

import pytest
import requests

from tests.sandbox.http import IMPORTS, ROSTER, users_csv

CREATE = {"method": "POST", "path": "/api/v1/accounts/*/sis_imports"}


def stored(canvas):
    canvas.faults()
    return len(canvas.get(IMPORTS).json()["sis_imports"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_status_before_the_effect_prevents_it_and_after_it_hides_it(canvas, when):
    canvas.faults({**CREATE, "when": when, "status": 502, "body": "bad gateway", "headers": {"retry-after": "3"}})

    answer = canvas.upload(ROSTER)

    assert (answer.status_code, answer.text, answer.headers["retry-after"]) == (502, "bad gateway", "3")
    assert stored(canvas) == (0 if when == "before" else 1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset_leaves_the_client_without_an_answer(canvas, when):
    canvas.faults({**CREATE, "when": when, "reset": True})

    with pytest.raises(requests.ConnectionError):
        canvas.upload(ROSTER)

    assert stored(canvas) == (0 if when == "before" else 1)


def test_an_answer_is_cut_after_so_many_bytes(canvas):
    canvas.faults({"when": "answering", "cut": 10})

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        canvas.get(IMPORTS)


def test_an_answer_keeps_its_body_when_only_its_status_is_tampered_with(canvas):
    canvas.faults({"when": "answering", "status": 500})

    answer = canvas.get(IMPORTS)

    assert (answer.status_code, answer.json()) == (500, {"sis_imports": []})


def test_a_proxys_page_comes_with_status_200(canvas):
    canvas.faults({"html": True})

    answer = canvas.get(IMPORTS)

    assert answer.status_code == 200
    assert answer.text.startswith("<!DOCTYPE html>")


def test_a_redirect_leads_where_it_says(canvas):
    canvas.faults({"redirect": "http://127.0.0.1:9/elsewhere"})

    answer = canvas.get(IMPORTS)

    assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.1:9/elsewhere")


@pytest.mark.parametrize("status", [403, 429])
def test_throttling_can_be_forced_in_both_forms(canvas, status):
    canvas.faults({"throttle": status, "times": 1})

    answers = [canvas.get(IMPORTS) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [status, 200]
    assert "Rate Limit Exceeded" in answers[0].text


def test_a_delay_beyond_the_clients_patience_is_a_timeout(canvas):
    canvas.faults({**CREATE, "when": "after", "delay": 5})

    with pytest.raises(requests.Timeout):
        canvas.http.post(
            canvas.url + IMPORTS,
            files={"attachment": ("a.csv", "x")},
            headers={"Authorization": f"Bearer {canvas.sandbox.token}"},
            timeout=0.3,
        )

    assert stored(canvas) == 1


@pytest.mark.parametrize("state", ["failed", "failed_with_messages", "imported_with_messages", "aborted"])
def test_an_import_ends_in_the_state_that_is_wanted(canvas, state):
    canvas.faults({**CREATE, "import": {"ends": state}})

    assert canvas.imported(ROSTER)["workflow_state"] == state


def test_an_import_stalls_until_it_is_aborted(canvas):
    canvas.faults({**CREATE, "import": {"stalls_at": 37}})
    import_id = canvas.upload(ROSTER).json()["id"]

    stalled = canvas.polled(f"{IMPORTS}/{import_id}", lambda body: body["progress"] == 37)
    aborted = canvas.put(f"{IMPORTS}/{import_id}/abort").json()

    assert stalled["workflow_state"] == "importing"
    assert aborted["workflow_state"] == "aborted"


def test_an_import_that_ended_well_fails_minutes_later(canvas):
    canvas.faults({**CREATE, "import": {"settles_late": True}})
    done = canvas.imported(ROSTER)
    canvas.advance(600)

    late = canvas.ended(done["id"], {"failed_with_messages"})

    assert done["workflow_state"] == "imported"
    assert late["processing_errors"][0][1].startswith("Error while importing CSV.")


def test_an_import_can_be_made_slow(canvas):
    canvas.faults({**CREATE, "import": {"pauses": 0.05}})
    import_id = canvas.upload({"users.csv": users_csv(*(f"u{n}" for n in range(400)))}).json()["id"]

    canvas.polled(f"{IMPORTS}/{import_id}", lambda body: 0 < body["progress"] < 100)

    assert canvas.ended(import_id)["progress"] == 100


def test_an_orphan_stays_initializing_and_does_not_hold_others_up(canvas):
    canvas.faults(
        {**CREATE, "times": 1, "import": {"ends": "initializing"}}, {**CREATE, "nth": 1, "when": "after", "status": 500}
    )

    refused, done = canvas.upload(ROSTER), canvas.imported(ROSTER)

    assert refused.status_code == 500
    assert done["workflow_state"] == "imported"
    assert canvas.get(IMPORTS).json()["sis_imports"][1]["workflow_state"] == "initializing"


def test_a_refresh_kills_tokens_and_imports(canvas):
    canvas.imported(ROSTER)
    before = canvas.sandbox.token
    canvas.faults({"refresh": True, "when": "after", "times": 1})
    canvas.get(IMPORTS)

    assert canvas.get(IMPORTS, token=before).status_code == 401
    assert canvas.get(IMPORTS).json() == {"sis_imports": []}


def test_the_file_store_has_faults_of_its_own(canvas):
    done = canvas.imported({"users.csv": users_csv("u1")})
    canvas.faults({"path": "/store/**", "status": 503, "times": 1})
    store = canvas.get(done["csv_attachments"][0]["url"], token=None).headers["location"]

    assert [canvas.get(store, token=None).status_code for _ in range(2)] == [503, 200]


def test_a_rule_that_cannot_be_read_is_refused_in_words(canvas):
    answer = canvas.ask("PUT", "/sandbox/faults", token=None, json=[{"statsu": 500}])

    assert answer.status_code == 400
    assert "unknown key 'statsu'" in answer.json()["error"]


def test_a_plain_list_of_rules_is_understood(canvas):
    assert canvas.control("PUT", "faults", [{"status": 503}])["rules"] == [{"status": 503, "seen": 0, "fired": 0}]
    assert canvas.get(IMPORTS).status_code == 503
    assert canvas.control("GET", "faults")["rules"][0]["fired"] == 1
