"""Job `prepare`: from a drop's files to a plan, its parts and their packages. Runs in the child process."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.checks import CheckRules, check
from pipeline.delivery.csv_files import csv_blocks
from pipeline.errors import LedgerError
from pipeline.mapping import Mapping as SourceMapping
from pipeline.mapping import load_mapping, load_preset, map_tables, reading_rules
from pipeline.model.drop import Drop, DroppedFile
from pipeline.model.findings import Severity
from pipeline.model.frames import PROVENANCE
from pipeline.model.plan import Plan
from pipeline.model.roster import Checked
from pipeline.model.source import FileRows, SourceTables
from pipeline.planning import (
    DropFacts,
    PlanRules,
    apply_guards,
    make_plan,
    split,
    summary,
    unexplained_rows,
    update_desired,
)
from pipeline.reports.refused_rows import safe_cells
from pipeline.runs.part_files import write_part
from pipeline.runs.roster_files import load_base, load_known, load_roster, save_plan, save_roster, save_tables
from pipeline.runs.row_sums import sums_after_checks
from pipeline.sources import SourceRules, facts_of, read_drop

__all__ = ["mapping_of", "prepare"]

Emit = Callable[[Mapping[str, Any]], None]


def prepare(request: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """Derive everything that a drop would send, into `request["folder"]`, which must be empty.

    request: folder, drop, feed (plain settings), zone, today, mapping, desired, base, known, facts, installation, parameters.
    Answers: what the folder holds, in numbers: files, sums, counts, holds, parts with their packages.
    """
    folder = Path(request["folder"])
    rules_of = request["rules"]
    mapping = mapping_of(request["mapping"])
    tables = read_drop(
        _drop(request["drop"]), SourceRules.from_plain({**rules_of["sources"], **reading_rules(mapping)}), work=folder
    )
    _save_source(tables, folder / "source")
    emit({"event": "read", "files": len(tables.files), "rows": sum(file.rows for file in tables.files)})

    roster = map_tables(tables, mapping, zone=request["zone"], today=date.fromisoformat(request["today"]))
    emit({"event": "mapped", "rows": {name: len(frame) for name, frame in roster.tables.items()}})

    base = load_base(request["base"])
    checked = check(
        roster,
        load_known(base, request["known"]),
        CheckRules.from_plain({**rules_of["checks"], "zone": request["zone"], "today": request["today"]}),
    )
    sums = sums_after_checks(roster.sums, roster.tables, checked.roster.tables)
    save_tables({"findings": checked.findings, "protections": checked.roster.protections}, folder / "findings")
    emit({"event": "checked", "findings": _by_severity(checked.findings)})

    rules = PlanRules.from_plain(rules_of["planning"], today=date.fromisoformat(request["today"]))
    previous = load_roster(request["desired"]) if request["desired"] else None
    desired = update_desired(previous, checked.roster, rules)
    save_roster(desired, folder / "desired")
    plan = apply_guards(make_plan(desired, base, rules), base, rules, _facts(request["facts"], checked, tables))
    unexplained = unexplained_rows(plan, desired, base)
    if unexplained:
        raise LedgerError(f"The rows of {', '.join(sorted(unexplained))} do not add up; nothing was sent.")
    numbers = summary(plan)
    save_plan(plan, folder / "plan", numbers)
    if request.get("csv"):
        _write_plan_csvs(plan, Path(request["csv"]))
    parts = [
        write_part(part, base, folder / f"part-{part.number}", installation=request["installation"])
        for part in split(plan, request["parameters"])
    ]
    return {**_answer(tables, checked, sums), "plan": numbers, "parts": parts}


def mapping_of(request: Mapping[str, Any]) -> SourceMapping:
    """The mapping that a request names: a preset with its options, or the text of a mapping file."""
    if "preset" in request:
        return load_preset(request["preset"], request.get("options"))
    return load_mapping(request["text"], request["file"])


def _drop(plain: Mapping[str, Any]) -> Drop:
    files = tuple(
        DroppedFile(
            name=file["name"],
            path=Path(file["path"]),
            size=file["size"],
            sha256=file["sha256"],
            modified_at=datetime.fromisoformat(file["modified_at"]),
        )
        for file in plain["files"]
    )
    received_at = datetime.fromisoformat(plain["received_at"])
    return Drop(plain["drop_id"], plain["feed"], files, received_at, plain["sha256"], plain["is_urgent"])


def _save_source(tables: SourceTables, folder: Path) -> None:
    frames = {f"table{number}": table.rows for number, table in enumerate(tables.tables.values())}
    names = {f"table{number}": table.name for number, table in enumerate(tables.tables.values())}
    save_tables(frames, folder, names=names, files=[asdict(file) for file in tables.files])


def _facts(plain: Mapping[str, Any], checked: Checked, tables: SourceTables) -> DropFacts:
    return DropFacts.from_checked(checked, rows_read=sum(file.rows for file in tables.files), **plain)


def _write_plan_csvs(plan: Plan, folder: Path) -> None:
    """The plan's rows for people, one CSV per table; no cell of it runs as a formula."""
    folder.mkdir(mode=0o700)
    for table, rows in plan.tables.items():
        texts = [name for name in rows.columns if name not in {"part", *PROVENANCE}]
        files = pd.Series([*plan.files, ""], dtype="str").take(rows["file_no"].to_numpy()).reset_index(drop=True)
        lines = rows["line_no"].astype("str").reset_index(drop=True).where(files != "", "")
        shown = rows[texts].reset_index(drop=True).apply(safe_cells).assign(file=files, line=lines)
        with (folder / f"{table}.csv").open("wb") as file:
            for block in csv_blocks(shown, ["file", "line", *texts]):
                file.write(block)


def _by_severity(findings: pd.DataFrame) -> dict[str, int]:
    return {str(severity): int((findings["severity"] == str(severity)).sum()) for severity in Severity}


def _answer(tables: SourceTables, checked: Checked, sums: tuple[FileRows, ...]) -> dict[str, Any]:
    return {
        "files": [asdict(file) for file in tables.files],
        "previous": facts_of(tables.files),
        "sums": [asdict(rows) for rows in sums],
        "mapped": {name: len(frame) for name, frame in checked.roster.tables.items()},
        "findings": _by_severity(checked.findings),
    }
