"""What the readers see in a file, for people who want to know before anything is imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import DropError
from pipeline.model.drop import DroppedFile
from pipeline.sources.encoding import decode
from pipeline.sources.entries import Entry, entries_of
from pipeline.sources.header import recognise_table
from pipeline.sources.private import hides_private_values, is_private
from pipeline.sources.read import read_entry
from pipeline.sources.rules import SourceRules, TableRules

__all__ = ["Inspection", "inspect_file"]

SAMPLE_ROWS = 3
HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True)
class Inspection:
    """One file, or one file of an archive.

    container: `file` or the archive's kind; encoding, is_certain: as detected; delimiter: one character, "" for none; header:
    its cells as they stand; rows: data rows that can be read; refused: data rows that cannot; recognised: `preset: table` for
    each preset that knows such a file; private: columns that would never be read; remarks: what was noticed, in words; sample: the first
    rows, cell by cell, without private columns. problem: why the file cannot be read at all, "" if it can.
    """

    name: str
    container: str
    size: int
    encoding: str = ""
    is_certain: bool = True
    delimiter: str = ""
    header: tuple[str, ...] = ()
    rows: int = 0
    refused: int = 0
    recognised: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    problem: str = ""


def inspect_file(path: Path, presets: Mapping[str, Sequence[TableRules]]) -> tuple[Inspection, ...]:
    """What is in a file: one inspection, or one per file of an archive. presets: the tables that each preset knows, by its name.

    Nothing is refused here: a file that cannot be read says why, in `problem`.
    """
    size = path.stat().st_size
    dropped = DroppedFile(path.name, path, size, "", datetime(1970, 1, 1, tzinfo=UTC))
    try:
        return tuple(_inspect(entry, presets) for entry in entries_of(dropped))
    except DropError as error:
        return (Inspection(path.name, "file", size, problem=str(error)),)


def _inspect(entry: Entry, presets: Mapping[str, Sequence[TableRules]]) -> Inspection:
    container = "file" if entry.name == entry.base_name else "archive"
    size, content, base_name, name = len(entry.content), entry.content, entry.base_name, entry.name
    try:
        is_certain = decode(name, content).is_certain
        read = read_entry(entry, 0, SourceRules(unterminated="trust"))
    except DropError as error:
        return Inspection(name, container, size, problem=str(error))
    header = tuple(column for column in read.rows.columns if column not in {"file_no", "line_no"})
    found = [(preset, recognise_table(base_name, header, tables)) for preset, tables in presets.items()]
    findings = read.notes.all_findings()
    return Inspection(
        name=name,
        container=container,
        size=size,
        encoding=read.file.encoding,
        is_certain=is_certain,
        delimiter=read.file.delimiter,
        header=header,
        rows=len(read.rows),
        refused=read.file.rows - len(read.rows),
        recognised=tuple(f"{preset}: {table.name}" for preset, table in found if table is not None),
        private=tuple(column for column in header if is_private(column)),
        remarks=tuple(str(message) for message in findings["message"].head(20)),
        sample=_sample(read.rows[list(header)].head(SAMPLE_ROWS).to_numpy().tolist(), header),
    )


def _sample(rows: list[list[str]], header: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    hidden = [is_private(column) for column in header]
    return tuple(
        tuple(
            HIDDEN if is_hidden or hides_private_values(str(cell)) else str(cell)
            for cell, is_hidden in zip(row, hidden, strict=True)
        )
        for row in rows
    )
