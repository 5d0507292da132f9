"""The end of an import: messages counted and capped, statistics, the final state, and the file of all messages."""

from typing import Any

from pipeline.sandbox.batch.context import Context
from pipeline.sandbox.batch.results import capped_messages, error_file, final_state, statistics
from pipeline.sandbox.store.imports import ImportTables

__all__ = ["finish", "settle"]

ENDED = ("imported", "imported_with_messages", "failed_with_messages")


def finish(context: Context, import_id: int, data: dict[str, Any], end_state: str | None) -> None:
    """Give a running import its final state. end_state: the one that a fault wants instead.

    An import that was aborted meanwhile stays as it is.
    """
    with context.database.work() as connection:
        context.check()
        tables = ImportTables(connection)
        if tables.state(import_id) == "aborted":
            return
        now = context.clock.text()
        errors, warnings = _counted(tables, import_id, data)
        data["statistics"] = statistics(tables, import_id)
        state = end_state or final_state(errors, warnings)
        progress = {} if state in ("failed", "failed_with_messages") else {"progress": 100}
        tables.update(import_id, workflow_state=state, ended_at=now, updated_at=now, data=data, **progress)
        _show_messages(tables, import_id)
    offer_error_file(context, import_id)


def settle(context: Context, import_id: int) -> None:
    """Turn an import that had ended to `failed_with_messages`, after its importer crashed for good."""
    with context.database.work() as connection:
        tables = ImportTables(connection)
        row = tables.get(import_id)
        if row is None:
            return
        _counted(tables, import_id, row.data)
        now = context.clock.text()
        tables.update(import_id, data=row.data, updated_at=now)
        if row["workflow_state"] in ENDED:
            tables.update(import_id, workflow_state="failed_with_messages", ended_at=now)
        _show_messages(tables, import_id)
    offer_error_file(context, import_id)


def offer_error_file(context: Context, import_id: int) -> None:
    """Write the file of all messages, if there are any; Canvas does this in a job of its own after the end."""
    with context.database.work() as connection:
        context.check()
        tables = ImportTables(connection)
        if tables.all_messages(import_id):
            ids = tables.add_attachments(import_id, [error_file(tables, import_id)], context.clock.text())
            tables.update(import_id, errors_attachment_id=ids[0])


def _counted(tables: ImportTables, import_id: int, data: dict[str, Any]) -> tuple[int, int]:
    """Errors and warnings, also written to `data.counts`."""
    errors = tables.message_count(import_id, failure=True)
    warnings = tables.message_count(import_id, failure=False)
    data.setdefault("counts", {}).update(error_count=errors, warning_count=warnings)
    return errors, warnings


def _show_messages(tables: ImportTables, import_id: int) -> None:
    shown = {
        name: capped_messages(tables, import_id, failure=failure)
        for name, failure in (("processing_errors", True), ("processing_warnings", False))
    }
    tables.update(import_id, **{name: tables.as_json(messages) for name, messages in shown.items()})
