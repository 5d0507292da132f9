"""The exact sum of every source file's rows, once checks have spoken. In the child process."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.errors import LedgerError
from pipeline.model.source import FileRows

__all__ = ["sums_after_checks"]

LINES = 1 << 32  # more lines than a file has: one number for file and line


def sums_after_checks(
    sums: tuple[FileRows, ...], mapped: Mapping[str, pd.DataFrame], checked: Mapping[str, pd.DataFrame]
) -> tuple[FileRows, ...]:
    """The sums of mapping, with the rows that the checks refused moved from used to refused.

    A source row that feeds several roster rows stays used as long as one of them goes on. Raises LedgerError when a file's rows
    do not add up: then nothing may be sent.
    """
    lost = np.setdiff1d(_places(mapped), _places(checked), assume_unique=True) // LINES
    refused = np.bincount(lost.astype(np.int64), minlength=len(sums)) if len(lost) else np.zeros(len(sums), np.int64)
    result = tuple(
        replace(rows, used=rows.used - int(refused[rows.file_no]), refused=rows.refused + int(refused[rows.file_no]))
        for rows in sums
    )
    wrong = [str(rows.file_no) for rows in result if not rows.adds_up]
    if wrong:
        raise LedgerError(f"The rows of file {', '.join(wrong)} do not add up; nothing was sent.")
    return result


def _places(tables: Mapping[str, pd.DataFrame]) -> np.ndarray:
    """Every file and line that a roster row came from, as one number each, without repeats."""
    numbers = [
        frame["file_no"].to_numpy(np.int64) * LINES + frame["line_no"].to_numpy(np.int64)
        for frame in tables.values()
        if len(frame)
    ]
    found = np.unique(np.concatenate(numbers)) if numbers else np.array([], dtype=np.int64)
    return found[found >= 0]
