"""The examples in a mapping are its unit tests: rows given by source table, and what they must become."""

import csv
import io
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.errors import DropError
from pipeline.mapping.document import Mapping, load_document
from pipeline.mapping.language import Example
from pipeline.mapping.map import map_tables
from pipeline.model.frames import text_frame
from pipeline.model.roster import Roster
from pipeline.model.source import SourceFile, SourceTable, SourceTables

__all__ = ["ExampleResult", "run_examples"]

ZONE = "America/Denver"


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """How one example went. difference: what came in place of what was expected, "" when it passed."""

    name: str
    passed: bool
    difference: str = ""


def run_examples(mapping: Mapping) -> tuple[ExampleResult, ...]:
    """Every example of a mapping, with the options that it names."""
    return tuple(_run(mapping, example) for example in mapping.document.examples)


def _run(mapping: Mapping, example: Example) -> ExampleResult:
    chosen = mapping if not example.options else load_document(mapping.parsed.text, mapping.file, example.options)
    tables, files = {}, []
    for number, (name, text) in enumerate(example.given.items()):
        rows = _table(text, number)
        tables[name] = SourceTable(name, rows)
        files.append(SourceFile(f"{name}.csv", "", "utf-8", ",", ends_with_newline=True, rows=len(rows)))
    try:
        roster = map_tables(
            SourceTables(tables, tuple(files)), chosen, zone=ZONE, today=date.fromisoformat(example.today)
        )
    except DropError as error:
        return ExampleResult(example.name, passed=False, difference=str(error))
    difference = _difference(roster, example.expect, example.findings)
    return ExampleResult(example.name, passed=not difference, difference=difference)


def _table(text: str, number: int) -> pd.DataFrame:
    header, *rows = list(csv.reader(io.StringIO(text.strip() + "\n")))
    names = [name.strip() for name in header]
    columns = {name: [row[place] if place < len(row) else "" for row in rows] for place, name in enumerate(names)}
    frame = text_frame(columns)
    return frame.assign(
        file_no=np.full(len(rows), number, dtype=np.int32), line_no=np.arange(2, len(rows) + 2, dtype=np.int32)
    )


def _difference(roster: Roster, expect: Dict[str, str], codes: tuple[str, ...]) -> str:
    for table, text in expect.items():
        header, *wanted = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text.strip() + "\n"))]
        frame = roster.tables.get(table)
        missing = [name for name in header if frame is None or name not in frame.columns]
        if frame is None or missing:
            return f"{table}: no column {', '.join(missing)}" if frame is not None else f"no table {table}"
        got = sorted([str(cell) for cell in row] for row in frame[header].to_numpy().tolist())
        if got != sorted(wanted):
            return f"{table}: expected {sorted(wanted)}, got {got}"
    found = sorted(set(roster.findings["code"].tolist()))
    if codes and sorted(set(codes)) != found:
        return f"findings: expected {sorted(set(codes))}, got {found}"
    return ""
