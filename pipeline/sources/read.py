"""A drop → its source tables: every file opened, decoded, recognised and read; every row with its file and physical line."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DropError
from pipeline.model.drop import Drop
from pipeline.model.findings import Severity, join_findings
from pipeline.model.frames import concat, empty_frame, text_column
from pipeline.model.protection import join_protections
from pipeline.model.source import SourceFile, SourceTable, SourceTables
from pipeline.sources.clean import clean_column, may_need_cleaning, tell_damage
from pipeline.sources.dialect import Dialect
from pipeline.sources.entries import Entry, entries_of
from pipeline.sources.header import Columns, match_columns, nearest_table, recognise_table, refuse_missing_column
from pipeline.sources.kinds import refuse_wrong_kind
from pipeline.sources.notes import FileNotes
from pipeline.sources.opening import open_text, tell_opening
from pipeline.sources.private import is_private
from pipeline.sources.rules import SourceRules, TableRules, plain_name
from pipeline.sources.text_file import Cells, TextFile, read_rows

__all__ = ["ReadFile", "read_drop", "read_entry"]

_ALIKE = 0.5  # share of the smaller file's rows that stand in the other too


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file, read. rows: its table's columns and the provenance; table: "" for a file that nothing asks for."""

    file: SourceFile
    table: str
    rows: pd.DataFrame
    notes: FileNotes


def read_drop(drop: Drop, rules: SourceRules, *, work: Path) -> SourceTables:
    """The source tables of a drop: all cells text under the names of the mapping, with the provenance.

    work: a folder for what does not fit into memory. Raises DropError, with its code, when a file is unusable as a whole.
    Rows that cannot be read are findings, and protections with their raw text.
    """
    _ = work
    read: list[ReadFile] = []
    names: dict[str, str] = {}
    for entry in (entry for dropped in drop.files for entry in entries_of(dropped)):
        _refuse_copy(entry, names)
        read.append(read_entry(entry, len(read), rules))
    if not read:
        raise DropError("There is no file to read in this drop. Nothing was imported.", code="drop-empty")
    _tell_alike(read)
    tables = _united(read)
    return SourceTables(
        tables=tables,
        files=tuple(one.file for one in read),
        findings=join_findings([one.notes.all_findings() for one in read]),
        protections=join_protections([one.notes.all_protections() for one in read]),
        refused=_refused(read),
    )


def read_entry(entry: Entry, file_no: int, rules: SourceRules) -> ReadFile:
    """One file of a drop, recognised and read."""
    if _is_named(entry.base_name, rules.ignores):
        rows = max(entry.content.count(b"\n") - entry.content.endswith(b"\n"), 0)
        return _unread(
            entry, file_no, SourceFile(entry.name, entry.sha256, "", "", entry.content.endswith(b"\n"), rows)
        )
    refuse_wrong_kind(entry.name, entry.content, entry.kind)
    file = open_text(entry, rules)
    table = _table_of(entry, file.dialect, rules)
    if table is None:
        return _not_asked_for(entry, file_no, file)
    notes = FileNotes(file_no, table.name)
    for code, message in entry.remarks:
        notes.tell(code, Severity.WARNING, message)
    read = _read_table(entry, file, table, rules, notes)
    return _with_own_lines(read, np.array(entry.lines, np.int32)) if entry.lines else read


def _with_own_lines(read: ReadFile, lines: npt.NDArray[np.int32]) -> ReadFile:
    """The same with the lines of the file itself in place of those of the text that was made from it."""

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        number = frame["line_no"].to_numpy(np.int32)
        return frame.assign(line_no=np.where(number > 0, lines[np.clip(number, 1, len(lines)) - 1], number))

    notes = read.notes
    notes.findings[:] = [own(frame) for frame in notes.findings]
    notes.protections[:] = [own(frame) for frame in notes.protections]
    notes.refused_lines[:] = [lines[np.clip(part, 1, len(lines)) - 1] for part in notes.refused_lines]
    return replace(read, rows=own(read.rows))


def _table_of(entry: Entry, dialect: Dialect, rules: SourceRules) -> TableRules | None:
    """The table that a file is; None when nothing asks for it. Raises DropError for one that lacks a required column."""
    if not rules.tables:
        return TableRules(entry.base_name.rsplit(".", 1)[0], (), tuple(_unique(dialect.header)))
    found = recognise_table(entry.base_name, dialect.header, rules.tables)
    if found is not None:
        return found
    near = None if entry.is_part else nearest_table(entry.base_name, dialect.header, rules.tables)
    if near is not None:
        raise refuse_missing_column(entry.name, dialect.header, near)
    return None


def _unique(header: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name for name in header if name.strip() and not is_private(name)))


def _unread(entry: Entry, file_no: int, file: SourceFile) -> ReadFile:
    return ReadFile(file, "", empty_frame(()), FileNotes(file_no, entry.base_name))


def _not_asked_for(entry: Entry, file_no: int, file: TextFile) -> ReadFile:
    below = sum(1 for line in file.text.split(b"\n") if line.strip()) - file.dialect.header_line
    facts = SourceFile(
        entry.name, entry.sha256, file.decoded.encoding, file.dialect.delimiter, file.ends_with_newline, max(below, 0)
    )
    unread = _unread(entry, file_no, facts)
    if entry.is_part:
        return unread
    unread.notes.tell(
        "file-not-asked-for",
        Severity.WARNING,
        f"{entry.name} is not a file that this feed's mapping asks for. It was not read.",
        remedy="Leave it out of the export, or name it under `ignores` in the mapping.",
    )
    return unread


def _read_table(entry: Entry, file: TextFile, table: TableRules, rules: SourceRules, notes: FileNotes) -> ReadFile:
    tell_opening(file, notes)
    columns = match_columns(file.dialect.header, table)
    at = {name: places for name, places in columns.at.items() if not is_private(name) or name in rules.allowed}
    _tell_private(entry, file.dialect.header, rules, notes)
    _tell_unread(entry, columns, table, notes)
    keep = sorted({place for places in at.values() for place in places})
    required = [place for name in table.required for place in at.get(name, ())]
    short_from = max(required, default=-1) + 1 if table.short_rows else 0
    cells = read_rows(file, keep, rules, notes, short_from=short_from)
    frame = _frame(file, at, cells, notes)
    if not cells.rows:
        _tell_no_rows(entry, rules, notes)
    facts = SourceFile(
        name=entry.name,
        sha256=entry.sha256,
        encoding=file.decoded.encoding,
        delimiter=file.dialect.delimiter,
        ends_with_newline=file.ends_with_newline,
        rows=cells.rows,
        last_line_sha256=cells.last_line,
    )
    return ReadFile(facts, table.name, frame, notes)


def _tell_private(entry: Entry, header: Sequence[str], rules: SourceRules, notes: FileNotes) -> None:
    for name in header:
        if is_private(name) and name not in rules.allowed:
            notes.tell(
                "column-private",
                Severity.WARNING,
                f'{entry.name} contains a column "{name.strip()}". It was not read.',
                remedy="Please remove it from the export.",
                column=name.strip(),
            )


def _tell_unread(entry: Entry, columns: Columns, table: TableRules, notes: FileNotes) -> None:
    """Headings that look like one that is missing, and all that nothing asks for where the table wants them named."""
    absent = [name for name in table.wanted if name not in columns.at]
    unread = [name for name in columns.unread if not is_private(name)]
    for name in unread:
        near = difflib.get_close_matches(plain_name(name), [plain_name(one) for one in absent], n=1, cutoff=0.85)
        if near:
            meant = next(one for one in absent if plain_name(one) == near[0])
            notes.tell(
                "column-misspelt",
                Severity.WARNING,
                f'{entry.name} has a column "{name}", which nothing reads, and none called "{meant}". Is that the one?',
                remedy="Mend the heading, or name it as an alias of the column in the mapping.",
                column=name,
            )
    if table.tell_unread and unread:
        notes.tell(
            "columns-unread",
            Severity.REMARK,
            f"{entry.name} has columns that are not read: {', '.join(unread)}.",
        )


def _tell_no_rows(entry: Entry, rules: SourceRules, notes: FileNotes) -> None:
    was = rules.previous.get(entry.base_name)
    before = f" The time before it had {was.rows:,}." if was and was.rows else ""
    severity = Severity.REMARK if rules.is_delta else Severity.HOLD
    notes.tell(
        "file-no-rows",
        severity,
        f"{entry.name} has a heading line but no rows.{before}",
        remedy="If there really are none, a person must confirm; else export again.",
    )


def _frame(file: TextFile, at: dict[str, tuple[int, ...]], cells: Cells, notes: FileNotes) -> pd.DataFrame:
    """The wanted columns, trimmed, with the provenance."""
    found = {name: _one_column(file, name, places, cells.cells) for name, places in at.items()}
    if may_need_cleaning(file.text, file.dialect.delimiter):
        found = {name: clean_column(name, column, cells.lines, notes) for name, column in found.items()}
    tell_damage(file.text, found, cells.lines, notes)
    columns = {name: text_column(column.combine_chunks()) for name, column in found.items()}
    columns["file_no"] = pd.Series(np.full(len(cells.lines), notes.file_no, np.int32))
    columns["line_no"] = pd.Series(cells.lines.astype(np.int32))
    return pd.DataFrame(columns)


def _one_column(file: TextFile, name: str, places: tuple[int, ...], table: pa.Table) -> pa.ChunkedArray:
    """The column of a heading; a heading that is repeated is refused when its columns disagree (M28)."""
    first, *others = [table.column(str(place)) for place in places]
    for other in others:
        differ = pc.sum(pc.not_equal(first, other)).as_py() or 0
        if differ:
            raise DropError(
                f'{file.name} has {len(places)} columns "{name}", and they disagree on {differ:,} lines. '
                "Nothing was imported.",
                code="column-twice",
                file=file.name,
                remedy="Remove or rename one of them.",
            )
    return first


def _united(read: Sequence[ReadFile]) -> dict[str, SourceTable]:
    """One table for all files of a kind, in the order of their names."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for one in read:
        if one.table:
            parts.setdefault(one.table, []).append(one.rows)
    return {
        name: SourceTable(name, frames[0] if len(frames) == 1 else concat(frames)) for name, frames in parts.items()
    }


def _tell_alike(read: Sequence[ReadFile]) -> None:
    """Two files of one kind that share most of their rows and still differ are two versions of one list (M12)."""
    seen: dict[str, list[ReadFile]] = {}
    for one in read:
        for other in seen.get(one.table, []) if one.table else []:
            smaller, larger = sorted((one, other), key=lambda file: len(file.rows))
            if _shared(smaller.rows, larger.rows) > _ALIKE * len(smaller.rows):
                one.notes.tell(
                    "files-alike",
                    Severity.HOLD,
                    f"Two files look like the same list: {other.file.name} and {one.file.name}. They differ.",
                    remedy="Remove the one that is not meant.",
                )
        seen.setdefault(one.table, []).append(one)


def _shared(smaller: pd.DataFrame, larger: pd.DataFrame) -> int:
    """How many rows of one frame stand in the other too."""
    names = [name for name in smaller.columns if name in larger.columns and name not in {"file_no", "line_no"}]
    if not names or not len(smaller):
        return 0
    mine, theirs = (
        pc.binary_join_element_wise(*(pa.array(frame[name]).cast(pa.string()) for name in names), "\x1f")
        for frame in (smaller, larger)
    )
    return int(pc.sum(pc.is_in(mine, value_set=theirs)).as_py() or 0)


def _refused(read: Sequence[ReadFile]) -> pd.DataFrame:
    lines = [
        np.concatenate(one.notes.refused_lines) if one.notes.refused_lines else np.empty(0, np.int32) for one in read
    ]
    numbers = [np.full(len(part), one.notes.file_no, np.int32) for one, part in zip(read, lines, strict=True)]
    return pd.DataFrame({"file_no": np.concatenate(numbers), "line_no": np.concatenate(lines).astype(np.int32)})


def _refuse_copy(entry: Entry, names: dict[str, str]) -> None:
    """Same bytes under two names: one is a copy under a wrong name (M90). names: of the files so far, by hash."""
    other = names.setdefault(entry.sha256, entry.name)
    if other != entry.name and b"\n" in entry.content.strip():
        raise DropError(
            f"{entry.name} has the same content as {other}. Nothing was imported.",
            code="file-copied",
            file=entry.name,
            remedy="One of them is probably the wrong file. Please export again.",
        )


def _is_named(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)
