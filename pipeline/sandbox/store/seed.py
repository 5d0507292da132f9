"""What every sandbox account starts with: root account, default term, built-in roles, and one administrator."""

import sqlite3

__all__ = ["ADMIN_USER_ID", "COURSE_ROLES", "DEFAULT_TERM_ID", "DEFAULT_TERM_NAME", "ROOT_ACCOUNT_ID", "plant"]

ROOT_ACCOUNT_ID = 1
DEFAULT_TERM_ID = 1
DEFAULT_TERM_NAME = "Default Term"  # a term of this name is the default term to Canvas
ADMIN_USER_ID = 1
ACCOUNT_ADMIN_ROLE_ID = 6
COURSE_ROLES = (  # id, name = base role type, label
    (1, "StudentEnrollment", "Student"),
    (2, "TeacherEnrollment", "Teacher"),
    (3, "TaEnrollment", "TA"),
    (4, "DesignerEnrollment", "Designer"),
    (5, "ObserverEnrollment", "Observer"),
)


def plant(connection: sqlite3.Connection, now: str) -> None:
    """Write the first rows. now: the instant (text) of their making."""
    stamp = (now, now)
    connection.execute(
        "INSERT INTO accounts (id, name, workflow_state, settings, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
        (ROOT_ACCOUNT_ID, "Sandbox University", "active", '{"allow_sis_import": true}', *stamp),
    )
    connection.execute(
        "INSERT INTO terms (id, name, workflow_state, created_at, updated_at) VALUES (?, ?, 'active', ?, ?)",
        (DEFAULT_TERM_ID, DEFAULT_TERM_NAME, *stamp),
    )
    roles = [(id_, name, label, name) for id_, name, label in COURSE_ROLES]
    roles += [(ACCOUNT_ADMIN_ROLE_ID, "AccountAdmin", "Account Admin", "AccountMembership")]
    connection.executemany(
        "INSERT INTO roles (id, name, label, base_role_type, account_id, workflow_state, created_at, updated_at) "
        "VALUES (?, ?, ?, ?, 1, 'built_in', ?, ?)",
        [(*role, *stamp) for role in roles],
    )
    connection.execute("INSERT INTO authentication_providers VALUES (1, 'canvas', 1, 'active')")
    connection.execute(
        "INSERT INTO users (id, name, sortable_name, workflow_state, stuck, created_at, updated_at) "
        "VALUES (?, ?, ?, ?, 'name,sortable_name', ?, ?)",
        (ADMIN_USER_ID, "Sandbox Admin", "Admin, Sandbox", "registered", *stamp),
    )
    connection.execute(
        "INSERT INTO logins (id, user_id, unique_id, unique_key, workflow_state, stuck, created_at, updated_at) "
        "VALUES (1, ?, ?, ?, 'active', 'unique_id,workflow_state', ?, ?)",
        (ADMIN_USER_ID, "sandbox-admin", "sandbox-admin", *stamp),
    )
    connection.execute(
        "INSERT INTO admins (id, account_id, user_id, role_id, workflow_state, created_at, updated_at) "
        "VALUES (1, ?, ?, ?, 'active', ?, ?)",
        (ROOT_ACCOUNT_ID, ADMIN_USER_ID, ACCOUNT_ADMIN_ROLE_ID, *stamp),
    )
