"""Invented uploads with planted defects: a few ids, so that rows meet, and values that Canvas reads in its own way."""

from collections.abc import Callable

Pick = Callable[[list], object]

ACTIVE = ["active"] * 8 + ["deleted", "deleted", "ACTIVE", "Deleted2024", "paused", "", "inactive", "completed"]
DATES = [""] * 4 + ["2026-08-24", "2026-12-18T00:00:00Z", "2026-08-24T00:00:00-06:00", "08/25/2024", "TBD", "2026-13-01", "01/02/2026", "2026-02-30", "<delete>", "20260824", "45529"]  # fmt: skip
INTEGRATIONS = [""] * 6 + ["i1", "i2"]
LONG = "W" * 256
NAMES = ["Ada"] * 6 + ["", "Bo", LONG]

COLUMNS = {
    "accounts": {
        "account_id": ["a1", "a2", "a3", "a4", ""], "parent_account_id": ["", "", "a1", "a2", "a3", "a9"], "name": [*["Ada"] * 6, "", "Bo"],
        "status": [*ACTIVE, ""], "integration_id?": INTEGRATIONS,
    },
    "terms": {
        "term_id": ["t1", "t2", "t3", ""], "name": ["Fall"] * 6 + [""], "status": ACTIVE,
        "start_date?": DATES, "end_date?": DATES, "integration_id?": INTEGRATIONS,
        "date_override_enrollment_type?": ["", "", "", "StudentEnrollment", "student"],
    },
    "abstract_courses": {
        "abstract_course_id": ["ac1", "ac2", ""], "short_name": NAMES[:8], "long_name": NAMES[:8], "status": ACTIVE,
        "account_id?": ["", "a1", "a9"], "term_id?": ["", "t1", "t9"],
    },
    "courses": {
        "course_id": ["c1", "c2", "c3", "c1", "c2", ""], "short_name": NAMES[:-1], "long_name": NAMES[:-1],
        "status": [*ACTIVE, "published", "unpublished", "completed", "publishedx"], "account_id?": ["", "", "a1", "a2", "a9"],
        "term_id?": ["", "t1", "t2", "t9"], "start_date?": DATES, "end_date?": DATES, "integration_id?": INTEGRATIONS,
        "abstract_course_id?": ["", "", "ac1", "ac9"], "course_format?": ["", "online", "Online", "remote"],
        "grade_passback_setting?": ["", "disabled", "weekly"], "fallback_account_id?": ["", "a1"],
        "blueprint_course_id?": ["", "", "", "bp1", "dissociate"],
    },
    "sections": {
        "section_id": ["s1", "s2", "s3", "s1", ""], "course_id": ["c1", "c2", "c3", "c1", "c9", ""], "name": NAMES, "status": ACTIVE,
        "start_date?": DATES, "end_date?": DATES, "integration_id?": INTEGRATIONS,
    },
    "xlists": {
        "xlist_course_id": ["c1", "c2", "x1", "x2", ""], "section_id": ["s1", "s2", "s3", "s9", ""], "status": ACTIVE,
    },
    "users": {
        "user_id": ["u1", "u2", "u3", "u4", "u1", ""], "login_id": ["ada", "bo", "cy", "ADA", "dee", "", "a\u200bb", "a\u0085b"],
        "full_name?": NAMES, "first_name?": NAMES, "last_name?": NAMES, "sortable_name?": ["", "", "Lee", LONG],
        "status": [*ACTIVE, "suspended", "suspendedx"], "email?": ["", "a@x.edu", "bad", "a b@x.edu", "a@x.edu,b@x.edu", "a@b"],
        "integration_id?": INTEGRATIONS, "password?": ["", "", "short", "long enough"],
        "authentication_provider_id?": ["", "", "canvas"], "declared_user_type?": ["", "student", "pupil", "<delete>"],
    },
    "logins": {
        "user_id": ["l1", "l2", "u1", ""], "login_id": ["ada.two", "bo.two", "ada", ""],
        "existing_user_id": ["u1", "u2", "u9", ""], "existing_integration_id?": ["", "i1", "i2"], "email?": ["", "bad", "a@x.edu"],
        "integration_id?": INTEGRATIONS,
    },
    "enrollments": {
        "course_id": ["c1", "c2", "c3", "c1", "c9", ""], "section_id": ["s1", "s2", "", ""], "user_id": ["u1", "u2", "u3", "u9", ""],
        "role": ["student"] * 4 + ["teacher", "ta", "observer", "TeacherEnrollment", "Student", "aide", ""], "status": [*ACTIVE, "deleted_last_completed"],
        "start_date?": DATES, "end_date?": DATES, "associated_user_id?": ["", "", "u1", "u2", "u9"],
        "user_integration_id?": ["", "", "", "i1", "i9"], "temporary_enrollment_source_user_id?": ["", "", "u1", "u9"],
    },
    "admins": {
        "user_id": ["u1", "u2", "u9", ""], "account_id": ["", "a1", "a9"], "role": ["AccountAdmin"] * 4 + ["Boss", ""], "status": ACTIVE,
    },
    "group_categories": {
        "group_category_id": ["g1", "g2", "g3", ""], "category_name": ["Clubs", "Bands", ""], "status": ["active"] * 5 + ["paused", ""],
        "account_id?": ["", "", "a1", "a9"], "course_id?": ["", "", "c1", "c9"],
    },
    "groups": {
        "group_id": ["gr1", "gr2", "gr3", ""], "name": NAMES, "status": ["available"] * 6 + ["deleted", "Deleted", "closed", "open", ""],
        "group_category_id?": ["", "g1", "g2", "g9"], "account_id?": ["", "", "a1", "a9"], "course_id?": ["", "", "c1", "c2", "c9"],
    },
    "groups_membership": {
        "group_id": ["gr1", "gr2", "gr9", ""], "user_id": ["u1", "u2", "u9", ""], "status": ["accepted"] * 4 + ["deleted", "Accepted", "invited", ""],
    },
    "user_observers": {
        "observer_id": ["u1", "u2", "u9", "l1", ""], "student_id": ["u3", "u1", "u2", "u9", ""], "status": ACTIVE,
    },
    "change_sis_id": {
        "old_id": ["u1", "c1", "s1", "u9", ""], "new_id": ["u5", "c5", "s5", "u2", ""], "type": ["user", "course", "user", "term", "person", ""],
        "old_integration_id?": ["", "", "", "i1"], "new_integration_id?": ["", "", "i3", "<delete>"],
    },
}  # fmt: skip
"""By table: its columns with the values that may stand in them; a column with `?` may be missing."""

ORDINARY = ("accounts", "terms", "courses", "sections", "users", "enrollments")


def invent_rows(pick: Pick, table: str, rows: int) -> list[dict]:
    """Some rows of one table, with the same columns in each."""
    columns = {
        name.rstrip("?"): values
        for name, values in COLUMNS[table].items()
        if not name.endswith("?") or pick([True, False, False])
    }
    return [{name: pick(values) for name, values in columns.items()} for _ in range(rows)]


def invent_upload(pick: Pick, tables: list[str]) -> dict[str, list[dict]]:
    """An upload with files of some tables."""
    chosen = [table for table in tables if pick([True, True, False])]
    return {table: invent_rows(pick, table, pick([1, 2, 3, 5])) for table in chosen}


def good_start() -> dict[str, list[dict]]:
    """An upload without defects that makes what the others refer to."""
    return {
        "accounts": [{"account_id": f"a{n}", "parent_account_id": "", "name": "Dept", "status": "active"} for n in (1, 2)],
        "terms": [{"term_id": f"t{n}", "name": "Fall", "status": "active"} for n in (1, 2)],
        "courses": [{"course_id": f"c{n}", "short_name": "C", "long_name": "Course", "account_id": "a1", "term_id": "t1", "status": "active"} for n in (1, 2, 3)],
        "sections": [{"section_id": f"s{n}", "course_id": f"c{n}", "name": "S", "status": "active"} for n in (1, 2)],
        "users": [{"user_id": f"u{n}", "login_id": name, "full_name": "N", "status": "active"} for n, name in enumerate(("ada", "bo", "cy"), start=1)],
    }  # fmt: skip
