"""Reading accounts, terms, roles, permissions, administrators and authentication providers.

Source: the reference on reading back, section 5.
"""

import json
from sqlite3 import Cursor, Row
from typing import Any

from flask import Blueprint, Response

from pipeline.sandbox.api import addressing, refusals
from pipeline.sandbox.api.access import caller, may, require
from pipeline.sandbox.api.addressing import account_uuid
from pipeline.sandbox.api.answers import json_answer
from pipeline.sandbox.api.listing import Listing, numbered_page
from pipeline.sandbox.api.person_json import best_login, user_json
from pipeline.sandbox.api.site import params, site

__all__ = ["account_json", "blueprint", "sees_sis"]

blueprint = Blueprint("accounts", __name__)
ACCOUNT = "/api/v1/accounts/<account>"
TIME_ZONE = "Etc/UTC"
KINDS = ("StudentEnrollment", "TeacherEnrollment", "TaEnrollment", "DesignerEnrollment", "ObserverEnrollment")


@blueprint.get("/api/v1/accounts")
def list_accounts() -> Response:
    """The accounts that the caller administers: the root account."""
    caller()
    listing = Listing("SELECT * FROM accounts")
    listing.keep("parent_account_id IS NULL")
    return numbered_page(listing, account_json)


@blueprint.get(ACCOUNT)
def show_account(account: str) -> Response:
    """One account, deleted ones included."""
    account_id = addressing.account_id(account)
    caller()
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT * FROM accounts WHERE id = ?", (account_id,)).fetchone()
        return json_answer(account_json(row, cursor))


@blueprint.get(f"{ACCOUNT}/sub_accounts")
def list_sub_accounts(account: str) -> Response:
    """The accounts below this one; `recursive` goes all the way down, and then there is no last page."""
    account_id = addressing.account_id(account)
    caller()
    recursive = params().flag("recursive")
    below = (
        "id IN (WITH RECURSIVE below (id) AS (SELECT id FROM accounts WHERE parent_account_id = ?"
        " UNION SELECT a.id FROM accounts a JOIN below b ON a.parent_account_id = b.id) SELECT id FROM below)"
    )
    listing = Listing("SELECT * FROM accounts")
    listing.keep("workflow_state <> 'deleted'")
    listing.keep(below if recursive else "parent_account_id = ?", account_id)
    return numbered_page(listing, account_json, counted=not recursive)


@blueprint.get(f"{ACCOUNT}/permissions")
def show_permissions(account: str) -> Response:
    """Which of the permissions asked for the caller has."""
    addressing.account_id(account)
    known = caller()
    return json_answer({name: known.may(name) for name in params().texts("permissions")})


@blueprint.get(f"{ACCOUNT}/terms")
def list_terms(account: str) -> Response:
    """The terms of the root account, by start."""
    check_root(addressing.account_id(account))
    caller()
    asked = params()
    listing = Listing("SELECT * FROM terms", order="start_at IS NULL, start_at, id")
    states = asked.texts("workflow_state") or ["active"]
    if "all" not in states:
        listing.keep_in("workflow_state", states)
    if name := asked.text("term_name"):
        listing.keep("name LIKE ?", f"%{name}%")
    with_overrides = "overrides" in asked.texts("include")
    return numbered_page(listing, lambda row, cursor: term_json(row, cursor, with_overrides=with_overrides), key=TERMS)


TERMS = "enrollment_terms"


@blueprint.get(f"{ACCOUNT}/terms/<term>")
def show_term(account: str, term: str) -> Response:
    """One term, with the dates for single enrollment types."""
    check_root(addressing.account_id(account))
    caller()
    term_id = addressing.term_id(term)
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT * FROM terms WHERE id = ?", (term_id,)).fetchone()
        return json_answer(term_json(row, cursor, with_overrides=True))


@blueprint.get(f"{ACCOUNT}/roles")
def list_roles(account: str) -> Response:
    """The roles of an account; the built-in ones belong to the root account."""
    account_id = addressing.account_id(account)
    caller()
    asked = params()
    listing = Listing("SELECT * FROM roles")
    listing.keep_in("account_id", {account_id, 1} if asked.flag("show_inherited") else {account_id})
    states = asked.texts("state") or ["active"]
    listing.keep_in("workflow_state", [*states, "built_in"] if "active" in states else states)
    return numbered_page(listing, role_json)


@blueprint.get(f"{ACCOUNT}/roles/<role>")
def show_role(account: str, role: str) -> Response:
    """One role."""
    addressing.account_id(account)
    caller()
    role_id = addressing.canvas_id(role)
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT * FROM roles WHERE id = ? AND workflow_state <> 'deleted'", (role_id,)).fetchone()
        if row is None:
            raise refusals.not_found()
        return json_answer(role_json(row, cursor))


@blueprint.get(f"{ACCOUNT}/admins")
def list_admins(account: str) -> Response:
    """The administrators of an account."""
    account_id = addressing.account_id(account)
    require("manage_account_memberships")
    listing = Listing("SELECT a.*, r.name AS role FROM admins a JOIN roles r ON r.id = a.role_id", order="a.id")
    listing.keep("a.account_id = ?", account_id)
    listing.keep("a.workflow_state = 'active'")
    if users := params().texts("user_id"):
        listing.keep_in("a.user_id", [addressing.user_id(user) for user in users])
    return numbered_page(listing, admin_json)


@blueprint.get(f"{ACCOUNT}/authentication_providers")
def list_authentication_providers(account: str) -> Response:
    """How people log in, the built-in way included once there are others."""
    addressing.account_id(account)
    require("manage_account_settings")
    listing = Listing("SELECT * FROM authentication_providers", order="position, id")
    listing.keep("workflow_state <> 'deleted'")
    return numbered_page(
        listing, lambda row, _: {"id": row["id"], "auth_type": row["auth_type"], "position": row["position"]}
    )


def check_root(account_id: int) -> None:
    """Terms belong to root accounts alone."""
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT parent_account_id FROM accounts WHERE id = ?", (account_id,)).fetchone()
    if row["parent_account_id"] is not None:
        raise refusals.bad_request({"message": "Terms only belong to root_accounts."})


def account_json(row: Row, _cursor: Cursor) -> dict[str, Any]:
    """An account; the root account never shows SIS ids."""
    is_root = row["parent_account_id"] is None
    body = {
        "id": row["id"],
        "name": row["name"],
        "workflow_state": row["workflow_state"],
        "parent_account_id": row["parent_account_id"],
        "root_account_id": None if is_root else 1,
        "uuid": account_uuid(row["id"], row["created_at"]),
        "default_storage_quota_mb": 500,
        "default_user_storage_quota_mb": 50,
        "default_group_storage_quota_mb": 50,
        "default_time_zone": TIME_ZONE,
        "course_template_id": None,
    }
    if not is_root and sees_sis():
        body |= {"sis_account_id": row["sis_id"], "integration_id": row["integration_id"]}
        if may("manage_sis"):
            body["sis_import_id"] = row["sis_import_id"]
    return body


def term_json(row: Row, cursor: Cursor, *, with_overrides: bool) -> dict[str, Any]:
    """A term; its overrides only if they have a date."""
    body = {
        "id": row["id"],
        "name": row["name"],
        "start_at": row["start_at"],
        "end_at": row["end_at"],
        "created_at": row["created_at"],
        "workflow_state": row["workflow_state"],
        "grading_period_group_id": None,
    }
    if sees_sis():
        body["sis_term_id"] = row["sis_id"]
        if may("manage_sis"):
            body["sis_import_id"] = row["sis_import_id"]
    if with_overrides:
        overrides = cursor.execute(
            "SELECT * FROM term_overrides WHERE term_id = ? AND workflow_state = 'active'"
            " AND (start_at IS NOT NULL OR end_at IS NOT NULL) ORDER BY id",
            (row["id"],),
        )
        body["overrides"] = {
            each["enrollment_type"]: {"start_at": each["start_at"], "end_at": each["end_at"]} for each in overrides
        }
    return body


def role_json(row: Row, cursor: Cursor) -> dict[str, Any]:
    """A role with the account that it belongs to."""
    account = cursor.execute("SELECT * FROM accounts WHERE id = ?", (row["account_id"],)).fetchone()
    return {
        "id": row["id"],
        "role": row["name"],
        "label": row["label"],
        "last_updated_at": row["updated_at"],
        "base_role_type": row["base_role_type"],
        "workflow_state": "active" if row["workflow_state"] == "built_in" else row["workflow_state"],
        "created_at": row["created_at"],
        "permissions": json.loads(row["permissions"]),
        "is_account_role": row["base_role_type"] == "AccountMembership",
        "account": account_json(account, cursor),
    }


def admin_json(row: Row, cursor: Cursor) -> dict[str, Any]:
    """An administrator with the person."""
    user = cursor.execute("SELECT * FROM users WHERE id = ?", (row["user_id"],)).fetchone()
    return {
        "id": row["id"],
        "role": row["role"],
        "role_id": row["role_id"],
        "user": user_json(user, best_login(row["user_id"], cursor), may),
        "workflow_state": row["workflow_state"],
    }


def sees_sis() -> bool:
    """Whether the caller may see SIS ids."""
    return may("read_sis") or may("manage_sis")
