"""Developer keys: authorization, exchange, refresh, revocation, and errors that are redirects."""

from urllib.parse import parse_qs, urlsplit

from tests.sandbox.http import IMPORTS

BACK = "http://127.0.0.1:9/back"
LIST = "url:GET|/api/v1/accounts/:account_id/sis_imports"
SHOW = "url:GET|/api/v1/accounts/:account_id/sis_imports/:id"
TOKEN_ROUTE = "/login/oauth2/token"


def key_of(canvas, **wish):
    return canvas.given(developer_key={"redirect_uri": BACK, **wish})


def exchanged(canvas, key, **fields):
    form = {"client_id": key["client_id"], "client_secret": key["client_secret"], **fields}
    return canvas.post(TOKEN_ROUTE, data=form, token=None)


def refreshed(canvas, key, **fields):
    return exchanged(canvas, key, **{"grant_type": "refresh_token", "refresh_token": key["refresh_token"], **fields})


def authorized(canvas, key, **query):
    asked = {"client_id": key["client_id"], "response_type": "code", "redirect_uri": BACK, "state": "s1", **query}
    answer = canvas.get("/login/oauth2/auth", params=asked, token=None)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def test_refreshing_gives_a_token_for_an_hour_and_no_new_refresh_token(canvas):
    body = refreshed(canvas, key_of(canvas)).json()

    assert list(body) == ["access_token", "token_type", "user", "expires_in"]
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert canvas.get(IMPORTS, token=body["access_token"]).status_code == 200


def test_refreshing_kills_the_token_before(canvas):
    key = key_of(canvas)
    refreshed(canvas, key)

    assert canvas.get(IMPORTS, token=key["access_token"]).status_code == 401


def test_a_token_lives_an_hour(canvas):
    token = refreshed(canvas, key_of(canvas)).json()["access_token"]
    canvas.advance(3601)

    assert canvas.get(IMPORTS, token=token).status_code == 401


def test_a_code_is_exchanged_once(canvas):
    key = key_of(canvas)
    back = authorized(canvas, key)
    fields = {"grant_type": "authorization_code", "code": back["code"]}

    first, again = exchanged(canvas, key, **fields), exchanged(canvas, key, **fields)

    assert back["state"] == "s1"
    assert {"access_token", "refresh_token", "expires_in", "user"} <= set(first.json())
    assert (again.status_code, again.json()["error_description"]) == (400, "authorization_code not found")


def test_a_key_that_enforces_scopes_gives_scoped_tokens(canvas):
    key = key_of(canvas, scopes=[LIST, SHOW])
    code = authorized(canvas, key, scope=LIST)["code"]
    token = exchanged(canvas, key, code=code).json()["access_token"]

    assert canvas.get(IMPORTS, token=token).status_code == 200
    assert canvas.get(f"{IMPORTS}/1/errors", token=token).status_code == 401


def test_a_scope_that_the_key_lacks_is_refused_by_redirect(canvas):
    key = key_of(canvas, scopes=[LIST])

    back = authorized(canvas, key, scope=f"{LIST} {SHOW}")

    assert back["error"] == "invalid_scope"
    assert SHOW in back["error_description"]


def test_a_wrong_secret_and_an_unknown_client_are_told_apart(canvas):
    key = key_of(canvas)

    wrong = refreshed(canvas, key, client_secret="wrong")
    unknown = refreshed(canvas, key, client_id="7")

    assert (wrong.status_code, wrong.json()) == (
        401,
        {"error": "invalid_client", "error_description": "invalid client"},
    )
    assert unknown.json()["error_description"] == "unknown client"
    assert wrong.headers["www-authenticate"] == "Canvas OAuth 2.0"


def test_an_error_with_a_redirect_uri_is_a_redirect(canvas):
    key = key_of(canvas)

    answer = refreshed(canvas, key, refresh_token="wrong", redirect_uri=BACK)

    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error_description"] == ["refresh_token not found"]


def test_an_unknown_grant_type_is_refused(canvas):
    answer = exchanged(canvas, key_of(canvas), grant_type="password")

    assert answer.json() == {
        "error": "unsupported_grant_type",
        "error_description": "The grant_type you requested is not currently supported",
    }


def test_a_missing_proof_is_named(canvas):
    answer = exchanged(canvas, key_of(canvas), grant_type="refresh_token")

    assert answer.json()["error_description"] == (
        "You must provide the refresh_token parameter when using the refresh_token grant type"
    )


def test_a_redirect_uri_that_does_not_match_is_answered_directly(canvas):
    key = key_of(canvas)
    asked = {"client_id": key["client_id"], "response_type": "code", "redirect_uri": "http://evil.example/"}

    answer = canvas.get("/login/oauth2/auth", params=asked, token=None)

    assert answer.status_code == 400
    assert answer.json()["error_description"] == "redirect_uri does not match client settings"


def test_a_token_is_revoked_by_whoever_holds_it(canvas):
    key = key_of(canvas)

    assert canvas.ask("DELETE", TOKEN_ROUTE, token=key["access_token"]).json() == {}
    assert canvas.get(IMPORTS, token=key["access_token"]).status_code == 401
    assert canvas.ask("DELETE", TOKEN_ROUTE, token=None).status_code == 400


def test_a_key_that_is_turned_off_takes_its_tokens_along(canvas):
    key = key_of(canvas)
    canvas.given(developer_key_state={"client_id": key["client_id"], "on": False})

    assert canvas.get(IMPORTS, token=key["access_token"]).status_code == 401


def test_a_request_for_a_token_costs_200_units(canvas):
    answer = refreshed(canvas, key_of(canvas))

    assert 200 <= float(answer.headers["x-request-cost"]) < 205


def test_three_requests_for_tokens_in_a_row_exhaust_the_budget(canvas):
    key = key_of(canvas)

    assert [refreshed(canvas, key).status_code for _ in range(4)] == [200, 200, 200, 429]
