"""What a blank or missing column does to a Canvas row, and so which columns a package carries; from Canvas's column reference."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import pandas as pd

from pipeline.canvas.file_types import FileType, column_notes, file_types
from pipeline.canvas.identity import KEYS

__all__ = ["TRANSIENT", "canvas_columns", "carried_columns", "columns_to_send", "is_kept_when_blank"]

TRANSIENT = frozenset({"password", "ssha_password", "canvas_password_notification", "notify", "home_account"})
"""Columns that tell Canvas what to do rather than what is so: sent with a row, never compared and never kept in the base."""

_BLANK_ON_PURPOSE = {"enrollments": frozenset({"start_date", "end_date"})}
"""Unmapped dates of enrollments mean blank: the section's dates then hold. Dates set by hand are sticky in Canvas."""

_REQUIRED = frozenset({"always", "header_only", "conditional"})


@lru_cache(maxsize=1)
def _types() -> dict[str, FileType]:
    return {file_type.table: file_type for file_type in file_types()}


@lru_cache(maxsize=64)
def canvas_columns(table: str) -> tuple[str, ...]:
    """All columns that Canvas knows for a table, in Canvas's own order."""
    return _types()[table].columns


@lru_cache(maxsize=64)
def carried_columns(table: str) -> tuple[str, ...]:
    """The columns that Canvas erases where the file does not have them: what Canvas holds must be sent along."""
    on_purpose = _BLANK_ON_PURPOSE.get(table, frozenset())
    return tuple(
        name for name in canvas_columns(table) if _erases(_note(table, name, "missing")) and name not in on_purpose
    )


@lru_cache(maxsize=512)
def is_kept_when_blank(table: str, column: str) -> bool:
    """Whether a blank cell leaves the value that Canvas has."""
    note = _note(table, column, "blank")
    return not _erases(note) and ("kept" in note or "unchanged" in note)


def columns_to_send(
    table: str, mapped: Iterable[str], clears: Sequence[str], base: pd.DataFrame | None
) -> tuple[str, ...]:
    """The columns of a table's CSV, in Canvas's order.

    mapped: columns of the desired rows; clears: those to erase on purpose; base: the accepted rows, whose keys and required
    columns a delete needs and whose values are carried. A column that Canvas keeps when the file lacks it stays away.
    """
    wanted = set(mapped) | set(clears) | {"status"}
    if base is not None:
        wanted |= {name for name in base.columns if name in KEYS[table] or name in carried_columns(table)}
        wanted |= {name for name in base.columns if _is_required(table, name)}
    return tuple(name for name in canvas_columns(table) if name in wanted)


def _is_required(table: str, column: str) -> bool:
    return str(_notes(table, column).get("required")) in _REQUIRED


def _note(table: str, column: str, kind: str) -> str:
    return str(_notes(table, column).get(kind) or "")


def _notes(table: str, column: str) -> dict[str, object]:
    return column_notes().get((_types()[table].name, column), {})


def _erases(note: str) -> bool:
    return note.startswith(("CLEARED", "association removed", "as start_date", "parent becomes the root"))
