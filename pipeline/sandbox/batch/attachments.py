"""The files of an import that can be downloaded."""

import csv
import io
from collections.abc import Iterator
from itertools import chain

from pipeline.sandbox.batch.archive import Archive
from pipeline.sandbox.batch.csvtext import cells_of, record_texts
from pipeline.sandbox.batch.prepare import CsvFile, Prepared
from pipeline.sandbox.store.imports import AttachmentRow, ImportRow

__all__ = ["difference_files", "uploaded_files"]

SECRET_COLUMNS = frozenset({"password", "ssha_password"})


def uploaded_files(row: ImportRow, archive: Archive, prepared: Prepared) -> Iterator[AttachmentRow]:
    """The CSV files of an upload; those with passwords as copies without them. None of a generated difference."""
    if not archive.is_difference:
        yield from (_attachment("csv", file, row["upload_id"]) for file in prepared.files)


def difference_files(prepared: Prepared, upload_id: int) -> Iterator[AttachmentRow]:
    """The CSV files of a generated difference. upload_id: where it is kept."""
    return (_attachment("diffed", file, upload_id) for file in prepared.files)


def _attachment(kind: str, file: CsvFile, upload_id: int) -> AttachmentRow:
    if SECRET_COLUMNS.isdisjoint(cell.strip() for cell in file.header):
        return AttachmentRow(kind, file.name, file.archive.size(file.member), upload_id, file.member)
    content = _without_secrets(file)
    name = f"{file.name[: -len('.csv')]}_filtered.csv"
    return AttachmentRow(kind, name, len(content), content=content)


def _without_secrets(file: CsvFile) -> bytes:
    """The file without its password columns."""
    kept = [index for index, cell in enumerate(file.header) if cell.strip() not in SECRET_COLUMNS]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for record in chain.from_iterable(record_texts(file.open())):
        cells = cells_of(record)
        writer.writerow(cells[index] for index in kept if index < len(cells))
    return text.getvalue().encode()
