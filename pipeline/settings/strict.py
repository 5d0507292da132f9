"""What all settings models have in common."""

from pydantic import BaseModel, ConfigDict

__all__ = ["CANVAS_TABLES", "Strict"]


class Strict(BaseModel):
    """Frozen, without unknown keys, and silent about what was typed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True, validate_default=True
    )


CANVAS_TABLES = (
    "change_sis_id",
    "accounts",
    "terms",
    "abstract_courses",
    "courses",
    "sections",
    "xlists",
    "users",
    "logins",
    "enrollments",
    "admins",
    "group_categories",
    "differentiation_tag_sets",
    "groups",
    "differentiation_tags",
    "groups_membership",
    "differentiation_tag_membership",
    "user_observers",
)
"""The names that tables have in the configuration; a test compares them with `canvas.identity`."""
