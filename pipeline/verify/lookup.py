"""Look-ups of whole text columns: where keys are found, and the values there."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.frames import TEXT, text_column

__all__ = ["Flags", "Positions", "column", "constant", "pick", "positions"]

Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]


def constant(value: str, rows: int) -> pd.Series:
    """A text column of one value."""
    return text_column(pa.repeat(pa.scalar(value, pa.string()), rows))


def column(frame: pd.DataFrame, name: str, absent: str = "") -> pd.Series:
    """A column of a frame, or `absent` in every row where the frame does not have it."""
    return frame[name].reset_index(drop=True) if name in frame.columns else constant(absent, len(frame))


def positions(keys: pd.Series, among: pd.Series) -> Positions:
    """Where each key is found first in another column; -1 where it is not."""
    values = pa.array(among)
    one = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return np.asarray(pc.fill_null(pc.index_in(pa.array(keys), value_set=one), -1).to_numpy(), dtype=np.int64)


def pick(values: pd.Series, places: Positions) -> pd.Series:
    """The values at these positions; "" for -1."""
    if not len(values):
        return constant("", len(places))
    return pd.Series(values.array.take(places, allow_fill=True, fill_value=""), dtype=TEXT)
