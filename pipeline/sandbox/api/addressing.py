"""From a path segment to a Canvas id: numbers, special words, SIS ids, integration ids, their hex form.

Source: the reference on reading back, section 2.3; canvas-lms `lib/api.rb`.
"""

import hashlib
import sqlite3
from collections.abc import Mapping

from pipeline.sandbox.api import refusals
from pipeline.sandbox.api.paths import segment_text
from pipeline.sandbox.api.site import site

__all__ = [
    "account_id",
    "account_uuid",
    "canvas_id",
    "course_id",
    "group_category_id",
    "group_id",
    "section_id",
    "term_id",
    "user_id",
]

MAX_ID = 2**63 - 1
ROOT_ACCOUNT_ID = 1
DEFAULT_TERM_ID = 1
QUERIES: Mapping[str, Mapping[str, str]] = {
    "account": {
        "": "SELECT id FROM accounts WHERE id = ?",
        "sis_account_id": "SELECT id FROM accounts WHERE sis_id = ?",
        "sis_integration_id": "SELECT id FROM accounts WHERE integration_id = ?",
    },
    "term": {
        "": "SELECT id FROM terms WHERE id = ? AND workflow_state <> 'deleted'",
        "sis_term_id": "SELECT id FROM terms WHERE sis_id = ? AND workflow_state <> 'deleted'",
        "sis_integration_id": "SELECT id FROM terms WHERE integration_id = ? AND workflow_state <> 'deleted'",
    },
    "course": {
        "": "SELECT id FROM courses WHERE id = ?",
        "sis_course_id": "SELECT id FROM courses WHERE sis_id = ?",
        "sis_integration_id": "SELECT id FROM courses WHERE integration_id = ?",
    },
    "section": {
        "": "SELECT id FROM sections WHERE id = ?",
        "sis_section_id": "SELECT id FROM sections WHERE sis_id = ?",
        "sis_integration_id": "SELECT id FROM sections WHERE integration_id = ?",
    },
    "user": {
        "": "SELECT id FROM users WHERE id = ?",
        "sis_user_id": "SELECT user_id FROM logins WHERE sis_id = ?",
        "sis_login_id": "SELECT user_id FROM logins WHERE unique_key = lower(?) AND workflow_state <> 'deleted'",
        "sis_integration_id": "SELECT user_id FROM logins WHERE integration_id = ?",
    },
    "group": {
        "": "SELECT id FROM groups WHERE id = ?",
        "sis_group_id": "SELECT id FROM groups WHERE sis_id = ?",
    },
    "group_category": {
        "": "SELECT id FROM group_categories WHERE id = ?",
        "sis_group_category_id": "SELECT id FROM group_categories WHERE sis_id = ?",
    },
}


def account_id(segment: str) -> int:
    """The account; `self` and `default` are the root account."""
    kind, value = read_reference(segment_text(segment))
    if kind in ("uuid", "lti_context_id"):
        return account_of_uuid(value)
    return ROOT_ACCOUNT_ID if segment in ("self", "default") else found("account", segment)


def account_uuid(account: int, created_at: str) -> str:
    """An account's uuid, which an emptied or refreshed environment does not share: it goes by the account's making."""
    return hashlib.sha256(f"account {account} {created_at}".encode()).hexdigest()[:40]


def account_of_uuid(uuid: str) -> int:
    """The account with this uuid."""
    with site().engine.database.read() as cursor:
        for row in cursor.execute("SELECT id, created_at FROM accounts"):
            if account_uuid(row["id"], row["created_at"]) == uuid:
                return int(row["id"])
    raise refusals.not_found()


def term_id(written: str) -> int:
    """The term, deleted ones excluded; `default`, and `current` if exactly one dated term is current."""
    if written == "default":
        return DEFAULT_TERM_ID
    if written != "current":
        return found("term", written)
    now = site().engine.clock.text()
    with site().engine.database.read() as cursor:
        rows = cursor.execute(
            "SELECT id FROM terms WHERE workflow_state = 'active' AND (start_at IS NOT NULL OR end_at IS NOT NULL)"
            " AND (start_at IS NULL OR start_at <= ?) AND (end_at IS NULL OR end_at >= ?)",
            (now, now),
        ).fetchall()
    if len(rows) != 1:
        raise refusals.not_found()
    return int(rows[0]["id"])


def course_id(segment: str) -> int:
    """The course, in any state."""
    return found("course", segment)


def section_id(segment: str) -> int:
    """The section, in any state."""
    return found("section", segment)


def user_id(segment: str) -> int:
    """The user, in any state; `self` is who calls."""
    if segment == "self":
        from pipeline.sandbox.api.access import caller

        return caller().user_id
    return found("user", segment)


def group_id(segment: str) -> int:
    """The group, in any state."""
    return found("group", segment)


def group_category_id(segment: str) -> int:
    """The group category, in any state."""
    return found("group_category", segment)


def canvas_id(segment: str) -> int:
    """A plain number; anything else is not found."""
    if not (segment.isascii() and segment.isdigit()) or int(segment) > MAX_ID:
        raise refusals.not_found()
    return int(segment)


def found(kind: str, segment: str) -> int:
    """The Canvas id of an object of this kind; not found when there is none."""
    name, value = read_reference(segment_text(segment))
    query = QUERIES[kind].get(name)
    if query is None:
        raise refusals.not_found()
    wanted: int | str = canvas_id(value) if not name else value
    with site().engine.database.read() as cursor:
        row: sqlite3.Row | None = cursor.execute(query, (wanted,)).fetchone()
    if row is None:
        raise refusals.not_found()
    return int(row[0])


def read_reference(text: str) -> tuple[str, str]:
    """Kind and value of `sis_course_id:A1`; the kind of a plain id is empty. `hex:` marks a value in hexadecimal."""
    if text.startswith("hex:"):
        kind, _, digits = text.removeprefix("hex:").partition(":")
        try:
            return kind, bytes.fromhex(digits).decode()
        except ValueError:
            raise refusals.not_found() from None
    kind, colon, value = text.partition(":")
    return (kind, value) if colon else ("", text)
