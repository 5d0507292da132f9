"""A table made by SQL over the source tables, in an engine that can reach nothing else. Needs the `sql` extra (duckdb)."""

from collections.abc import Mapping

import pyarrow as pa

from pipeline.errors import Problem, SettingsError

__all__ = ["ROW", "run_sql"]

ROW = "_row"  # the column that carries a row's provenance through a query


def run_sql(query: str, tables: Mapping[str, pa.Table], *, name: str, file: str) -> pa.Table:
    """The result of a query. tables: what it may select from, text columns and `_row`; name: of the table it makes.

    Raises SettingsError when duckdb is not installed or the query cannot be run.
    """
    try:
        import duckdb
    except ImportError as exc:
        problem = Problem(file, None, f'table "{name}" is made by SQL, for which duckdb is not installed')
        raise SettingsError((problem,), remedy="pip install 'sis-pipeline[sql]'") from exc
    closed: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "threads": "2",
    }
    with duckdb.connect(config=closed) as engine:
        for table, rows in tables.items():
            engine.register(table, rows)
        try:
            result: pa.Table = engine.sql(query).to_arrow_table()
        except (duckdb.Error, AttributeError) as exc:  # a statement that is no query gives nothing
            kind = type(exc).__name__ if isinstance(exc, duckdb.Error) else "no query"
            problem = Problem(file, None, f'table "{name}": the SQL cannot be run ({kind})')
            raise SettingsError((problem,), remedy="Run it in duckdb over the same tables to see why.") from exc
    return result
