"""What identifies a row of each Canvas table, which statuses mean gone, and what refers to what: data for all rooms.

Source: Canvas documentation, SIS CSV format; `sis_csv.yaml` beside this file; Canvas's enrollment identity is section (or the
course's default section), person, role, associated user.
"""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["ACTIVE_STATUS", "GONE", "KEYS", "ORDER", "REFERENCES", "WORSE", "row_keys"]

KEYS: dict[str, tuple[str, ...]] = {
    "change_sis_id": ("type", "old_id", "old_integration_id"),
    "accounts": ("account_id",),
    "terms": ("term_id", "date_override_enrollment_type"),
    "abstract_courses": ("abstract_course_id",),
    "courses": ("course_id",),
    "sections": ("section_id",),
    "xlists": ("section_id",),
    "users": ("user_id",),
    "logins": ("user_id",),
    "enrollments": ("section_id", "course_id", "user_id", "role", "associated_user_id"),
    "admins": ("user_id", "account_id", "role"),
    "group_categories": ("group_category_id",),
    "differentiation_tag_sets": ("tag_set_id",),
    "groups": ("group_id",),
    "differentiation_tags": ("tag_id",),
    "groups_membership": ("group_id", "user_id"),
    "differentiation_tag_membership": ("tag_id", "user_id"),
    "user_observers": ("observer_id", "student_id"),
}
"""Our key of a row. In `enrollments` the course counts only where the section is blank."""

ORDER: tuple[str, ...] = tuple(KEYS)
"""Canvas's import order of the tables that we make."""

REFERENCES: dict[str, dict[str, tuple[str, str]]] = {
    "accounts": {"parent_account_id": ("accounts", "account_id")},
    "courses": {"account_id": ("accounts", "account_id"), "term_id": ("terms", "term_id")},
    "sections": {"course_id": ("courses", "course_id")},
    "xlists": {"section_id": ("sections", "section_id"), "xlist_course_id": ("courses", "course_id")},
    "enrollments": {
        "user_id": ("users", "user_id"),
        "section_id": ("sections", "section_id"),
        "course_id": ("courses", "course_id"),
        "associated_user_id": ("users", "user_id"),
    },
    "admins": {"user_id": ("users", "user_id"), "account_id": ("accounts", "account_id")},
    "groups_membership": {"user_id": ("users", "user_id"), "group_id": ("groups", "group_id")},
    "user_observers": {"observer_id": ("users", "user_id"), "student_id": ("users", "user_id")},
}
"""Column of a table → (table, key column) that it points to. `xlists.xlist_course_id` may name a course not yet made."""

ACTIVE_STATUS: dict[str, str] = {"groups": "available", "groups_membership": "accepted"}
"""The status of a living row, where it is not `active`."""

GONE = frozenset({"deleted", "completed", "inactive", "suspended", "concluded", "deleted_last_completed"})
"""Statuses that take something away from a person: guards count a change into one of them as delete-like."""

WORSE: dict[str, int] = {
    "published": 0,
    "active": 0,
    "available": 0,
    "accepted": 0,
    "unpublished": 0,
    "inactive": 1,
    "suspended": 1,
    "completed": 2,
    "concluded": 2,
    "deleted_last_completed": 3,
    "deleted": 3,
}
"""How much a status takes away; a change to a higher number is a worsening."""

SEPARATOR = "\x1f"  # a control character that no id of a checked row holds


def row_keys(table: str, rows: pd.DataFrame) -> pd.Series:
    """The key of each row as one text, for joins: the table's key columns joined by U+001F; an absent column is ""."""
    blank = pa.repeat(pa.scalar("", pa.string()), len(rows))
    parts = {name: pa.array(rows[name]) if name in rows.columns else blank for name in KEYS[table]}
    if table == "enrollments":
        in_section = pc.not_equal(parts["section_id"], "")
        parts["course_id"] = pc.if_else(in_section, "", parts["course_id"])
    joined = pc.binary_join_element_wise(*parts.values(), SEPARATOR)
    return pd.Series(pd.arrays.ArrowExtensionArray(joined), index=rows.index)
