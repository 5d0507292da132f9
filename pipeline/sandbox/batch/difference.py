"""Diffing: what changed since an earlier import of the same data set."""

from typing import Any

from pipeline.canvas.file_types import FileType
from pipeline.sandbox.batch.archive import Archive
from pipeline.sandbox.batch.context import Context
from pipeline.sandbox.store.imports import ImportRow

__all__ = ["DiffCrash", "Difference"]


class DiffCrash(Exception):
    """The comparison itself failed."""


class Difference:
    """The difference of one import to its base."""

    def __init__(self, context: Context, row: ImportRow, types: tuple[FileType, ...]) -> None:
        self._context, self._row, self._types = context, row, types
        self.data: dict[str, Any] = {}

    def is_wanted(self) -> bool:
        """Whether there is a base to compare with."""
        return False

    def made(self, name: str, content: bytes, now: str) -> Archive | None:
        """The difference as an archive."""
        return Archive(name, content)
