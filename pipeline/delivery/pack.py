"""From a part of a plan to the package that Canvas gets. Pure: same part, same installation, same bytes. Runs in the child process."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.canvas.identity import ORDER, row_keys
from pipeline.delivery.csv_files import canvas_columns, write_csv
from pipeline.delivery.package_hash import PACKAGE_NAME, PROVENANCE_NAME, canonical_parameters, package_sha256
from pipeline.delivery.zip_files import write_zip
from pipeline.model.delivery import Package
from pipeline.model.frames import NO_LINE, PROVENANCE, concat, text_column, write_frame
from pipeline.model.plan import Part

__all__ = ["write_package"]

INSTALLATION_CHARS = 4
HASH_CHARS = 12
FIRST_RECORD = 2  # Canvas counts records, the header is 1
NAMES_THE_INSTANCE = (
    "diffing_data_set_identifier"  # left out of every hash: a package is the same for test and production
)
"""The one parameter that differs between instances."""


def write_package(part: Part, folder: Path, *, installation: str) -> Package:
    """Write `package.zip` and, beside it, `provenance.parquet` into a folder, and say what they are.

    installation: the ledger's own id, at least 4 letters or digits. The provenance has one row per data row of the package:
    table, record (as Canvas counts them: the header is 1), file_no, line_no, key (`canvas.identity.row_keys`).
    Tables without rows are left out: Canvas would take an empty file of a data set for "everything is gone".
    """
    tables = {name: part.tables[name] for name in _in_order(part.tables) if len(part.tables[name])}
    columns = {name: canvas_columns(name, frame) for name, frame in tables.items()}
    plain = {name: folder / f"{name}.csv" for name in tables}
    sums = {name: write_csv(frame, columns[name], plain[name]) for name, frame in tables.items()}
    marker = _marker(sums, part.parameters, installation)
    target = folder / PACKAGE_NAME
    write_zip({f"{name}-{marker}.csv": path for name, path in plain.items()}, target)
    for path in plain.values():
        path.unlink()
    write_frame(_provenance(tables), folder / PROVENANCE_NAME)
    return Package(
        path=target,
        sha256=package_sha256(target, part.parameters),
        marker=marker,
        parameters=dict(part.parameters),
        rows={name: len(frame) for name, frame in tables.items()},
        columns=columns,
    )


def _in_order(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    return sorted(tables, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


def _marker(sums: Mapping[str, str], parameters: Mapping[str, str], installation: str) -> str:
    """16 letters and digits that no other package has: this installation's, and those of the rows and parameters."""
    mine = installation[:INSTALLATION_CHARS]
    if len(mine) < INSTALLATION_CHARS or not (mine.isascii() and mine.isalnum()):
        raise ValueError("an installation id begins with at least 4 ASCII letters or digits")
    rows = json.dumps(dict(sums), sort_keys=True)
    return (
        mine.lower() + hashlib.sha256(f"{rows}\n{canonical_parameters(parameters)}".encode()).hexdigest()[:HASH_CHARS]
    )


def _provenance(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [_places(name, frame) for name, frame in tables.items()]
    return concat(parts, ("table", "key", "record", *PROVENANCE))


def _places(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    rows = len(frame)
    nowhere = pd.Series(np.full(rows, NO_LINE, dtype=np.int32))
    places = {name: frame[name].reset_index(drop=True) if name in frame.columns else nowhere for name in PROVENANCE}
    return pd.DataFrame(
        {
            "table": text_column(pa.repeat(table, rows)),
            "record": pd.Series(np.arange(FIRST_RECORD, rows + FIRST_RECORD, dtype=np.int32)),
            **{name: place.astype(np.int32) for name, place in places.items()},
            "key": row_keys(table, frame).reset_index(drop=True),
        }
    )
