"""Diffing: what an upload changes since an earlier import of the same data set.

Files are paired by type. Rows are told apart by the type's key columns, and compared as whole rows, trimmed; of rows
with one key the last counts. Rows that vanished come last, with their status replaced.
"""

import io
import zipfile
from typing import Any

from pipeline.canvas.file_types import FileType
from pipeline.sandbox.batch.archive import Archive, BrokenArchive
from pipeline.sandbox.batch.attachments import difference_files, uploaded_files
from pipeline.sandbox.batch.context import Context
from pipeline.sandbox.batch.pairs import Pair, Unpaired, paired
from pipeline.sandbox.batch.prepare import Prepared, detect
from pipeline.sandbox.batch.rows import Undiffable, changed_rows
from pipeline.sandbox.store.imports import ImportRow, ImportTables
from pipeline.sandbox.store.results import Message

__all__ = ["DiffCrash", "Difference", "TooOften"]

TOO_OFTEN = 5  # imports in a row above the threshold, after which Canvas refuses the data set
SIZE = "Diffing not performed because file size difference exceeded threshold"
ROWS = "Diffing not performed because difference row count exceeded threshold"


class DiffCrash(Exception):
    """The comparison itself fails, and the import with it."""


class TooOften(Exception):
    """The data set was above its threshold five times in a row."""


class Difference:
    """The difference of one import to its base."""

    def __init__(self, context: Context, row: ImportRow, types: tuple[FileType, ...]) -> None:
        self._context, self._row, self._types = context, row, types
        self.data: dict[str, Any] = {}  # what the import's `data` says of it
        self._base = self._found_base()

    def is_wanted(self) -> bool:
        """Whether there is a base to compare with."""
        return self._base is not None

    def made(self, name: str, content: bytes, now: str) -> Archive | None:
        """What is to be imported instead of an upload; the upload itself above a threshold; None: nothing at all.

        Errors: BrokenArchive as without diffing, DiffCrash, TooOften.
        """
        if self._base is None:
            return Archive(name, content)
        self._refuse_too_often()
        try:
            current = Archive(name, content)
            with self._context.database.read() as cursor:
                previous = Archive(*ImportTables(cursor.connection).upload(self._base["upload_id"]))
        except BrokenArchive as exc:
            raise DiffCrash("The archive cannot be unpacked") from exc
        if self._is_too_different(current.total_bytes, previous.total_bytes):
            self._exceed(SIZE)
            return current
        now_there, was_there = self._detected(current), self._detected(previous)
        for fault in now_there.faults:
            if not fault.is_counted:
                self._tell(fault.path, Message(fault.text, failure=fault.failure))
        if not now_there.files and not any(fault.is_counted for fault in now_there.faults):
            return None
        packed, count = self._packed(now_there, was_there)
        limit = self._row["diff_row_count_threshold"]
        if limit and count > limit:
            self._exceed(ROWS)
            return current
        return self._kept(current, now_there, packed, now)

    def _found_base(self) -> ImportRow | None:
        """The latest successful import of the data set that was diffed or a remaster, else the first successful one."""
        identifier = self._row["diffing_data_set_identifier"]
        if identifier is None or self._row["diffing_remaster"]:
            return None
        with self._context.database.read() as cursor:
            return ImportTables(cursor.connection).base_of(self._row.id, identifier)

    def _refuse_too_often(self) -> None:
        if self._context.is_2022:
            return
        identifier = self._row["diffing_data_set_identifier"]
        with self._context.database.read() as cursor:
            latest = ImportTables(cursor.connection).latest_of(identifier, but=self._row.id, count=TOO_OFTEN)
        if len(latest) == TOO_OFTEN and all(row["diffing_threshold_exceeded"] for row in latest):
            raise TooOften

    def _is_too_different(self, current: int, previous: int) -> bool:
        threshold = self._row["change_threshold"]
        if threshold is None:
            return False
        if not previous:
            return current > 0
        return bool(abs(1 - current / previous) * 100 > threshold)

    def _exceed(self, text: str) -> None:
        """The upload is imported as a whole, and is no base for later ones."""
        self._tell(None, Message(text))
        with self._context.database.work() as connection:
            ImportTables(connection).update(self._row.id, diffing_threshold_exceeded=1)

    def _detected(self, archive: Archive) -> Prepared:
        return detect(archive, self._types, without_duplicates=False)

    def _packed(self, current: Prepared, previous: Prepared) -> tuple[bytes, int]:
        """A zip of the differences, and how many rows they have; files that cannot be compared go in whole."""
        buffer, count = io.BytesIO(), 0
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry in paired(current, previous, self._types, is_2022=self._context.is_2022):
                if isinstance(entry, Unpaired):
                    if entry.warning:
                        self._tell(entry.path, Message(entry.warning))
                    archive.writestr(entry.path, entry.read())
                    continue
                content, rows = self._compared(entry)
                archive.writestr(entry.current.path, content)
                count += rows
        return buffer.getvalue(), count

    def _compared(self, pair: Pair) -> tuple[bytes, int]:
        if pair.current.type.key is None:
            raise DiffCrash("undefined method `map' for nil:NilClass")
        if pair.is_malformed:
            raise DiffCrash("Malformed CSV")
        try:
            return changed_rows(pair.current, pair.previous, self._removed_status(pair.current.type))
        except Undiffable as reason:
            self._tell(pair.current.path, Message(f"Couldn't generate diff: {reason}"))
            return pair.current.archive.read(pair.current.member), 0

    def _removed_status(self, kind: FileType) -> str:
        """The status that vanished rows get."""
        column = {"enrollment": "diffing_drop_status", "user": "diffing_user_remove_status"}.get(kind.name)
        if column is None or (self._context.is_2022 and kind.name == "user"):
            return "deleted"
        return str(self._row[column] or "deleted")

    def _kept(self, current: Archive, files: Prepared, packed: bytes, now: str) -> Archive:
        """Keep the difference and offer both kinds of files."""
        with self._context.database.work() as connection:
            tables = ImportTables(connection)
            upload_id = tables.add_upload(self._row.id, "diff.zip", packed)
            archive = Archive("diff.zip", packed, is_difference=True)
            prepared = self._detected(archive)
            uploaded = tables.add_attachments(self._row.id, uploaded_files(self._row, current, files), now)
            diffed = tables.add_attachments(self._row.id, difference_files(prepared, upload_id), now)
            tables.update(self._row.id, generated_diff_id=upload_id)
        base = self._base.id if self._base else None
        self.data = {
            "downloadable_attachment_ids": [*uploaded, *diffed],
            "diffed_against_sis_batch_id": base,
            "diffed_attachment_ids": diffed,
        }
        return archive

    def _tell(self, path: str | None, message: Message) -> None:
        with self._context.database.work() as connection:
            ImportTables(connection).add_messages(self._row.id, path, [message], self._context.clock.text())
