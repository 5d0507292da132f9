"""Crashed segments: tried again after 3, 9, 27 … seconds of the sandbox's clock, then given up with an error.

A small import ends meanwhile and turns to `failed_with_messages` late; a large one waits before its next type.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice

from pipeline.sandbox.batch.archive import Archive
from pipeline.sandbox.batch.context import FORMAT, Context, after, later, settings_of
from pipeline.sandbox.batch.finish import settle
from pipeline.sandbox.batch.pieces import error_message, import_piece
from pipeline.sandbox.batch.prepare import CsvFile, detect, record_lines
from pipeline.sandbox.importers.registry import known_types
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import ImportSettings
from pipeline.sandbox.store.imports import ImportTables, RetryRow

__all__ = ["Retries", "plan_late_failure", "seconds_until", "try_again"]

NOTHING = ""  # the type of a retry that a fault planned: nothing is tried, it only fails
LONGEST_WAIT_SECONDS = 1.0  # of one wait for the clock, which may be moved


def attempts(*, is_2022: bool) -> int:
    """How many delayed attempts there are."""
    return 5 if is_2022 else 3


def seconds_until(context: Context, instant: str) -> float:
    """How long it is by the sandbox's clock until an instant (text); negative when it is past."""
    due = datetime.strptime(instant, FORMAT).replace(tzinfo=UTC)
    return (due - context.clock.now()).total_seconds()


class Retries:
    """The crashed segments of one running import."""

    def __init__(self, context: Context, settings: ImportSettings) -> None:
        self._context, self._settings = context, settings
        self._waiting: list[tuple[CsvFile, Segment, str]] = []
        self.has_given_up = False

    def plan(self, file: CsvFile, segment: Segment, label: str, *, is_immediate: bool) -> None:
        """Take note of a crash: of a small import it is tried again by the queue, of a large one by `run_now`."""
        if not is_immediate:
            self._waiting.append((file, segment, label))
            return
        due = later(self._context, 3)
        retry = RetryRow(self._settings.import_id, file.type.name, file.path, segment.first, len(segment.texts), 0, due)
        with self._context.database.work() as connection:
            ImportTables(connection).add_retry(retry)

    def run_now(self, is_running: Callable[[], bool]) -> Iterator[tuple[CsvFile, int]]:
        """Wait and try again; gives the counts of segments that came through. Those that do not leave an error."""
        waiting, self._waiting = self._waiting, []
        due = self._context.clock.text()
        for attempt in range(attempts(is_2022=self._context.is_2022)):
            due = after(due, 3 ** (attempt + 1))
            if not waiting or not self._wait(due, is_running):
                break
            remaining = []
            for file, segment, label in waiting:
                count = import_piece(self._context, file, segment, self._settings, label=label)
                if count is None:
                    remaining.append((file, segment, label))
                else:
                    yield file, count
            waiting = remaining
        for _, _, label in waiting if is_running() else ():
            self.has_given_up = True
            give_up(self._context, self._settings.import_id, label)

    def _wait(self, due: str, is_running: Callable[[], bool]) -> bool:
        """Wait for an instant of the sandbox's clock; False when the import was aborted meanwhile."""
        while (rest := seconds_until(self._context, due)) > 0:
            if not is_running():
                return False
            self._context.wait(min(rest, LONGEST_WAIT_SECONDS))
        return is_running()


def try_again(context: Context, retry: RetryRow) -> None:
    """Make the next delayed attempt at a segment of a small import."""
    with context.database.work() as connection:
        tables = ImportTables(connection)
        tables.drop_retry(retry.id)
        row = tables.get(retry.import_id)
        account = tables.account_settings()
        if row is None or row["workflow_state"] == "aborted":
            return
        name, content = tables.upload(row["generated_diff_id"] or row["upload_id"])
    if retry.type == NOTHING:
        give_up(context, retry.import_id, None)
        return
    types = known_types(is_2022=context.is_2022, has_tags=bool(account.get("institutional_tags")))
    prepared = detect(Archive(name, content), types, without_duplicates=not context.is_2022)
    file = next(file for file in prepared.files if file.path == retry.path)
    start = retry.first_record - 2
    texts = list(islice(record_lines(file), start, start + retry.record_count))
    segment = Segment(file.header, retry.first_record, texts)
    count = import_piece(context, file, segment, settings_of(row, context, account), label=file.path)
    if count is None:
        _plan_next(context, retry)
        return
    with context.database.work() as connection:
        tables = ImportTables(connection)
        row.data["counts"][file.type.count_key] += count
        tables.update(row.id, data=row.data)


def _plan_next(context: Context, retry: RetryRow) -> None:
    made = retry.attempt + 1
    if made >= attempts(is_2022=context.is_2022):
        give_up(context, retry.import_id, retry.path)
        return
    due = after(retry.due_at, 3 ** (made + 1))
    again = RetryRow(retry.import_id, retry.type, retry.path, retry.first_record, retry.record_count, made, due)
    with context.database.work() as connection:
        ImportTables(connection).add_retry(again)


def plan_late_failure(context: Context, import_id: int) -> None:
    """Let an import fail as late as if one of its segments had crashed each time."""
    seconds = sum(3 ** (attempt + 1) for attempt in range(attempts(is_2022=context.is_2022)))
    with context.database.work() as connection:
        ImportTables(connection).add_retry(RetryRow(import_id, NOTHING, "", 0, 0, 0, later(context, seconds)))


def give_up(context: Context, import_id: int, label: str | None) -> None:
    """Leave the error of a crash and turn the import to `failed_with_messages`."""
    message = error_message(context)
    with context.database.work() as connection:
        ImportTables(connection).add_messages(import_id, label, [message], context.clock.text())
    settle(context, import_id)
