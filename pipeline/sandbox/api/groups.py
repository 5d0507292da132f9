"""Reading group categories, groups and memberships of accounts and courses."""

from sqlite3 import Cursor, Row
from typing import Any

from flask import Blueprint, Response

from pipeline.sandbox.api import addressing, refusals
from pipeline.sandbox.api.access import caller, may, require
from pipeline.sandbox.api.accounts import sees_sis
from pipeline.sandbox.api.answers import json_answer
from pipeline.sandbox.api.courses import live_course
from pipeline.sandbox.api.listing import Listing, numbered_page
from pipeline.sandbox.api.people import person_shape
from pipeline.sandbox.api.site import site

__all__ = ["blueprint"]

blueprint = Blueprint("groups", __name__)
GROUPS = (
    "SELECT g.*, (SELECT count(*) FROM group_memberships m WHERE m.group_id = g.id AND m.workflow_state = 'accepted')"
    " AS members, (SELECT c.sis_id FROM courses c WHERE c.id = g.course_id) AS course_sis_id,"
    " (SELECT max_of.group_limit FROM group_categories max_of WHERE max_of.id = g.group_category_id) AS max_membership"
    " FROM groups g"
)
COLLABORATIVE = "non_collaborative = 0 AND workflow_state <> 'deleted'"


@blueprint.get("/api/v1/accounts/<account>/groups")
def list_account_groups(account: str) -> Response:
    """The live groups of an account itself."""
    account_id = addressing.account_id(account)
    require("read_roster")
    listing = Listing(GROUPS, order="g.id")
    listing.keep(f"g.account_id = ? AND {COLLABORATIVE}", account_id)
    return numbered_page(listing, group_json)


@blueprint.get("/api/v1/courses/<course>/groups")
def list_course_groups(course: str) -> Response:
    """The live groups of a course."""
    course_id = seen_course(course)
    listing = Listing(GROUPS, order="g.id")
    listing.keep(f"g.course_id = ? AND {COLLABORATIVE}", course_id)
    return numbered_page(listing, group_json)


@blueprint.get("/api/v1/group_categories/<category>/groups")
def list_category_groups(category: str) -> Response:
    """The live groups of a category."""
    category_id = addressing.group_category_id(category)
    require("read_roster")
    listing = Listing(GROUPS, order="g.id")
    listing.keep(f"g.group_category_id = ? AND {COLLABORATIVE}", category_id)
    return numbered_page(listing, group_json)


@blueprint.get("/api/v1/groups/<group>")
def show_group(group: str) -> Response:
    """One group; a deleted one is not found."""
    group_id = addressing.group_id(group)
    caller()
    with site().engine.database.read() as cursor:
        row = cursor.execute(f"{GROUPS} WHERE g.id = ? AND g.workflow_state <> 'deleted'", (group_id,)).fetchone()
        if row is None:
            raise refusals.not_found()
        return json_answer(group_json(row, cursor))


@blueprint.get("/api/v1/groups/<group>/memberships")
def list_memberships(group: str) -> Response:
    """The live memberships of a group."""
    group_id = addressing.group_id(group)
    require("read_roster")
    listing = Listing("SELECT * FROM group_memberships")
    listing.keep("group_id = ? AND workflow_state <> 'deleted'", group_id)
    return numbered_page(listing, membership_json)


@blueprint.get("/api/v1/groups/<group>/users")
def list_group_users(group: str) -> Response:
    """The people in a group."""
    group_id = addressing.group_id(group)
    require("read_roster")
    listing = Listing("SELECT u.* FROM users u", order="u.sortable_name COLLATE NOCASE, u.id")
    members = "SELECT user_id FROM group_memberships WHERE group_id = ? AND workflow_state = 'accepted'"
    listing.keep(f"u.id IN ({members})", group_id)
    return numbered_page(listing, person_shape)


@blueprint.get("/api/v1/accounts/<account>/group_categories")
def list_account_categories(account: str) -> Response:
    """The live group categories of an account itself."""
    account_id = addressing.account_id(account)
    require("read_roster")
    listing = Listing("SELECT * FROM group_categories")
    listing.keep(f"account_id = ? AND {COLLABORATIVE}", account_id)
    return numbered_page(listing, category_json)


@blueprint.get("/api/v1/courses/<course>/group_categories")
def list_course_categories(course: str) -> Response:
    """The live group categories of a course."""
    course_id = seen_course(course)
    listing = Listing("SELECT * FROM group_categories")
    listing.keep(f"course_id = ? AND {COLLABORATIVE}", course_id)
    return numbered_page(listing, category_json)


@blueprint.get("/api/v1/group_categories/<category>")
def show_category(category: str) -> Response:
    """One group category; a deleted one is not found."""
    category_id = addressing.group_category_id(category)
    caller()
    with site().engine.database.read() as cursor:
        row = cursor.execute(
            "SELECT * FROM group_categories WHERE id = ? AND workflow_state <> 'deleted'", (category_id,)
        ).fetchone()
        if row is None:
            raise refusals.not_found()
        return json_answer(category_json(row, cursor))


def seen_course(segment: str) -> int:
    """A live course whose members the caller may see."""
    course_id = addressing.course_id(segment)
    with site().engine.database.read() as cursor:
        live_course(course_id, cursor)
    require("read_roster")
    return course_id


def context_of(row: Row) -> dict[str, Any]:
    """Where a group or category lives."""
    if row["course_id"] is not None:
        return {"context_type": "Course", "course_id": row["course_id"]}
    return {"context_type": "Account", "account_id": row["account_id"]}


def sis_of(row: Row, key: str) -> dict[str, Any]:
    """The SIS fields that the caller may see."""
    body: dict[str, Any] = {key: row["sis_id"]} if sees_sis() else {}
    if may("manage_sis"):
        body["sis_import_id"] = row["sis_import_id"]
    return body


def group_json(row: Row, _cursor: Cursor) -> dict[str, Any]:
    """A group."""
    body = {
        "id": row["id"],
        "name": row["name"],
        "created_at": row["created_at"],
        "max_membership": row["max_membership"],
        "is_public": False,
        "join_level": "invitation_only",
        "group_category_id": row["group_category_id"],
        "description": None,
        "members_count": row["members"],
        "storage_quota_mb": 50,
        "role": None,
        "non_collaborative": False,
        "concluded": False,
        "workflow_state": row["workflow_state"],
    }
    body |= context_of(row) | sis_of(row, "sis_group_id")
    if row["course_id"] is not None and sees_sis():
        body["sis_course_id"] = row["course_sis_id"]
    return body


def membership_json(row: Row, _cursor: Cursor) -> dict[str, Any]:
    """A membership."""
    body = {
        "id": row["id"],
        "group_id": row["group_id"],
        "user_id": row["user_id"],
        "workflow_state": row["workflow_state"],
        "moderator": False,
        "created_at": row["created_at"],
    }
    return body | ({"sis_import_id": row["sis_import_id"]} if may("manage_sis") else {})


def category_json(row: Row, _cursor: Cursor) -> dict[str, Any]:
    """A group category."""
    body = {
        "id": row["id"],
        "name": row["name"],
        "created_at": row["created_at"],
        "role": row["role"],
        "self_signup": row["self_signup"],
        "group_limit": row["group_limit"],
        "auto_leader": None,
        "protected": row["role"] in ("communities", "student_organized", "imported"),
        "allows_multiple_memberships": row["role"] in ("communities", "student_organized"),
        "is_member": False,
        "non_collaborative": False,
    }
    return body | context_of(row) | sis_of(row, "sis_group_category_id")
