"""Rows as in SIS files from the JSON objects of Canvas's REST API. Pure.

Source: the field lists of the REST API (accounts, enrollment terms, courses, sections, users, logins, enrollments).
A key that Canvas does not show is left out of the row; null is a blank cell.
"""

from collections.abc import Mapping
from typing import Any

from pipeline.errors import Because, CouldNotLook

__all__ = [
    "account_cells",
    "course_cells",
    "enrollment_cells",
    "login_cells",
    "section_cells",
    "shown_sis_id",
    "term_cells",
    "user_cells",
]

Entry = Mapping[str, Any]
Cells = dict[str, str]

_COURSE_WORDS = {"available": "published", "created": "unpublished", "claimed": "unpublished"}
_ENROLLMENT_WORDS = {"invited": "active", "creation_pending": "active"}
_ROLE_WORDS = {
    "StudentEnrollment": "student",
    "TeacherEnrollment": "teacher",
    "TaEnrollment": "ta",
    "DesignerEnrollment": "designer",
    "ObserverEnrollment": "observer",
}


def shown_sis_id(entry: Entry, key: str) -> str:
    """The SIS id of an object, "" when it has none. CouldNotLook when the token may not see SIS ids."""
    if key not in entry:
        raise CouldNotLook(
            "Canvas shows this token no SIS ids, so nothing can be compared.",
            because=Because.PERMISSION,
            remedy='Give the user of `read_token` the right "SIS Data - read" on the root account.',
        )
    return _text(entry[key])


def account_cells(entry: Entry) -> Cells:
    """An account, without its parent."""
    names = {"name": "name", "integration_id": "integration_id"}
    return {
        "account_id": shown_sis_id(entry, "sis_account_id"),
        "status": "deleted" if entry.get("workflow_state") == "deleted" else "active",
        **_renamed(entry, names),
    }


def term_cells(entry: Entry) -> Cells:
    """A term, without its dates for single enrollment types."""
    names = {"name": "name", "start_at": "start_date", "end_at": "end_date", "workflow_state": "status"}
    return {"term_id": shown_sis_id(entry, "sis_term_id"), **_renamed(entry, names)}


def course_cells(entry: Entry) -> Cells:
    """A course, without its account and term. status: `published` or `unpublished` for a living one."""
    names = {
        "name": "long_name",
        "course_code": "short_name",
        "integration_id": "integration_id",
        "start_at": "start_date",
        "end_at": "end_date",
        "course_format": "course_format",
        "grade_passback_setting": "grade_passback_setting",
        "homeroom_course": "homeroom_course",
        "friendly_name": "friendly_name",
    }
    cells = {"course_id": shown_sis_id(entry, "sis_course_id"), **_renamed(entry, names)}
    if "original_name" in entry:  # `name` is then what the token's own user calls it
        cells["long_name"] = _text(entry["original_name"])
    state = _text(entry.get("workflow_state"))
    return {**cells, "status": _COURSE_WORDS.get(state, state)}


def section_cells(entry: Entry) -> Cells:
    """A living section, without its course."""
    names = {"name": "name", "integration_id": "integration_id", "start_at": "start_date", "end_at": "end_date"}
    return {"section_id": shown_sis_id(entry, "sis_section_id"), "status": "active", **_renamed(entry, names)}


def user_cells(entry: Entry) -> Cells:
    """A person with the login that Canvas chooses for them; the state of the login is not shown."""
    names = {
        "integration_id": "integration_id",
        "login_id": "login_id",
        "name": "full_name",
        "sortable_name": "sortable_name",
        "short_name": "short_name",
        "email": "email",
    }
    return {"user_id": shown_sis_id(entry, "sis_user_id"), **_renamed(entry, names)}


def login_cells(entry: Entry) -> Cells:
    """What a login tells of a person: ids and state."""
    names = {"integration_id": "integration_id", "unique_id": "login_id", "workflow_state": "status"}
    return {"user_id": shown_sis_id(entry, "sis_user_id"), **_renamed(entry, names)}


def enrollment_cells(entry: Entry) -> Cells:
    """An enrollment, without whom an observer observes. role: the word of SIS files, or a custom role's name."""
    names = {
        "start_at": "start_date",
        "end_at": "end_date",
        "limit_privileges_to_course_section": "limit_section_privileges",
        "role_id": "role_id",
    }
    role, state = _text(entry.get("role")), _text(entry.get("enrollment_state"))
    return {
        "course_id": shown_sis_id(entry, "sis_course_id"),
        "section_id": shown_sis_id(entry, "sis_section_id"),
        "user_id": shown_sis_id(entry, "sis_user_id"),
        "role": _ROLE_WORDS.get(role, role),
        "status": _ENROLLMENT_WORDS.get(state, state),
        **_renamed(entry, names),
    }


def _renamed(entry: Entry, names: Mapping[str, str]) -> Cells:
    """The cells that Canvas shows, under their SIS names; `sis_import_id` always under its own."""
    wanted = {**names, "sis_import_id": "sis_import_id"}
    return {column: _text(entry[key]) for key, column in wanted.items() if key in entry}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
