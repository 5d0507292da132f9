"""One text file → the wanted columns of its rows. What cannot be a row is sorted: furniture, refused rows, or a cut file."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import DropError
from pipeline.model.findings import Severity
from pipeline.sources.delimited import RawTable, blank_rows, read_delimited
from pipeline.sources.dialect import Dialect, split_line
from pipeline.sources.encoding import Decoded
from pipeline.sources.furniture import is_dashes, last_line, looks_like_total, sort_line, stated_count
from pipeline.sources.kinds import database_error
from pipeline.sources.notes import FileNotes
from pipeline.sources.records import OPEN_QUOTE, STRAY_QUOTE, Records
from pipeline.sources.rules import FileFacts, SourceRules

__all__ = ["Cells", "TextFile", "read_rows"]


@dataclass(frozen=True, slots=True)
class TextFile:
    """A decoded file with LF line ends.

    name: for people; decoded: how, without its text; facts: of the drop before, None on the first; has_end_mark:
    control-Z: the writer came to its end; is_mended: blanks before quotes were taken away.
    """

    name: str
    text: bytes
    decoded: Decoded
    dialect: Dialect
    facts: FileFacts | None
    has_end_mark: bool
    is_mended: bool = False

    @property
    def ends_with_newline(self) -> bool:
        """Whether the last line is complete."""
        return self.text.endswith(b"\n")


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows by column position, their lines, and how many data rows there were, refused ones included."""

    cells: pa.Table
    lines: npt.NDArray[np.int32]
    rows: int
    last_line: str = ""  # SHA-256 of the last data line


def read_rows(file: TextFile, keep: list[int], rules: SourceRules, notes: FileNotes, *, short_from: int = 0) -> Cells:
    """The rows of a file. keep: positions of the columns to read; short_from: cells from which on a row may be short (M30).

    Raises DropError for a file that is cut, or of which more rows cannot be read than the limit.
    """
    width = len(file.dialect.header)
    raw = read_delimited(file.text, file.dialect, keep=keep, width=width)
    if raw.bad is not None:
        _refuse_database_error(file)
    raw, width = _without_trailing_delimiter(file, raw, keep, width)
    raw = _with_short_rows(file, raw, keep, short_from)
    cells, lines, counts = _without_furniture(file, raw, keep, notes)
    bad, stated = _sort_out(file, raw, lines, counts)
    _refuse_cut(file, bad, lines, raw, has_footer=stated is not None)
    rows = len(lines) + len(bad)
    if _ends_in_a_row(raw, lines) and _doubt_last_line(file, rules, notes, vouched=stated is not None):
        cells, lines = cells.slice(0, len(lines) - 1), lines[:-1]
    _refuse_bad_rows(raw, bad, width, notes)
    _check_limit(file, rules, refused=len(bad), rows=rows)
    _check_count(file, rules, stated, rows)
    return Cells(cells, lines, rows, _last_line_hash(file.text))


def _refuse_database_error(file: TextFile) -> None:
    """An error message printed into the export (M11); it is looked for where some lines are no rows of the right width."""
    failed = database_error(file.text)
    if failed:
        raise DropError(
            f'{file.name} contains a database error on line {failed[0]:,} ("{failed[1]}"). The export failed half way. '
            "Nothing was imported.",
            code="file-database-error",
            file=file.name,
            remedy="Mend the export's query and export again.",
        )


def _ends_in_a_row(raw: RawTable, lines: npt.NDArray[np.int32]) -> bool:
    """Whether the last line of the text is a row of the right width, and no footer."""
    return len(lines) > 0 and int(raw.lines[-1]) == int(lines[-1]) and _is_last(raw, lines)


def _is_last(raw: RawTable, lines: npt.NDArray[np.int32]) -> bool:
    """Whether nothing that is no row of the right width stands below these rows."""
    if not len(lines):
        return False
    return raw.bad is None or not len(raw.bad) or _line(raw, raw.bad, -1) < int(lines[-1])


def _line(raw: RawTable, records: Records, index: int) -> int:
    return int(records.lines[index]) + raw.line_before


def _without_trailing_delimiter(file: TextFile, raw: RawTable, keep: list[int], width: int) -> tuple[RawTable, int]:
    """Every row ends in a delimiter that the header does not have (M31): one more cell is expected, and it is blank."""
    if raw.bad is None or len(raw.lines) or not len(raw.bad):
        return raw, width
    bad, delimiter = raw.bad, file.dialect.delimiter.encode()
    whole = bad.select(bad.widths == width + 1)
    ends = np.frombuffer(raw.body, np.uint8)[whole.ends - 1] if len(whole) else np.empty(0, np.uint8)
    if not len(whole) or not bool((ends == delimiter[0]).all()):
        return raw, width
    return read_delimited(file.text, file.dialect, keep=keep, width=width + 1), width + 1


def _with_short_rows(file: TextFile, raw: RawTable, keep: list[int], short_from: int) -> RawTable:
    """Rows whose last, optional cells were not written are filled up with blanks (M30)."""
    if raw.bad is None or not short_from:
        return raw
    width = len(file.dialect.header)
    is_short = (raw.bad.widths >= short_from) & (raw.bad.widths < width) & (raw.bad.faults == 0)
    if not is_short.any():
        return raw
    filled = []
    for index in np.flatnonzero(is_short):
        line = raw.bad.raw(raw.body, int(index)).decode("utf-8")
        row = split_line(line, file.dialect.delimiter, is_quoted=file.dialect.is_quoted)
        filled.append(row + [""] * (width - len(row)))
    columns = {str(at): pa.array([row[at] for row in filled], pa.string()) for at in keep}
    cells = pa.concat_tables([raw.cells, pa.table(columns)])
    lines = np.concatenate((raw.lines, (raw.bad.lines[is_short] + raw.line_before).astype(np.int32)))
    order = np.argsort(lines, kind="stable")
    return RawTable(cells.take(pa.array(order)), lines[order], raw.bad.select(~is_short), raw.body, raw.line_before)


def _without_furniture(
    file: TextFile, raw: RawTable, keep: list[int], notes: FileNotes
) -> tuple[pa.Table, npt.NDArray[np.int32], list[int]]:
    """Rows of the right width that are none: blank ones, repeated headings, dashes, a sum or a number of rows at the end.

    The last result: the numbers of rows that were stated, where the number itself made cells (`(1,234 rows affected)`).
    """
    drop = blank_rows(raw.cells)
    headings = _heading_rows(file, raw, keep)
    drop |= headings
    if headings.any():
        notes.tell(
            "heading-repeated",
            Severity.REMARK,
            f"{file.name}: {int(headings.sum())} repeated heading lines were ignored.",
            line=int(raw.lines[headings][0]),
        )
    for index in range(min(3, len(raw.lines))):
        drop[index] |= is_dashes(" ".join(column[index].as_py() for column in raw.cells.columns))
    for index in range(max(0, len(raw.lines) - 3), len(raw.lines)):
        drop[index] |= looks_like_total([column[index].as_py() for column in raw.cells.columns])
    counts = []
    if _is_last(raw, raw.lines):
        count = stated_count(last_line(file.text).decode("utf-8"))
        if count is not None:
            drop[-1] = True
            counts.append(count)
    if not drop.any():
        return raw.cells, raw.lines, counts
    return raw.cells.filter(pa.array(~drop)), raw.lines[~drop], counts


def _heading_rows(file: TextFile, raw: RawTable, keep: list[int]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(len(raw.lines), bool)
    where = np.arange(len(raw.lines))
    for at in keep:
        if not len(where):
            return mask
        column = raw.cells.column(str(at))
        column = column if len(where) == len(column) else column.take(pa.array(where))
        where = where[pc.equal(column, file.dialect.header[at]).to_numpy(zero_copy_only=False)]
    if keep:
        mask[where] = True
    return mask


def _sort_out(
    file: TextFile, raw: RawTable, lines: npt.NDArray[np.int32], counts: list[int]
) -> tuple[Records, int | None]:
    """The bad records that are rows, and the number of rows that a footer states (their sum, when there are several)."""
    empty = np.empty(0, np.int64)
    if raw.bad is None:
        return Records(empty, empty, empty, empty, np.empty(0, np.int8)), sum(counts) if counts else None
    header = file.dialect.delimiter.join(file.dialect.header).strip()
    last = int(lines[-1]) if len(lines) else 0
    is_row = np.ones(len(raw.bad), bool)
    for index in range(len(raw.bad)):
        line = raw.bad.raw(raw.body, index).decode("utf-8")
        found = sort_line(line, header, is_after_rows=_line(raw, raw.bad, index) > last)
        is_row[index] = not found.kind
        if found.count is not None:
            counts = [*counts, found.count]
    return raw.bad.select(is_row), sum(counts) if counts else None


def _refuse_cut(file: TextFile, bad: Records, lines: npt.NDArray[np.int32], raw: RawTable, *, has_footer: bool) -> None:
    """A last record with too few cells, or a cell that never closes: the copy was interrupted (M02).

    has_footer: whether a number of rows stands below them: then the writer came to its end.
    """
    if not len(bad):
        return
    last = _line(raw, bad, -1)
    is_last = not len(lines) or last > int(lines[-1])
    width = len(file.dialect.header)
    open_lines = bad.lines[bad.faults == OPEN_QUOTE] + raw.line_before
    if len(open_lines) and not (lines > open_lines[-1]).any():
        raise _cut(file, int(open_lines[-1]), "inside a quotation that never closes")
    if is_last and not has_footer and bad.faults[-1] == 0 and bad.widths[-1] < width:
        raise _cut(file, last, f"with {int(bad.widths[-1])} of {width} values")


def _cut(file: TextFile, line: int, how: str) -> DropError:
    return DropError(
        f"{file.name} ends in the middle of line {line:,}, {how}. The copy was probably interrupted. Nothing was imported.",
        code="file-cut",
        file=file.name,
        remedy="Please export it again.",
    )


def _doubt_last_line(file: TextFile, rules: SourceRules, notes: FileNotes, *, vouched: bool) -> bool:
    """Whether the last row must not be used: its line has no end, and nothing says that it is whole."""
    if file.ends_with_newline or file.has_end_mark or not file.text:
        return False
    last = _last_line_hash(file.text)
    facts = file.facts
    if vouched or (facts is not None and facts.last_line == last):
        return False
    if rules.unterminated == "trust":
        notes.tell(
            "last-line-open", Severity.WARNING, f"The last line of {file.name} has no line end. It was read as it is."
        )
        return False
    if facts is not None and facts.ends_with_newline:
        raise DropError(
            f"The last line of {file.name} has no line end, and the file before had one. The copy was probably interrupted. "
            "Nothing was imported.",
            code="file-cut",
            file=file.name,
            remedy="Please export it again.",
        )
    number = file.text.count(b"\n") + 1
    severity = Severity.HOLD if rules.is_delta else Severity.WARNING
    raw = file.text[file.text.rfind(b"\n") + 1 :].decode("utf-8")
    notes.tell(
        "last-line-open",
        severity,
        f"The last line of {file.name} has no line end: it may be cut. Its row was left out this time and changes nothing.",
        remedy="If the next export ends with the same line, it is used. Better: let the export end every line.",
        line=number,
    )
    notes.refuse_rows(
        "last-line-doubtful",
        np.array([number], np.int32),
        [raw],
        messages=[f"Line {number:,} is the last one and has no line end: it may be cut. The row was left out."],
        remedy="Let the export end every line, the last one too.",
    )
    return True


def _refuse_bad_rows(raw: RawTable, bad: Records, width: int, notes: FileNotes) -> None:
    if not len(bad):
        return
    raws = [bad.raw(raw.body, index).decode("utf-8") for index in range(len(bad))]
    lines = (bad.lines + raw.line_before).astype(np.int32)
    quote = bad.faults != 0
    for mask, code, remedy in (
        (
            quote,
            "row-quotes",
            "Inside a quoted text a quotation mark must be written twice; before it no blank may stand.",
        ),
        (
            ~quote,
            "row-width",
            "A delimiter inside a value must be in quotation marks, and each row needs all its values.",
        ),
    ):
        chosen = np.flatnonzero(mask)
        notes.refuse_rows(
            code,
            lines[chosen],
            [raws[index] for index in chosen],
            messages=[_message(int(lines[at]), int(bad.widths[at]), width, int(bad.faults[at])) for at in chosen],
            remedy=remedy,
        )


def _message(line: int, cells: int, width: int, fault: int) -> str:
    if fault == STRAY_QUOTE:
        return f"Line {line:,}: a quotation mark stands where none may stand. The row was left out."
    if fault == OPEN_QUOTE:
        return f"Line {line:,}: a quotation mark opens a text that never closes. The row was left out."
    return f"Line {line:,} has {cells} values where {width} are expected. The row was left out."


def _check_limit(file: TextFile, rules: SourceRules, *, refused: int, rows: int) -> None:
    over = refused >= rules.refused_floor and refused * 100 >= rules.refused_percent * rows
    if over or (refused and refused == rows):
        raise DropError(
            f"{refused:,} of the {rows:,} rows of {file.name} cannot be split into values. Nothing was imported.",
            code="rows-unreadable",
            file=file.name,
            remedy="Check the delimiter and the quotation marks of the export.",
        )


def _check_count(file: TextFile, rules: SourceRules, stated: int | None, rows: int) -> None:
    """A number of rows stated by a footer or a manifest that does not fit: the file is incomplete (M37)."""
    base = file.name.rsplit("/", 1)[-1].rsplit(" › ", 1)[-1]
    for count in (stated, rules.row_counts.get(base)):
        if count is not None and count != rows:
            raise DropError(
                f"{file.name} says it has {count:,} rows, but {rows:,} were found. It is incomplete. Nothing was imported.",
                code="row-count",
                file=file.name,
                remedy="Please export it again.",
            )


def _last_line_hash(text: bytes) -> str:
    return hashlib.sha256(last_line(text)).hexdigest()
