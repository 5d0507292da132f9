"""Who holds a lease: a process, told apart from one that later got the same number."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Owner", "is_dead"]


@dataclass(frozen=True, slots=True)
class Owner:
    """One process. host: the machine and, in containers, the process name space; started: tells a reused pid apart."""

    name: str
    host: str
    pid: int
    started: str

    @classmethod
    def current(cls, name: str = "sis-pipeline") -> "Owner":
        """This process, under a name for people (`serve`, `approve` …)."""
        return cls(name, _host(), os.getpid(), _started(os.getpid()))


def is_dead(owner: Owner) -> bool:
    """Whether the process is certainly gone: it was one of this host, and its number is free or another's now."""
    if owner.host != _host() or owner.pid == os.getpid():
        return False
    if os.name == "nt":  # a signal 0 would end the process there
        return False
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is another user's, so the number is in use
    return owner.started != _started(owner.pid)


def _host() -> str:
    machine = _first_line("/etc/machine-id")[:8]
    try:
        space = os.readlink("/proc/self/ns/pid")  # noqa: PTH115  # a name, not a path
    except OSError:
        space = ""
    return "/".join(filter(None, (socket.gethostname(), machine, space)))


def _started(pid: int) -> str:
    """Boot and start time of a process; "" where the system does not tell, `ended` for one that nobody has buried yet."""
    stat = _first_line(f"/proc/{pid}/stat")
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    if len(fields) < 20:
        return ""
    if fields[0] in {"Z", "X"}:
        return "ended"
    return f"{_first_line('/proc/sys/kernel/random/boot_id')[:8]}:{fields[19]}"  # proc(5): field 22, starttime


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except OSError:
        return ""
