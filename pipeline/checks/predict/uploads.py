"""What an upload holds: the CSV files of a path, as Canvas would find them in a zip, and what it would say of the others."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.canvas.file_types import FileType, recognise
from pipeline.checks.predict.records import Malformed, Records, header_of, read_records

__all__ = ["Entry", "ReadEntry", "entries_of", "read_entry"]

MAX_RATIO = 100  # Canvas unpacks at most so many times the archive's size …
MAX_UNPACKED = 50 << 30  # … and at most so much
MAX_ENTRIES = 100_000
MAX_TEXT = 2 << 30  # ours: what is read into memory at once

IGNORED = ("__macosx", "desktop db", "desktop df")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an upload. name: its path inside the upload; content: None when it cannot be had (the problem says why)."""

    name: str
    content: bytes | None
    problem: str = ""  # the code of what is wrong with it


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """A file as Canvas reads it. kind: its type, None when it is not imported; problem: the code of the reason, "" for none."""

    name: str
    kind: FileType | None
    records: Records | None
    problem: str = ""


def entries_of(paths: Sequence[Path]) -> list[Entry]:
    """All files of one upload, in order of their paths. paths: files, folders (all below them) and zips."""
    found: list[Entry] = []
    for path in paths:
        found += _of_path(path)
    return sorted(found, key=lambda entry: entry.name)


def _of_path(path: Path) -> list[Entry]:
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        named = [(file.relative_to(path).as_posix(), file) for file in files]
        return [_of_file(name, file) for name, file in named if not _is_ignored(name)]
    if path.suffix.lower() == ".zip":
        return list(_of_zip(path))
    if path.suffix.lower() != ".csv":
        return [Entry(path.name, None, "file-not-csv")]
    return [_of_file(path.name, path)]


def _is_ignored(name: str) -> bool:
    folded = name.lower()
    return any(word in folded for word in IGNORED) or any(part.startswith(".") for part in PurePosixPath(name).parts)


def _of_file(name: str, path: Path) -> Entry:
    if not name.lower().endswith(".csv"):
        return Entry(name, None, "file-unknown-type")
    try:
        if path.stat().st_size > MAX_TEXT:
            return Entry(name, None, "file-too-large")
        return Entry(name, path.read_bytes())
    except OSError:
        return Entry(name, None, "file-unreadable")


def _of_zip(path: Path) -> Iterator[Entry]:
    """The entries of a zip; one entry without a name when it cannot be unpacked as a whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            limit = min(MAX_RATIO * path.stat().st_size, MAX_UNPACKED)
            if len(members) > MAX_ENTRIES or sum(info.file_size for info in members) > limit:
                yield Entry("", None, "file-archive-too-large")
                return
            yield from _members(archive, members)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError):
        yield Entry("", None, "file-broken-archive")


def _members(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[Entry]:
    seen: set[str] = set()
    for info in members:
        name = info.filename
        is_unsafe = name.startswith("/") or ".." in PurePosixPath(name).parts or (info.external_attr >> 28) == 0xA
        if name in seen or is_unsafe or _is_ignored(name):
            continue
        seen.add(name)
        if not name.lower().endswith(".csv"):
            yield Entry(name, None, "file-unknown-type")
        elif info.file_size > MAX_TEXT:
            yield Entry(name, None, "file-too-large")
        else:
            yield Entry(name, archive.read(info))


def read_entry(entry: Entry) -> ReadEntry:
    """A file as Canvas reads it: its type by its header, its records, or what keeps it from being imported."""
    if entry.content is None:
        return ReadEntry(entry.name, None, None, entry.problem)
    try:
        text = entry.content.decode("utf-8")
    except UnicodeDecodeError:
        return ReadEntry(entry.name, None, None, "file-not-utf8")
    try:
        header = header_of(text)
        if header is None:
            return ReadEntry(entry.name, None, None, "file-empty")
        kind = recognise(header)
        if kind is None:
            return ReadEntry(entry.name, None, None, "file-unknown-header")
        return ReadEntry(entry.name, kind, read_records(text))
    except Malformed as malformed:
        problem = "file-malformed-header" if malformed.in_header else "file-malformed"
        return ReadEntry(entry.name, None, None, problem)
