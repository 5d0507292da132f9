"""The service: one process that watches drop folders, moves runs on, carries out decisions, and keeps the timetable."""

import logging
import os
import signal
import threading
from pathlib import Path
from types import FrameType

from pipeline.ledger.owner import Owner
from pipeline.model.clock import SystemClock
from pipeline.runs.place import Hearing, open_place
from pipeline.runs.serve_lock import hold_serve_lock
from pipeline.service.clock import StoppableClock
from pipeline.service.log import log_events, set_up_log
from pipeline.service.loop import ServiceLoop
from pipeline.settings import Settings

__all__ = ["serve"]

log = logging.getLogger(__name__)

STOPPED_BY = {signal.SIGTERM: 143, signal.SIGINT: 130}


def serve(settings: Settings, root: Path) -> int:
    """Work until SIGTERM or Ctrl-C; the exit status (143 or 130). TryLater when another service works on this state folder.

    The first signal lets the step at hand end; imports go on in Canvas and are followed again at the next start. A second
    signal exits at once.
    """
    stop = threading.Event()
    status = _stop_on_signals(stop)
    set_up_log(settings.service.log)
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = StoppableClock(SystemClock(), stop)
    with (
        hold_serve_lock(settings.state, started_at=clock.now().isoformat(timespec="seconds")),
        open_place(
            settings, root, clock=clock, owner=Owner.current("serve"), hearing=Hearing(log_events, stop.is_set)
        ) as place,
    ):
        log.info("service started feeds=%d instances=%d", len(settings.feeds), len(settings.instances))
        ServiceLoop(place, stop).run()
    log.info("service stopped")
    return status.get("exit", 0)


def _stop_on_signals(stop: threading.Event) -> dict[str, int]:
    status: dict[str, int] = {}

    def note(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)  # no waiting for threads: what is durable is durable, the next start does the rest
        status["exit"] = STOPPED_BY.get(signal.Signals(number), 128 + number)
        stop.set()

    for number in STOPPED_BY:
        signal.signal(number, note)
    return status
