"""Cutting files into segments, importing one segment, and what happens when its importer crashes."""

from collections.abc import Iterator
from itertools import islice

from pipeline.sandbox.batch.context import Context
from pipeline.sandbox.batch.prepare import CsvFile, record_lines
from pipeline.sandbox.importers.addresses import BadChannel
from pipeline.sandbox.importers.registry import BUFFERED, IMPORTERS
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import Crash, ImportSettings, Work
from pipeline.sandbox.store.imports import ImportTables
from pipeline.sandbox.store.results import Message
from pipeline.sandbox.store.session import Session

__all__ = ["error_message", "import_piece", "piece_rows", "pieces"]


def piece_rows(total_rows: int, *, is_2022: bool) -> int:
    """How many records a segment has at most. total_rows: 1 + all records of all files."""
    smallest = 25 if is_2022 else 100  # the reference: raised after 2022
    return min(max(-(-total_rows // 99), smallest), 1000)


def pieces(file: CsvFile, rows: int) -> Iterator[Segment]:
    """The segments of a file in order."""
    texts = record_lines(file)
    first = 2
    while chunk := list(islice(texts, rows)):
        yield Segment(file.header, first, chunk)
        first += len(chunk)


def import_piece(
    context: Context, file: CsvFile, segment: Segment, settings: ImportSettings, *, label: str
) -> int | None:
    """Import one segment in one transaction; the result is the number of rows that went through, None after a crash.

    Rows before a crash stay written. label: what messages name as their file.
    """
    kind = file.type.name
    with context.database.work() as connection:
        context.check()
        work = Work(Session(connection, context.database.last_ids), settings, segment)
        crashed = False
        try:
            IMPORTERS[kind](work, segment)
        except (Crash, BadChannel):
            crashed = True
        work.session.flush()
        tables = ImportTables(connection)
        tables.add_state_changes(settings.import_id, work.changes, batch_mode=False)
        if not (crashed and kind in BUFFERED):
            tables.add_messages(settings.import_id, label, work.messages, settings.now)
    return None if crashed else work.count


def error_message(context: Context) -> Message:
    """The error that a crash leaves, with a number of its own."""
    with context.database.work() as connection:
        number = Session(connection, context.database.last_ids).next_error_report()
    text = f"Error while importing CSV. Please contact support. (Error report {number})"
    return Message(text, failure=True)
