"""Canvas CSV files from frames: UTF-8 without BOM, Unix line ends, quotes where they are needed and nowhere else."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.file_types import file_types
from pipeline.errors import PipelineError
from pipeline.model.frames import PROVENANCE, to_arrow

__all__ = ["canvas_columns", "csv_blocks", "write_csv"]

BLOCK_ROWS = 100_000
LARGE = pa.large_string()
QUOTE, NOTHING, COMMA, LINE_END = (pa.scalar(text, LARGE) for text in ('"', "", ",", "\n"))
NEEDS_QUOTES = (
    '[",\r\n]|^[\\s\ufeff]|\\s$'  # Canvas strips blanks at the ends anyway; quoted, they at least read back the same
)


def canvas_columns(table: str, frame: pd.DataFrame) -> tuple[str, ...]:
    """The frame's columns that go to Canvas, in Canvas's order: all but the provenance.

    Raises PipelineError for a column that Canvas's file type does not have, since Canvas would pass over it in silence.
    """
    known = next((kind.columns for kind in file_types() if kind.table == table), None)
    present = [name for name in frame.columns if name not in PROVENANCE]
    unknown = [name for name in present if known is not None and name not in known]
    if known is None or unknown:
        what = f"no table {table}" if known is None else f"no column {unknown[0]} in {table}"
        raise PipelineError(f"Canvas knows {what}.", remedy="Mend the mapping's target names.")
    return tuple(name for name in known if name in present)


def csv_blocks(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[bytes]:
    """The CSV text of a frame, header first, in blocks of rows. Cells are text; missing is ""."""
    yield (",".join(columns) + "\n").encode()
    table = to_arrow(frame[list(columns)])
    for start in range(0, table.num_rows, BLOCK_ROWS):
        yield _rows(table.slice(start, BLOCK_ROWS))


def write_csv(frame: pd.DataFrame, columns: Sequence[str], path: Path) -> str:
    """Write a frame as a Canvas CSV and return the SHA-256 of its bytes (hex). Same rows, same bytes."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for block in csv_blocks(frame, columns):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _rows(block: pa.Table) -> bytes:
    cells = [_quoted(column.combine_chunks()) for column in block.columns]
    if len(cells) == 1:  # a line without anything would be passed over as blank
        cells = [pc.if_else(pc.equal(cells[0], NOTHING), pa.scalar('""', LARGE), cells[0])]
    lines = pc.binary_join_element_wise(*cells, COMMA)
    return _bytes_of(pc.binary_join_element_wise(lines, NOTHING, LINE_END))


def _quoted(column: pa.Array) -> pa.Array:
    text = column.cast(LARGE).fill_null("")
    needed = pc.match_substring_regex(text, NEEDS_QUOTES)
    if not pc.any(needed).as_py():
        return text
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(needed, pc.binary_join_element_wise(QUOTE, doubled, QUOTE, NOTHING), text)


def _bytes_of(lines: pa.Array) -> bytes:
    """The bytes of all texts of an array, one after another: they lie so in its buffer."""
    _, offsets, content = lines.buffers()
    if content is None:
        return b""
    first, last = _bounds(lines, offsets)
    return memoryview(content)[first:last].tobytes()


def _bounds(lines: pa.Array, offsets: pa.Buffer) -> tuple[int, int]:
    spans = pa.Array.from_buffers(pa.int64(), len(lines) + 1, [None, offsets], offset=lines.offset)
    return spans[0].as_py(), spans[len(lines)].as_py()
