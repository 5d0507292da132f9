"""Batch mode: what the import did not touch goes."""

from pipeline.sandbox.batch.context import Context
from pipeline.sandbox.importers.work import ImportSettings
from pipeline.sandbox.store.imports import ImportRow

__all__ = ["CleanUp"]


class CleanUp:
    """The clean-up after one import in batch mode."""

    def __init__(self, context: Context, row: ImportRow, settings: ImportSettings, *, supplied: list[str]) -> None:
        self._context, self._row, self._settings, self._supplied = context, row, settings, supplied

    def is_wanted(self) -> bool:
        """Whether there is one."""
        return False

    def run(self) -> dict[str, int]:
        """Do it; the result is the figures."""
        return {}
