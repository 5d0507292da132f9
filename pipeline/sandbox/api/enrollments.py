"""Reading enrollments of a course, a section, a person.

Source: the reference on reading back, section 5; canvas-lms `app/controllers/enrollments_api_controller.rb`.
"""

from collections.abc import Sequence
from sqlite3 import Cursor, Row
from typing import Any

from flask import Blueprint, Response

from pipeline.sandbox.api import addressing, refusals
from pipeline.sandbox.api.access import caller, may, require
from pipeline.sandbox.api.accounts import sees_sis
from pipeline.sandbox.api.answers import json_answer
from pipeline.sandbox.api.courses import live_course, live_section
from pipeline.sandbox.api.listing import Listing, bookmarked_page
from pipeline.sandbox.api.person_json import best_login, user_json
from pipeline.sandbox.api.site import params, site

__all__ = ["blueprint"]

blueprint = Blueprint("enrollments", __name__)
JOINED = (
    "SELECT e.*, r.name AS role, c.sis_id AS course_sis_id, c.integration_id AS course_integration_id,"
    " c.workflow_state AS course_state, c.account_id, s.sis_id AS section_sis_id,"
    " s.integration_id AS section_integration_id, s.workflow_state AS section_state, a.sis_id AS account_sis_id"
    " FROM enrollments e JOIN roles r ON r.id = e.role_id JOIN courses c ON c.id = e.course_id"
    " JOIN sections s ON s.id = e.section_id JOIN accounts a ON a.id = c.account_id"
)
DEFAULT_STATES = ("active", "invited", "creation_pending", "inactive")
OWN_DEFAULT_STATES = ("active", "invited", "creation_pending")
STATE_GROUPS = {
    "current_and_invited": ("active", "invited", "creation_pending"),
    "current_and_future": ("active", "invited", "creation_pending"),
    "current_and_concluded": ("active", "completed"),
}
SIS_FILTERS = {
    "sis_user_id": "e.user_id IN (SELECT user_id FROM logins WHERE sis_id IN ({}))",
    "sis_section_id": "s.sis_id IN ({})",
    "sis_course_id": "c.sis_id IN ({})",
    "sis_account_id": "a.sis_id IN ({})",
}


@blueprint.get("/api/v1/courses/<course>/enrollments")
def list_course_enrollments(course: str) -> Response:
    """The enrollments of a course, in all its sections."""
    course_id = addressing.course_id(course)
    with site().engine.database.read() as cursor:
        live_course(course_id, cursor)
    require("read_roster")
    listing = Listing(JOINED)
    listing.keep("e.course_id = ?", course_id)
    return enrollments_page(listing, DEFAULT_STATES)


@blueprint.get("/api/v1/sections/<section>/enrollments")
def list_section_enrollments(section: str) -> Response:
    """The enrollments of a section."""
    section_id = addressing.section_id(section)
    with site().engine.database.read() as cursor:
        live_section(section_id, cursor)
    require("read_roster")
    listing = Listing(JOINED)
    listing.keep("e.section_id = ?", section_id)
    return enrollments_page(listing, DEFAULT_STATES)


@blueprint.get("/api/v1/users/<user>/enrollments")
def list_user_enrollments(user: str) -> Response:
    """The enrollments of a person."""
    user_id = addressing.user_id(user)
    if caller().user_id != user_id:
        require("read_roster")
    listing = Listing(JOINED)
    listing.keep("e.user_id = ?", user_id)
    return enrollments_page(listing, OWN_DEFAULT_STATES)


@blueprint.get("/api/v1/accounts/<account>/enrollments/<enrollment>")
def show_enrollment(account: str, enrollment: str) -> Response:
    """One enrollment by its Canvas id."""
    addressing.account_id(account)
    require("read_roster")
    enrollment_id = addressing.canvas_id(enrollment)
    with site().engine.database.read() as cursor:
        row = cursor.execute(f"{JOINED} WHERE e.id = ?", (enrollment_id,)).fetchone()
        if row is None:
            raise refusals.not_found()
        return json_answer(enrollment_json(row, cursor))


def enrollments_page(listing: Listing, default_states: Sequence[str]) -> Response:
    """A page of enrollments with the filters of the request."""
    asked = params()
    states = [each for state in asked.texts("state") for each in STATE_GROUPS.get(state, (state,))]
    keep_states(listing, states or default_states)
    if kinds := asked.texts("type"):
        listing.keep_in("e.type", kinds)
    if roles := asked.texts("role"):
        listing.keep_in("r.name", roles)
    if asked.text("role_id"):
        listing.keep_in("e.role_id", asked.texts("role_id"))
    if user := asked.text("user_id"):
        listing.keep("e.user_id = ?", addressing.user_id(user))
    if term := asked.text("enrollment_term_id"):
        listing.keep("c.term_id = ?", addressing.term_id(term))
    filter_by_sis(listing)
    return bookmarked_page(listing, enrollment_json, id_column="e.id")


def keep_states(listing: Listing, states: Sequence[str]) -> None:
    """Keep these states, in which an enrollment of a deleted course or section counts as deleted."""
    listing.keep_in(
        "CASE WHEN 'deleted' IN (c.workflow_state, s.workflow_state) THEN 'deleted' ELSE e.workflow_state END", states
    )


def filter_by_sis(listing: Listing) -> None:
    """The filters by SIS ids, for those who may see such."""
    asked = params()
    for name, condition in SIS_FILTERS.items():
        if name not in asked:
            continue
        if not sees_sis():
            raise refusals.bad_request({"message": "Insufficient permissions to filter by SIS fields"})
        values = asked.texts(name)
        listing.keep(condition.format(", ".join("?" * len(values))), *values)
    if asked.flag("created_for_sis_id"):
        listing.keep("e.sis_import_id IS NOT NULL")


def enrollment_json(row: Row, cursor: Cursor) -> dict[str, Any]:
    """An enrollment with its person; grades for students alone."""
    here = site()
    is_deleted = "deleted" in (row["course_state"], row["section_state"])
    login = best_login(row["user_id"], cursor)
    course_url = f"{here.url}/courses/{row['course_id']}"
    body: dict[str, Any] = {
        "id": row["id"],
        "user_id": row["user_id"],
        "course_id": row["course_id"],
        "type": row["type"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "associated_user_id": row["associated_user_id"] or None,
        "start_at": row["start_at"],
        "end_at": row["end_at"],
        "course_section_id": row["section_id"],
        "root_account_id": 1,
        "limit_privileges_to_course_section": bool(row["limit_section_privileges"]),
        "enrollment_state": "deleted" if is_deleted else row["workflow_state"],
        "role": row["role"],
        "role_id": row["role_id"],
        "last_activity_at": None,
        "last_attended_at": None,
        "total_activity_time": 0,
    }
    if may("manage_sis"):
        body["sis_import_id"] = row["sis_import_id"]
    if sees_sis():
        body |= sis_ids_of(row, login)
    if row["type"] == "StudentEnrollment":
        body["grades"] = {
            "html_url": f"{course_url}/grades/{row['user_id']}",
            "current_grade": None,
            "current_score": None,
            "final_grade": None,
            "final_score": None,
        }
    body["html_url"] = f"{course_url}/users/{row['user_id']}"
    user = cursor.execute("SELECT * FROM users WHERE id = ?", (row["user_id"],)).fetchone()
    if user is not None:
        body["user"] = user_json(user, login, may)
    return body


def sis_ids_of(row: Row, login: Row | None) -> dict[str, Any]:
    """All ids of other systems that an enrollment carries."""
    return {
        "sis_account_id": row["account_sis_id"],
        "sis_course_id": row["course_sis_id"],
        "course_integration_id": row["course_integration_id"],
        "sis_section_id": row["section_sis_id"],
        "section_integration_id": row["section_integration_id"],
        "sis_user_id": login["sis_id"] if login else None,
    }
