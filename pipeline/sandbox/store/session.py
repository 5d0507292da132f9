"""All tables in one transaction, and what an import leaves beside them: state changes and messages."""

import sqlite3
from typing import Any

from pipeline.sandbox.store.records import (
    AbstractCourse,
    Account,
    Admin,
    Channel,
    Course,
    Enrollment,
    Group,
    GroupCategory,
    GroupMembership,
    InstitutionalTag,
    InstitutionalTagAssociation,
    InstitutionalTagCategory,
    Login,
    Section,
    Term,
    TermOverride,
    User,
    UserObserver,
)
from pipeline.sandbox.store.table import Table

__all__ = ["Session"]


class Session:
    """The tables of one transaction. last_ids: see `Table`."""

    def __init__(self, connection: sqlite3.Connection, last_ids: dict[str, int]) -> None:
        self.connection = connection
        self.accounts = Table(connection, "accounts", Account, last_ids)
        self.terms = Table(connection, "terms", Term, last_ids)
        self.term_overrides = Table(connection, "term_overrides", TermOverride, last_ids)
        self.abstract_courses = Table(connection, "abstract_courses", AbstractCourse, last_ids)
        self.courses = Table(connection, "courses", Course, last_ids)
        self.sections = Table(connection, "sections", Section, last_ids)
        self.users = Table(connection, "users", User, last_ids)
        self.logins = Table(connection, "logins", Login, last_ids)
        self.channels = Table(connection, "channels", Channel, last_ids)
        self.enrollments = Table(connection, "enrollments", Enrollment, last_ids)
        self.admins = Table(connection, "admins", Admin, last_ids)
        self.group_categories = Table(connection, "group_categories", GroupCategory, last_ids)
        self.groups = Table(connection, "groups", Group, last_ids)
        self.group_memberships = Table(connection, "group_memberships", GroupMembership, last_ids)
        self.user_observers = Table(connection, "user_observers", UserObserver, last_ids)
        self.tag_categories = Table(connection, "institutional_tag_categories", InstitutionalTagCategory, last_ids)
        self.tags = Table(connection, "institutional_tags", InstitutionalTag, last_ids)
        self.tag_associations = Table(
            connection, "institutional_tag_associations", InstitutionalTagAssociation, last_ids
        )
        self._tables: tuple[Table[Any], ...] = tuple(table for table in vars(self).values() if isinstance(table, Table))

    def flush(self) -> None:
        """Write all changes of all tables."""
        for table in self._tables:
            table.flush()

    def active_providers(self) -> list[tuple[int, str]]:
        """Id and type of the account's active authentication providers, in their order."""
        sql = "SELECT id, auth_type FROM authentication_providers WHERE workflow_state = 'active' ORDER BY position, id"
        return self.connection.execute(sql).fetchall()

    def next_error_report(self) -> int:
        """A number for one more error report."""
        self.connection.execute(
            "INSERT INTO facts VALUES ('error_reports', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
        )
        row = self.connection.execute("SELECT value FROM facts WHERE name = 'error_reports'").fetchone()
        return int(row[0])

    def live_roles(self) -> list[tuple[int, str, str, int, str]]:
        """Id, name, base role type, account id and state of built-in and active custom roles."""
        sql = "SELECT id, name, base_role_type, account_id, workflow_state FROM roles"
        return self.connection.execute(f"{sql} WHERE workflow_state IN ('built_in', 'active') ORDER BY id").fetchall()

    def add_role(self, name: str, base: str, account_id: int, state: str, now: str) -> None:
        """A custom role; nothing happens when a built-in role has the name."""
        built_in = "SELECT 1 FROM roles WHERE name = ? AND workflow_state = 'built_in'"
        if self.connection.execute(built_in, (name,)).fetchone():
            return
        self.connection.execute(
            "INSERT INTO roles (name, label, base_role_type, account_id, workflow_state, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (name, name, base, account_id, state, now, now),
        )

    def add_provider(self, auth_type: str) -> None:
        """An authentication provider, the last in order."""
        self.connection.execute(
            "INSERT INTO authentication_providers (auth_type, position, workflow_state) "
            "SELECT ?, coalesce(max(position), 0) + 1, 'active' FROM authentication_providers",
            (auth_type,),
        )
