"""Who may do what: tokens, scopes, permissions, the required User-Agent."""

import socket

import pytest

from tests.sandbox.http import IMPORTS, ROSTER

INVALID = {"errors": [{"message": "Invalid access token."}]}
UNAUTHENTICATED = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
UNAUTHORIZED = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
LIST_SCOPE = "url:GET|/api/v1/accounts/:account_id/sis_imports"


def test_without_a_token_one_is_asked_for(canvas):
    answer = canvas.get(IMPORTS, token=None)

    assert (answer.status_code, answer.json()) == (401, UNAUTHENTICATED)
    assert answer.headers["www-authenticate"] == 'Bearer realm="canvas-lms"'


@pytest.mark.parametrize("word", ["bearer", "BEARER", "Token", "Basic"])
def test_a_token_that_is_not_sent_as_bearer_is_no_token(canvas, word):
    answer = canvas.get(IMPORTS, token=None, headers={"Authorization": f"{word} {canvas.sandbox.token}"})

    assert answer.json() == UNAUTHENTICATED


def test_an_unknown_token_is_refused(canvas):
    answer = canvas.get(IMPORTS, token="nonsense")

    assert (answer.status_code, answer.json()) == (401, INVALID)
    assert "www-authenticate" in answer.headers


def test_a_token_may_stand_in_the_query_and_never_in_the_record(canvas):
    assert canvas.get(f"{IMPORTS}?access_token={canvas.sandbox.token}", token=None).status_code == 200

    assert canvas.sandbox.token not in str(canvas.requests())


def test_a_token_in_the_query_does_not_come_back_in_links(canvas):
    answer = canvas.get(f"{IMPORTS}?access_token={canvas.sandbox.token}", token=None)

    assert canvas.sandbox.token not in answer.headers["link"]


def test_a_revoked_token_is_refused(canvas):
    token = canvas.given(tokens=[{"name": "robot"}])["robot"]
    canvas.faults({"revoke_token": True, "when": "after", "times": 1})

    assert [canvas.get(IMPORTS, token=token).status_code for _ in range(2)] == [200, 401]


def test_a_token_expires_by_the_sandboxes_clock(canvas):
    token = canvas.given(tokens=[{"name": "robot", "expires_in": 3600}])["robot"]
    before = canvas.get(IMPORTS, token=token).status_code
    canvas.advance(3601)

    assert (before, canvas.get(IMPORTS, token=token).status_code) == (200, 401)


@pytest.mark.parametrize(
    ("permissions", "statuses"),
    [(["import_sis"], (200, 200, 403)), (["manage_sis"], (200, 403, 200)), (["read_sis"], (403, 403, 403))],
)
def test_each_permission_opens_its_own_doors(canvas, permissions, statuses):
    done = canvas.imported(ROSTER)
    token = canvas.given(no_permission_token={"permissions": permissions})["no_permission_token"]

    looked = canvas.get(IMPORTS, token=token).status_code
    sent = canvas.post(IMPORTS, token=token, files={"attachment": ("a.csv", "x")}).status_code
    restored = canvas.put(f"{IMPORTS}/{done['id']}/restore_states", token=token).status_code

    assert (looked, sent, restored) == statuses


def test_a_missing_permission_is_403_today_and_was_401(canvas, canvas_2022):
    answers = []
    for each in (canvas, canvas_2022):
        token = each.given(no_permission_token={"permissions": []})["no_permission_token"]
        answers.append(each.get(IMPORTS, token=token))

    assert [answer.status_code for answer in answers] == [403, 401]
    assert [answer.json() for answer in answers] == [UNAUTHORIZED] * 2


def test_a_scoped_token_opens_its_routes_and_no_others(canvas):
    wish = {"permissions": ["import_sis"], "scopes": [LIST_SCOPE]}
    token = canvas.given(no_permission_token=wish)["no_permission_token"]

    allowed, refused = canvas.get(IMPORTS, token=token), canvas.get(f"{IMPORTS}/1", token=token)

    assert allowed.status_code == 200
    assert refused.status_code == 401
    assert refused.json()["errors"] == [{"message": "Insufficient scopes on access token."}]
    assert "www-authenticate" not in refused.headers


def test_nobody_may_act_as_another(canvas):
    answer = canvas.get(f"{IMPORTS}?as_user_id=sis_user_id:u1")

    assert (answer.status_code, answer.json()) == (401, {"errors": "Invalid as_user_id"})


def bare_request(canvas, head):
    host, port = canvas.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.sendall(f"GET {IMPORTS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{head}\r\n".encode())
        return b"".join(iter(lambda: wire.recv(65536), b"")).decode()


def test_a_request_without_user_agent_is_refused_today_and_was_not(canvas, canvas_2022):
    now, then = (
        bare_request(each, f"Authorization: Bearer {each.sandbox.token}\r\n") for each in (canvas, canvas_2022)
    )

    assert now.startswith("HTTP/1.1 403")
    assert "valid user agent" in now
    assert then.startswith("HTTP/1.1 200")


def test_header_names_are_in_lower_case_today_and_were_not(canvas, canvas_2022):
    heads = [
        bare_request(each, f"User-Agent: x\r\nAuthorization: Bearer {each.sandbox.token}\r\n").partition("\r\n\r\n")[0]
        for each in (canvas, canvas_2022)
    ]

    assert "\r\nlink: " in heads[0]
    assert "\r\nLink: " in heads[1]


def test_every_answer_carries_an_id_and_what_is_left_of_the_budget(canvas):
    first, second = canvas.get(IMPORTS), canvas.get(IMPORTS)

    assert first.headers["x-request-context-id"] != second.headers["x-request-context-id"]
    assert 0 < float(second.headers["x-request-cost"]) < 5
    assert 590 < float(second.headers["x-rate-limit-remaining"]) <= 600


@pytest.mark.parametrize(("switch", "status"), [({}, 429), ({"throttle.status": 403}, 403)])
def test_a_full_bucket_refuses_in_the_form_that_is_switched_on(canvas, switch, status):
    canvas.faults(**switch, **{"throttle.hwm": 60, "throttle.cost_factor": 1e6})
    canvas.get(IMPORTS)

    answer = canvas.get(IMPORTS)

    assert answer.status_code == status
    assert answer.text == f"{status} Forbidden (Rate Limit Exceeded)\n"
    assert answer.headers["content-type"].startswith("text/plain")
    assert "x-request-cost" not in answer.headers
    assert float(answer.headers["x-rate-limit-remaining"]) < 50


def test_the_bucket_empties_as_the_clock_goes_on(canvas):
    canvas.faults(**{"throttle.hwm": 60, "throttle.cost_factor": 1e6})
    canvas.get(IMPORTS)
    canvas.advance(120)

    assert canvas.get(IMPORTS).status_code == 200


def test_an_unknown_route_is_not_found_whoever_asks(canvas):
    for token in ("main", "nonsense", None):
        assert canvas.get("/api/v1/nothing", token=token).status_code == 404
