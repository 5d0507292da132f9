"""The domain side of the sandbox: what the HTTP routes call. One engine is one Canvas root account.

Reading: `engine.database.read()` gives a cursor over the tables of `store/schema.sql`; `engine.database` is replaced
by `reset`, so ask the engine for it each time. Writing to these tables goes through the functions below alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.sandbox.batch.archive import Archive
from pipeline.sandbox.batch.context import Context, Fate, later
from pipeline.sandbox.batch.queue import PAUSED, WAIT_UNTIL, Queue
from pipeline.sandbox.clock import SandboxClock
from pipeline.sandbox.given.hand import Hand
from pipeline.sandbox.given.wishes import grant
from pipeline.sandbox.store import Database
from pipeline.sandbox.store.imports import ImportTables
from pipeline.sandbox.store.session import Session
from pipeline.sandbox.store.state import observed

__all__ = ["Engine", "Fate", "ImportOptions", "Upload"]

ABORTABLE = ("initializing", "created", "importing", "cleanup_batch")
WIND_DOWN_SECONDS = 600  # after the abort of a running import, if others are queued


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The checked parameters of one import, as its JSON will show them (None: shown as null)."""

    batch_mode: bool | None = None
    batch_mode_term_id: int | None = None
    multi_term_batch_mode: bool | None = None
    batch_mode_enrollment_drop_status: str | None = None
    override_sis_stickiness: bool | None = None
    add_sis_stickiness: bool | None = None
    clear_sis_stickiness: bool | None = None
    update_sis_id_if_login_claimed: bool = False
    skip_deletes: bool = False
    diffing_data_set_identifier: str | None = None
    diffing_remaster: bool | None = None
    diffing_drop_status: str | None = None
    diffing_user_remove_status: str | None = None
    change_threshold: int | None = None
    diff_row_count_threshold: int | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent. name: decides the processing by its extension (.zip, .csv, anything else: nothing)."""

    name: str
    content: bytes | Path  # a path is read and not kept


class Engine:
    """One root account: its tables, its queue of imports, its clock.

    path: None keeps everything in memory, else the SQLite file that holds it over restarts and kills: an import that
    ran when the process died ends `failed` (as when Canvas's job dies), queued ones run on.
    canvas_version: "current" or "2022". fate: what a fault wants of an import that starts, by its id.
    Errors: StoreError when the file cannot be used.
    """

    def __init__(
        self, path: Path | None = None, *, clock: SandboxClock | None = None, canvas_version: str = "current"
    ) -> None:
        self.clock = clock or SandboxClock()
        self.canvas_version = canvas_version
        self.fate: Callable[[int], Fate | None] = lambda _import_id: None
        self._path = path
        self._begin()
        self.clock.on_move(self._wake)

    # Imports

    def save_import(self, user_id: int, upload: Upload | None, *, import_type: str = "instructure_csv") -> int:
        """Store a new import in state `initializing` with its file; the result is its id.

        It never runs unless `start_import` follows: that is the orphan which a late refusal of the request leaves.
        """
        content = (
            upload.content.read_bytes() if upload and isinstance(upload.content, Path) else upload and upload.content
        )
        with self.database.write() as connection:
            tables = ImportTables(connection)
            import_id = tables.insert(user_id, {"import_type": import_type}, self.clock.text())
            if upload is not None:
                tables.update(import_id, upload_id=tables.add_upload(import_id, upload.name, bytes(content or b"")))
        return import_id

    def attach_upload(self, import_id: int, upload: Upload) -> None:
        """Give a saved import the file that came after it (the file-upload workflow); `start_import` follows."""
        content = upload.content.read_bytes() if isinstance(upload.content, Path) else upload.content
        with self.database.write() as connection:
            tables = ImportTables(connection)
            tables.update(import_id, upload_id=tables.add_upload(import_id, upload.name, content))

    def start_import(self, import_id: int, options: ImportOptions) -> None:
        """Give a saved import its options, put it into the queue in state `created`, wake the worker."""
        with self.database.write() as connection:
            tables = ImportTables(connection)
            tables.update(import_id, workflow_state="created", updated_at=self.clock.text(), **asdict(options))
            tables.set_fact(WAIT_UNTIL, "")
        self._queue.wake()

    def abort(self, import_id: int) -> bool:
        """Abort an import that is initializing, created, importing or cleanup_batch; False when it is in none of these."""
        with self.database.write() as connection:
            tables = ImportTables(connection)
            state = tables.state(import_id)
            if state not in ABORTABLE:
                return False
            tables.update(import_id, workflow_state="aborted", updated_at=self.clock.text())
            was_running = state in ("importing", "cleanup_batch")
            if was_running and tables.next_queued() is not None:
                tables.set_fact(WAIT_UNTIL, later(self._context, WIND_DOWN_SECONDS))
        self._queue.wake()
        return True

    def abort_all_pending(self) -> None:
        """Abort all imports that are initializing or created (their progress becomes 100)."""
        with self.database.write() as connection:
            tables = ImportTables(connection)
            for row in tables.pending():
                tables.update(row.id, workflow_state="aborted", progress=100, updated_at=self.clock.text())
        self._queue.wake()

    def restore_states(self, import_id: int, *, batch_mode: bool, undelete_only: bool, unconclude_only: bool) -> int:
        """Queue a restoration of the states before this import; the result is the id of its Progress."""
        options = {"batch_mode": batch_mode, "undelete_only": undelete_only, "unconclude_only": unconclude_only}
        with self.database.write() as connection:
            tables = ImportTables(connection)
            tables.update(import_id, workflow_state="restoring", updated_at=self.clock.text())
            progress_id = tables.add_progress(import_id, options, self.clock.text())
        self._queue.wake()
        return progress_id

    def attachment_content(self, attachment_id: int) -> bytes | None:
        """The bytes of an attachment; None when there is no such attachment."""
        with self.database.read() as cursor:
            tables = ImportTables(cursor.connection)
            found = tables.attachment(attachment_id)
            if found is None:
                return None
            upload_id, member, content = found
            if upload_id is None or member is None:
                return content or b""
            name, packed = tables.upload(upload_id)
        return Archive(name, packed).read(member)

    # Control routes

    def reset(self) -> None:
        """Empty account and queue, the machine's time again, queue running; nothing of before has an effect afterwards."""
        old_queue, old_database = self._queue, self.database
        old_queue.stop()
        self.clock.reset()
        old_database.forget()
        self._begin()

    def copy_from(self, other: "Engine") -> None:
        """Have the same tables as another engine, as after a refresh of the environment; what ran or waited is gone.

        Of the imports that are under way in the other account, the copies stay as they are and never run.
        """
        self.reset()
        held = "UPDATE imports SET held = 1 WHERE workflow_state IN ('created', 'importing', 'cleanup_batch')"
        with other.database.read() as theirs, self.database.read() as mine:
            theirs.connection.backup(mine.connection)
            mine.execute(held)
            self.database.last_ids.clear()
        self._queue.wake()

    def given(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """Set up preconditions as if by hand, in the order given; the result names what placeholders stand for.

        Knows every key of the acceptance cases but `no_permission_token`, which is the HTTP side's (tokens).
        Errors: ValueError names a key or object that does not exist.
        """
        names: dict[str, Any] = {}
        for key, wish in wishes.items():
            if key == "queue" and wish == "idle":
                self.wait_until_idle()
                continue
            with self.database.write() as connection:
                session = Session(connection, self.database.last_ids)
                names |= grant(Hand(session, self.clock.text()), key, wish)
                session.flush()
        self._queue.wake()
        return names

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """All objects as `{table: [rows]}` with the keys of the acceptance cases; deleted ones included."""
        with self.database.read() as cursor:
            return observed(cursor.connection)

    # The queue

    def pause_queue(self) -> None:
        """Start no further import until `resume_queue`."""
        self._set_paused("1")

    def resume_queue(self) -> None:
        """Start imports again."""
        self._set_paused("")

    def wait_until_idle(self, timeout_seconds: float = 30) -> bool:
        """Wait until the worker has nothing to do at this instant of the clock; False when the time is up."""
        self._queue.wake()
        return self._queue.wait_until_idle(timeout_seconds)

    def close(self) -> None:
        """Stop the worker at the next segment and give the database up."""
        self._queue.stop()
        self._queue.join(seconds=30)

    def _begin(self) -> None:
        self.database = Database(self._path, now=self.clock.text())
        self._context = Context(self.database, self.clock, self.canvas_version == "2022", self._fate_of)
        self._queue = Queue(self._context)
        self._queue.start()

    def _fate_of(self, import_id: int) -> Fate | None:
        return self.fate(import_id)

    def _wake(self) -> None:
        self._queue.wake()

    def _set_paused(self, value: str) -> None:
        with self.database.write() as connection:
            ImportTables(connection).set_fact(PAUSED, value)
        self._queue.wake()
