"""Marks: what is remembered of single rows of an instance beside their accepted version."""

import numpy as np
import pandas as pd

from pipeline.model.frames import TEXT

__all__ = ["MARK_TEXTS", "REFUSED", "UNDONE", "marks_frame", "no_marks"]

REFUSED = "refused"  # Canvas refused it when it was last sent
UNDONE = "undone"  # it was sent, and a person took it back

MARK_TEXTS = ("table", "key", "kind", "digest", "first_on", "last_on", "detail")
"""table, key: of the row (`canvas.identity.row_keys`); kind: REFUSED or UNDONE; digest: over the row as it was sent, and over
what it refers to; first_on, last_on: ISO dates, "" where unknown; detail: by whom it was undone. Beside them the int32
column times: how often in a row the same was refused.
"""


def marks_frame(texts: dict[str, pd.Series], times: pd.Series) -> pd.DataFrame:
    """A marks table; all columns are given."""
    columns = {name: texts[name].astype(TEXT).reset_index(drop=True) for name in MARK_TEXTS}
    return pd.DataFrame({**columns, "times": times.astype(np.int32).reset_index(drop=True)})


def no_marks() -> pd.DataFrame:
    """An empty marks table."""
    return marks_frame({name: pd.Series([], dtype=TEXT) for name in MARK_TEXTS}, pd.Series([], dtype=np.int32))
