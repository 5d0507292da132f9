"""Running one import from start to end: difference, unpacking, segments, clean-up, final state."""

import time
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from pipeline.sandbox.batch.archive import Archive, BrokenArchive
from pipeline.sandbox.batch.attachments import uploaded_files
from pipeline.sandbox.batch.cleanup import CleanUp, CleanUpCrash
from pipeline.sandbox.batch.context import Context, Fate, settings_of
from pipeline.sandbox.batch.difference import DiffCrash, Difference, TooOften
from pipeline.sandbox.batch.finish import finish
from pipeline.sandbox.batch.pieces import error_message, import_piece, piece_rows, pieces
from pipeline.sandbox.batch.prepare import CsvFile, Prepared, detect
from pipeline.sandbox.batch.results import no_counts
from pipeline.sandbox.batch.retry import Retries, plan_late_failure
from pipeline.sandbox.importers.registry import known_types
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.store.imports import ImportRow, ImportTables
from pipeline.sandbox.store.results import Message

__all__ = ["ImportRun"]

IMMEDIATE_ROWS = 50  # up to so many (1 + records) an import runs in one go
KNOWN_IMPORT_TYPE = "instructure_csv"
TOO_OFTEN = (  # the text is ours: Canvas's own could not be verified
    "The data set exceeded its change threshold five times in a row. Send it once with diffing_remaster_data_set."
)


class ImportRun:
    """One import in the hands of the worker."""

    def __init__(self, context: Context, row: ImportRow) -> None:
        self._context, self._row = context, row
        self._fate = context.fate(row.id) or Fate()
        self._data: dict[str, Any] = dict(row.data)
        self._counts: dict[str, int] = {}
        self._is_immediate = True
        self._done = self._all = 0
        with context.database.read() as cursor:
            account = ImportTables(cursor.connection).account_settings()
        self._settings = settings_of(row, context, account)
        self._types = known_types(is_2022=context.is_2022, has_tags=bool(account.get("institutional_tags")))
        self._retries = Retries(context, self._settings)

    def run(self) -> None:
        """Take it from `created` to its end. Errors: Stopped."""
        self._set(workflow_state="importing", started_at=self._settings.now, progress=0)
        if self._data.get("import_type") != KNOWN_IMPORT_TYPE:
            self._fail("Unrecognized import type")
            return
        if self._fate.end_state == "failed":
            self._fail("The worker died")
            return
        try:
            archive = self._archive()
            if archive is not None:
                self._import(archive)
        except DiffCrash as crash:
            self._fail(str(crash))
            return
        except TooOften:
            self._tell(None, [Message(TOO_OFTEN, failure=True)])
        except BrokenArchive:
            self._tell(None, [error_message(self._context)])
        except CleanUpCrash:
            self._forget_unsaved()
            finish(self._context, self._row.id, self._data, "failed")
            return
        finish(self._context, self._row.id, self._data, self._fate.end_state)
        if self._fate.settles_late:
            plan_late_failure(self._context, self._row.id)

    def _archive(self) -> Archive | None:
        """What is to be imported: the upload, or the difference to an earlier one; None: nothing at all."""
        upload_id = self._row["upload_id"]
        if upload_id is None:
            return None
        with self._context.database.read() as cursor:
            name, content = ImportTables(cursor.connection).upload(upload_id)
        difference = Difference(self._context, self._row, self._types)
        if not difference.is_wanted():
            return Archive(name, content)
        archive = difference.made(name, content, self._settings.now)
        self._data.update(difference.data)
        return archive

    def _import(self, archive: Archive) -> None:
        prepared = detect(archive, self._types, without_duplicates=not self._context.is_2022)
        self._is_immediate = prepared.total_rows <= IMMEDIATE_ROWS
        for fault in prepared.faults:
            self._tell(fault.path, [Message(fault.text, failure=fault.failure)])
        self._describe(archive, prepared)
        rows = piece_rows(prepared.total_rows, is_2022=self._context.is_2022)
        self._all = sum(-(-file.records // rows) for file in prepared.files)
        self._save_progress()
        order = {kind.name: place for place, kind in enumerate(self._types)}
        files = sorted(prepared.files, key=lambda file: order[file.type.name])
        for _, of_type in groupby(files, key=lambda file: file.type.name):
            if not self._import_type(list(of_type), rows):
                return
        self._clean_up()

    def _clean_up(self) -> None:
        """Batch mode's removals, unless the import crashed or was aborted."""
        clean_up = CleanUp(self._context, self._row, self._settings, self._is_running)
        supplied = self._data["supplied_batches"]
        if not clean_up.is_wanted(supplied) or self._retries.has_given_up or not self._is_running():
            return
        self._set(workflow_state="cleanup_batch")
        result = clean_up.run(supplied)
        self._counts.update(result.counts)
        if result.refusal is not None:
            self._tell(None, [Message(result.refusal)])
            self._forget_unsaved()
            finish(self._context, self._row.id, self._data, "aborted")

    def _forget_unsaved(self) -> None:
        """Lose what was not saved meanwhile, as when Canvas loads the import anew: of a small one all."""
        if self._is_immediate:
            self._data = dict(self._row.data)

    def _describe(self, archive: Archive, prepared: Prepared) -> None:
        """Offer the files for download and say what was supplied."""
        with self._context.database.work() as connection:
            tables = ImportTables(connection)
            files = uploaded_files(self._row, archive, prepared)
            ids = tables.add_attachments(self._row.id, files, self._settings.now)
        known = self._data.pop("downloadable_attachment_ids", [])
        supplied = [kind.name for kind in self._types if any(file.type is kind for file in prepared.files)]
        self._counts = no_counts(self._types)
        self._data.update(
            downloadable_attachment_ids=sorted({*ids, *known}),
            supplied_batches=supplied,
            counts=self._counts,
            running_immediately=self._is_immediate,
            completed_importers=[],
        )

    def _import_type(self, files: list[CsvFile], rows: int) -> bool:
        """Import all files of one type; False once the import was aborted."""
        for file, segment in self._segments(files, rows):
            if not self._may_go_on():
                return False
            self._import_segment(file, segment)
        if not self._is_immediate:
            for file, count in self._retries.run_now(self._is_running):
                self._counts[file.type.count_key] += count
        self._data["completed_importers"].append(files[0].type.name)
        self._save_progress()
        return self._is_running()

    def _segments(self, files: list[CsvFile], rows: int) -> Iterator[tuple[CsvFile, Segment]]:
        return ((file, segment) for file in files for segment in pieces(file, rows))

    def _import_segment(self, file: CsvFile, segment: Segment) -> None:
        label = file.path if self._is_immediate else file.name
        for _attempt in ("first", "at once again"):
            count = import_piece(self._context, file, segment, self._settings, label=label)
            if count is not None:
                self._counts[file.type.count_key] += count
                break
        else:
            self._retries.plan(file, segment, label, is_immediate=self._is_immediate)
        self._done += 1
        self._save_progress()

    def _may_go_on(self) -> bool:
        """Whether the next segment may start; pauses and stalls as a fault wants it."""
        if self._fate.pause_seconds:
            time.sleep(self._fate.pause_seconds)
        if self._stalls_here():
            self._set(progress=self._fate.stall_at, updated_at=self._context.clock.text())
            while not self._is_aborted():
                self._context.wait(1)
            return False
        return self._is_running()

    def _stalls_here(self) -> bool:
        """Whether the next segment would lead beyond the progress at which a fault stops the import."""
        stall_at = self._fate.stall_at
        return stall_at is not None and 100 * (self._done + 1) > stall_at * self._all

    def _is_running(self) -> bool:
        """Whether nobody aborted the import. The older Canvas's importers do not notice."""
        self._context.check()
        return self._context.is_2022 or not self._is_aborted()

    def _is_aborted(self) -> bool:
        self._context.check()
        with self._context.database.read() as cursor:
            return ImportTables(cursor.connection).state(self._row.id) == "aborted"

    def _percent(self) -> int:
        return min(99, round(100 * self._done / self._all)) if self._all else 0

    def _save_progress(self) -> None:
        """Let readers see how far it is; of a small import they see nothing before its end."""
        if not self._is_immediate:
            self._set(progress=self._percent(), data=self._data, updated_at=self._context.clock.text())

    def _fail(self, reason: str) -> None:
        """End outside the importers."""
        self._data.update(error_message=reason, stack_trace="")
        self._set(workflow_state="failed", data=self._data, updated_at=self._context.clock.text())

    def _tell(self, path: str | None, messages: list[Message]) -> None:
        with self._context.database.work() as connection:
            ImportTables(connection).add_messages(self._row.id, path, messages, self._settings.now)

    def _set(self, **columns: Any) -> None:
        """Write columns of the import, unless it was aborted meanwhile: that stays."""
        with self._context.database.work() as connection:
            self._context.check()
            tables = ImportTables(connection)
            if tables.state(self._row.id) == "aborted":
                columns.pop("workflow_state", None)
            tables.update(self._row.id, **columns)
