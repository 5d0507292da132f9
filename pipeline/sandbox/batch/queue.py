"""The queue of one account: a thread that runs imports one at a time, retries, restorations, and the monthly purge."""

import logging
import threading
import traceback
from typing import Any

from pipeline.sandbox.batch.context import Context, Stopped
from pipeline.sandbox.batch.finish import finish
from pipeline.sandbox.batch.restore import restore
from pipeline.sandbox.batch.retry import seconds_until, try_again
from pipeline.sandbox.batch.run import ImportRun
from pipeline.sandbox.store.housekeeping import died, purge
from pipeline.sandbox.store.imports import ImportRow, ImportTables

__all__ = ["PAUSED", "WAIT_UNTIL", "Queue"]

log = logging.getLogger(__name__)
PAUSED = "queue_paused"
WAIT_UNTIL = "queue_waits_until"  # after the abort of a running import the next one starts ten minutes later
LONGEST_WAIT_SECONDS = 5.0


class Queue:
    """The worker of one database. It starts with the object and ends with `stop`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._is_idle = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sandbox-queue", daemon=True)

    def start(self) -> None:
        """Finish what a killed process left, then begin to work."""
        with self._context.database.write() as connection:
            left = [row for row in ImportTables(connection).running() if not row["held"]]
            died(connection, self._context.clock.text())
        for row in left:
            finish(self._context, row.id, row.data, "failed")
        self._thread.start()

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._is_idle.clear()
        self._context.notify()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until there is nothing to do; False when the time is up."""
        return self._is_idle.wait(seconds)

    def stop(self) -> None:
        """Stop at the next segment, without waiting for it."""
        self._context.is_stopped = True
        self._context.notify()

    def join(self, seconds: float) -> None:
        """Wait for the thread's end."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _work(self) -> None:
        try:
            while True:
                self._context.check()
                if not self._do_one():
                    self._rest()
        except Stopped:
            pass
        finally:
            self._is_idle.set()
            self._context.database.close()

    def _rest(self) -> None:
        """Wait for work, at most until the next thing is due."""
        with self._context.database.read() as cursor:
            tables = ImportTables(cursor.connection)
            dues = [retry.due_at] if (retry := tables.next_retry()) else []
            dues += [due] if (due := tables.fact(WAIT_UNTIL)) else []
        seconds = min((seconds_until(self._context, due) for due in dues), default=LONGEST_WAIT_SECONDS)
        with self._context.changed:
            if self._has_nothing_to_do():
                self._is_idle.set()
                self._context.changed.wait(min(max(seconds, 0.01), LONGEST_WAIT_SECONDS))
        self._is_idle.clear()

    def _has_nothing_to_do(self) -> bool:
        return not self._context.is_stopped and self._next_job() is None

    def _do_one(self) -> bool:
        """Do the most urgent thing; False when there is none."""
        job = self._next_job()
        if job is None:
            return False
        function, arguments = job
        try:
            function(*arguments)
        except Stopped:
            raise
        except Exception as exc:  # noqa: BLE001  # the worker has to outlive whatever an import does
            places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(exc.__traceback__)]
            log.error(  # noqa: TRY400  # no message of a foreign exception: it may hold a row
                "sandbox job failed error=%s at=%s", type(exc).__name__, " ".join(places[-4:])
            )
            self._after_failure(arguments, type(exc).__name__)
        return True

    def _after_failure(self, arguments: tuple[Any, ...], error: str) -> None:
        for argument in arguments:
            if isinstance(argument, ImportRow):
                with self._context.database.work() as connection:
                    data = {**argument.data, "error_message": error, "stack_trace": ""}
                    ImportTables(connection).update(argument.id, workflow_state="failed", data=data)

    def _next_job(self) -> tuple[Any, tuple[Any, ...]] | None:
        with self._context.database.read() as cursor:
            tables = ImportTables(cursor.connection)
            purge(cursor.connection, self._context.clock.now())
            retry = tables.next_retry()
            if retry is not None and seconds_until(self._context, retry.due_at) <= 0:
                return try_again, (self._context, retry)
            if progress := tables.next_progress():
                return restore, (self._context, *progress)
            row = self._next_import(tables)
        return None if row is None else (_run, (self._context, row))

    def _next_import(self, tables: ImportTables) -> ImportRow | None:
        """The oldest queued import, unless one is running or the queue rests."""
        if tables.fact(PAUSED) or tables.running():
            return None
        waits_until = tables.fact(WAIT_UNTIL)
        if waits_until and seconds_until(self._context, waits_until) > 0:
            return None
        return tables.next_queued()


def _run(context: Context, row: ImportRow) -> None:
    ImportRun(context, row).run()
