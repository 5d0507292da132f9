"""Users and logins as JSON."""

from collections.abc import Callable
from sqlite3 import Cursor, Row
from typing import Any

__all__ = ["best_login", "import_user_json", "login_json", "offset_form", "user_json"]

LOGIN_OF_USER = (
    "SELECT * FROM logins WHERE user_id = ?"
    " ORDER BY workflow_state = 'deleted', workflow_state = 'suspended', sis_id IS NULL, id LIMIT 1"
)
EMAIL_OF_USER = (
    "SELECT path FROM channels WHERE user_id = ? AND workflow_state <> 'retired' ORDER BY position, id LIMIT 1"
)


def best_login(user_id: int, cursor: Cursor) -> Row | None:
    """The login that stands for a person: live before suspended before deleted, with a SIS id before without."""
    row: Row | None = cursor.execute(LOGIN_OF_USER, (user_id,)).fetchone()
    return row


def email_of(user_id: int, cursor: Cursor) -> str | None:
    """A person's e-mail address: the first that is not retired."""
    row = cursor.execute(EMAIL_OF_USER, (user_id,)).fetchone()
    return None if row is None else str(row["path"])


def import_user_json(user_id: int, cursor: Cursor) -> dict[str, Any] | None:
    """The user of an import, as an administrator sees them."""
    row = cursor.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
    if row is None:
        return None
    return basic(row) | identifiers(best_login(user_id, cursor), lambda _permission: True)


def user_json(row: Row, login: Row | None, may: Callable[[str], bool]) -> dict[str, Any]:
    """A person of a row of `users`, with the identifiers of one login as far as the caller may see them."""
    body = basic(row) | identifiers(login, may)
    if row["pronouns"] is not None:
        body["pronouns"] = row["pronouns"]
    if row["workflow_state"] == "deleted":
        body["merged_into_user_id"] = None
    return body


def basic(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "created_at": offset_form(row["created_at"]),
        "sortable_name": row["sortable_name"],
        "short_name": row["short_name"] or row["name"],
    }


def identifiers(login: Row | None, may: Callable[[str], bool]) -> dict[str, Any]:
    """The ids that come from a login, each with the permission that shows it."""
    body: dict[str, Any] = {}
    if may("read_sis") or may("manage_sis"):
        body["sis_user_id"] = login["sis_id"] if login else None
        body["integration_id"] = login["integration_id"] if login else None
    if may("manage_sis"):
        body["sis_import_id"] = login["sis_import_id"] if login else None
    if login is not None and may("view_user_logins"):
        body["login_id"] = login["unique_id"]
    return body


def login_json(row: Row, provider_type: str | None) -> dict[str, Any]:
    """A login of a row of `logins`."""
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "account_id": 1,
        "workflow_state": row["workflow_state"],
        "unique_id": row["unique_id"],
        "created_at": row["created_at"],
        "sis_user_id": row["sis_id"],
        "integration_id": row["integration_id"],
        "authentication_provider_id": row["authentication_provider_id"],
        "authentication_provider_type": provider_type,
        "declared_user_type": row["declared_user_type"],
    }


def offset_form(instant: str) -> str:
    """An instant with its offset spelt out: Canvas formats a user's `created_at` apart from everything else."""
    return instant.removesuffix("Z") + "+00:00"
