"""Report runs: kept in SQLite of their own, and worked off strictly one after another.

Source: the reference on reading back, sections 4.3 to 4.5.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.sandbox.api.filing import StoredFile
from pipeline.sandbox.api.reporting.writing import Written

__all__ = ["FIRST_FILE_ID", "ReportRuns", "Work"]

FIRST_FILE_ID = 500_000_001  # far above the ids of the imports' files
SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account_id INTEGER NOT NULL, report TEXT NOT NULL, status TEXT NOT NULL,
    progress INTEGER NOT NULL DEFAULT 0, current_line INTEGER, parameters TEXT NOT NULL, created_at TEXT NOT NULL,
    started_at TEXT, ended_at TEXT, file_id INTEGER
);
CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL, name TEXT NOT NULL, content_type TEXT NOT NULL,
    size INTEGER NOT NULL, created_at TEXT NOT NULL, content BLOB NOT NULL
);
"""
WAITING = "SELECT * FROM runs WHERE status = 'created' ORDER BY id LIMIT 1"
ABORTED = "Report has been aborted"
BROKEN = "Failed, the report failed to generate a file. Please try again."

Work = Callable[[Mapping[str, Any], Callable[[int], None]], Written]


class StoppedError(Exception):
    """The run was deleted or aborted, or the sandbox was reset, while it was at work."""


class ReportRuns:
    """Runs and files of one sandbox; safe to use from several threads.

    work: makes the file of a run (a mapping with its columns, `parameters` parsed), and tells of lines written.
    """

    def __init__(self, path: Path | None, *, now: Callable[[], str], work: Work) -> None:
        self._now, self._work = now, work
        self._lock = threading.RLock()
        self._bell = threading.Condition(self._lock)
        self._closing = False
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        if path:
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA)
        with suppress(sqlite3.IntegrityError):
            self._db.execute("INSERT INTO sqlite_sequence VALUES ('files', ?)", (FIRST_FILE_ID - 1,))
        self._db.execute("UPDATE runs SET status = 'created', started_at = NULL WHERE status = 'running'")
        self._thread: threading.Thread | None = None
        if self._one(WAITING) is not None:
            self._wake()

    def close(self) -> None:
        """Stop the run under way at its next thousand lines, and give the store up."""
        with self._bell:
            self._closing = True
            self._bell.notify_all()
        if self._thread is not None:
            self._thread.join(10)
        with self._lock:
            self._db.close()

    def reset(self) -> None:
        """Forget all runs and files."""
        with self._lock:
            self._db.execute("DELETE FROM runs")
            self._db.execute("DELETE FROM files")

    def start(self, report: str, account_id: int, parameters: Mapping[str, Any]) -> int:
        """Queue a run; the result is its id."""
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO runs (account_id, report, status, parameters, created_at) VALUES (?, ?, 'created', ?, ?)",
                (account_id, report, json.dumps(dict(parameters), ensure_ascii=False), self._now()),
            )
            self._wake()
        return int(cursor.lastrowid or 0)

    def run(self, run_id: int, report: str) -> dict[str, Any] | None:
        """One run of a report; None when there is none, or it was deleted."""
        with self._lock:
            row = self._one("SELECT * FROM runs WHERE id = ? AND report = ? AND status <> 'deleted'", run_id, report)
        return None if row is None else run_of(row)

    def listed(self, report: str, account_id: int) -> list[dict[str, Any]]:
        """The runs of a report in an account, newest first, deleted ones left out."""
        sql = "SELECT * FROM runs WHERE report = ? AND account_id = ? AND status <> 'deleted' ORDER BY id DESC"
        with self._lock:
            return [run_of(row) for row in self._db.execute(sql, (report, account_id))]

    def delete(self, run_id: int) -> None:
        """Mark a run as deleted, which stops it at its next thousand lines."""
        with self._lock:
            self._db.execute("UPDATE runs SET status = 'deleted' WHERE id = ?", (run_id,))

    def abort(self, run_id: int) -> bool:
        """Abort a run that is running; False when it is not."""
        with self._lock:
            row = self._one("SELECT * FROM runs WHERE id = ? AND status = 'running'", run_id)
            if row is None:
                return False
            self._finish(run_id, "aborted", {**json.loads(row["parameters"]), "extra_text": ABORTED})
        return True

    def file(self, file_id: int, *, verified: bool) -> StoredFile | None:
        """A file of a run; None when there is none."""
        with self._lock:
            row = self._one("SELECT id, uuid, name, content_type, size, created_at FROM files WHERE id = ?", file_id)
        if row is None:
            return None
        return StoredFile(
            file_id=row["id"],
            uuid=row["uuid"],
            display_name=row["name"],
            filename=row["name"],
            content_type=row["content_type"],
            size=row["size"],
            created_at=row["created_at"],
            verified=verified,
        )

    def content(self, file_id: int) -> bytes | None:
        """The bytes of a file of a run."""
        with self._lock:
            row = self._one("SELECT content FROM files WHERE id = ?", file_id)
        return None if row is None else bytes(row["content"])

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work_off, name="sandbox-reports", daemon=True)
            self._thread.start()
        self._bell.notify_all()

    def _work_off(self) -> None:
        while True:
            with self._bell:
                while not self._closing and (row := self._one(WAITING)) is None:
                    self._bell.wait()
                if self._closing:
                    return
                change = "UPDATE runs SET status = 'running', started_at = ? WHERE id = ?"
                self._db.execute(change, (self._now(), row["id"]))
            self._do(run_of(row))

    def _do(self, run: dict[str, Any]) -> None:
        """Make a run's file, unless it is stopped; whatever goes wrong ends in `error`."""
        try:
            written = self._work(run, lambda lines: self._told(run["id"], lines))
        except StoppedError:
            return
        except Exception:  # noqa: BLE001  # a fault of one run must not end the thread: Canvas says `error`, too
            with self._lock:
                if not self._closing and self._is_running(run["id"]):
                    self._finish(run["id"], "error", {**run["parameters"], "extra_text": BROKEN})
            return
        with self._lock:
            if not self._closing and self._is_running(run["id"]):
                self._keep(run, written)

    def _keep(self, run: dict[str, Any], written: Written) -> None:
        name = file_name(run, written.content_type, datetime.fromisoformat(self._now()))
        cursor = self._db.execute(
            "INSERT INTO files (uuid, name, content_type, size, created_at, content) VALUES (?, ?, ?, ?, ?, ?)",
            (
                secrets.token_urlsafe(30),
                name,
                written.content_type,
                written.size if written.size is not None else len(written.content),
                self._now(),
                written.content,
            ),
        )
        self._finish(run["id"], "complete", {**run["parameters"], "extra_text": written.told})
        change = "UPDATE runs SET file_id = ?, current_line = ? WHERE id = ?"
        self._db.execute(change, (cursor.lastrowid, written.lines, run["id"]))

    def _finish(self, run_id: int, status: str, parameters: Mapping[str, Any]) -> None:
        change = "UPDATE runs SET status = ?, progress = 100, ended_at = ?, parameters = ? WHERE id = ?"
        text = json.dumps(dict(parameters), ensure_ascii=False)
        self._db.execute(change, (status, self._now(), text, run_id))

    def _told(self, run_id: int, lines: int) -> None:
        with self._lock:
            if self._closing or not self._is_running(run_id):
                raise StoppedError
            self._db.execute("UPDATE runs SET current_line = ? WHERE id = ?", (lines, run_id))

    def _is_running(self, run_id: int) -> bool:
        return self._one("SELECT 1 FROM runs WHERE id = ? AND status = 'running'", run_id) is not None

    def _one(self, sql: str, *values: Any) -> Any:
        return self._db.execute(sql, values).fetchone()


def run_of(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "parameters": json.loads(row["parameters"])}


def file_name(run: Mapping[str, Any], content_type: str, now: datetime) -> str:
    """The name of a run's file: that of a CSV is a temporary one, which nobody should read anything into."""
    stem = f"{run['report']}_{now:%d_%b_%Y}_{run['id']}"
    return f"{stem}.zip" if content_type == "application/zip" else f"{stem}{now:%Y%m%d}-{secrets.token_hex(4)}.csv"
