"""The files of a report and of a run's archive, written from the facts. In the child process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.reports.archive import write_archive_folder
from pipeline.reports.facts import RunReport
from pipeline.reports.pages import write_report_files
from pipeline.reports.source_copy import write_reduced_source
from pipeline.runs.roster_files import load_tables

__all__ = ["write_archive", "write_pages"]


def write_pages(facts: RunReport, folder: Path) -> None:
    """`report.html`, the refused rows as CSV, and `run.json`."""
    write_report_files(facts, folder)


def write_archive(facts: RunReport, request: Mapping[str, Any]) -> None:
    """The run's whole archive folder, and the drop's `source/` beside it if it is not there yet.

    The run's folder holds what was sent (`package.zip`, `provenance.parquet`), Canvas's own file of messages, and the report.
    """
    target = Path(request["archive"])
    _write_source(target.parent / "source", request)
    sent = {name: Path(path) for name, path in (request["part"] or {}).items() if name in _SENT}
    answers = {f"canvas/{name}": Path(path) for name, path in request["canvas_files"].items()}
    about = {
        "run": facts.run_id,
        "drop": facts.drop_id,
        "feed": facts.sender.feed,
        "instance": facts.sender.instance,
        "state": facts.state,
        "package_sha256": facts.package_sha256,
        "parameters": request["run"]["parameters"],
        "written_at": request["written_at"],
    }
    write_archive_folder(target, {**sent, **answers}, about, fill=lambda folder: write_report_files(facts, folder))


_SENT = frozenset({"package.zip", "provenance.parquet"})


def _write_source(target: Path, request: Mapping[str, Any]) -> None:
    """What was dropped: the mapped columns with their lines, or the files as they came too, or their hashes alone."""
    keep, drop = request["keep_sources"], request["drop"]
    if target.exists() or not drop:
        return
    dropped = [{key: file[key] for key in ("name", "size", "sha256", "modified_at")} for file in drop["files"]]
    as_dropped = {f"dropped-{number}": file["path"] for number, file in enumerate(drop["files"], start=1)}
    entries = {name: Path(path) for name, path in as_dropped.items() if keep == "full" and path}
    about = {"drop": drop["drop_id"], "feed": drop["feed"], "received_at": drop["received_at"], "dropped": dropped}
    stored = request["stored"].get("source")
    is_kept = stored and keep != "none"

    def fill(folder: Path) -> None:
        if is_kept:
            write_reduced_source(load_tables(stored)[0], folder)

    write_archive_folder(target, entries, about, fill=fill)
