"""The tables of imports and of what they leave: messages, attachments, uploads, state changes, retries, progresses."""

import json
import sqlite3
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.sandbox.store.results import Message, StateChange

__all__ = ["AttachmentRow", "ImportRow", "ImportTables", "RetryRow"]

RUNNING = "('importing', 'cleanup_batch')"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import as it is stored. values: the columns of `imports`; data: its JSON object."""

    values: Mapping[str, Any]
    data: dict[str, Any]

    @property
    def id(self) -> int:
        """Its Canvas id."""
        return int(self.values["id"])

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file that an import offers. member: its path in the upload; content: bytes of its own, else None."""

    kind: str
    display_name: str
    size: int
    upload_id: int | None = None
    member: str | None = None
    content: bytes | None = None
    content_type: str = "text/csv"


@dataclass(frozen=True, slots=True)
class RetryRow:
    """A piece of an import whose importer crashed. attempt: how many delayed ones were made so far."""

    import_id: int
    type: str
    path: str
    first_record: int
    record_count: int
    attempt: int
    due_at: str
    id: int = 0


class ImportTables:
    """Reading and writing these tables over one connection. The caller has the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert(self, user_id: int, data: Mapping[str, Any], now: str) -> int:
        """A new import in state initializing; the result is its id."""
        cursor = self._connection.execute(
            "INSERT INTO imports (user_id, created_at, updated_at, workflow_state, data) VALUES (?, ?, ?, ?, ?)",
            (user_id, now, now, "initializing", json.dumps(data)),
        )
        return int(cursor.lastrowid or 0)

    def get(self, import_id: int) -> ImportRow | None:
        """The import with this id, or None."""
        found = self._rows("SELECT * FROM imports WHERE id = ?", (import_id,))
        return found[0] if found else None

    def running(self) -> list[ImportRow]:
        """The imports that a worker has in hand; those that are held in such a state too."""
        return self._rows(f"SELECT * FROM imports WHERE workflow_state IN {RUNNING}", ())  # noqa: S608

    def pending(self) -> list[ImportRow]:
        """The imports that wait, or that are not complete yet."""
        return self._rows("SELECT * FROM imports WHERE workflow_state IN ('initializing', 'created')", ())

    def next_queued(self) -> ImportRow | None:
        """The import that has waited longest; None while there is none."""
        sql = "SELECT * FROM imports WHERE workflow_state = 'created' AND NOT held ORDER BY created_at, id LIMIT 1"
        return next(iter(self._rows(sql, ())), None)

    def base_of(self, import_id: int, identifier: str) -> ImportRow | None:
        """What a new import of a data set is compared with.

        The latest successful one that was diffed or a remaster, else the first successful one; None: there is none.
        """
        sql = (
            "SELECT * FROM imports WHERE diffing_data_set_identifier = ? AND id <> ? AND upload_id IS NOT NULL "
            "AND workflow_state IN ('imported', 'imported_with_messages')"
        )
        in_chain = "AND (diffing_remaster OR generated_diff_id IS NOT NULL) ORDER BY created_at DESC, id DESC LIMIT 1"
        values = (identifier, import_id)
        found = self._rows(f"{sql} {in_chain}", values) or self._rows(f"{sql} ORDER BY created_at, id LIMIT 1", values)
        return next(iter(found), None)

    def latest_of(self, identifier: str, *, but: int, count: int) -> list[ImportRow]:
        """The latest imports of a data set, the newest first. but: not this one."""
        sql = "SELECT * FROM imports WHERE diffing_data_set_identifier = ? AND id <> ?"
        return self._rows(f"{sql} ORDER BY created_at DESC, id DESC LIMIT ?", (identifier, but, count))

    def update(self, import_id: int, **columns: Any) -> None:
        """Set columns of an import; `data` is given as an object."""
        values = {name: json.dumps(value) if name == "data" else value for name, value in columns.items()}
        settings = ", ".join(f"{name} = ?" for name in values)
        self._connection.execute(f"UPDATE imports SET {settings} WHERE id = ?", (*values.values(), import_id))  # noqa: S608

    def state(self, import_id: int) -> str | None:
        """The state of an import; None when there is none."""
        row = self._connection.execute("SELECT workflow_state FROM imports WHERE id = ?", (import_id,)).fetchone()
        return None if row is None else str(row[0])

    def touched_terms(self, import_id: int) -> list[int]:
        """The ids of the terms that an import touched."""
        rows = self._connection.execute("SELECT id FROM terms WHERE sis_import_id = ? ORDER BY id", (import_id,))
        return [row[0] for row in rows]

    # Uploads and attachments

    def add_upload(self, import_id: int, name: str, content: bytes) -> int:
        """Keep a file; the result is its id."""
        cursor = self._connection.execute(
            "INSERT INTO uploads (import_id, name, content) VALUES (?, ?, ?)", (import_id, name, content)
        )
        return int(cursor.lastrowid or 0)

    def upload(self, upload_id: int) -> tuple[str, bytes]:
        """Name and bytes of a kept file."""
        row = self._connection.execute("SELECT name, content FROM uploads WHERE id = ?", (upload_id,)).fetchone()
        return row[0], row[1]

    def add_attachments(self, import_id: int, attachments: Iterable[AttachmentRow], now: str) -> list[int]:
        """Offer files for download; the result is their ids."""
        ids = []
        for file in attachments:
            cursor = self._connection.execute(
                "INSERT INTO attachments (uuid, import_id, kind, display_name, filename, content_type, size, created_at, "
                "upload_id, member, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    uuid.uuid4().hex,
                    import_id,
                    file.kind,
                    file.display_name,
                    f"{import_id}_{file.display_name}",
                    file.content_type,
                    file.size,
                    now,
                    file.upload_id,
                    file.member,
                    file.content,
                ),
            )
            ids.append(int(cursor.lastrowid or 0))
        return ids

    def attachment(self, attachment_id: int) -> tuple[int | None, str | None, bytes | None] | None:
        """Upload, member and own content of an attachment; None when there is no such attachment."""
        sql = "SELECT upload_id, member, content FROM attachments WHERE id = ?"
        found: tuple[int | None, str | None, bytes | None] | None = self._connection.execute(
            sql, (attachment_id,)
        ).fetchone()
        return found

    # Messages

    def add_messages(self, import_id: int, file: str | None, messages: Iterable[Message], now: str) -> None:
        """Store messages in order. file: what they name as their file."""
        self._connection.executemany(
            "INSERT INTO messages (import_id, file, message, row, row_info, failure, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(import_id, file, m.text, m.row, m.info, int(m.failure), now) for m in messages],
        )

    def message_count(self, import_id: int, *, failure: bool) -> int:
        """How many errors, or warnings, an import has."""
        sql = "SELECT count(*) FROM messages WHERE import_id = ? AND failure = ?"
        return int(self._connection.execute(sql, (import_id, int(failure))).fetchone()[0])

    def first_messages(self, import_id: int, *, failure: bool, limit: int) -> list[list[str | None]]:
        """The first messages of a kind as [file, message]."""
        sql = "SELECT file, message FROM messages WHERE import_id = ? AND failure = ? ORDER BY id LIMIT ?"
        return [list(row) for row in self._connection.execute(sql, (import_id, int(failure), limit))]

    def all_messages(self, import_id: int) -> list[tuple[int, str | None, str, int | None]]:
        """Import id, file, message and row of all messages."""
        sql = "SELECT import_id, file, message, row FROM messages WHERE import_id = ? ORDER BY id"
        return self._connection.execute(sql, (import_id,)).fetchall()

    # State changes

    def add_state_changes(self, import_id: int, changes: Sequence[StateChange], *, batch_mode: bool) -> None:
        """Record changes of state in order. batch_mode: made by a batch-mode clean-up."""
        sql = "SELECT coalesce(max(id), 0) FROM state_changes WHERE import_id = ?"
        last = self._connection.execute(sql, (import_id,)).fetchone()[0]
        flag = int(batch_mode)
        rows = [(import_id, number, *change, flag, 0) for number, change in enumerate(changes, last + 1)]
        self._connection.executemany("INSERT INTO state_changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def tallied_changes(self, import_id: int) -> list[tuple[str, str, str, int]]:
        """How often each (class, state before, state after) was recorded."""
        sql = (
            "SELECT class, previous_state, new_state, count(*) FROM state_changes WHERE import_id = ? "
            "GROUP BY class, previous_state, new_state"
        )
        return self._connection.execute(sql, (import_id,)).fetchall()

    def tallied_restored(self, import_id: int) -> dict[str, int]:
        """How many changes of each class were undone."""
        sql = "SELECT class, count(*) FROM state_changes WHERE import_id = ? AND restored GROUP BY class"
        return dict(self._connection.execute(sql, (import_id,)).fetchall())

    def unrestored(self, import_id: int, condition: str) -> list[tuple[int, str, int, str]]:
        """Number, class, object and earlier state of the changes that are not undone yet, the newest first."""
        sql = (
            "SELECT id, class, object_id, previous_state FROM state_changes "  # noqa: S608  # texts of our own
            f"WHERE import_id = ? AND NOT restored AND {condition} ORDER BY id DESC"
        )
        return self._connection.execute(sql, (import_id,)).fetchall()

    def mark_restored(self, import_id: int, numbers: Iterable[int]) -> None:
        """Say that these changes were undone."""
        sql = "UPDATE state_changes SET restored = 1 WHERE import_id = ? AND id = ?"
        self._connection.executemany(sql, [(import_id, number) for number in numbers])

    # Retries

    def add_retry(self, retry: RetryRow) -> None:
        """Have a piece tried again later."""
        self._connection.execute(
            "INSERT INTO retries (import_id, type, path, first_record, record_count, attempt, due_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                retry.import_id,
                retry.type,
                retry.path,
                retry.first_record,
                retry.record_count,
                retry.attempt,
                retry.due_at,
            ),
        )

    def next_retry(self) -> RetryRow | None:
        """The retry that is due first."""
        sql = "SELECT import_id, type, path, first_record, record_count, attempt, due_at, id FROM retries"
        row = self._connection.execute(f"{sql} ORDER BY due_at, id LIMIT 1").fetchone()
        return None if row is None else RetryRow(*row)

    def drop_retry(self, retry_id: int) -> None:
        """Forget a retry."""
        self._connection.execute("DELETE FROM retries WHERE id = ?", (retry_id,))

    # Facts

    def fact(self, name: str) -> str | None:
        """A small fact of the database; None when it was never set."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Remember a small fact."""
        sql = "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self._connection.execute(sql, (name, value))

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[ImportRow]:
        cursor = self._connection.execute(sql, values)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return [ImportRow(row, json.loads(row["data"])) for row in rows]

    def account_settings(self) -> dict[str, Any]:
        """The settings of the root account."""
        row = self._connection.execute("SELECT settings FROM accounts WHERE id = 1").fetchone()
        settings: dict[str, Any] = json.loads(row[0])
        return settings

    def as_json(self, value: Any) -> str | None:
        """A value as a JSON column holds it; None stays NULL."""
        return None if value is None else json.dumps(value)

    # Progresses

    def add_progress(self, import_id: int, options: Mapping[str, Any], now: str) -> int:
        """Queue a restoration; the result is the id of its progress."""
        cursor = self._connection.execute(
            "INSERT INTO progresses (context_id, context_type, tag, completion, workflow_state, options, created_at, "
            "updated_at) VALUES (?, 'SisBatch', 'sis_batch_state_restore', 0.0, 'queued', ?, ?, ?)",
            (import_id, json.dumps(options), now, now),
        )
        return int(cursor.lastrowid or 0)

    def next_progress(self) -> tuple[int, int, dict[str, Any]] | None:
        """Id, import and options of the restoration that was queued first."""
        sql = "SELECT id, context_id, options FROM progresses WHERE workflow_state = 'queued' ORDER BY id LIMIT 1"
        row = self._connection.execute(sql).fetchone()
        return None if row is None else (row[0], row[1], json.loads(row[2]))

    def set_progress(self, progress_id: int, state: str, completion: float, now: str) -> None:
        """Move a progress on."""
        sql = "UPDATE progresses SET workflow_state = ?, completion = ?, updated_at = ? WHERE id = ?"
        self._connection.execute(sql, (state, completion, now, progress_id))
