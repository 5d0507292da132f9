"""Control routes: what tests, the demo and the acceptance cases do to the sandbox itself. On loopback only."""

import json
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import yaml
from flask import Blueprint, Response, request

from pipeline.sandbox.api.registry import Grant
from pipeline.sandbox.api.site import Site, site
from pipeline.sandbox.api.switches import SwitchError, changed
from pipeline.sandbox.faults import FaultRuleError, read_rules

__all__ = ["blueprint", "put_faults"]

blueprint = Blueprint("control", __name__, url_prefix="/sandbox")
TOKEN_USER_ID = 1
HOSTS = ("127.0.0.1", "localhost")


class ControlError(Exception):
    """A control route was asked for something that does not exist; the message says what."""


@blueprint.before_request
def check_loopback() -> None:
    """Nobody from elsewhere may control the sandbox, nor a web page that a browser on this machine shows."""
    from_here = ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104  # an address to refuse
    if not from_here or request.host.rpartition(":")[0] not in HOSTS or "Origin" in request.headers:
        raise ControlError("only from this machine")


@blueprint.errorhandler(ControlError)
def refuse(error: ControlError) -> Response:
    """A 400 that says what is wrong."""
    return answer({"error": str(error)}, status=400)


@blueprint.post("/reset")
def reset() -> Response:
    """Empty the account and the queue; forget clock, faults and settings."""
    site().reset()
    return answer({})


@blueprint.post("/given")
def given() -> Response:
    """Set up preconditions; the answer names what placeholders stand for."""
    here, wishes = site(), json_body()
    names: dict[str, Any] = {}
    try:
        for key, wish in wishes.items():
            own = OWN_WISHES.get(key)
            names |= own(here, wish) if own else here.engine.given({key: wish})
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ControlError(f"given: {error}") from error
    return answer(names)


@blueprint.get("/state")
def state() -> Response:
    """All objects, by table."""
    return answer(site().engine.state())


@blueprint.post("/clock")
def clock() -> Response:
    """Move the clock; the answer is the new time."""
    here, asked = site(), json_body()
    try:
        if "now" in asked:
            here.engine.clock.set(datetime.fromisoformat(asked["now"]))
        if "advance" in asked:
            here.engine.clock.advance(float(asked["advance"]))
    except (ValueError, TypeError) as error:
        raise ControlError(f"clock: {error}") from error
    return answer({"now": here.engine.clock.text()})


@blueprint.put("/faults")
def set_faults() -> Response:
    """Put a list of rules in the place of all former ones; an object may set switches too."""
    try:
        put_faults(site(), json_body(kinds=(dict, list)))
    except (FaultRuleError, SwitchError) as error:
        raise ControlError(str(error)) from error
    return answer({"rules": site().faults.shown()})


@blueprint.get("/faults")
def show_faults() -> Response:
    """The rules in force, and how often each fired."""
    return answer({"rules": site().faults.shown()})


@blueprint.get("/requests")
def requests() -> Response:
    """Every request since the last reset, oldest first."""
    return answer(site().requests.shown())


@blueprint.post("/refresh")
def refresh() -> Response:
    """Overwrite this environment as a refresh does; see `Site.refresh`."""
    site().refresh()
    return answer({})


def put_faults(here: Site, wanted: Any) -> None:
    """Rules and switches from parsed JSON or YAML; FaultRuleError or SwitchError, and nothing is changed then."""
    switches = here.switches
    if isinstance(wanted, dict):
        unknown = set(wanted) - {"rules", "switches"}
        if unknown:
            raise FaultRuleError([f"unknown key {key!r}; known are rules, switches" for key in sorted(unknown)])
        switches = changed(switches, wanted.get("switches") or {})
    read_rules(wanted)
    here.faults.put(wanted)
    here.switch(switches)


def grant_no_permission_token(here: Site, wish: Any) -> dict[str, Any]:
    """A token that has just these permissions and scopes; a list names permissions. Scopes alone restrict nothing else."""
    wish = {"permissions": wish} if isinstance(wish, list) else wish or {}
    grant = Grant(
        name="no_permission_token",
        user_id=TOKEN_USER_ID,
        permissions=wish.get("permissions", None if wish.get("scopes") else []),
        scopes=wish.get("scopes"),
        expires_at=here.now() + wish["expires_in"] if "expires_in" in wish else None,
    )
    return {"no_permission_token": here.tokens.grant(grant)[0]}


def add_tokens(here: Site, wishes: Any) -> dict[str, Any]:
    """Named tokens: name, permissions (all when left out), scopes, `expires_in` seconds."""
    names = {}
    for wish in wishes:
        grant = Grant(
            name=wish["name"],
            user_id=wish.get("user_id", TOKEN_USER_ID),
            permissions=wish.get("permissions"),
            scopes=wish.get("scopes"),
            expires_at=here.now() + wish["expires_in"] if "expires_in" in wish else None,
        )
        names[wish["name"]] = here.tokens.grant(grant)[0]
    return names


def add_developer_key(here: Site, wish: Any) -> dict[str, Any]:
    """A developer key with a refresh token of the administrator: scopes (not enforced when left out), redirect_uri."""
    scopes = wish.get("scopes")
    key_id, secret = here.tokens.add_key(wish.get("name", "key"), scopes=scopes, redirect_uri=wish.get("redirect_uri"))
    expires_at = here.now() + here.switches.token_expiry_seconds
    grant = Grant(wish.get("name", "key"), TOKEN_USER_ID, wish.get("permissions"), scopes, key_id, expires_at)
    token, refresh = here.tokens.grant(grant, with_refresh=True)
    return {"client_id": str(key_id), "client_secret": secret, "refresh_token": refresh, "access_token": token}


def switch_developer_key(here: Site, wish: Any) -> dict[str, Any]:
    """Turn a key on or off: `{client_id, on}`."""
    here.tokens.switch_key(int(wish["client_id"]), is_on=bool(wish["on"]))
    return {}


OWN_WISHES = {
    "no_permission_token": grant_no_permission_token,
    "tokens": add_tokens,
    "developer_key": add_developer_key,
    "developer_key_state": switch_developer_key,
}


def json_body(kinds: tuple[type, ...] = (dict,)) -> Any:
    """The JSON (or YAML) value in the body."""
    text = request.get_data(as_text=True)
    try:
        read = json.loads(text) if text.strip() else {}
    except ValueError as error:
        if "yaml" not in request.mimetype:
            raise ControlError("the body is not JSON") from error
        read = yaml.safe_load(text)
    if not isinstance(read, kinds):
        raise ControlError(f"expected {' or '.join('an object' if kind is dict else 'a list' for kind in kinds)}")
    return read


def answer(body: Any, *, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json; charset=utf-8")
