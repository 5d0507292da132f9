"""The ledger's database: connections, transactions, and bringing its tables up to date."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from pipeline.errors import LedgerError, TryLater
from pipeline.model.files import make_folder

__all__ = ["HEAD", "Database", "open_database"]

HEAD = "0001"
"""The revision of the tables that this code works with; a test compares it with the migrations."""

BUSY_SECONDS = 30  # how long a writer waits for another one's transaction


class Database:
    """Transactions on one ledger. `read` sees one state; `write` is alone, and is undone as a whole if anything fails."""

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self.engine = engine
        self.place = place  # for messages: never holds a password
        self.has_own_clock = engine.dialect.name == "postgresql"  # hosts that share it go by its server's clock

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection in a reading transaction. Raises LedgerError or TryLater, never the database's own error."""
        with _told(self.place), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A connection in a writing transaction, committed at the end; errors as for `read`."""
        with _told(self.place), self.engine.connect() as connection:
            writing = connection.execution_options(ledger_writes=True)
            with writing.begin():
                yield writing

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The ledger at this URL, its tables up to date; a new one is made where none is.

    url: `sqlite:////path/to/ledger.sqlite` or `postgresql+psycopg://…`. Raises LedgerError when it cannot be used, or was
    made by a newer version.
    """
    try:
        parsed = _parsed(url)
    except exc.ArgumentError as error:
        raise LedgerError(
            "The ledger's URL cannot be understood.", remedy="Check `ledger:` in the configuration."
        ) from error
    place = parsed.render_as_string(hide_password=True) if parsed.host else str(parsed.database)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database:
        _prepare_file(Path(parsed.database))
    with _told(place):
        database = Database(sa.create_engine(parsed, **_options(is_sqlite=is_sqlite)), place)
    if is_sqlite:
        event.listen(database.engine, "connect", _set_up_sqlite)
    event.listen(database.engine, "begin", _begin_sqlite if is_sqlite else _begin_shared)
    try:
        _bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return database


def _parsed(url: str) -> sa.URL:
    """The URL; a path in it is taken as it is, whatever characters its folders have."""
    if url.startswith(_SQLITE):
        return sa.URL.create("sqlite", database=url.removeprefix(_SQLITE))
    return sa.make_url(url)


_SQLITE = "sqlite:///"


def _prepare_file(path: Path) -> None:
    """The database file, made for its owner only: SQLite gives its -wal and -shm files the same permissions."""
    try:
        make_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerError(
            f"The ledger {path} cannot be opened for writing.", remedy="Check the folder's permissions and free space."
        ) from error


def _options(*, is_sqlite: bool) -> dict[str, Any]:
    if is_sqlite:
        return {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}, "hide_parameters": True}
    return {"pool_pre_ping": True, "hide_parameters": True}


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins no transactions of its own: `_begin_sqlite` does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("ledger_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_shared(connection: sa.Connection) -> None:
    """PostgreSQL, several hosts: writers go one after the other, as they do in SQLite, so that both behave alike."""
    connection.exec_driver_sql(f"set local lock_timeout = '{BUSY_SECONDS}s'")
    # a host that was stopped in the middle of a transaction does not keep the others waiting
    connection.exec_driver_sql(f"set local idle_in_transaction_session_timeout = '{BUSY_SECONDS // 2}s'")
    if connection.get_execution_options().get("ledger_writes"):
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({_WRITERS})")


_WRITERS = 7361707369  # any number that nobody else uses in this database


def _bring_up_to_date(database: Database) -> None:
    with database.read() as connection:
        present = _revision(connection)
    if present == HEAD:
        return
    from pipeline.ledger.migrate import upgrade  # Alembic is loaded only when there is something to do

    with database.write() as connection:
        if _revision(connection) != HEAD:
            upgrade(connection, database.place)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("select version_num from alembic_version")).scalar()


_TRY_LATER = (
    "database is locked",
    "database table is locked",
    "lock timeout",
    "connection refused",
    "connection timed out",
    "could not connect",
    "server closed the connection",
    "terminating connection",
    "the database system is",
)
"""Words of SQLite and PostgreSQL for a ledger that cannot be had at the moment."""

_REMEDIES = {
    "readonly": "The ledger's file or folder is read-only: give the service's user the right to write there.",
    "disk i/o error": "The disk reports errors: check it, then run `sis-pipeline ledger check`.",
    "malformed": "The ledger is damaged: stop the service, run `sis-pipeline ledger check`, restore a backup.",
    "not a database": "This file is not a ledger: check `state:` in the configuration, or restore a backup.",
    "unable to open": "Check the folder's permissions and free space.",
}


@contextlib.contextmanager
def _told(place: str) -> Iterator[None]:
    """Turn the database's errors into ours. Their texts may hold values, so they stay the cause."""
    try:
        yield
    except (exc.SQLAlchemyError, ImportError) as error:
        text = str(getattr(error, "orig", None) or "").lower()
        if any(word in text for word in _TRY_LATER):
            raise TryLater(
                f"The ledger {place} is busy.", remedy="Another process is writing to it; try again."
            ) from error
        if "disk is full" in text:
            raise TryLater(
                f"The disk of the ledger {place} is full.",
                remedy="Free some space; nothing is lost, the work goes on from its last commit.",
            ) from error
        remedy = next((value for word, value in _REMEDIES.items() if word in text), "Run `sis-pipeline ledger check`.")
        raise LedgerError(f"The ledger {place} cannot be used ({type(error).__name__}).", remedy=remedy) from error
