"""Every message of an ended import: Canvas's file of messages and its list of errors, compared with each other.

The import's own JSON shows at most 24 of each; the file comes a while after the end and does not say which messages are errors;
the list does, page by page. Both are kept for 30 days by Canvas.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.canvas.client import CanvasClient
from pipeline.canvas.imports import ListedError, SisImport
from pipeline.delivery.waiting import Watch, pause
from pipeline.errors import Because, NotSent, Refused, Unknown
from pipeline.model.delivery import ImportMessage, Outcome

__all__ = ["ERRORS_FILE_NAME", "Collected", "collect_outcome"]

ERRORS_FILE_NAME = "canvas-errors.csv"
FILE_PATIENCE_SECONDS = 600.0  # how long after its end Canvas may take to write the file of messages
FILE_LONGEST_SECONDS = 30.0  # between two looks for it
LIST_LIMIT = 5_000  # above it the list (100 a request) is read only when the file is missing or does not add up
MAX_CELL = 10_000_000

Entry = tuple[str | None, int | None, str]
"""File, record number, message."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What Canvas said about an import.

    errors_file: Canvas's own file of messages as it came, None when there was none; notes: what did not add up, one sentence
    each, for the report; is_stopped: this process is to stop before all was collected, so nothing may be recorded yet.
    """

    outcome: Outcome
    errors_file: Path | None = None
    notes: tuple[str, ...] = ()
    is_stopped: bool = False


def collect_outcome(client: CanvasClient, ended: SisImport, folder: Path, watch: Watch) -> Collected:
    """All messages of an ended import, in Canvas's order. The raw file is written into `folder`.

    Waits up to ten minutes for Canvas's file, then goes on without it. Raises NotSent, Unknown or Refused when neither the
    file nor the list could be had although there are messages: then nothing is known that could be recorded.
    """
    if not ended.has_messages:
        return Collected(_outcome(ended, ()))
    seen, may_go_on = _await_file(client, ended, watch)
    if not may_go_on:
        return Collected(_outcome(seen, ()), is_stopped=True)
    path = folder / ERRORS_FILE_NAME
    notes: list[str] = []
    from_file = _download(client, seen, path, notes)
    expected = seen.message_count
    adds_up = from_file is not None and (expected == 0 or len(from_file) == expected)
    if adds_up and len(from_file or ()) > LIST_LIMIT:
        entries = from_file or []
    else:
        entries = _merged(from_file, _listed(client, seen, notes, is_needed=not adds_up), notes)
    fatal = _fatal(client, seen, notes)
    if expected and len(entries) != expected:
        notes.append(f"Canvas counts {expected} messages, {len(entries)} could be read.")
    messages = tuple(_messages(entries, fatal))
    return Collected(_outcome(seen, messages), path if from_file is not None else None, tuple(notes))


def _await_file(client: CanvasClient, ended: SisImport, watch: Watch) -> tuple[SisImport, bool]:
    """The import with its file of messages, or as last seen when patience ended; and whether the process may go on."""
    asker = client.with_patience(0)
    seen, looks = ended, 0
    give_up_at = watch.clock.monotonic() + FILE_PATIENCE_SECONDS
    pace = replace(watch.pace, longest=min(watch.pace.longest, FILE_LONGEST_SECONDS))
    while True:
        try:
            seen = asker.show_import(ended.import_id)  # anew in any case: the link in an older answer has expired
        except (NotSent, Unknown) as error:
            watch.on_trouble(error)
        except Refused as error:
            if error.because is not Because.NOT_CANVAS:
                raise
            watch.on_trouble(error)
        looks += 1
        if seen.errors_file is not None or watch.clock.monotonic() >= give_up_at:
            return seen, True
        if not pause(watch, pace.wait(looks, watch.dice)):
            return seen, False


def _download(client: CanvasClient, seen: SisImport, path: Path, notes: list[str]) -> list[Entry] | None:
    if seen.errors_file is None:
        notes.append("Canvas wrote no file of messages within ten minutes; its list was read instead.")
        return None
    try:
        client.download_errors(seen, path)
        return list(_read_file(path, seen.import_id))
    except (NotSent, Unknown, Refused):
        notes.append("Canvas's file of messages could not be downloaded; its list was read instead.")
    except (csv.Error, ValueError, UnicodeDecodeError):
        notes.append(
            "Canvas's file of messages could not be read; its list was read instead. The file is kept as it came."
        )
    return None


def _read_file(path: Path, import_id: int) -> Iterator[Entry]:
    csv.field_size_limit(MAX_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        next(rows)
        for number, name, message, row in rows:
            if number != str(import_id):
                raise ValueError("a message of another import")
            yield name or None, int(row) if row else None, message


def _listed(client: CanvasClient, seen: SisImport, notes: list[str], *, is_needed: bool) -> list[Entry] | None:
    """The list of messages; None when it cannot be had and is not needed. The error is raised where it is needed."""
    try:
        return [_entry(error) for error in client.import_errors(seen.import_id)]
    except (NotSent, Unknown, Refused):
        if is_needed:
            raise
    notes.append("Canvas's list of errors could not be read to compare it with its file.")
    return None


def _merged(from_file: list[Entry] | None, listed: list[Entry] | None, notes: list[str]) -> list[Entry]:
    """All messages of both, each as often as the one that has it more often; in the file's order, then the list's."""
    if from_file is None or listed is None:
        return (listed if from_file is None else from_file) or []
    missing = Counter(listed) - Counter(from_file)
    beyond = Counter(from_file) - Counter(listed)
    if beyond or missing:
        notes.append(
            f"Canvas's file and list of messages differ: {sum(missing.values())} only in the list, "
            f"{sum(beyond.values())} only in the file. All are shown."
        )
    added = list(missing.elements())
    return from_file + added


def _fatal(client: CanvasClient, seen: SisImport, notes: list[str]) -> Counter[Entry]:
    """The messages that Canvas calls errors; by its own list, else by the few that the import itself shows."""
    if seen.counts.get("error_count") == 0 and not seen.processing_errors:
        return Counter()
    try:
        return Counter(_entry(error) for error in client.import_errors(seen.import_id, fatal_only=True))
    except (NotSent, Unknown, Refused):
        notes.append("Canvas could not be asked which messages are errors; those it shows with the import were taken.")
    return Counter((file, None, message) for file, message in seen.processing_errors)


def _messages(entries: Iterable[Entry], fatal: Counter[Entry]) -> Iterator[ImportMessage]:
    left = Counter(fatal)
    for entry in entries:
        is_fatal = left[entry] > 0
        if is_fatal:
            left[entry] -= 1
        file, row, message = entry
        yield ImportMessage("error" if is_fatal else "warning", file, row, message)


def _entry(error: ListedError) -> Entry:
    return error.file or None, error.row, error.message


def _outcome(seen: SisImport, messages: tuple[ImportMessage, ...]) -> Outcome:
    return Outcome(seen.import_id, seen.state, dict(seen.counts), messages, dict(seen.statistics))
