"""What goes out and what an answer means: the client over a function posing as the network."""

import ssl
from pathlib import Path

import pytest
import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)

from pipeline.errors import Because, NotSent, Refused, Unknown
from tests.canvas.scripted import TOKEN, URL, Network, StandingClock, client_over, imported, in_turn, path, query, reply

POOL = HTTPConnectionPool("canvas.example.edu")
NEWEST = {"sis_imports": [imported(41)]}


def refused_connection() -> Exception:
    return requests.ConnectionError(MaxRetryError(POOL, "/x?access_token=hidden", NewConnectionError(POOL, "refused")))


def unknown_name() -> Exception:
    return requests.ConnectionError(
        MaxRetryError(POOL, "/x", NameResolutionError("canvas.example.edu", POOL, OSError()))
    )


def connect_timeout() -> Exception:
    return requests.ConnectTimeout(MaxRetryError(POOL, "/x", ConnectTimeoutError(POOL, "late")))


def bad_certificate() -> Exception:
    return requests.exceptions.SSLError(
        MaxRetryError(POOL, "/x", SSLError(ssl.SSLCertVerificationError("self-signed")))
    )


def reset() -> Exception:
    return requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")))


def package(tmp_path: Path, content: bytes = b"PK" * 50_000) -> Path:
    file = tmp_path / "package.zip"
    file.write_bytes(content)
    return file


def post(network: Network, tmp_path: Path):
    return client_over(network).create_import(package(tmp_path), {"skip_deletes": "true"})


def test_a_request_carries_token_and_user_agent_and_no_cookie():
    network = Network(in_turn(lambda r: reply(r, NEWEST, headers={"set-cookie": "canvas_session=x"}), NEWEST))
    client = client_over(network)

    client.probe()
    client.probe()

    headers = network.requests[1].headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["User-Agent"] == "sis-pipeline/test (+it@example.edu)"
    assert "Cookie" not in headers


def test_netrc_never_replaces_the_token(tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine canvas.example.edu login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    network = Network(in_turn(NEWEST))

    client_over(network).probe()

    assert network.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_token_with_a_line_break_is_not_sent_and_not_quoted():
    network = Network(in_turn(NEWEST))

    with pytest.raises(NotSent) as caught:
        client_over(network, token="abc\ndef").with_patience(0).probe()

    assert not network.requests
    assert "abc" not in f"{caught.value} {caught.value.remedy} {caught.value.__cause__} {caught.value.__context__!r}"


def test_an_upload_is_a_raw_zip_with_its_parameters_in_the_query(tmp_path):
    network = Network(in_turn(imported(42, "created")))

    seen = post(network, tmp_path)

    sent = network.requests[0]
    assert seen.import_id == 42
    assert query(sent) == {"import_type": "instructure_csv", "extension": "zip", "skip_deletes": "true"}
    assert sent.headers["Content-Type"] == "application/zip"
    assert sent.headers["Content-Length"] == "100000"
    assert network.bodies[0] == b"PK" * 50_000


@pytest.mark.parametrize("fault", [refused_connection, unknown_name, connect_timeout, bad_certificate])
def test_a_post_without_a_connection_is_certainly_not_sent(fault, tmp_path):
    with pytest.raises(NotSent):
        post(Network(in_turn(fault())), tmp_path)


@pytest.mark.parametrize(
    "fault", [reset(), requests.ReadTimeout("late"), requests.exceptions.ChunkedEncodingError("cut")]
)
def test_a_post_whose_answer_is_lost_is_unknown(fault, tmp_path):
    with pytest.raises(Unknown):
        post(Network(in_turn(fault)), tmp_path)


def test_a_lost_answer_is_unknown_even_while_an_older_refusal_is_being_dealt_with(tmp_path):
    network = Network(in_turn(refused_connection(), reset()))

    def post_again_while_handling():
        try:
            post(network, tmp_path)
        except NotSent:
            post(network, tmp_path)

    with pytest.raises(Unknown):
        post_again_while_handling()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (502, b"<html>"),
        (200, b"<html>sign in</html>"),
        (200, b'{"id": 4'),
        (200, b'{"ok": true}'),
        (200, b""),
    ],
    ids=["500", "502", "a page", "cut JSON", "no id", "nothing"],
)
def test_a_post_with_an_answer_that_proves_nothing_is_unknown(status, body, tmp_path):
    with pytest.raises(Unknown):
        post(Network(in_turn(lambda r: reply(r, body, status=status))), tmp_path)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 405, 413])
def test_a_post_that_is_redirected_or_oddly_refused_is_unknown_and_not_followed(status, tmp_path):
    network = Network(
        in_turn(lambda r: reply(r, b"", status=status, headers={"location": "https://login.example.org/"}))
    )

    with pytest.raises(Unknown):
        post(network, tmp_path)

    assert len(network.requests) == 1


@pytest.mark.parametrize(
    ("status", "headers", "because"),
    [
        (400, {}, Because.REQUEST),
        (401, {"www-authenticate": 'Bearer realm="canvas-lms"'}, Because.TOKEN),
        (401, {}, Because.PERMISSION),
        (403, {}, Because.PERMISSION),
        (404, {}, Because.MISSING),
        (422, {}, Because.REQUEST),
    ],
)
def test_a_certain_refusal_says_what_was_refused(status, headers, because, tmp_path):
    answer = {"errors": [{"message": "autorisation requise"}]}
    network = Network(in_turn(lambda r: reply(r, answer, status=status, headers=headers)))

    with pytest.raises(Refused) as caught:
        post(network, tmp_path)

    assert caught.value.because is because
    assert caught.value.request.status == status
    assert "autorisation requise" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [(429, b"429 Forbidden (Rate Limit Exceeded)\n"), (403, b"403 Forbidden (Rate Limit Exceeded)\n")],
)
def test_both_forms_of_throttling_are_certainly_not_sent(status, body, tmp_path):
    network = Network(in_turn(lambda r: reply(r, body, status=status, headers={"retry-after": "17"})))

    with pytest.raises(NotSent) as caught:
        post(network, tmp_path)

    assert caught.value.retry_after == 17.0


def test_an_upload_stopped_by_the_sender_is_certainly_not_sent(tmp_path):
    answers = iter([True, True, False])
    network = Network(in_turn(imported()))

    with pytest.raises(NotSent, match="broken off"):
        client_over(network).create_import(package(tmp_path, b"x" * 300_000), {}, may_go_on=lambda: next(answers))


def test_the_sender_is_not_asked_once_the_body_is_complete(tmp_path):
    answers = iter([True])
    network = Network(in_turn(imported()))

    seen = client_over(network).create_import(package(tmp_path, b"x" * 10), {}, may_go_on=lambda: next(answers))

    assert seen.import_id == 7


def test_questions_are_asked_again_until_they_are_answered():
    clock = StandingClock()
    trouble = (
        refused_connection(),
        reset(),
        lambda r: reply(r, b"{}", status=503),
        lambda r: reply(r, b'{"sis', status=200),
    )
    network = Network(in_turn(*trouble, NEWEST))

    listing = client_over(network, clock=clock).newest_import()

    assert listing.newest_id == 41
    assert len(clock.waits) == 4


def test_what_canvas_asks_to_wait_is_waited_and_no_more():
    clock = StandingClock()
    throttled = lambda r: reply(r, b"", status=429, headers={"Retry-After": "40"})  # noqa: E731
    network = Network(in_turn(throttled, NEWEST))

    client_over(network, clock=clock).probe()

    assert clock.waits == [40.0]


def test_questions_are_given_up_when_patience_ends():
    clock = StandingClock()
    network = Network(lambda _: (_ for _ in ()).throw(reset()))

    with pytest.raises(Unknown):
        client_over(network, clock=clock).probe()

    assert sum(clock.waits) <= 120.0
    assert len(network.requests) > 3


def test_a_redirect_or_a_page_in_answer_to_a_question_is_refused_at_once():
    for fault in (
        lambda r: reply(r, b"", status=302, headers={"location": "https://login.example.org/"}),
        lambda r: reply(r, b"<!DOCTYPE html><html></html>"),
    ):
        network = Network(in_turn(fault))

        with pytest.raises(Refused) as caught:
            client_over(network).probe()

        assert caught.value.because is Because.NOT_CANVAS
        assert len(network.requests) == 1


def test_errors_name_the_path_but_neither_query_nor_token_nor_foreign_text():
    network = Network(in_turn(refused_connection()))

    with pytest.raises(NotSent) as caught:
        client_over(network).with_patience(0).list_imports()

    told = f"{caught.value} {caught.value.remedy} {caught.value.request}"
    assert caught.value.request.path == "/api/v1/accounts/self/sis_imports"
    assert "per_page" not in told
    assert "hidden" not in told
    assert TOKEN not in told


def test_lists_follow_the_links_of_the_same_host():
    link = f'<{URL}/api/v1/accounts/self/sis_imports?page=2&per_page=100>; rel="next",<{URL}/x?page=1>; rel="first"'
    network = Network(
        in_turn(
            lambda r: reply(r, {"sis_imports": [imported(2)]}, headers={"link": link}), {"sis_imports": [imported(1)]}
        )
    )

    listing = client_over(network).list_imports()

    assert [seen.import_id for seen in listing.imports] == [2, 1]
    assert query(network.requests[1]) == {"page": "2", "per_page": "100"}


@pytest.mark.parametrize(
    "other", ["https://evil.example.org/x", "http://canvas.example.edu/x", "https://canvas.example.edu:8443/x"]
)
def test_a_link_to_another_host_scheme_or_port_is_refused_before_the_token_goes_there(other):
    network = Network(in_turn(lambda r: reply(r, {"sis_imports": []}, headers={"Link": f'<{other}>; rel="next"'})))

    with pytest.raises(Refused, match="another host"):
        client_over(network).list_imports()

    assert len(network.requests) == 1


def test_a_list_that_leads_in_a_circle_is_refused():
    link = {"link": f'<{URL}/api/v1/accounts/self/sis_imports?page=1>; rel="next"'}
    network = Network(lambda r: reply(r, {"sis_imports": []}, headers=link))

    with pytest.raises(Refused, match="circle"):
        client_over(network).list_imports()


def test_an_address_without_https_never_gets_the_token():
    from pipeline.canvas.http import CanvasHttp, Endpoint

    network = Network(in_turn(NEWEST))
    http = CanvasHttp(
        Endpoint("x", "http://canvas.example.edu", "ua"), lambda: TOKEN, clock=StandingClock(), adapter=network
    )

    with pytest.raises(Refused, match="https"):
        http.ask("GET", "/api/v1/accounts")

    assert not network.requests


def test_an_import_that_has_ended_cannot_be_aborted_and_is_shown_instead():
    network = Network(in_turn(lambda r: reply(r, {"errors": []}, status=404), imported(9)))

    seen = client_over(network).abort_import(9)

    assert seen.state == "imported"
    assert [request.method for request in network.requests] == ["PUT", "GET"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"multi_term_batch_mode": "false"},
        {"batch_mode": "true"},
        {"batch_mode": "true", "batch_mode_term_id": "sis_term_id:F", "diffing_data_set_identifier": "x"},
    ],
)
def test_parameters_that_canvas_would_take_for_something_else_are_never_sent(parameters, tmp_path):
    from pipeline.errors import PipelineError

    network = Network(in_turn(imported()))

    with pytest.raises(PipelineError):
        client_over(network).create_import(package(tmp_path), parameters)

    assert not network.requests


def test_who_i_am_is_not_known_where_it_may_not_be_asked():
    network = Network(in_turn(lambda r: reply(r, {}, status=403)))

    assert client_over(network).who_am_i() is None


def test_accounts_terms_and_roles_are_read_in_sis_words():
    accounts = [
        {"id": 2, "name": "Science", "sis_account_id": "SCI", "parent_account_id": 1},
        {"id": 3, "name": "Physics", "sis_account_id": "PHY", "parent_account_id": 2},
        {"id": 4, "name": "By hand", "sis_account_id": None, "parent_account_id": 1},
    ]
    term = {
        "id": 9,
        "sis_term_id": "202640",
        "name": "Fall",
        "workflow_state": "active",
        "start_at": None,
        "end_at": None,
    }
    roles = [
        {"label": "Student", "role": "StudentEnrollment", "base_role_type": "StudentEnrollment"},
        {"label": "Grader", "role": "Grader", "base_role_type": "TaEnrollment"},
    ]
    client = client_over(
        Network(in_turn(accounts, {"enrollment_terms": [term, {"id": 1, "sis_term_id": None}]}, roles))
    )

    assert [dict(a) for a in client.accounts()] == [
        {"account_id": "SCI", "name": "Science", "parent_account_id": ""},
        {"account_id": "PHY", "name": "Physics", "parent_account_id": "SCI"},
    ]
    assert [t["term_id"] for t in client.terms()] == ["202640"]
    assert client.roles() == ("Grader",)
    assert path(client._http._session.get_adapter(URL).requests[1]) == "/api/v1/accounts/self/terms"


def test_a_link_in_the_answer_to_a_post_never_makes_it_a_refusal(tmp_path):
    link = {"link": '<https://other.example.org/x>; rel="next"'}

    assert post(Network(in_turn(lambda r: reply(r, imported(42), headers=link))), tmp_path).import_id == 42
