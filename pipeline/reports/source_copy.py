"""A drop's source tables as files of the archive: the mapped columns with their line numbers, nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from pyarrow import csv as arrow_csv

from pipeline.model.frames import PROVENANCE, to_arrow

__all__ = ["write_reduced_source"]


def write_reduced_source(tables: Mapping[str, pd.DataFrame], folder: Path) -> dict[str, Path]:
    """Write one CSV per source file and table into `folder`; the paths by name of the archive's entry.

    tables: as read, with the provenance. The names count the files as the reports do: `1.csv` is file number 0, `1-2.csv` the
    second table in it; a name from outside is never a path. First column: `line`. The cells are to the letter, so that a drop
    can be taken in again from here: these files are not made for opening in a spreadsheet.
    """
    found: dict[str, Path] = {}
    for rows in tables.values():
        for file_no in sorted({int(number) for number in rows["file_no"].unique()}):
            name = _free_name(file_no, found)
            _write(rows[rows["file_no"] == file_no], folder / name)
            found[name] = folder / name
    return found


def _free_name(file_no: int, taken: Mapping[str, Path]) -> str:
    names = [f"{file_no + 1}.csv", *(f"{file_no + 1}-{place}.csv" for place in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _write(rows: pd.DataFrame, path: Path) -> None:
    cells: Sequence[str] = [name for name in rows.columns if name not in PROVENANCE]
    table = to_arrow(rows[["line_no", *cells]].reset_index(drop=True))
    arrow_csv.write_csv(table.rename_columns(["line", *cells]), path)
    path.chmod(0o600)
