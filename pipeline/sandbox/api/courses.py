"""Reading courses and sections.

Source: the reference on reading back, section 5.
"""

from sqlite3 import Cursor, Row
from typing import Any

from flask import Blueprint, Response

from pipeline.sandbox.api import addressing, refusals
from pipeline.sandbox.api.access import caller, may, require
from pipeline.sandbox.api.accounts import sees_sis, term_json
from pipeline.sandbox.api.answers import json_answer
from pipeline.sandbox.api.listing import Listing, Shape, numbered_page
from pipeline.sandbox.api.site import params, site

__all__ = ["COURSE_STATES", "blueprint", "live_course", "live_section"]

blueprint = Blueprint("courses", __name__)
COURSE_STATES = {"created": "unpublished", "claimed": "unpublished"}
LIVE = ("created", "claimed", "available", "completed")
MIN_SEARCH = 2
LIVE_STUDENTS = "type = 'StudentEnrollment' AND workflow_state IN ('active', 'invited', 'completed')"
BELOW = (
    "account_id IN (WITH RECURSIVE below (id) AS (SELECT ? UNION SELECT a.id FROM accounts a"
    " JOIN below b ON a.parent_account_id = b.id) SELECT id FROM below)"
)


@blueprint.get("/api/v1/accounts/<account>/courses")
def list_courses(account: str) -> Response:
    """The courses of an account and the accounts below it; deleted ones only when asked for."""
    account_id = addressing.account_id(account)
    require("read_course_list")
    asked = params()
    listing = Listing("SELECT * FROM courses")
    listing.keep("is_template = 0")
    if account_id != 1:
        listing.keep(BELOW, account_id)
    if "state" not in asked:
        listing.keep_in("workflow_state", LIVE)
    elif "all" not in asked.texts("state"):
        listing.keep_in("workflow_state", asked.texts("state"))
    filter_courses(listing)
    return numbered_page(listing, course_shape())


@blueprint.get("/api/v1/accounts/<account>/courses/<course>")
@blueprint.get("/api/v1/courses/<course>")
def show_course(course: str, account: str = "self") -> Response:
    """One course; a deleted one is not found."""
    addressing.account_id(account)
    course_id = addressing.course_id(course)
    with site().engine.database.read() as cursor:
        row = live_course(course_id, cursor)
        caller()
        return json_answer(course_shape()(row, cursor))


@blueprint.get("/api/v1/courses")
@blueprint.get("/api/v1/users/<user>/courses")
def list_own_courses(user: str = "self") -> Response:
    """The courses in which a person is enrolled: the caller, unless another is named."""
    user_id = addressing.user_id(user)
    if user_id != caller().user_id:
        require("read_roster")
    listing = Listing("SELECT * FROM courses")
    listing.keep_in("workflow_state", LIVE)
    own = "SELECT course_id FROM enrollments WHERE user_id = ? AND workflow_state IN ('active', 'invited')"
    listing.keep(f"id IN ({own})", user_id)
    return numbered_page(listing, course_shape())


@blueprint.get("/api/v1/courses/<course>/sections")
def list_sections(course: str) -> Response:
    """The live sections of a course."""
    course_id = addressing.course_id(course)
    with site().engine.database.read() as cursor:
        live_course(course_id, cursor)
    require("read_roster")
    listing = Listing("SELECT * FROM sections")
    listing.keep("course_id = ? AND workflow_state = 'active'", course_id)
    return numbered_page(listing, section_json)


@blueprint.get("/api/v1/courses/<course>/sections/<section>")
@blueprint.get("/api/v1/sections/<section>")
def show_section(section: str, course: str | None = None) -> Response:
    """One section; a deleted one is not found."""
    section_id = addressing.section_id(section)
    course_id = addressing.course_id(course) if course else None
    with site().engine.database.read() as cursor:
        row = live_section(section_id, cursor)
        if course_id not in (None, row["course_id"]):
            raise refusals.not_found()
        caller()
        return json_answer(section_json(row, cursor))


def filter_courses(listing: Listing) -> None:
    """The filters of an account's list of courses."""
    asked = params()
    if term := asked.text("enrollment_term_id"):
        listing.keep("term_id = ?", addressing.term_id(term))
    if accounts := asked.texts("by_subaccounts"):
        listing.keep_in("account_id", [addressing.account_id(each) for each in accounts])
    enrolled = "EXISTS (SELECT 1 FROM enrollments e WHERE e.course_id = courses.id AND e.workflow_state <> 'deleted')"
    conditions = {
        "with_enrollments": enrolled,
        "published": "workflow_state IN ('available', 'completed')",
        "completed": "workflow_state = 'completed'",
        "blueprint": "is_blueprint = 1",
        "blueprint_associated": "blueprint_course_id IS NOT NULL",
    }
    for name, condition in conditions.items():
        if name in asked:
            listing.keep(condition if asked.flag(name) else f"NOT ({condition})")
    if words := asked.text("search_term"):
        if len(words) < MIN_SEARCH:
            raise refusals.bad_request({"message": "search_term of 2 or more characters is required"})
        pattern = f"%{words}%"
        listing.keep(
            "name LIKE ? OR course_code LIKE ? OR sis_id LIKE ? OR CAST(id AS TEXT) = ?", *[pattern] * 3, words
        )


def course_shape() -> Shape:
    """How courses are shown to this caller, with the inclusions asked for."""
    included = set(params().texts("include"))

    def shape(row: Row, cursor: Cursor) -> dict[str, Any]:
        body = course_json(row)
        if "term" in included:
            term = cursor.execute("SELECT * FROM terms WHERE id = ?", (row["term_id"],)).fetchone()
            body["term"] = term_json(term, cursor, with_overrides=False)
        if "total_students" in included:
            count = f"SELECT count(DISTINCT user_id) FROM enrollments WHERE course_id = ? AND {LIVE_STUDENTS}"  # noqa: S608  # our own words
            body["total_students"] = cursor.execute(count, (row["id"],)).fetchone()[0]
        if "concluded" in included:
            body["concluded"] = row["workflow_state"] == "completed"
        if "sections" in included:
            live = "SELECT * FROM sections WHERE course_id = ? AND workflow_state = 'active' ORDER BY id"
            listed = cursor.execute(live, (row["id"],)).fetchall()
            body["sections"] = [{"id": each["id"], "name": each["name"]} for each in listed]
        return body

    return shape


def course_json(row: Row) -> dict[str, Any]:
    """A course. With a friendly name, that is its `name`, and `original_name` the real one."""
    friendly = row["friendly_name"]
    body = {
        "id": row["id"],
        "name": friendly or row["name"],
        "account_id": row["account_id"],
        "uuid": f"course{row['id']:034d}",
        "start_at": row["start_at"],
        "grading_standard_id": None,
        "is_public": False,
        "created_at": row["created_at"],
        "course_code": row["course_code"],
        "default_view": "modules",
        "root_account_id": 1,
        "enrollment_term_id": row["term_id"],
        "license": "private",
        "grade_passback_setting": row["grade_passback_setting"],
        "end_at": row["conclude_at"],
        "public_syllabus": False,
        "public_syllabus_to_auth": False,
        "storage_quota_mb": 500,
        "is_public_to_auth_users": False,
        "homeroom_course": bool(row["homeroom_course"]),
        "course_color": None,
        "friendly_name": friendly,
        "apply_assignment_group_weights": False,
        "course_format": row["course_format"],
        "time_zone": "Etc/UTC",
        "blueprint": bool(row["is_blueprint"]),
        "template": bool(row["is_template"]),
        "hide_final_grades": False,
        "workflow_state": COURSE_STATES.get(row["workflow_state"], row["workflow_state"]),
        "restrict_enrollments_to_course_dates": bool(row["restrict_to_dates"]),
    }
    if friendly:
        body["original_name"] = row["name"]
    if sees_sis():
        body |= {"sis_course_id": row["sis_id"], "integration_id": row["integration_id"]}
        if may("manage_sis"):
            body["sis_import_id"] = row["sis_import_id"]
    return body


def section_json(row: Row, cursor: Cursor) -> dict[str, Any]:
    """A section; `nonxlist_course_id` is its home while it is cross-listed."""
    body = {
        "id": row["id"],
        "course_id": row["course_id"],
        "name": row["name"],
        "start_at": row["start_at"],
        "end_at": row["end_at"],
        "created_at": row["created_at"],
        "restrict_enrollments_to_section_dates": bool(row["restrict_to_dates"]),
        "nonxlist_course_id": row["nonxlist_course_id"],
    }
    if sees_sis():
        course = cursor.execute("SELECT sis_id FROM courses WHERE id = ?", (row["course_id"],)).fetchone()
        body |= {"sis_section_id": row["sis_id"], "sis_course_id": course["sis_id"] if course else None}
        body["integration_id"] = row["integration_id"]
        if may("manage_sis"):
            body["sis_import_id"] = row["sis_import_id"]
    included = set(params().texts("include"))
    if included & {"total_students", "user_count"}:
        count = f"SELECT count(DISTINCT user_id) FROM enrollments WHERE section_id = ? AND {LIVE_STUDENTS}"  # noqa: S608  # our own words
        students = cursor.execute(count, (row["id"],)).fetchone()[0]
        body |= {name: students for name in ("total_students", "user_count") if name in included}
    return body


def live_course(course_id: int, cursor: Cursor) -> Row:
    """The course, unless it is deleted."""
    row: Row | None = cursor.execute(
        "SELECT * FROM courses WHERE id = ? AND workflow_state <> 'deleted'", (course_id,)
    ).fetchone()
    if row is None:
        raise refusals.not_found()
    return row


def live_section(section_id: int, cursor: Cursor) -> Row:
    """The section, unless it or its course is deleted."""
    row: Row | None = cursor.execute(
        "SELECT s.* FROM sections s JOIN courses c ON c.id = s.course_id"
        " WHERE s.id = ? AND s.workflow_state <> 'deleted' AND c.workflow_state <> 'deleted'",
        (section_id,),
    ).fetchone()
    if row is None:
        raise refusals.not_found()
    return row
