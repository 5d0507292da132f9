"""Rosters, bases and plans as folders of Parquet files and one JSON file each; used inside the child process alone."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import LedgerError
from pipeline.model.frames import concat, read_frame, text_frame, write_frame
from pipeline.model.plan import Plan
from pipeline.model.roster import Base, Known, Roster
from pipeline.model.source import FileRows

__all__ = [
    "load_base",
    "load_known",
    "load_roster",
    "load_tables",
    "save_base",
    "save_plan",
    "save_roster",
    "save_tables",
]

Files = Mapping[str, str]
"""Paths by name: a flat folder, as the store keeps it."""

_INDEX = "folder.json"


def save_tables(tables: Mapping[str, pd.DataFrame], folder: Path, **facts: Any) -> None:
    """One Parquet file per table, and `folder.json` with the tables' names and the facts given; a flat folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, frame in tables.items():
        write_frame(frame, folder / f"{name}.parquet")
    text = json.dumps({"tables": sorted(tables), **facts}, sort_keys=True, indent=1)
    (folder / _INDEX).write_text(text, encoding="utf-8")


def load_tables(files: Files) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """What `save_tables` wrote: the tables, and the facts. files: paths by name, as the store gives them.

    A part that is missing or damaged is a LedgerError, never empty.
    """
    try:
        facts = json.loads(Path(files[_INDEX]).read_text(encoding="utf-8"))
        tables = {name: read_frame(Path(files[f"{name}.parquet"])) for name in facts.pop("tables")}
    except (OSError, ValueError, KeyError) as exc:
        raise LedgerError(
            "Stored tables are missing or damaged.",
            remedy="Run `sis-pipeline ledger check`; nothing was sent. A missing base is never taken for an empty one.",
        ) from exc
    return tables, facts


def save_roster(roster: Roster, folder: Path) -> None:
    """A desired roster: its tables, protections and clears. Findings and sums belong to the drop, not to the roster."""
    tables = {**roster.tables, "_protections": roster.protections}
    clears = {table: list(columns) for table, columns in roster.clears.items()}
    save_tables(tables, folder, files=list(roster.files), clears=clears, sums=[asdict(s) for s in roster.sums])


def load_roster(files: Files) -> Roster:
    """A desired roster as `save_roster` wrote it."""
    tables, facts = load_tables(files)
    protections = tables.pop("_protections")
    return Roster(
        tables=tables,
        files=tuple(facts["files"]),
        protections=protections,
        clears={table: tuple(columns) for table, columns in facts["clears"].items()},
        sums=tuple(FileRows(**s) for s in facts["sums"]),
    )


def save_base(base: Base, folder: Path) -> None:
    """What an instance holds of a feed."""
    save_tables({**base.tables, "_marks": base.marks}, folder, is_first=base.is_first)


def load_base(files: Files | None) -> Base:
    """A base as `save_base` wrote it; without files, that of an instance that never accepted anything of the feed."""
    if files is None:
        return Base()
    tables, facts = load_tables(files)
    marks = tables.pop("_marks")
    return Base(tables=tables, is_first=facts["is_first"], marks=marks)


def load_known(base: Base, read: Mapping[str, Any]) -> Known:
    """The known set: the base, and what was read from Canvas before the run.

    read: `{"tables": {table: [{column: text}]}, "complete": [table], "roles": [name] | None}`, plain.
    """
    tables = dict(base.tables)
    for table, rows in read.get("tables", {}).items():
        columns = sorted({name for row in rows for name in row})
        extra = text_frame({name: [row.get(name, "") for row in rows] for name in columns})
        tables[table] = concat([tables[table], extra]) if table in tables else extra
    roles = read.get("roles")
    return Known(tables, frozenset(read.get("complete", ())), None if roles is None else tuple(roles))


def save_plan(plan: Plan, folder: Path, numbers: Mapping[str, Any]) -> None:
    """A plan's tables and its findings. numbers: its summary, with the examples of each hold, which stay out of the ledger."""
    save_tables({**plan.tables, "_findings": plan.findings}, folder, files=list(plan.files), summary=numbers)
