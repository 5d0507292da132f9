"""A run's report and archive as files: what goes into which folder. In the child process."""

from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.delivery.csv_files import csv_blocks
from pipeline.model.files import make_folder
from pipeline.reports.archive import write_archive_folder
from pipeline.reports.facts import RunReport
from pipeline.reports.pages import write_report_files
from pipeline.reports.refused_rows import safe_cells
from pipeline.runs.roster_files import load_tables

__all__ = ["write_archive", "write_pages"]

SOURCE_FOLDER = "source"


def write_pages(facts: RunReport, folder: Path) -> None:
    """`report.html`, lists of the refused rows, Canvas's messages, and `run.json`."""
    write_report_files(facts, folder)


def write_archive(facts: RunReport, request: dict[str, Any]) -> None:
    """The run's archive folder, and beside it the drop's `source/` if it is not there yet; repeating is harmless."""
    target = Path(request["archive"])
    work = Path(request["work"])
    if request["keep_sources"] != "none" and not (target.parent / SOURCE_FOLDER).exists():
        write_archive_folder(target.parent / SOURCE_FOLDER, _source_entries(request, work), _source_facts(request))
    write_pages(facts, make_folder(work / "pages"))
    entries: dict[str, Path | bytes] = {path.name: path for path in sorted((work / "pages").iterdir())}
    if request["part"] is not None:
        entries["package.zip"] = Path(request["part"]["package.zip"])
        entries["provenance.parquet"] = Path(request["part"]["provenance.parquet"])
    for name, path in request["canvas_files"].items():
        entries[name] = Path(path)
    run = request["run"]
    facts_of_run = {
        "run": run["run_id"],
        "instance": request["instance"],
        "package_sha256": run["package_hash"],
        "parameters": run["parameters"],
        "outcome": run["outcome"],
    }
    write_archive_folder(target, entries, facts_of_run)


def _source_entries(request: dict[str, Any], work: Path) -> dict[str, Path | bytes]:
    """`reduced`: the mapped columns of each table, with file and line; `full`: the files as dropped beside them."""
    entries: dict[str, Path | bytes] = {}
    stored = request["stored"].get("source")
    if stored:
        tables, facts = load_tables(stored)
        for name, frame in sorted(tables.items()):
            entries[f"{facts['names'][name]}.csv"] = _reduced(frame, work / f"{name}.csv")
    if request["keep_sources"] == "full":
        originals = [file for file in request["drop"]["files"] if file["path"]]
        entries |= {f"as-dropped/{number}.bin": Path(file["path"]) for number, file in enumerate(originals)}
    return entries


def _source_facts(request: dict[str, Any]) -> dict[str, Any]:
    files = [{key: file[key] for key in ("name", "size", "sha256", "modified_at")} for file in request["drop"]["files"]]
    return {"drop": request["drop"]["drop_id"], "received_at": request["drop"]["received_at"], "originals": files}


def _reduced(frame: pd.DataFrame, path: Path) -> Path:
    """A source table as CSV for people: no cell of it runs as a formula."""
    columns = [name for name in frame.columns if name not in {"file_no", "line_no"}]
    shown = (
        frame[columns]
        .apply(safe_cells)
        .assign(file=frame["file_no"].astype("str"), line=frame["line_no"].astype("str"))
    )
    with path.open("wb") as file:
        for block in csv_blocks(shown, ["file", "line", *columns]):
            file.write(block)
    return path
