"""Reading users, their logins, and who observes whom.

Source: the reference on reading back, section 5.
"""

from sqlite3 import Cursor, Row
from typing import Any

from flask import Blueprint, Response

from pipeline.sandbox.api import addressing, refusals
from pipeline.sandbox.api.access import caller, may, require
from pipeline.sandbox.api.answers import json_answer
from pipeline.sandbox.api.courses import live_course
from pipeline.sandbox.api.listing import Listing, numbered_page
from pipeline.sandbox.api.person_json import best_login, email_of, login_json, user_json
from pipeline.sandbox.api.site import params, site

__all__ = ["blueprint", "person_shape"]

blueprint = Blueprint("people", __name__)
USER = "/api/v1/users/<user>"
MIN_SEARCH = 2
BUILT_IN_PROVIDER = "canvas"
LIVE_USERS = "SELECT u.* FROM users u"
SORTS = {"username": "u.sortable_name COLLATE NOCASE", "email": "u.id", "sis_id": "u.id", "last_login": "u.id"}
SEARCH = (
    "u.name LIKE ? OR CAST(u.id AS TEXT) = ? OR EXISTS (SELECT 1 FROM logins l WHERE l.user_id = u.id AND"
    " l.workflow_state <> 'deleted' AND (l.sis_id LIKE ? OR l.unique_id LIKE ?)) OR EXISTS (SELECT 1 FROM channels c"
    " WHERE c.user_id = u.id AND c.workflow_state <> 'retired' AND c.path LIKE ?)"
)


@blueprint.get("/api/v1/accounts/<account>/users")
def list_users(account: str) -> Response:
    """The people of an account who have a live login; below the root account, those enrolled in its courses."""
    account_id = addressing.account_id(account)
    require("read_roster")
    asked = params()
    listing = Listing(LIVE_USERS, order=sort_order())
    listing.keep("u.workflow_state <> 'deleted'")
    live_login = "SELECT 1 FROM logins l WHERE l.user_id = u.id AND l.workflow_state <> 'deleted'"
    listing.keep(f"EXISTS ({live_login})")
    if account_id != 1:
        listing.keep(
            "u.id IN (SELECT e.user_id FROM enrollments e JOIN courses c ON c.id = e.course_id"
            " WHERE e.workflow_state <> 'deleted' AND c.account_id = ?)",
            account_id,
        )
    if kind := asked.text("enrollment_type"):
        base = f"{kind.capitalize()}Enrollment"
        listing.keep("u.id IN (SELECT user_id FROM enrollments WHERE type = ? AND workflow_state = 'active')", base)
    if words := asked.text("search_term"):
        if len(words) < MIN_SEARCH:
            raise refusals.bad_request({"message": "search_term of 2 or more characters is required"})
        pattern = f"%{words}%"
        listing.keep(SEARCH, pattern, words, pattern, pattern, pattern)
    return numbered_page(listing, person_shape, counted=False)


@blueprint.get("/api/v1/courses/<course>/users")
def list_course_users(course: str) -> Response:
    """The people of a course, each once."""
    course_id = addressing.course_id(course)
    with site().engine.database.read() as cursor:
        live_course(course_id, cursor)
    require("read_roster")
    asked = params()
    states = asked.texts("enrollment_state") or ["active", "invited"]
    kinds = [f"{kind.capitalize()}Enrollment" for kind in asked.texts("enrollment_type")]
    members = Listing("SELECT user_id FROM enrollments")
    members.keep("course_id = ?", course_id)
    members.keep_in("workflow_state", states)
    if kinds:
        members.keep_in("type", kinds)
    listing = Listing(LIVE_USERS, order="u.sortable_name COLLATE NOCASE, u.id")
    listing.keep(f"u.id IN ({members.sql} WHERE {members.conditions})", *members.values)
    return numbered_page(listing, person_shape, counted=True)


@blueprint.get(USER)
def show_user(user: str) -> Response:
    """One person."""
    user_id = known_user(user)
    require_sight_of(user_id)
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
        body = person_shape(row, cursor)
        if may("read_email_addresses"):
            body["email"] = email_of(user_id, cursor)
        return json_answer(body)


@blueprint.get(f"{USER}/profile")
def show_profile(user: str) -> Response:
    """A person's profile."""
    user_id = known_user(user)
    require_sight_of(user_id)
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
        body = person_shape(row, cursor)
        return json_answer(body | {"primary_email": email_of(user_id, cursor), "time_zone": "Etc/UTC", "bio": None})


@blueprint.get(f"{USER}/logins")
def list_logins(user: str) -> Response:
    """The live logins of a person."""
    user_id = known_user(user)
    require_sight_of(user_id)
    return logins_page("user_id = ?", user_id)


@blueprint.get("/api/v1/accounts/<account>/logins")
def list_account_logins(account: str) -> Response:
    """The live logins of the root account."""
    addressing.account_id(account)
    require("read_roster")
    return logins_page("1 = 1")


@blueprint.get(f"{USER}/observees")
def list_observees(user: str) -> Response:
    """The people whom this person observes."""
    return linked_people(user, "SELECT student_id FROM user_observers WHERE observer_id = ?")


@blueprint.get(f"{USER}/observers")
def list_observers(user: str) -> Response:
    """The people who observe this person."""
    return linked_people(user, "SELECT observer_id FROM user_observers WHERE student_id = ?")


def linked_people(user: str, links: str) -> Response:
    """The people at the other end of live observer links."""
    user_id = known_user(user)
    require_sight_of(user_id)
    listing = Listing(LIVE_USERS, order="u.id")
    listing.keep(f"u.id IN ({links} AND workflow_state = 'active')", user_id)
    roots = {"observation_link_root_account_ids": [1]}
    return numbered_page(listing, lambda row, cursor: person_shape(row, cursor) | roots)


def logins_page(condition: str, *values: Any) -> Response:
    """A page of logins that are not deleted."""
    listing = Listing(
        "SELECT l.*, p.auth_type FROM logins l LEFT JOIN authentication_providers p ON p.id = l.authentication_provider_id",
        order="l.id",
    )
    listing.keep(condition, *values)
    listing.keep("l.workflow_state <> 'deleted'")
    return numbered_page(listing, lambda row, _: login_json(row, row["auth_type"]))


def person_shape(row: Row, cursor: Cursor) -> dict[str, Any]:
    """A person as this caller may see them, with the inclusions asked for."""
    body = user_json(row, best_login(row["id"], cursor), may)
    if "email" in params().texts("include") and may("read_email_addresses"):
        body["email"] = email_of(row["id"], cursor)
    return body


def known_user(segment: str) -> int:
    """A person whose login is not deleted when addressed by one of its ids."""
    return addressing.user_id(segment)


def require_sight_of(user_id: int) -> None:
    """Oneself may always be seen."""
    if caller().user_id != user_id:
        require("read_roster")


def sort_order() -> str:
    """The order asked for; by Canvas id unless asked."""
    column = SORTS.get(params().text("sort") or "", "u.id")
    return f"{column} DESC, u.id DESC" if params().text("order") == "desc" else f"{column}, u.id"
