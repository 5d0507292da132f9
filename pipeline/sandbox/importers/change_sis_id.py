"""change_sis_id.csv: new SIS ids and integration ids for what is there, before any other file is imported."""

from typing import Any

from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.work import Crash, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.table import Table

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("old_id", "new_id", "old_integration_id", "new_integration_id", "type")
TYPES = ("user", "course", "section", "term", "account", "group", "group_category")
CLEAR = "<delete>"


def import_segment(work: Work, segment: Segment) -> None:
    """Change ids row by row, deleted objects' too; nothing else changes and nothing else is checked."""
    for number, row in segment.rows(COLUMNS):
        try:
            _import_row(work, row)
            work.count += 1
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> None:
    old_id, new_id, old_integration_id, new_integration_id, kind = row
    if kind is None:
        raise Skip("No type given for change_sis_id")
    if old_id is None and old_integration_id is None:
        raise Skip("No old_id or old_integration_id given for change_sis_id")
    if new_id is None and new_integration_id is None:
        raise Skip("No new_id or new_integration_id given for change_sis_id")
    word = kind.lower()
    if word not in TYPES:
        raise Skip(f"Invalid type '{word}' for change_sis_id")
    if word == "group_category" and (old_integration_id is not None or new_integration_id is not None):
        raise Skip("Group categories should not have integration IDs.")
    refuse_nul(row)
    table = _table(work, word)
    row = (*row[:4], word)
    _refuse_taken(table, row, "sis_user_id" if word == "user" else "sis_source_id")
    record = _found(table, row)
    refuse_long(new_id, new_integration_id)
    if new_id is not None:
        table.set_key(record, "sis_id", new_id)
    if new_integration_id is not None and word != "group":
        table.set_key(record, "integration_id", None if new_integration_id == CLEAR else new_integration_id)
    record.updated_at = work.settings.now
    table.flush()


def _table(work: Work, word: str) -> Table[Any]:
    session = work.session
    tables: dict[str, Table[Any]] = {
        "user": session.logins,
        "course": session.courses,
        "section": session.sections,
        "term": session.terms,
        "account": session.accounts,
        "group": session.groups,
        "group_category": session.group_categories,
    }
    return tables[word]


def _refuse_taken(table: Table[Any], row: Row, column: str) -> None:
    old_id, new_id, old_integration_id, new_integration_id, kind = row
    if new_id is not None and table.find("sis_id", new_id) is not None:
        raise Skip(
            f"A new_id, '{new_id}', referenced an existing {kind} "
            f"and the {kind} with {column} '{old_id or ''}' was not updated"
        )
    if new_integration_id is not None and _by_integration(table, new_integration_id) is not None:
        raise Skip(
            f"A new_integration_id, '{new_integration_id}', referenced an existing {kind} "
            f"and the {kind} with integration_id '{old_integration_id or ''}' was not updated"
        )


def _found(table: Table[Any], row: Row) -> Any:
    """The object that the old ids name. Two old ids that find nothing stop Canvas's importer."""
    old_id, _, old_integration_id, _, kind = row
    by_id = table.find("sis_id", old_id) if old_id is not None else None
    by_integration = _by_integration(table, old_integration_id) if old_integration_id is not None else None
    if old_id is not None and old_integration_id is not None:
        if by_id is None and by_integration is None:
            raise Crash
        if by_id is not by_integration:
            raise Skip(
                f"An old_id, '{old_id}', referenced a different {kind} than the old_integration_id, '{old_integration_id}'"
            )
    elif old_id is not None and by_id is None:
        raise Skip(f"An old_id, '{old_id}', referenced a non-existent {kind} and was not changed.")
    elif old_id is None and by_integration is None:
        raise Skip(
            f"An old_integration_id, '{old_integration_id}', referenced a non-existent {kind} and was not changed."
        )
    return by_id or by_integration


def _by_integration(table: Table[Any], value: str) -> Any:
    """The object with this integration id. Groups have none."""
    return None if not table.has_column("integration_id") else table.find("integration_id", value)
