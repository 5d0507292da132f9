"""restore_states: object states as they were before an import."""

from typing import Any

from pipeline.sandbox.batch.context import Context

__all__ = ["restore"]


def restore(context: Context, progress_id: int, import_id: int, options: dict[str, Any]) -> None:
    """Undo the recorded changes of state of an import."""
