"""Lists of refused rows as CSV files for people: the row as it was in the export, why it was refused, what to do about it."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.frames import PROVENANCE, TEXT, empty_frame, text_column
from pipeline.reports.causes import is_refusal
from pipeline.reports.facts import RunReport

__all__ = ["safe_cells", "write_messages", "write_refused_rows"]

OURS = ("line", "refused by", "reason", "remedy")
RUNS_AS_FORMULA = r"^[\s\x00\p{Z}\x{200B}\x{FEFF}]*[=+\-@\t\r\n\x00\x{FF0B}\x{FF0D}\x{FF1D}\x{FF20}]"
"""The start of a cell that a spreadsheet may take for a formula; the last four are the wide forms of + - = @."""


def write_refused_rows(report: RunReport, folder: Path) -> dict[Path, str]:
    """Write one CSV per source file that has refused rows; the paths, each with the words of a link to it.

    Columns: line, refused by, reason, remedy, then the mapped original columns. One line per row; several reasons are joined
    by ` | `. Files are numbered, since a name from outside is never a path; findings that belong to no file come last, in
    `refused-other.csv`. Cells that a spreadsheet would run begin with an apostrophe: these files are for reading alone.
    """
    refused = _by_row(report)
    known_files = refused["file_no"].between(0, len(report.files) - 1)
    written = {}
    for number, rows in refused.groupby(refused["file_no"].where(known_files, len(report.files)), sort=True):
        file_no = int(str(number))
        known = file_no < len(report.files)
        path = folder / (f"refused-{file_no + 1}.csv" if known else "refused-other.csv")
        _write(_with_originals(rows, report.originals.get(file_no)), path)
        written[path] = f"{report.files[file_no] if known else 'without a file'} ({len(rows):,})"
    return written


def write_messages(messages: pd.DataFrame, files: tuple[str, ...], path: Path) -> None:
    """Write all messages of Canvas, safe to open: file, line, Canvas's record and message, what became of the row, remedy."""
    names = np.array([*files, ""], dtype=object)
    numbers = messages["file_no"].where(messages["file_no"].between(0, len(files) - 1), len(files))
    table = pd.DataFrame(
        {
            "file": text_column(list(names[numbers.to_numpy(dtype=np.int64)])),
            "line": _blank_below_zero(messages["line_no"]),
            "table": messages["table"],
            "record": _blank_below_zero(messages["canvas_row"]),
            "severity": messages["canvas_severity"],
            "message": messages["canvas_message"],
            "became": messages["consequence"],
            "remedy": messages["remedy"],
        }
    )
    _write(table, path)


def safe_cells(cells: pd.Series) -> pd.Series:
    """The cells with an apostrophe before each that a spreadsheet would take for a formula."""
    text = pa.chunked_array([pa.array(cells.astype(TEXT))]).cast(pa.string())
    risky = pc.match_substring_regex(text, RUNS_AS_FORMULA)
    safe = pc.if_else(risky, pc.binary_join_element_wise("'", text, ""), text)
    return text_column(safe).set_axis(cells.index)


def _by_row(report: RunReport) -> pd.DataFrame:
    """One row per refused row of the export: file_no, line_no, refused by, reason, remedy."""
    parts = [
        _reasons(report.findings[is_refusal(report.findings)], "us"),
        _reasons(report.messages[is_refusal(report.messages)], "Canvas"),
    ]
    reasons = pd.concat(parts, ignore_index=True)
    placed = reasons[reasons["line_no"] >= 0]
    is_repeated = placed.duplicated(list(PROVENANCE), keep=False)
    joined = (
        placed[is_repeated]
        .groupby(list(PROVENANCE), as_index=False, sort=False)
        .agg({"refused by": _joined, "reason": _joined, "remedy": _joined})
    )
    rows = pd.concat([placed[~is_repeated], joined], ignore_index=True).sort_values(list(PROVENANCE), ignore_index=True)
    return pd.concat([rows, reasons[reasons["line_no"] < 0]], ignore_index=True)


def _reasons(findings: pd.DataFrame, by: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "file_no": findings["file_no"],
            "line_no": findings["line_no"],
            "refused by": by,
            "reason": findings["message"].astype("str"),
            "remedy": findings["remedy"].astype("str"),
        }
    )


def _joined(texts: pd.Series) -> str:
    return " | ".join(dict.fromkeys(texts))


def _with_originals(rows: pd.DataFrame, originals: pd.DataFrame | None) -> pd.DataFrame:
    lines = originals if originals is not None else empty_frame(())
    cells = lines.drop(columns="file_no").drop_duplicates("line_no")
    renamed = cells.rename(columns={name: f"{name} (in the file)" for name in OURS if name in cells.columns})
    merged = rows.drop(columns="file_no").merge(renamed, on="line_no", how="left", validate="many_to_one")
    merged.insert(0, "line", _blank_below_zero(merged["line_no"]))
    return merged.drop(columns="line_no")


def _blank_below_zero(numbers: pd.Series) -> pd.Series:
    return numbers.astype("int64").astype("str").where(numbers >= 0, "")


def _write(table: pd.DataFrame, path: Path) -> None:
    safe: Mapping[str, pd.Series] = {name: safe_cells(table[name].astype(TEXT).fillna("")) for name in table.columns}
    names = safe_cells(text_column([str(name) for name in safe]))
    frame = pd.DataFrame(dict(zip(names, safe.values(), strict=True)))
    # spreadsheets know UTF-8 by its mark, and want their own line ends
    frame.to_csv(path, index=False, quoting=csv.QUOTE_ALL, encoding="utf-8-sig", lineterminator="\r\n")
    path.chmod(0o600)
