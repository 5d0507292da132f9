"""What time does to the tables: messages and state changes of a month ago go; what a killed process left is closed."""

import sqlite3
from datetime import datetime, timedelta

__all__ = ["died", "purge"]

KEPT_DAYS = 30


def purge(connection: sqlite3.Connection, now: datetime) -> None:
    """Delete messages, and the state changes of imports, that are older than 30 days."""
    limit = (now - timedelta(days=KEPT_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")
    oldest = connection.execute("SELECT created_at FROM messages ORDER BY id LIMIT 1").fetchone()
    if oldest and oldest[0] < limit:
        connection.execute("DELETE FROM messages WHERE created_at < ?", (limit,))
    old = "SELECT id FROM imports WHERE created_at < ?"
    if connection.execute(f"{old} LIMIT 1", (limit,)).fetchone():
        connection.execute(f"DELETE FROM state_changes WHERE import_id IN ({old})", (limit,))  # noqa: S608


def died(connection: sqlite3.Connection, now: str) -> None:
    """Close what a process was doing when it was killed: its retries are forgotten, its restorations failed."""
    connection.execute(
        "DELETE FROM retries WHERE import_id IN "
        "(SELECT id FROM imports WHERE workflow_state IN ('importing', 'cleanup_batch') AND NOT held)"
    )
    connection.execute(
        "UPDATE progresses SET workflow_state = 'failed', message = 'Unexpected error, ID: 1', updated_at = ? "
        "WHERE workflow_state = 'running'",
        (now,),
    )
