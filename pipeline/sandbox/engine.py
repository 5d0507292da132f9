"""The domain side of the sandbox: what the HTTP routes call. One engine is one Canvas root account.

Reading: `engine.database.read()` gives a cursor over the tables of `store/schema.sql`; `engine.database` is replaced
by `reset`, so ask the engine for it each time. Writing to these tables goes through the functions below alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.sandbox.clock import SandboxClock
from pipeline.sandbox.store import Database

__all__ = ["Engine", "Fate", "ImportOptions", "Upload"]


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


@dataclass(frozen=True, slots=True)
class Fate:
    """How a fault wants an import to go.

    end_state: the state it ends in instead of its own, after its rows were applied (`failed`: nothing is applied);
    stall_at: it stops at this progress (percent) until it is aborted; pause_seconds: real seconds before each segment.
    """

    end_state: str | None = None
    stall_at: int | None = None
    pause_seconds: float = 0


class Engine:
    """One root account: its tables, its queue of imports, its clock.

    path: None keeps everything in memory, else the SQLite file that holds it over restarts and kills: an import that
    ran when the process died ends `failed` (as when Canvas's job dies), queued ones run on.
    canvas_version: "current" or "2022".
    """

    def __init__(self, path: Path | None = None, *, clock: SandboxClock | None = None, canvas_version: str = "current") -> None:
        self.clock = clock or SandboxClock()
        self.canvas_version = canvas_version
        self.fate: Callable[[int], Fate | None] = lambda _import_id: None
        self.database: Database

    # Imports

    def save_import(self, user_id: int, upload: Upload | None) -> int:
        """Store a new import in state `initializing` with its file; the result is its id.

        It never runs unless `start_import` follows: that is the orphan which a late refusal of the request leaves.
        """
        raise NotImplementedError

    def attach_upload(self, import_id: int, upload: Upload) -> None:
        """Give a saved import the file that came after it (the file-upload workflow); `start_import` follows."""
        raise NotImplementedError

    def start_import(self, import_id: int, options: ImportOptions) -> None:
        """Give a saved import its options, put it into the queue in state `created`, wake the worker."""
        raise NotImplementedError

    def abort(self, import_id: int) -> bool:
        """Abort an import that is initializing, created, importing or cleanup_batch; False when it is in none of these."""
        raise NotImplementedError

    def abort_all_pending(self) -> None:
        """Abort all imports that are initializing or created (their progress becomes 100)."""
        raise NotImplementedError

    def restore_states(self, import_id: int, *, batch_mode: bool, undelete_only: bool, unconclude_only: bool) -> int:
        """Queue a restoration of the states before this import; the result is the id of its Progress."""
        raise NotImplementedError

    def attachment_content(self, attachment_id: int) -> bytes | None:
        """The bytes of an attachment; None when there is no such attachment."""
        raise NotImplementedError

    # Control routes

    def reset(self) -> None:
        """Empty account and queue, the machine's time again, queue running; nothing of before has an effect afterwards."""
        raise NotImplementedError

    def copy_from(self, other: "Engine") -> None:
        """Have the same tables as another engine, as after a refresh of the environment; what ran or waited is gone.

        Of the imports that are under way in the other account, the copies are kept as they are and never run.
        """
        raise NotImplementedError

    def given(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """Set up preconditions as if by hand, in the order given; the result names what placeholders stand for.

        Knows every key of the acceptance cases but `no_permission_token`, which is the HTTP side's (tokens).
        Errors: ValueError names a key or object that does not exist.
        """
        raise NotImplementedError

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """All objects as `{table: [rows]}` with the keys of the acceptance cases; deleted ones included."""
        raise NotImplementedError

    # The queue

    def pause_queue(self) -> None:
        """Start no further import until `resume_queue`."""
        raise NotImplementedError

    def resume_queue(self) -> None:
        """Start imports again."""
        raise NotImplementedError

    def wait_until_idle(self, timeout_seconds: float = 30) -> bool:
        """Wait until the worker has nothing to do at this instant of the clock; False when the time is up."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop the worker at the next segment and give the database up."""
        raise NotImplementedError
