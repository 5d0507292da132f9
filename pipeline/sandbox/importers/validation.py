"""Model validations that several types share, as the texts of their errors."""

from typing import Any

from pipeline.sandbox.importers.work import Draft
from pipeline.sandbox.store.table import Table

__all__ = ["end_before_start", "taken_integration_id", "too_long"]

MAX_TEXT = 255


def too_long(draft: Draft, labels: dict[str, str]) -> list[str]:
    """An error for every column whose text is over 255 characters. labels: what Canvas calls the columns."""
    return [
        f"{label} is too long (maximum is {MAX_TEXT} characters)"
        for column, label in labels.items()
        if draft[column] is not None and len(draft[column]) > MAX_TEXT
    ]


def end_before_start(start: str | None, end: str | None, label: str) -> list[str]:
    """An error when both dates are there and the end is the earlier one."""
    return [f"{label} End date cannot be before start date"] if start and end and end < start else []


def taken_integration_id(table: Table[Any], draft: Draft, label: str) -> list[str]:
    """An error when another row has the integration id."""
    value = draft["integration_id"]
    if value is None or value == (None if draft.is_new else draft.record.integration_id):
        return []
    other = table.find("integration_id", value)
    return [f'{label} "{value}" is already in use'] if other is not None and other is not draft.record else []
