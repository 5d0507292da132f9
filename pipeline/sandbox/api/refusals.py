"""Canvas's error answers, to the letter: each is a `Refusal` with its status, body and headers.

Source: the tables of error bodies in the reference on the SIS Imports API and on reading back.
"""

from typing import Any

__all__ = [
    "OAuthRefusal",
    "Refusal",
    "bad_request",
    "insufficient_scopes",
    "invalid_as_user",
    "invalid_token",
    "not_found",
    "sis_imports_disabled",
    "too_long",
    "unauthenticated",
    "unauthorized",
    "unexpected",
]

ASK_FOR_TOKEN = {"www-authenticate": 'Bearer realm="canvas-lms"'}


class Refusal(Exception):  # it is an answer, not a fault of ours
    """An answer other than 200: status, body (JSON value, or text when `plain` names its type) and further headers."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


class OAuthRefusal(Refusal):
    """A refusal of the token endpoint: `error` and `error_description`; a 401 says so in a header too."""

    def __init__(self, status: int, error: str, description: str) -> None:
        headers = {"www-authenticate": "Canvas OAuth 2.0"} if status == 401 else {}
        super().__init__(status, {"error": error, "error_description": description}, headers)


def unauthenticated() -> Refusal:
    """No token was sent where one is needed."""
    body = {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}
    return Refusal(401, body, ASK_FOR_TOKEN)


def invalid_token() -> Refusal:
    """The token is unknown, revoked or expired, or its key is off."""
    return Refusal(401, {"errors": [{"message": "Invalid access token."}]}, ASK_FOR_TOKEN)


def insufficient_scopes(report_id: int) -> Refusal:
    """The developer key enforces scopes, and none of the token's admits this route."""
    return Refusal(401, {"errors": [{"message": "Insufficient scopes on access token."}], "error_report_id": report_id})


def unauthorized(status: int) -> Refusal:
    """The token's user lacks the permission: 401 of old, 403 with the site flag."""
    body = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
    return Refusal(status, body)


def invalid_as_user() -> Refusal:
    """`as_user_id` names nobody whom the caller may act as; `errors` is a text here."""
    return Refusal(401, {"errors": "Invalid as_user_id"})


def sis_imports_disabled() -> Refusal:
    """The account setting for SIS imports is off."""
    return Refusal(403, {"errors": ["SIS imports are not enabled for this account"]})


def not_found() -> Refusal:
    """No such thing: a route, an account, an import, a term, a course, a user."""
    return Refusal(404, {"errors": [{"message": "The specified resource does not exist."}]})


def bad_request(body: dict[str, Any]) -> Refusal:
    """A 400, whose body has a different form each time."""
    return Refusal(400, body)


def unexpected(report_id: int) -> Refusal:
    """Canvas's answer to its own crashes, an unknown `import_type` among them."""
    body = {
        "errors": [{"message": "An error occurred.", "error_code": "internal_server_error"}],
        "error_report_id": report_id,
    }
    return Refusal(500, body)


def too_long(field: str, longest: int) -> Refusal:
    """A stored text is longer than its column."""
    error = {"field": field, "message": f"is too long (maximum is {longest} characters)", "error_code": "too_long"}
    return Refusal(422, {"errors": [error]})
