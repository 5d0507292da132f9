"""Every error that we raise, sorted by what to do next.

PipelineError                 carries .remedy and .exit_code
├── SettingsError             .problems: all mistakes of a configuration, each with file, line and the nearest right name
├── DropError                 the drop as a whole is unusable (encoding, header, truncated, bomb, incomplete)
├── CanvasError               .instance, .method, .path (no query), .status, .request_id
│   ├── NotSent               certainly not received: may simply be repeated
│   ├── Unknown               perhaps received: reconcile, never resend blindly
│   ├── Refused               received and rejected: a person
│   └── ImportFailed          Canvas ran it and says failed or aborted
├── CouldNotLook              Canvas could not be read: nothing is known of how it stands
└── LedgerError               ledger and disk disagree, a transition is illegal, or another process holds the lease

A hold is a value, not an error. A message says what, where and what next, in words fit for a registrar; it never holds
a row, a token, or the text of a foreign exception.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Because",
    "CanvasError",
    "CouldNotLook",
    "DropError",
    "ImportFailed",
    "LedgerError",
    "NotSent",
    "PipelineError",
    "Problem",
    "Refused",
    "Request",
    "SettingsError",
    "TryLater",
    "Unknown",
]


class PipelineError(Exception):
    """A run, or a command, cannot go on. `str()` is the message; `remedy` says what to do; `exit_code` as in the CLI."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration or mapping file. line: 1-based, None when no line can be named."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        """`file line n: message`."""
        where = self.file if self.line is None else f"{self.file} line {self.line}"
        return f"{where}: {self.message}"


class SettingsError(PipelineError):
    """A configuration, mapping or secret is unusable; all its problems at once."""

    exit_code = 2

    def __init__(self, problems: tuple[Problem, ...], *, remedy: str = "") -> None:
        super().__init__("\n".join(str(problem) for problem in problems), remedy=remedy)
        self.problems = problems


class DropError(PipelineError):
    """The drop as a whole is unusable. `code` is the finding code that says why."""

    def __init__(self, message: str, *, code: str, file: str | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.code = code
        self.file = file


@dataclass(frozen=True, slots=True)
class Request:
    """Which request an error is about. path: without the query; status, request_id: None before an answer came."""

    instance: str
    method: str
    path: str
    status: int | None = None
    request_id: str | None = None


class CanvasError(PipelineError):
    """Something about one request to one Canvas instance."""

    def __init__(self, message: str, *, request: Request, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.request = request


class NotSent(CanvasError):
    """Certainly not received: refused connection, DNS, throttled. May simply be repeated.

    retry_after: seconds that Canvas asked for, None if it did not.
    """

    exit_code = 75

    def __init__(self, message: str, *, request: Request, retry_after: float | None = None, remedy: str = "") -> None:
        super().__init__(message, request=request, remedy=remedy)
        self.retry_after = retry_after


class Unknown(CanvasError):
    """Perhaps received: a timeout after sending, a reset, a 5xx, a broken body. Reconcile; never resend blindly."""

    exit_code = 75


class Because(StrEnum):
    """Why Canvas refused a request, as far as its answer shows."""

    TOKEN = "token"  # noqa: S105  # a word: the token is unknown, expired or deleted
    PERMISSION = "permission"  # the token's user may not do this
    MISSING = "missing"  # no such account, import or term
    NOT_CANVAS = "not canvas"  # a redirect, or a page of something in between
    REQUEST = "request"  # what was asked is wrong


class Refused(CanvasError):
    """Received and rejected (400, 401, 403, 404, 422, a redirect, a page that is not Canvas's): a person has to look."""

    def __init__(self, message: str, *, request: Request, because: Because = Because.REQUEST, remedy: str = "") -> None:
        super().__init__(message, request=request, remedy=remedy)
        self.because = because


class ImportFailed(CanvasError):
    """Canvas ran the import and says failed or aborted."""


class CouldNotLook(PipelineError):
    """Canvas could not be read, so nothing is known of how it stands. because: None where it did not answer at all.

    The message never holds the path of a request, which may name a person.
    """

    exit_code = 75

    def __init__(self, message: str, *, because: Because | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.because = because


class LedgerError(PipelineError):
    """Ledger and disk disagree, a transition is illegal, or a hash does not fit."""


class TryLater(PipelineError):
    """Another process holds the lock or the lease: nothing was done."""

    exit_code = 75
