"""Developer-key OAuth2: authorization, exchange, refresh, revocation.

Source: the reference on reading back, sections 3.3 to 3.8. Nobody has to log in: the sandbox's administrator, or the
person whose login is given as `unique_id`, agrees to everything.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WireResponse

from pipeline.sandbox.api import refusals
from pipeline.sandbox.api.access import check_token
from pipeline.sandbox.api.answers import json_answer, plain_answer
from pipeline.sandbox.api.front import bearer_of
from pipeline.sandbox.api.params import Params
from pipeline.sandbox.api.refusals import OAuthRefusal
from pipeline.sandbox.api.registry import DeveloperKey, Grant, Token
from pipeline.sandbox.api.site import ADMIN_USER_ID, Site, params, site

__all__ = ["blueprint"]

blueprint = Blueprint("oauth", __name__)
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
USER_INFO = "/auth/userinfo"


@blueprint.get("/login/oauth2/auth")
def authorize() -> WireResponse:
    """To the key's redirect URI with a code, or with the reason why there is none."""
    here, asked = site(), params()
    if "code" in asked:  # the page of the out-of-band form, from which a person copies the code
        return plain_answer(asked.text("code") or "")
    key = known_key(here, asked.text("client_id"))
    target = asked.text("redirect_uri") or ""
    if target != OUT_OF_BAND and not admits_redirect(key, target):
        raise OAuthRefusal(400, "invalid_request", "redirect_uri does not match client settings")
    scopes = (asked.text("scope") or "").split()
    back = {"state": asked.text("state")} if "state" in asked else {}
    if fault := fault_of(key, asked, scopes):
        return redirect(with_query(target, back | fault))
    code = here.tokens.add_code(key.key_id, person_of(here, asked), scopes=scopes or key.scopes, now=here.now())
    if target == OUT_OF_BAND:
        return redirect(f"{here.url}/login/oauth2/auth?{urlencode({'code': code})}")
    return redirect(with_query(target, {"code": code} | back))


@blueprint.post("/login/oauth2/token")
def exchange() -> WireResponse:
    """A token for a code or a refresh token. Errors go to a redirect URI that was sent, else they are JSON."""
    asked = params()
    try:
        return json_answer(granted(site(), asked))
    except OAuthRefusal as refusal:
        target = asked.text("redirect_uri")
        if not target or target == OUT_OF_BAND or not site().switches.oauth_redirect_on_error:
            raise
        return redirect(with_query(target, refusal.body))


@blueprint.delete("/login/oauth2/token")
def revoke() -> Response:
    """Kill the token that the request carries."""
    token = bearer_of(request.environ) or params().text("access_token")
    if token is None:
        message = "can't delete OAuth access token when not using an OAuth access token"
        raise refusals.bad_request({"message": message})
    check_token()
    site().tokens.revoke(token)
    return json_answer({})


def granted(here: Site, asked: Params) -> dict[str, object]:
    """The answer with the token."""
    kind = asked.text("grant_type") or ("authorization_code" if "code" in asked else "")
    needed = {"authorization_code": "code", "refresh_token": "refresh_token"}.get(kind)
    client_id, secret = client_of(asked)
    key = known_key(here, client_id)
    if not here.tokens.is_secret_of(key.key_id, secret or ""):
        raise OAuthRefusal(401, "invalid_client", "invalid client")
    if needed is None:
        raise OAuthRefusal(400, "unsupported_grant_type", "The grant_type you requested is not currently supported")
    proof = asked.text(needed)
    if not proof:
        raise OAuthRefusal(
            400, "invalid_request", f"You must provide the {needed} parameter when using the {kind} grant type"
        )
    return by_refresh(here, key, proof) if kind == "refresh_token" else by_code(here, key, proof, asked)


def by_code(here: Site, key: DeveloperKey, code: str, asked: Params) -> dict[str, object]:
    """Tokens for a code, which is used up."""
    found = here.tokens.use_code(code, here.now())
    if found is None:
        raise OAuthRefusal(400, "invalid_grant", "authorization_code not found")
    key_id, user_id, scopes = found
    if key_id != key.key_id:
        raise OAuthRefusal(400, "invalid_grant", "incorrect client")
    if asked.flag("replace_tokens"):
        here.tokens.revoke_of(key_id, user_id)
    body: dict[str, object] = {"access_token": None, "token_type": "Bearer", "user": person_json(here, user_id)}
    if scopes == (USER_INFO,):
        return body
    seconds = here.switches.token_expiry_seconds
    permissions = None if user_id == ADMIN_USER_ID else ()
    grant = Grant(key.name, user_id, permissions, scopes if key.scopes else None, key_id, here.now() + seconds)
    body["access_token"], body["refresh_token"] = here.tokens.grant(grant, with_refresh=True)
    return body | {"expires_in": seconds}


def by_refresh(here: Site, key: DeveloperKey, refresh: str) -> dict[str, object]:
    """A new token in the place of the former, which dies. The refresh token stays good and is not repeated."""
    seconds = here.switches.token_expiry_seconds
    found: tuple[str, Token] | None = here.tokens.refreshed(refresh, key.key_id, here.now() + seconds)
    if found is None:
        raise OAuthRefusal(400, "invalid_request", "refresh_token not found")
    text, token = found
    user = person_json(here, token.user_id)
    return {"access_token": text, "token_type": "Bearer", "user": user, "expires_in": seconds}


def client_of(asked: Params) -> tuple[str | None, str | None]:
    """Client id and secret, as parameters or as HTTP Basic."""
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        return basic.username, basic.password
    return asked.text("client_id"), asked.text("client_secret")


def known_key(here: Site, client_id: str | None) -> DeveloperKey:
    """The developer key with this client id, if it is on."""
    key = here.tokens.key(int(client_id)) if client_id and client_id.isascii() and client_id.isdigit() else None
    if key is None:
        raise OAuthRefusal(401, "invalid_client", "unknown client")
    return key


def fault_of(key: DeveloperKey, asked: Params, scopes: list[str]) -> dict[str, str] | None:
    """Why there is no code, as the client gets it."""
    if asked.text("response_type") != "code":
        return described("unsupported_response_type", "Only response_type=code is permitted")
    if not key.is_on:
        return described("unauthorized_client", "Client does not have access to the specified Canvas account.")
    refused = [scope for scope in scopes if scope not in (*(key.scopes or ()), USER_INFO)]
    if key.scopes is not None and (refused or not scopes):
        return described("invalid_scope", f"A requested scope is invalid, unknown, or malformed: {' '.join(refused)}")
    return None


def described(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}


def admits_redirect(key: DeveloperKey, target: str) -> bool:
    """Whether a key may send people there; a key without redirect URI sends them to loopback only."""
    if key.redirect_uri is None:
        return target.startswith(("http://127.0.0.1", "http://localhost"))
    return target.partition("?")[0] == key.redirect_uri


def person_of(here: Site, asked: Params) -> int:
    """Who agrees: the person with the login `unique_id`, else the administrator."""
    login = asked.text("unique_id")
    if not login:
        return ADMIN_USER_ID
    query = "SELECT user_id FROM logins WHERE unique_key = ? AND workflow_state = 'active'"
    with here.engine.database.read() as cursor:
        row = cursor.execute(query, (login.lower(),)).fetchone()
    return int(row["user_id"]) if row else ADMIN_USER_ID


def person_json(here: Site, user_id: int) -> dict[str, object]:
    """The person as the token endpoint shows them."""
    with here.engine.database.read() as cursor:
        row = cursor.execute("SELECT name FROM users WHERE id = ?", (user_id,)).fetchone()
    name = row["name"] if row else None
    return {"id": user_id, "name": name, "global_id": str(10_000_000_000_000 + user_id), "effective_locale": "en"}


def with_query(target: str, values: Mapping[str, str | None]) -> str:
    """A URL with more parameters."""
    given = {name: value for name, value in values.items() if value is not None}
    return f"{target}{'&' if '?' in target else '?'}{urlencode(given)}"
