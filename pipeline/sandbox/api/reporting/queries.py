"""The queries behind the report files: which rows a report has by default, with deleted objects, by SIS only.

Source: the reference on reading back, section 4.7.
"""

from pipeline.sandbox.api.query import Listing
from pipeline.sandbox.api.reporting.wishes import ReportWish

__all__ = [
    "Query",
    "accounts",
    "admins",
    "courses",
    "enrollments",
    "group_categories",
    "group_membership",
    "groups",
    "sections",
    "terms",
    "user_observers",
    "users",
    "xlist",
]

Query = Listing
ROOT = 1
DELETED_COURSE_DAYS = 120  # deleted courses without a SIS id are shown for so long
BELOW = (
    "WITH RECURSIVE below (id) AS (SELECT ? UNION SELECT a.id FROM accounts a JOIN below b"
    " ON a.parent_account_id = b.id) SELECT id FROM below"
)
ROLE_NAMES = (
    "CASE r.name WHEN 'StudentEnrollment' THEN 'student' WHEN 'TeacherEnrollment' THEN 'teacher'"
    " WHEN 'TaEnrollment' THEN 'ta' WHEN 'DesignerEnrollment' THEN 'designer'"
    " WHEN 'ObserverEnrollment' THEN 'observer' ELSE r.name END"
)


def truth(condition: str) -> str:
    """A condition as `true` or `false`."""
    return f"CASE WHEN {condition} THEN 'true' ELSE 'false' END"


def best_login(person: str, wish: ReportWish) -> str:
    """The id of the login that stands for a person; deleted ones only if the report includes such."""
    live = "" if wish.include_deleted else " AND b.workflow_state <> 'deleted'"
    return (
        f"(SELECT b.id FROM logins b WHERE b.user_id = {person}{live}"  # noqa: S608  # our own words
        " ORDER BY b.workflow_state = 'deleted', b.sis_id IS NULL, b.id LIMIT 1)"
    )


def used_login(wish: ReportWish) -> str:
    """The id of the login that the import of an enrollment used, if it is still there; else the person's best one."""
    live = "" if wish.include_deleted else " AND p.workflow_state <> 'deleted'"
    used = f"(SELECT p.id FROM logins p WHERE p.id = e.login_id AND p.sis_id IS NOT NULL{live})"  # noqa: S608  # our own words
    return f"coalesce({used}, {best_login('e.user_id', wish)})"


def within_account(listing: Listing, wish: ReportWish, expression: str) -> None:
    """On a sub-account: only what belongs to it or to an account below."""
    if wish.account_id != ROOT:
        listing.keep(f"{expression} IN ({BELOW})", wish.account_id)


def within_terms(listing: Listing, wish: ReportWish) -> None:
    """Only courses (`c`) of the terms asked for."""
    if wish.term_ids is not None:
        listing.keep_in("c.term_id", wish.term_ids)


def by_sis(listing: Listing, wish: ReportWish, expression: str) -> None:
    """Only what an import has touched, if asked for."""
    if wish.created_by_sis:
        listing.keep(f"{expression} IS NOT NULL")


def users(wish: ReportWish) -> Query:
    """One row for each login."""
    listing = Listing(
        "SELECT l.id AS row_id, u.id AS canvas_user_id, l.sis_id AS user_id, l.integration_id,"  # noqa: S608  # our own words
        " l.authentication_provider_id, l.unique_id AS login_id, '' AS password, '' AS first_name, '' AS last_name,"
        " u.name AS full_name, u.sortable_name, coalesce(u.short_name, u.name) AS short_name,"
        " (SELECT c.path FROM channels c WHERE c.user_id = u.id AND c.workflow_state <> 'retired'"
        "  ORDER BY c.position, c.id LIMIT 1) AS email, l.workflow_state AS status,"
        f" {truth('l.sis_import_id IS NOT NULL')} AS created_by_sis, u.pronouns"
        " FROM logins l JOIN users u ON u.id = l.user_id",
        order="l.id",
    )
    deleted = " OR l.sis_id IS NOT NULL" if wish.include_deleted else ""
    listing.keep(f"l.workflow_state <> 'deleted'{deleted}")
    if wish.sis:
        listing.keep("l.sis_id IS NOT NULL")
    if wish.account_id != ROOT:
        listing.keep(
            f"u.id IN (SELECT e.user_id FROM enrollments e JOIN courses c ON c.id = e.course_id"  # noqa: S608  # our own words
            f" WHERE e.workflow_state <> 'deleted' AND c.account_id IN ({BELOW}))"
            f" OR u.id IN (SELECT a.user_id FROM admins a WHERE a.workflow_state = 'active' AND a.account_id IN ({BELOW}))",
            wish.account_id,
            wish.account_id,
        )
    by_sis(listing, wish, "l.sis_import_id")
    return listing


def accounts(wish: ReportWish) -> Query:
    """Accounts below the root; of a sub-account, only its direct children."""
    listing = Listing(
        "SELECT a.id AS row_id, a.id AS canvas_account_id, a.sis_id AS account_id, a.parent_account_id AS"  # noqa: S608  # our own words
        " canvas_parent_id, p.sis_id AS parent_account_id, a.name, a.workflow_state AS status,"
        f" {truth('a.sis_import_id IS NOT NULL')} AS created_by_sis"
        " FROM accounts a JOIN accounts p ON p.id = a.parent_account_id",
        order="a.id",
    )
    listing.keep(f"a.workflow_state <> 'deleted'{' OR a.sis_id IS NOT NULL' if wish.include_deleted else ''}")
    if wish.sis:
        listing.keep("a.sis_id IS NOT NULL")
    if wish.account_id != ROOT:
        listing.keep("a.parent_account_id = ?", wish.account_id)
    by_sis(listing, wish, "a.sis_import_id")
    return listing


def terms(wish: ReportWish) -> Query:
    """Terms; neither their overrides nor their integration ids."""
    listing = Listing(
        "SELECT t.id AS row_id, t.id AS canvas_term_id, t.sis_id AS term_id, t.name, t.workflow_state AS status,"  # noqa: S608  # our own words
        " t.start_at AS start_date, t.end_at AS end_date,"
        f" {truth('t.sis_import_id IS NOT NULL')} AS created_by_sis FROM terms t",
        order="t.id",
    )
    if not wish.include_deleted:
        listing.keep("t.workflow_state <> 'deleted'")
    if wish.sis:
        listing.keep("t.sis_id IS NOT NULL")
    by_sis(listing, wish, "t.sis_import_id")
    return listing


def courses(wish: ReportWish) -> Query:
    """Courses; dates only where they restrict enrollments."""
    status = (
        "CASE c.workflow_state WHEN 'completed' THEN 'completed' WHEN 'deleted' THEN 'deleted' ELSE 'active' END"
        if wish.sis
        else "CASE c.workflow_state WHEN 'completed' THEN 'concluded' WHEN 'deleted' THEN 'deleted'"
        " WHEN 'available' THEN 'active' ELSE 'unpublished' END"
    )
    listing = Listing(
        "SELECT c.id AS row_id, c.id AS canvas_course_id, c.sis_id AS course_id, c.integration_id,"  # noqa: S608  # our own words
        " c.course_code AS short_name, c.name AS long_name, c.account_id AS canvas_account_id, a.sis_id AS account_id,"
        f" c.term_id AS canvas_term_id, t.sis_id AS term_id, {status} AS status,"
        " CASE WHEN c.restrict_to_dates THEN c.start_at END AS start_date,"
        " CASE WHEN c.restrict_to_dates THEN c.conclude_at END AS end_date, c.course_format,"
        " c.blueprint_course_id AS canvas_blueprint_course_id, bp.sis_id AS blueprint_course_id,"
        f" {truth('c.sis_import_id IS NOT NULL')} AS created_by_sis"
        " FROM courses c JOIN accounts a ON a.id = c.account_id JOIN terms t ON t.id = c.term_id"
        " LEFT JOIN courses bp ON bp.id = c.blueprint_course_id",
        order="c.id",
    )
    if wish.include_deleted:
        recent = f"julianday('now') - julianday(c.updated_at) < {DELETED_COURSE_DAYS}"
        listing.keep(f"c.workflow_state <> 'deleted' OR c.sis_id IS NOT NULL OR {recent}")
    else:
        listing.keep("c.workflow_state NOT IN ('deleted', 'completed')")
    if wish.sis:
        listing.keep("c.sis_id IS NOT NULL")
    within_account(listing, wish, "c.account_id")
    within_terms(listing, wish)
    by_sis(listing, wish, "c.sis_import_id")
    return listing


def sections(wish: ReportWish) -> Query:
    """Sections in the course where they are now."""
    listing = Listing(
        "SELECT s.id AS row_id, s.id AS canvas_section_id, s.sis_id AS section_id, c.id AS canvas_course_id,"  # noqa: S608  # our own words
        " c.sis_id AS course_id, s.integration_id, s.name, s.workflow_state AS status,"
        " CASE WHEN s.restrict_to_dates THEN s.start_at END AS start_date,"
        " CASE WHEN s.restrict_to_dates THEN s.end_at END AS end_date, c.account_id AS canvas_account_id,"
        f" a.sis_id AS account_id, {truth('s.sis_import_id IS NOT NULL')} AS created_by_sis"
        " FROM sections s JOIN courses c ON c.id = s.course_id JOIN accounts a ON a.id = c.account_id",
        order="s.id",
    )
    live = "(s.workflow_state <> 'deleted' AND c.workflow_state <> 'deleted')"
    both = "(s.sis_id IS NOT NULL AND c.sis_id IS NOT NULL)"
    listing.keep(f"{live} OR {both}" if wish.include_deleted else live)
    if wish.sis:
        listing.keep(both)
    within_account(listing, wish, "c.account_id")
    within_terms(listing, wish)
    by_sis(listing, wish, "s.sis_import_id")
    return listing


def enrollments(wish: ReportWish) -> Query:
    """Enrollments in the course where their section is now, without dates."""
    effective = (
        "CASE WHEN 'deleted' IN (e.workflow_state, c.workflow_state, s.workflow_state) THEN 'deleted'"
        " WHEN e.workflow_state = 'completed' THEN 'concluded' ELSE e.workflow_state END"
    )
    listing = Listing(
        "SELECT e.id AS row_id, e.id AS canvas_enrollment_id, c.id AS canvas_course_id, c.sis_id AS course_id,"  # noqa: S608  # our own words
        f" e.user_id AS canvas_user_id, l.sis_id AS user_id, {ROLE_NAMES} AS role, e.role_id,"
        f" s.id AS canvas_section_id, s.sis_id AS section_id, {effective} AS status,"
        " nullif(e.associated_user_id, 0) AS canvas_associated_user_id, o.sis_id AS associated_user_id,"
        f" {truth('e.sis_import_id IS NOT NULL')} AS created_by_sis, e.type AS base_role_type,"
        f" {truth('e.limit_section_privileges')} AS limit_section_privileges,"
        " nullif(e.source_user_id, 0) AS canvas_temporary_enrollment_source_user_id"
        " FROM enrollments e JOIN courses c ON c.id = e.course_id JOIN sections s ON s.id = e.section_id"
        f" JOIN roles r ON r.id = e.role_id JOIN logins l ON l.id = {used_login(wish)}"
        f" LEFT JOIN logins o ON e.associated_user_id > 0 AND o.id = {best_login('e.associated_user_id', wish)}",
        order="e.id",
    )
    if wish.include_deleted:
        listing.keep("e.workflow_state <> 'deleted' OR e.sis_import_id IS NOT NULL")
    else:
        listing.keep("e.workflow_state NOT IN ('deleted', 'completed')")
        listing.keep("c.workflow_state <> 'deleted' AND s.workflow_state <> 'deleted'")
    if wish.sis:
        listing.keep("e.workflow_state NOT IN ('invited', 'creation_pending', 'rejected')")
        listing.keep("c.sis_id IS NOT NULL OR s.sis_id IS NOT NULL")
    if wish.enrollment_kinds is not None:
        listing.keep_in("e.type", wish.enrollment_kinds)
    if wish.enrollment_states is not None:
        listing.keep_in("e.workflow_state", wish.enrollment_states)
    within_account(listing, wish, "c.account_id")
    within_terms(listing, wish)
    by_sis(listing, wish, "e.sis_import_id")
    return listing


def groups(wish: ReportWish) -> Query:
    """Groups of accounts and courses."""
    listing = Listing(
        "SELECT g.id AS row_id, g.id AS canvas_group_id, g.sis_id AS group_id, g.group_category_id AS"  # noqa: S608  # our own words
        " canvas_group_category_id, k.sis_id AS group_category_id, g.account_id AS canvas_account_id,"
        " a.sis_id AS account_id, g.course_id AS canvas_course_id, c.sis_id AS course_id, g.name,"
        f" g.workflow_state AS status, {truth('g.sis_import_id IS NOT NULL')} AS created_by_sis,"
        " coalesce(g.course_id, g.account_id) AS context_id,"
        " CASE WHEN g.course_id IS NULL THEN 'Account' ELSE 'Course' END AS context_type, k.group_limit AS max_membership"
        " FROM groups g LEFT JOIN group_categories k ON k.id = g.group_category_id"
        " LEFT JOIN accounts a ON a.id = g.account_id LEFT JOIN courses c ON c.id = g.course_id",
        order="g.id",
    )
    listing.keep("g.non_collaborative = 0")
    if not wish.include_deleted:
        listing.keep("g.workflow_state <> 'deleted'")
    if wish.sis:
        listing.keep("g.sis_id IS NOT NULL")
    within_account(listing, wish, "coalesce(c.account_id, g.account_id)")
    by_sis(listing, wish, "g.sis_import_id")
    return listing


def group_membership(wish: ReportWish) -> Query:
    """Who is in which group."""
    listing = Listing(
        "SELECT m.id AS row_id, g.id AS canvas_group_id, g.sis_id AS group_id, m.user_id AS canvas_user_id,"  # noqa: S608  # our own words
        f" l.sis_id AS user_id, m.workflow_state AS status, {truth('m.sis_import_id IS NOT NULL')} AS created_by_sis"
        " FROM group_memberships m JOIN groups g ON g.id = m.group_id"
        " LEFT JOIN courses c ON c.id = g.course_id"
        f" JOIN logins l ON l.id = {best_login('m.user_id', wish)}",
        order="m.id",
    )
    listing.keep("g.non_collaborative = 0")
    if not wish.include_deleted:
        listing.keep("m.workflow_state <> 'deleted' AND g.workflow_state <> 'deleted'")
    if wish.sis:
        listing.keep("m.sis_import_id IS NOT NULL")
    within_account(listing, wish, "coalesce(c.account_id, g.account_id)")
    by_sis(listing, wish, "m.sis_import_id")
    return listing


def group_categories(wish: ReportWish) -> Query:
    """Group categories; the provisioning report does not heed `created_by_sis` here."""
    listing = Listing(
        "SELECT k.id AS row_id, k.id AS canvas_group_category_id, k.sis_id AS group_category_id,"
        " coalesce(k.course_id, k.account_id) AS context_id,"
        " CASE WHEN k.course_id IS NULL THEN 'Account' ELSE 'Course' END AS context_type, k.name,"
        " k.name AS category_name, a.sis_id AS account_id, c.sis_id AS course_id, k.role, k.self_signup, k.group_limit,"
        " NULL AS auto_leader, k.workflow_state AS status FROM group_categories k"
        " LEFT JOIN accounts a ON a.id = k.account_id LEFT JOIN courses c ON c.id = k.course_id",
        order="k.id",
    )
    listing.keep("k.non_collaborative = 0")
    if not wish.include_deleted:
        listing.keep("k.workflow_state <> 'deleted'")
    if wish.sis:
        listing.keep("k.sis_import_id IS NOT NULL")
    within_account(listing, wish, "coalesce(c.account_id, k.account_id)")
    return listing


def xlist(wish: ReportWish) -> Query:
    """Sections that are cross-listed at the moment; the status is the section's."""
    listing = Listing(
        "SELECT s.id AS row_id, c.id AS canvas_xlist_course_id, c.sis_id AS xlist_course_id, s.id AS canvas_section_id,"
        " s.sis_id AS section_id, s.workflow_state AS status, h.id AS canvas_nonxlist_course_id,"
        " h.sis_id AS nonxlist_course_id FROM sections s JOIN courses c ON c.id = s.course_id"
        " JOIN courses h ON h.id = s.nonxlist_course_id",
        order="s.id",
    )
    if not wish.include_deleted:
        listing.keep("c.workflow_state NOT IN ('deleted', 'completed') AND s.workflow_state <> 'deleted'")
    if wish.sis:
        listing.keep("c.sis_id IS NOT NULL AND s.sis_id IS NOT NULL")
    within_account(listing, wish, "c.account_id")
    within_terms(listing, wish)
    by_sis(listing, wish, "s.sis_import_id")
    return listing


def user_observers(wish: ReportWish) -> Query:
    """One row for each pair of logins of observer and student."""
    listing = Listing(
        "SELECT v.id AS row_id, v.observer_id AS canvas_observer_id, o.sis_id AS observer_id,"  # noqa: S608  # our own words
        " v.student_id AS canvas_student_id, p.sis_id AS student_id, v.workflow_state AS status,"
        f" {truth('v.sis_import_id IS NOT NULL')} AS created_by_sis FROM user_observers v"
        " JOIN logins o ON o.user_id = v.observer_id JOIN logins p ON p.user_id = v.student_id",
        order="v.id, o.id, p.id",
    )
    if not wish.include_deleted:
        listing.keep("v.workflow_state = 'active' AND o.workflow_state = 'active' AND p.workflow_state = 'active'")
    if wish.sis:
        listing.keep("v.sis_import_id IS NOT NULL AND o.sis_id IS NOT NULL AND p.sis_id IS NOT NULL")
    by_sis(listing, wish, "v.sis_import_id")
    return listing


def admins(wish: ReportWish) -> Query:
    """Administrators who have a usable login; the provisioning report does not heed `created_by_sis` here."""
    listing = Listing(
        "SELECT m.id AS row_id, u.name AS admin_user_name, m.user_id AS canvas_user_id, l.sis_id AS user_id,"  # noqa: S608  # our own words
        " m.account_id AS canvas_account_id, a.sis_id AS account_id, m.role_id, r.name AS role,"
        f" m.workflow_state AS status, {truth('m.sis_import_id IS NOT NULL')} AS created_by_sis"
        " FROM admins m JOIN accounts a ON a.id = m.account_id JOIN roles r ON r.id = m.role_id"
        f" JOIN users u ON u.id = m.user_id JOIN logins l ON l.id = {best_login('m.user_id', wish)}",
        order="m.id",
    )
    if not wish.include_deleted:
        listing.keep("m.workflow_state <> 'deleted'")
    if wish.sis:
        listing.keep("m.sis_import_id IS NOT NULL")
    within_account(listing, wish, "m.account_id")
    return listing
