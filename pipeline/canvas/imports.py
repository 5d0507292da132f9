"""Canvas's record of an import as typed values, read defensively: every key may be absent, unknown ones are passed over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.canvas.answers import parse_instant

__all__ = [
    "FAILED_STATES",
    "SMALL_IMPORT_ROWS",
    "TERMINAL_STATES",
    "CanvasFile",
    "ListedError",
    "SisImport",
    "listed_error",
]

TERMINAL_STATES = frozenset(
    {
        "imported",
        "imported_with_messages",
        "failed",
        "failed_with_messages",
        "aborted",
        "partially_restored",
        "restored",
    }
)
"""States in which Canvas does nothing more by itself. A word that is not known is taken for one that goes on."""

FAILED_STATES = frozenset({"failed", "failed_with_messages", "aborted"})
SMALL_IMPORT_ROWS = 49  # canvas-lms: setting sis_batch_parallelism_count_threshold, 50 counted from 1


@dataclass(frozen=True, slots=True)
class CanvasFile:
    """A file that Canvas keeps. display_name: as people see it; url: to download it, valid for an hour."""

    display_name: str
    url: str
    size: int | None


@dataclass(frozen=True, slots=True)
class ListedError:
    """One entry of Canvas's list of errors. row: record number, the header is 1. Its `row_info` is left behind: people's data."""

    file: str | None
    row: int | None
    message: str


@dataclass(frozen=True, slots=True)
class SisImport:
    """One import as Canvas shows it.

    state: `workflow_state`, a word of Canvas; counts: `data.counts`, empty until Canvas has unpacked the upload (small
    imports: until the end); attachment_names: what was uploaded, by file; user_id: who posted it, None if not shown;
    diffed_against: the import that Canvas compared with; crash: whether Canvas reports a crash of its own.
    """

    import_id: int
    state: str
    progress: int
    created_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime | None
    user_id: int | None
    counts: Mapping[str, int] = field(default_factory=dict)
    statistics: Mapping[str, Any] = field(default_factory=dict)
    attachment_names: tuple[str, ...] = ()
    errors_file: CanvasFile | None = None
    processing_errors: tuple[tuple[str | None, str], ...] = ()
    processing_warnings: tuple[tuple[str | None, str], ...] = ()
    supplied: tuple[str, ...] = ()
    diffed_against: int | None = None
    diffing_threshold_exceeded: bool = False
    crash: bool = False

    @property
    def is_over(self) -> bool:
        """Whether it is in a terminal state; a small one may still change it once, minutes later."""
        return self.state in TERMINAL_STATES

    @property
    def message_count(self) -> int:
        """How many messages Canvas says it has, errors and warnings together."""
        return self.counts.get("error_count", 0) + self.counts.get("warning_count", 0)

    @property
    def has_messages(self) -> bool:
        """Whether there is anything to collect."""
        listed = self.processing_errors or self.processing_warnings
        return bool(self.message_count or listed or self.errors_file or self.state.endswith("_with_messages"))

    @classmethod
    def from_json(cls, plain: Any) -> "SisImport | None":
        """The import that a JSON object describes; None when it is none: no object, or no integer `id`."""
        if not isinstance(plain, Mapping) or type(plain.get("id")) is not int:
            return None
        about = _mapping(plain.get("data"))
        user = _mapping(plain.get("user"))
        return cls(
            import_id=plain["id"],
            state=str(plain.get("workflow_state") or ""),
            progress=_integer(plain.get("progress")) or 0,
            created_at=parse_instant(plain.get("created_at")),
            started_at=parse_instant(plain.get("started_at")),
            ended_at=parse_instant(plain.get("ended_at")),
            updated_at=parse_instant(plain.get("updated_at")),
            user_id=_integer(user.get("id")),
            counts=_counts(about.get("counts")),
            statistics=_mapping(about.get("statistics")),
            attachment_names=_names(plain.get("csv_attachments")),
            errors_file=_file(plain.get("errors_attachment")),
            processing_errors=_pairs(plain.get("processing_errors")),
            processing_warnings=_pairs(plain.get("processing_warnings")),
            supplied=tuple(str(name) for name in _list(about.get("supplied_batches"))),
            diffed_against=_integer(about.get("diffed_against_sis_batch_id")),
            diffing_threshold_exceeded=plain.get("diffing_threshold_exceeded") is True,
            crash=bool(about.get("error_message")),
        )


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return int(value) if isinstance(value, str) and value.isdecimal() else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _counts(value: Any) -> dict[str, int]:
    found = {str(key): _integer(number) for key, number in _mapping(value).items()}
    return {key: number for key, number in found.items() if number is not None}


def _file(value: Any) -> CanvasFile | None:
    plain = _mapping(value)
    if not isinstance(plain.get("url"), str) or not plain["url"]:
        return None
    return CanvasFile(str(plain.get("display_name") or ""), plain["url"], _integer(plain.get("size")))


def _names(value: Any) -> tuple[str, ...]:
    """Display names of a list of files; Canvas's documentation calls it a list of lists, so both are read."""
    flat = [file for entry in _list(value) for file in (entry if isinstance(entry, list) else [entry])]
    return tuple(str(_mapping(file).get("display_name") or "") for file in flat)


def _pairs(value: Any) -> tuple[tuple[str | None, str], ...]:
    entries = [entry for entry in _list(value) if isinstance(entry, list) and len(entry) == 2]
    return tuple((None if file is None else str(file), str(message)) for file, message in entries)


def listed_error(plain: Any) -> ListedError | None:
    """One entry of the list of errors; None when it is none."""
    entry = _mapping(plain)
    if not isinstance(entry.get("message"), str):
        return None
    file = entry.get("file")
    return ListedError(None if file is None else str(file), _integer(entry.get("row")), entry["message"])
