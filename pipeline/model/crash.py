"""Named places at which a test may kill this process, to prove that nothing is lost there; elsewhere they do nothing."""

import os
import signal

__all__ = ["CRASH_VARIABLE", "crash_point"]

CRASH_VARIABLE = "SIS_PIPELINE_CRASH_AT"


def crash_point(name: str) -> None:
    """End this process at once, without any clean-up, if the environment names this place; else nothing.

    Uses SIGKILL where the system has it, so that neither `finally` nor exit handlers run: what a power cut would leave.
    """
    if os.environ.get(CRASH_VARIABLE) != name:
        return
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(137)
