"""What the service does again and again: look at drop folders, take what is complete, move runs on, carry out decisions."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import schedule

from pipeline.errors import PipelineError, TryLater
from pipeline.ledger.rows import RunRow
from pipeline.model.states import RunState
from pipeline.runs.conductor import advance, is_resting, next_runs
from pipeline.runs.decide import carry_out_pending
from pipeline.runs.place import Place
from pipeline.runs.taking import FolderWatch, take_ready
from pipeline.runs.telling import send_due_notices
from pipeline.runs.timetable import start_due_runs
from pipeline.service.bell import Bell

__all__ = ["ServiceLoop"]

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5  # decisions are acted on within 2 s
SCAN_SECONDS = 30  # the scan is the truth; events only wake it


class ServiceLoop:
    """One service at work. Runs move on in threads: at most one plan per feed and one import per instance at a time."""

    def __init__(self, place: Place, stop: threading.Event) -> None:
        self._place = place
        self._stop = stop
        self._wake = threading.Event()
        self._bell = Bell([place.feed(name).drop for name in place.settings.feeds], self._wake)
        self._watches = {name: FolderWatch(name) for name in place.settings.feeds}
        self._busy: dict[str, Future[None]] = {}
        self._metronome = schedule.Scheduler()
        self._scan_due = True

    def run(self) -> None:
        """Work until told to stop; steps under way end first."""
        self._metronome.every(SCAN_SECONDS).seconds.do(self._ask_for_scan)
        self._metronome.every(SCAN_SECONDS).seconds.do(self._ask_timetable)
        self._ask_timetable()
        workers = 2 + len(self._place.settings.feeds) + len(self._place.settings.instances)
        with self._bell, ThreadPoolExecutor(workers, thread_name_prefix="run") as pool:
            while not self._stop.is_set():
                self._wake.clear()
                self._beat(pool)
                self._wake.wait(TICK_SECONDS)

    def _beat(self, pool: ThreadPoolExecutor) -> None:
        """One round. Whatever goes wrong in a part of it is recorded; the other parts and the next round come all the same."""
        self._do("metronome", self._metronome.run_pending)
        if self._scan_due:
            self._do("watching", self._bell.look_after)
        rung = self._bell.has_rung()
        for name, watch in self._watches.items():
            if self._scan_due or rung or watch.is_due(self._place.clock):
                self._do(f"intake feed={name}", partial(self._take_drops, watch))
        self._scan_due = False
        self._do("decisions", lambda: carry_out_pending(self._place))
        self._do("runs", lambda: self._start_runs(pool))
        self._do("notices", lambda: self._send_notices(pool))

    def _do(self, what: str, action: Callable[[], object]) -> None:
        try:
            action()
        except TryLater:
            return  # somebody else holds what was needed; the next round asks again
        except Exception as error:  # noqa: BLE001  # the service loop: record, carry on
            log.error("failed: %s kind=%s at=%s", what, type(error).__name__, _place_of(error))  # noqa: TRY400  # no values

    def _ask_for_scan(self) -> None:
        self._scan_due = True

    def _ask_timetable(self) -> None:
        self._do("timetable", lambda: start_due_runs(self._place))

    def _take_drops(self, watch: FolderWatch) -> None:
        for run in take_ready(self._place, watch):
            log.info("drop taken feed=%s drop=%s run=%s", watch.feed, run.drop_id, run.run_id)

    def _start_runs(self, pool: ThreadPoolExecutor) -> None:
        self._busy = {key: future for key, future in self._busy.items() if not future.done()}
        for run in next_runs(self._place):
            key = _track(run)
            if key not in self._busy:
                self._busy[key] = pool.submit(self._move, run.run_id)

    def _send_notices(self, pool: ThreadPoolExecutor) -> None:
        if self._place.settings.notices and "notices" not in self._busy:
            self._busy["notices"] = pool.submit(self._send)

    def _send(self) -> None:
        try:
            send_due_notices(self._place)
        except Exception as error:  # noqa: BLE001  # a notice never harms a run
            log.error("notices failed kind=%s at=%s", type(error).__name__, _place_of(error))  # noqa: TRY400

    def _move(self, run_id: str) -> None:
        """Move a run on as long as it stays on its track; then the next round sees who else can move."""
        track = _track(self._place.ledger.get_run(run_id))
        while not self._stop.is_set():
            run = self._move_once(run_id)
            if run is None or is_resting(run) or run.waiting or run.due_at is not None or _track(run) != track:
                break
        self._wake.set()

    def _move_once(self, run_id: str) -> RunRow | None:
        """One step of a run, logged; None when it could not move."""
        try:
            run = advance(self._place, run_id)
        except TryLater:
            return None
        except PipelineError as error:
            log.error("run failed run=%s kind=%s", run_id, type(error).__name__)  # noqa: TRY400  # the ledger has the words
            self._stop.wait(TICK_SECONDS)
            return None
        except Exception as error:  # noqa: BLE001  # the service loop: record, carry on
            log.error("run failed run=%s kind=%s at=%s", run_id, type(error).__name__, _place_of(error))  # noqa: TRY400
            self._stop.wait(5 * TICK_SECONDS)
            return None
        log.info(
            "run moved run=%s instance=%s state=%s waiting=%s", run_id, run.instance, run.state, run.waiting or "-"
        )
        return run


_PLANNING = frozenset({RunState.RECEIVED, RunState.READ, RunState.MAPPED, RunState.CHECKED, RunState.PLANNED})


def _track(run: RunRow) -> str:
    """What a run has to itself while it moves: its feed while it is planned, its instance afterwards."""
    return f"feed:{run.feed}" if run.state in _PLANNING else f"instance:{run.instance}"


def _place_of(error: BaseException) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "?" if frame is None else f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"
