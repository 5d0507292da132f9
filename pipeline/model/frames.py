"""Tables: every cell text, "" for missing, Arrow-backed; provenance in two int32 columns."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "NO_LINE",
    "PROVENANCE",
    "TEXT",
    "concat",
    "empty_frame",
    "filled_frame",
    "from_arrow",
    "read_frame",
    "text_column",
    "text_frame",
    "to_arrow",
    "write_frame",
]

TEXT = pd.ArrowDtype(pa.string())
PROVENANCE = ("file_no", "line_no")  # index into the drop's source files; physical line, the header is 1
NO_LINE = -1  # both columns, where a row has no place in the present drop


def text_column(values: Iterable[str] | pa.ChunkedArray | pa.Array) -> pd.Series:
    """A text column of these values; nulls become ""."""
    array = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(list(values), pa.string())
    if array.null_count:
        array = array.fill_null("")
    return pd.Series(pd.arrays.ArrowExtensionArray(array.cast(pa.string())))


def text_frame(columns: Mapping[str, Iterable[str]]) -> pd.DataFrame:
    """A frame of text columns in the order given, for small tables and tests."""
    return pd.DataFrame({name: text_column(values) for name, values in columns.items()})


def empty_frame(columns: Sequence[str], *, with_provenance: bool = True) -> pd.DataFrame:
    """No rows; the named text columns, and by default the two provenance columns."""
    frame = pd.DataFrame({name: pd.Series([], dtype=TEXT) for name in columns if name not in PROVENANCE})
    if with_provenance:
        for name in PROVENANCE:
            frame[name] = pd.Series([], dtype=np.int32)
    return frame


def filled_frame(
    rows: int,
    text_names: Sequence[str],
    texts: Mapping[str, str | pd.Series],
    numbers: tuple[Sequence[str], Mapping[str, int | pd.Series]],
) -> pd.DataFrame:
    """A frame of so many rows: text columns, then int32 columns, each one value for all rows or a column of that length.

    numbers: the names of the int32 columns, and their values. A text that is not given is "", a number -1.
    """
    columns: dict[str, pd.Series] = {}
    for name in text_names:
        value = texts.get(name, "")
        if isinstance(value, pd.Series):
            columns[name] = value.astype(TEXT).reset_index(drop=True)
        else:
            columns[name] = pd.Series([str(value)] * rows, dtype=TEXT)
    names, values = numbers
    for name in names:
        number = values.get(name, NO_LINE)
        if isinstance(number, pd.Series):
            columns[name] = number.astype(np.int32).reset_index(drop=True)
        else:
            columns[name] = pd.Series(np.full(rows, number, dtype=np.int32))
    return pd.DataFrame(columns)


def concat(frames: Sequence[pd.DataFrame], columns: Sequence[str] = ()) -> pd.DataFrame:
    """All rows of the frames, in order, renumbered; a text column that one lacks is "" there.

    columns: the columns of the result when there are no frames.
    """
    if not frames:
        return empty_frame(columns)
    names = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    complete = [_completed(frame, names) for frame in frames]
    return pd.concat(complete, ignore_index=True)


def _completed(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        blank = {name: pd.Series([""] * len(frame), dtype=TEXT, index=frame.index) for name in missing}
        frame = frame.assign(**blank)
    return frame[names]


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """The frame as an Arrow table, without its index."""
    return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)


def from_arrow(table: pa.Table) -> pd.DataFrame:
    """A frame from an Arrow table: strings become text columns without nulls; integers and booleans numpy columns."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_null(column.type):
            columns[name] = text_column(column)
        else:
            columns[name] = pd.Series(column.to_numpy())
    return pd.DataFrame(columns)


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as Parquet. Same rows, same bytes."""
    pq.write_table(to_arrow(frame), path, compression="zstd", store_schema=True)


def read_frame(path: Path) -> pd.DataFrame:
    """Read what `write_frame` wrote."""
    return from_arrow(pq.read_table(path))
