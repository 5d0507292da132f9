"""Tables made outside the language, by SQL or Python; provenance goes along where the result keeps the column `_row`."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import Problem, SettingsError
from pipeline.mapping.document import Mapping
from pipeline.mapping.language import Derived
from pipeline.mapping.own_code import run_function
from pipeline.mapping.rows import Rows
from pipeline.mapping.sql import ROW, run_sql
from pipeline.model.frames import text_column

__all__ = ["NOWHERE", "made_outside"]

NOWHERE = -1  # the origin of a row whose provenance was lost


def made_outside(mapping: Mapping, name: str, plan: Derived, table: Callable[[str], Rows]) -> tuple[Rows, bool]:
    """The rows of a table made by SQL or Python, and whether they know where they come from."""
    takes = plan.takes or tuple(mapping.document.needs)
    inputs = {one: _with_row_numbers(table(one)) for one in takes}
    if plan.sql:
        result = run_sql(plan.sql, inputs, name=name, file=mapping.file)
        columns = {column: _as_text(result.column(column)) for column in result.column_names}
    else:
        frames = {one: _frame(rows) for one, rows in inputs.items()}
        made = run_function(plan.python, frames, name=name, file=mapping.file)
        columns = {
            column: _as_text(pa.chunked_array([pa.array(made[column].astype("string"))])) for column in made.columns
        }
    missing = [column for column in plan.returns if column not in columns]
    if missing:
        line = mapping.line(("tables", name))
        raise SettingsError(
            (Problem(mapping.file, line, f'table "{name}" has no column {", ".join(missing)}, which it should return'),)
        )
    origin = columns.pop(ROW, None)
    count = len(next(iter(columns.values()))) if columns else 0
    numbers = np.full(count, NOWHERE, np.int32) if origin is None else _numbers(origin)
    return Rows(numbers, {column: _given(columns[column]) for column in plan.returns}), origin is not None


def _with_row_numbers(rows: Rows) -> pa.Table:
    columns = {name: rows.column(name) for name in rows.columns}
    return pa.table({**columns, ROW: pa.array(rows.origin)})


def _frame(rows: pa.Table) -> pd.DataFrame:
    texts = {name: text_column(rows.column(name)) for name in rows.column_names if name != ROW}
    return pd.DataFrame({**texts, ROW: pd.Series(rows.column(ROW).to_numpy())})


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    text = pc.fill_null(pc.cast(column, pa.string()), "")
    combined = text.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined


def _numbers(column: pa.Array) -> npt.NDArray[np.int32]:
    """The row numbers that came back; a row that was made of nothing comes from nowhere."""
    filled = pc.if_else(pc.equal(column, ""), str(NOWHERE), column)
    return np.asarray(pc.cast(filled, pa.int32()), np.int32)


def _given(column: pa.Array) -> Callable[[], pa.Array]:
    return lambda: column
