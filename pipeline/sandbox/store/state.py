# ruff: noqa: S608  # the texts put together are our own
"""Everything in the account as the acceptance cases observe it: `{table: [rows]}`, deleted rows included."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from pipeline.sandbox.importers.names import halves

__all__ = ["observed"]

Row = dict[str, Any]
ROLE_WORDS = {
    "StudentEnrollment": "student",
    "TeacherEnrollment": "teacher",
    "TaEnrollment": "ta",
    "DesignerEnrollment": "designer",
    "ObserverEnrollment": "observer",
}
COURSE_STATES = {"created": "unpublished", "claimed": "unpublished"}
# The SIS id that names a person: of the first login that has one, live ones first.
PERSON = """(SELECT l.sis_id FROM logins l WHERE l.user_id = {} AND l.sis_id IS NOT NULL
    ORDER BY l.workflow_state = 'deleted', l.id LIMIT 1)"""
USERS = """SELECT l.sis_id user_id, l.unique_id login_id, u.name, u.sortable_name, coalesce(u.short_name, u.name) short_name,
    l.integration_id, l.workflow_state status, l.declared_user_type,
    CASE WHEN (SELECT settings ->> 'can_add_pronouns' FROM accounts WHERE id = 1) THEN u.pronouns END pronouns,
    (SELECT p.auth_type FROM authentication_providers p WHERE p.id = l.authentication_provider_id) authentication_provider_id,
    (SELECT c.path FROM channels c WHERE c.user_id = u.id AND c.workflow_state <> 'retired'
        ORDER BY c.position, c.id LIMIT 1) email,
    (SELECT json_group_array(o.sis_id) FROM logins o
        WHERE o.user_id = u.id AND o.id <> l.id AND o.sis_id IS NOT NULL) same_person_as
    FROM logins l JOIN users u ON u.id = l.user_id ORDER BY l.id"""
ACCOUNTS = """SELECT a.sis_id account_id, p.sis_id parent_account_id, a.name, a.workflow_state status, a.integration_id
    FROM accounts a LEFT JOIN accounts p ON p.id = a.parent_account_id ORDER BY a.id"""
TERMS = """SELECT t.sis_id term_id, t.name, t.workflow_state status, t.start_at start_date, t.end_at end_date,
    t.integration_id, (SELECT json_group_object(o.enrollment_type,
        json_object('start_date', o.start_at, 'end_date', o.end_at)) FROM term_overrides o
        WHERE o.term_id = t.id AND o.workflow_state <> 'deleted') overrides
    FROM terms t ORDER BY t.id"""
COURSES = """SELECT c.sis_id course_id, c.course_code short_name, c.name, a.sis_id account_id, t.sis_id term_id,
    c.workflow_state status, c.start_at start_date, c.conclude_at end_date, c.restrict_to_dates, c.course_format,
    c.grade_passback_setting, c.homeroom_course, c.integration_id, b.sis_id blueprint_course_id, c.friendly_name
    FROM courses c LEFT JOIN accounts a ON a.id = c.account_id LEFT JOIN terms t ON t.id = c.term_id
    LEFT JOIN courses b ON b.id = c.blueprint_course_id ORDER BY c.id"""
SECTIONS = """SELECT s.sis_id section_id, c.sis_id course_id, h.sis_id nonxlist_course_id, s.name,
    s.workflow_state status, s.start_at start_date, s.end_at end_date, s.restrict_to_dates, s.integration_id
    FROM sections s LEFT JOIN courses c ON c.id = s.course_id LEFT JOIN courses h ON h.id = s.nonxlist_course_id
    ORDER BY s.id"""
ENROLLMENTS = f"""SELECT
    coalesce((SELECT l.sis_id FROM logins l WHERE l.id = e.login_id), {PERSON.format("e.user_id")}) user_id, c.sis_id course_id, s.sis_id section_id, r.name role,
    e.workflow_state status, e.start_at start_date, e.end_at end_date,
    {PERSON.format("e.associated_user_id")} associated_user_id, e.limit_section_privileges
    FROM enrollments e JOIN courses c ON c.id = e.course_id JOIN sections s ON s.id = e.section_id
    JOIN roles r ON r.id = e.role_id ORDER BY e.id"""
CATEGORIES = """SELECT g.sis_id group_category_id, g.name category_name, a.sis_id account_id, c.sis_id course_id,
    g.workflow_state status FROM group_categories g LEFT JOIN accounts a ON a.id = g.account_id
    LEFT JOIN courses c ON c.id = g.course_id ORDER BY g.id"""
GROUPS = """SELECT g.sis_id group_id, k.sis_id group_category_id, a.sis_id account_id, c.sis_id course_id, g.name,
    g.workflow_state status FROM groups g LEFT JOIN group_categories k ON k.id = g.group_category_id
    LEFT JOIN accounts a ON a.id = g.account_id LEFT JOIN courses c ON c.id = g.course_id ORDER BY g.id"""
MEMBERSHIPS = f"""SELECT g.sis_id group_id, {PERSON.format("m.user_id")} user_id, m.workflow_state status
    FROM group_memberships m JOIN groups g ON g.id = m.group_id ORDER BY m.id"""
ADMINS = f"""SELECT {PERSON.format("m.user_id")} user_id, a.sis_id account_id, r.name role, m.role_id,
    m.workflow_state status FROM admins m JOIN accounts a ON a.id = m.account_id JOIN roles r ON r.id = m.role_id
    ORDER BY m.id"""
OBSERVERS = f"""SELECT {PERSON.format("o.observer_id")} observer_id, {PERSON.format("o.student_id")} student_id,
    o.workflow_state status FROM user_observers o ORDER BY o.id"""
ABSTRACT = """SELECT b.sis_id abstract_course_id, b.short_name, b.name, a.sis_id account_id, t.sis_id term_id,
    b.workflow_state status FROM abstract_courses b LEFT JOIN accounts a ON a.id = b.account_id
    LEFT JOIN terms t ON t.id = b.term_id ORDER BY b.id"""


def observed(connection: sqlite3.Connection) -> dict[str, list[Row]]:
    """Every table with all its keys in every row, null where there is no value."""
    tables: dict[str, tuple[str, Callable[[Row], Row]]] = {
        "users": (USERS, _user),
        "accounts": (ACCOUNTS, _same),
        "terms": (TERMS, _term),
        "courses": (COURSES, _course),
        "sections": (SECTIONS, _flags("restrict_to_dates")),
        "enrollments": (ENROLLMENTS, _enrollment),
        "group_categories": (CATEGORIES, _same),
        "groups": (GROUPS, _same),
        "group_memberships": (MEMBERSHIPS, _same),
        "admins": (ADMINS, _same),
        "user_observers": (OBSERVERS, _same),
        "abstract_courses": (ABSTRACT, _same),
    }
    return {name: [shape(row) for row in _rows(connection, sql)] for name, (sql, shape) in tables.items()}


def _rows(connection: sqlite3.Connection, sql: str) -> Iterable[Row]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _same(row: Row) -> Row:
    return row


def _flags(*columns: str) -> Callable[[Row], Row]:
    return lambda row: row | {column: bool(row[column]) for column in columns}


def _user(row: Row) -> Row:
    first, last = halves(row["sortable_name"])
    return row | {"first_name": first, "last_name": last, "same_person_as": json.loads(row["same_person_as"])}


def _term(row: Row) -> Row:
    return row | {"overrides": json.loads(row["overrides"])}


def _course(row: Row) -> Row:
    state = COURSE_STATES.get(row["status"], row["status"])
    return _flags("restrict_to_dates", "homeroom_course")(row) | {"status": state}


def _enrollment(row: Row) -> Row:
    return _flags("limit_section_privileges")(row) | {"role": ROLE_WORDS.get(row["role"], row["role"])}
