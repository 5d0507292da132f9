"""Who calls, and what they may: token, scope and `as_user_id` before each route, permissions within it."""

from dataclasses import dataclass

from flask import g, request

from pipeline.sandbox.api import refusals
from pipeline.sandbox.api.front import bearer_of
from pipeline.sandbox.api.params import Params
from pipeline.sandbox.api.registry import Token
from pipeline.sandbox.api.scopes import admits
from pipeline.sandbox.api.site import params, site

__all__ = ["Caller", "caller", "check_token", "drop_includes", "may", "require"]

INCLUDES = ("include", "includes")  # not allowed to scoped keys unless the key says so


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind a valid token."""

    user_id: int
    token: Token

    def may(self, permission: str) -> bool:
        """Whether the user has a permission of the root account."""
        return self.token.permissions is None or permission in self.token.permissions


def check_token() -> None:
    """Before every API route: a token that is sent has to be good for this route. None at all is judged later."""
    asked = params()
    sent = bearer_of(request.environ) or asked.text("access_token")
    g.caller = None
    if sent is None:
        return
    token = site().tokens.token(sent, site().now())
    if token is None:
        raise refusals.invalid_token()
    if token.scopes is not None:
        if not admits(token.scopes, request.method, request.path):
            raise refusals.insufficient_scopes(site().next_report_id())
        drop_includes(asked)
    g.caller = Caller(token.user_id, token)
    if asked.text("as_user_id"):
        raise refusals.invalid_as_user()


def drop_includes(asked: Params) -> None:
    """Take the parameters away that a scoped key may not use."""
    for name in INCLUDES:
        asked.tree.pop(name, None)


def caller() -> Caller:
    """Who calls; a 401 when nobody was named."""
    known: Caller | None = g.get("caller")
    if known is None:
        raise refusals.unauthenticated()
    return known


def may(permission: str) -> bool:
    """Whether somebody with this permission calls."""
    known: Caller | None = g.get("caller")
    return known is not None and known.may(permission)


def require(*permissions: str) -> Caller:
    """Who calls, having at least one of these permissions."""
    known = caller()
    if not any(known.may(permission) for permission in permissions):
        raise refusals.unauthorized(site().switches.permission_status)
    return known
