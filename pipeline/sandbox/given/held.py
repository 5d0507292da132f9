"""Imports in a state that the case wants, and the queue itself."""

from collections.abc import Mapping
from typing import Any

from pipeline.sandbox.batch.queue import PAUSED
from pipeline.sandbox.given.hand import Hand
from pipeline.sandbox.store.imports import ImportTables

__all__ = ["hold_imports", "is_about_imports", "set_queue"]

PREFIXES = ("running", "pending", "done")
TOKEN_USER_ID = 1
ENDED = ("imported_with_messages", "failed_with_messages", "partially_restored", "restored", "aborted", "failed")
UNFINISHED = ("failed_with_messages", "failed")  # their progress stays where it was
DATA: Mapping[str, Any] = {"import_type": "instructure_csv"}


def is_about_imports(key: str) -> bool:
    """Whether a key asks for an import in some state."""
    return key.rstrip("0123456789_") in PREFIXES


def hold_imports(hand: Hand, key: str, wish: Any) -> dict[str, int]:
    """One import in the state that the key and its text say, or several of them; the result names their ids."""
    if isinstance(wish, int) and not isinstance(wish, bool) and wish > 1:
        return {f"{key}{number}": _held(hand, key, "") for number in range(1, wish + 1)}
    return {key: _held(hand, key, str(wish).lower())}


def _held(hand: Hand, key: str, text: str) -> int:
    tables = ImportTables(hand.session.connection)
    import_id = tables.insert(TOKEN_USER_ID, DATA, hand.now)
    options = {"update_sis_id_if_login_claimed": 0, "skip_deletes": 0, "held": 1}
    if key.startswith("running"):
        state = "cleanup_batch" if "cleanup_batch" in text else "importing"
        tables.update(import_id, workflow_state=state, started_at=hand.now, **options)
    elif key.startswith("done"):
        state = next((word for word in ENDED if word in text), "imported")
        ended = {"started_at": hand.now, "ended_at": hand.now, "progress": 0 if state in UNFINISHED else 100}
        tables.update(import_id, workflow_state=state, **ended, **options)
    else:
        state = "initializing" if "initializing" in text else "created"
        tables.update(import_id, workflow_state=state, **options)
    return import_id


def set_queue(hand: Hand, wish: Any) -> None:
    """`paused` stops the worker before its next import, `running` starts it again."""
    word = str(wish).split(" ", 1)[0]
    if word not in ("paused", "running"):
        raise ValueError(f"queue: {wish}")
    ImportTables(hand.session.connection).set_fact(PAUSED, "1" if word == "paused" else "")
