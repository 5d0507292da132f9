"""A part of a plan as a folder: its rows, its package, and what the ledger keeps of both. In the child process."""

from pathlib import Path
from typing import Any

from pipeline.delivery.pack import write_package
from pipeline.model.plan import Part
from pipeline.model.roster import Base
from pipeline.planning import accepted_digest
from pipeline.runs.roster_files import save_tables

__all__ = ["write_part"]


def write_part(part: Part, base: Base, folder: Path, *, installation: str) -> dict[str, Any]:
    """Write a part's tables and its package into a new flat folder; number, hash, counts and package as plain values."""
    save_tables(part.tables, folder)
    package = write_package(part, folder, installation=installation)
    return {
        "number": part.number,
        "sha256": part.sha256,
        "counts": part.counts,
        "accepted": accepted_digest(part, base),
        "package": {
            "file": package.path.name,
            "sha256": package.sha256,
            "marker": package.marker,
            "parameters": dict(package.parameters),
            "rows": dict(package.rows),
            "columns": {table: list(columns) for table, columns in package.columns.items()},
        },
    }
