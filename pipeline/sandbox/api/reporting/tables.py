"""The files of the two reports as data: for each, its columns and the query that gives them.

A query has every column of both reports under its header's name, and `row_id`, by which the rows are ordered and read
in pieces. Source: the reference on reading back, section 4.7.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.sandbox.api.reporting import queries
from pipeline.sandbox.api.reporting.wishes import ReportWish

__all__ = ["TABLES", "ReportTable", "header_of"]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One file.

    source: the table by whose ids it is read in pieces; sis, provisioning: the headers; since_2024: what newer
    provisioning reports put before a column.
    """

    source: str
    sis: tuple[str, ...]
    provisioning: tuple[str, ...]
    query: Callable[[ReportWish], queries.Query]
    since_2024: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def header_of(table: ReportTable, wish: ReportWish) -> list[str]:
    """The headers of a file in this report."""
    if wish.sis:
        return list(table.sis)
    if wish.generation < 2024:
        return list(table.provisioning)
    return [name for column in table.provisioning for name in (*table.since_2024.get(column, ()), column)]


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TABLES: Mapping[str, ReportTable] = {
    "users": ReportTable(
        "logins",
        words(
            "user_id integration_id authentication_provider_id login_id password first_name last_name full_name"
            " sortable_name short_name email status"
        ),
        words(
            "canvas_user_id user_id integration_id authentication_provider_id login_id first_name last_name full_name"
            " sortable_name short_name email status created_by_sis"
        ),
        queries.users,
    ),
    "accounts": ReportTable(
        "accounts",
        words("account_id parent_account_id name status"),
        words("canvas_account_id account_id canvas_parent_id parent_account_id name status created_by_sis"),
        queries.accounts,
    ),
    "terms": ReportTable(
        "terms",
        words("term_id name status start_date end_date"),
        words("canvas_term_id term_id name status start_date end_date created_by_sis"),
        queries.terms,
    ),
    "courses": ReportTable(
        "courses",
        words(
            "course_id integration_id short_name long_name account_id term_id status start_date end_date course_format"
            " blueprint_course_id"
        ),
        words(
            "canvas_course_id course_id integration_id short_name long_name canvas_account_id account_id canvas_term_id"
            " term_id status start_date end_date course_format blueprint_course_id created_by_sis"
        ),
        queries.courses,
        {"blueprint_course_id": ("canvas_blueprint_course_id",)},
    ),
    "sections": ReportTable(
        "sections",
        words("section_id course_id integration_id name status start_date end_date"),
        words(
            "canvas_section_id section_id canvas_course_id course_id integration_id name status start_date end_date"
            " canvas_account_id account_id created_by_sis"
        ),
        queries.sections,
    ),
    "enrollments": ReportTable(
        "enrollments",
        words("course_id user_id role role_id section_id status associated_user_id limit_section_privileges"),
        words(
            "canvas_course_id course_id canvas_user_id user_id role role_id canvas_section_id section_id status"
            " canvas_associated_user_id associated_user_id created_by_sis base_role_type limit_section_privileges"
            " canvas_enrollment_id"
        ),
        queries.enrollments,
    ),
    "groups": ReportTable(
        "groups",
        words("group_id group_category_id account_id course_id name status"),
        words(
            "canvas_group_id group_id canvas_group_category_id group_category_id canvas_account_id account_id"
            " canvas_course_id course_id name status created_by_sis context_id context_type max_membership"
        ),
        queries.groups,
    ),
    "group_membership": ReportTable(
        "group_memberships",
        words("group_id user_id status"),
        words("canvas_group_id group_id canvas_user_id user_id status created_by_sis"),
        queries.group_membership,
    ),
    "group_categories": ReportTable(
        "group_categories",
        words("group_category_id account_id course_id category_name status"),
        words(
            "canvas_group_category_id group_category_id context_id context_type name role self_signup group_limit"
            " auto_leader status"
        ),
        queries.group_categories,
    ),
    "xlist": ReportTable(
        "sections",
        words("xlist_course_id section_id status"),
        words(
            "canvas_xlist_course_id xlist_course_id canvas_section_id section_id status canvas_nonxlist_course_id"
            " nonxlist_course_id"
        ),
        queries.xlist,
    ),
    "user_observers": ReportTable(
        "user_observers",
        words("observer_id student_id status"),
        words("canvas_observer_id observer_id canvas_student_id student_id status created_by_sis"),
        queries.user_observers,
    ),
    "admins": ReportTable(
        "admins",
        words("user_id account_id role_id role status"),
        words("admin_user_name canvas_user_id user_id canvas_account_id account_id role_id role status created_by_sis"),
        queries.admins,
    ),
}
