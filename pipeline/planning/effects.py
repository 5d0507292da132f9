"""What became of the rows of an import, as a table: one line per row that Canvas said something about."""

from enum import StrEnum

import numpy as np
import pandas as pd

from pipeline.model.frames import NO_LINE, TEXT

__all__ = ["WHOLE_FILE", "Effect", "effects_frame", "no_effects"]

WHOLE_FILE = NO_LINE  # in `row`: the message is about every row of its table


class Effect(StrEnum):
    """What became of a row; rows without an entry are IN."""

    IN = "in"
    IN_WITHOUT = "in without a field"
    IN_AS = "in with another status"
    ALREADY_SO = "already so"
    NOT_IN = "not in"
    UNKNOWN = "unknown"


def effects_frame(
    tables: list[str], rows: list[int], effects: list[str], details: list[str] | None = None
) -> pd.DataFrame:
    """An effects table: columns table, row, effect, detail.

    row: the record number in the sent CSV (header 1), WHOLE_FILE for all rows; effect: a word of `Effect`; detail: the fields
    that Canvas left out (joined by a space), or the status that it gave.
    """
    texts = details or [""] * len(tables)
    return pd.DataFrame(
        {
            "table": pd.Series(tables, dtype=TEXT),
            "row": pd.Series(np.array(rows, dtype=np.int32)),
            "effect": pd.Series(effects, dtype=TEXT),
            "detail": pd.Series(texts, dtype=TEXT),
        }
    )


def no_effects() -> pd.DataFrame:
    """An import about which Canvas said nothing: every row is in."""
    return effects_frame([], [], [])
