"""One SQLite connection shared by all threads, in memory or on a file, with the schema and what every account starts with.

Readers go before the import worker: a worker takes the connection for one segment at a time and lets waiting readers in
between. Whoever holds the connection sees whole segments only.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from pipeline.sandbox.store.seed import plant

__all__ = ["Database", "StoreError"]

SCHEMA_VERSION = "2"
FILE_PRAGMAS = ("synchronous = OFF", "locking_mode = EXCLUSIVE", "journal_mode = WAL", "cache_size = -200000")


class StoreError(Exception):
    """The database file cannot be used; the message says why and what to do."""


class _Gate:
    """A lock with two lanes: who takes the fast lane goes before all who wait in the slow one. Reentrant."""

    def __init__(self) -> None:
        self._slow, self._next, self._held = threading.Lock(), threading.Lock(), threading.RLock()
        self._mine = threading.local()

    @contextmanager
    def fast(self) -> Iterator[None]:
        with self._entered():
            yield

    @contextmanager
    def slow(self) -> Iterator[None]:
        if getattr(self._mine, "depth", 0):
            with self._entered():
                yield
            return
        with self._slow, self._entered():
            yield

    @contextmanager
    def _entered(self) -> Iterator[None]:
        depth = getattr(self._mine, "depth", 0)
        if depth:
            self._held.acquire()
        else:
            with self._next:
                self._held.acquire()
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            self._held.release()


class Database:
    """The tables of `schema.sql`. path: None for a database in memory, else the SQLite file (made when missing).

    now: the instant (text) that the first rows carry. Errors: StoreError when the file is another sandbox's at the
    moment, of another version, or no database.
    """

    def __init__(self, path: Path | None, *, now: str) -> None:
        self.path = path
        self._gate = _Gate()
        self.closed = False
        self.last_ids: dict[str, int] = {}  # the greatest id of each table that was written to
        try:
            self.connection = self._open(now)
        except sqlite3.Error as exc:
            raise StoreError(f"{path}: not usable as the sandbox's database. Is another sandbox using it?") from exc

    @contextmanager
    def read(self) -> Iterator[sqlite3.Cursor]:
        """A cursor whose rows are `sqlite3.Row`. Keep it for short: nobody else gets at the database meanwhile."""
        with self._gate.fast():
            cursor = self.connection.cursor()
            cursor.row_factory = sqlite3.Row
            yield cursor

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The connection inside a transaction, before waiting workers; nested uses join the outer transaction."""
        with self._gate.fast(), self._transaction() as connection:
            yield connection

    @contextmanager
    def work(self) -> Iterator[sqlite3.Connection]:
        """Like `write`, for the import worker: after all who wait to read or write."""
        with self._gate.slow(), self._transaction() as connection:
            yield connection

    def close(self) -> None:
        """Give the database up; what was committed is on the disk."""
        with self._gate.fast():
            if not self.closed:
                self.closed = True
                self.connection.close()

    def forget(self) -> None:
        """Take the file away from under this database, so that another can begin at its place.

        What still runs on it writes to a file without a name. Where the system does not allow that, it is closed first.
        """
        if self.path is None:
            return
        names = [self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm"))]
        try:
            for name in names:
                name.unlink(missing_ok=True)
        except OSError:
            self.close()
            for name in names:
                name.unlink(missing_ok=True)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self.connection.in_transaction:
            yield self.connection
            return
        self.connection.execute("BEGIN")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def _open(self, now: str) -> sqlite3.Connection:
        name = ":memory:" if self.path is None else str(self.path)
        connection = sqlite3.connect(
            name, isolation_level=None, check_same_thread=False, cached_statements=500, timeout=2
        )
        pragmas = FILE_PRAGMAS if self.path is not None else ("journal_mode = MEMORY", "synchronous = OFF")
        for pragma in (*pragmas, "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchone():
            _create(connection, now)  # without waiting for the disk: a reset is to be quick
        if self.path is not None:
            connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("SELECT value FROM facts WHERE name = 'schema_version'").fetchone()
        if version is None or version[0] != SCHEMA_VERSION:
            connection.close()
            raise StoreError(f"{self.path} was made by another version of the sandbox. Use another file, or remove it.")
        return connection


def _create(connection: sqlite3.Connection, now: str) -> None:
    """Tables and first rows, in one transaction."""
    schema = files("pipeline.sandbox.store").joinpath("schema.sql").read_text(encoding="utf-8")
    connection.executescript(f"BEGIN;{schema}")
    plant(connection, now)
    connection.execute("INSERT INTO facts VALUES ('schema_version', ?)", [SCHEMA_VERSION])
    connection.execute("COMMIT")
