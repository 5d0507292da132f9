"""Unpacking an upload: which files it has, of which type each is, how many records, and what is wrong with them."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

from pipeline.canvas.file_types import FileType
from pipeline.sandbox.batch.archive import Archive
from pipeline.sandbox.batch.csvtext import Malformed, NotUtf8, cells_of, check_utf8, record_texts
from pipeline.sandbox.importers.values import TRIMMED

__all__ = ["CsvFile", "Fault", "Prepared", "detect", "record_lines"]

DUPLICATES_REMOVED = 100  # a file with so many exact duplicates is rewritten without them (after 2022)


@dataclass(frozen=True, slots=True)
class Fault:
    """A message about a whole file."""

    path: str
    text: str
    failure: bool
    is_counted: bool = False  # found while counting rows, in a file whose type is known


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A recognised file. header: lower-cased cells, not trimmed; records: how many follow the header.

    content: the rewritten text when duplicates were taken out, else None.
    """

    type: FileType
    path: str
    header: tuple[str, ...]
    records: int
    archive: Archive
    member: str
    content: bytes | None = None

    def open(self) -> BinaryIO:
        """The file's bytes."""
        return self.archive.open(self.member) if self.content is None else io.BytesIO(self.content)

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(slots=True)
class Prepared:
    """What an upload consists of: recognised files in the order of their paths, and what is said of the others."""

    files: list[CsvFile] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    broken: list[CsvFile] = field(default_factory=list)  # of a known type, malformed after the header

    @property
    def all_files(self) -> list[CsvFile]:
        """The files whose type is known, malformed ones too, in the order of their paths."""
        return sorted([*self.files, *self.broken], key=lambda file: file.path)

    @property
    def total_rows(self) -> int:
        """1 + all records, as Canvas counts."""
        return 1 + sum(file.records for file in self.files)


def detect(archive: Archive, types: Iterable[FileType], *, without_duplicates: bool) -> Prepared:
    """Read all files of an upload once. types: those that the account knows, in importer order."""
    prepared, known = Prepared(), tuple(types)
    for path in archive.paths:
        if not path.lower().endswith(".csv"):
            prepared.faults.append(Fault(path, "Skipping unknown file type", failure=False))
            continue
        if archive.size(path) == 0:
            continue
        outcome = _read(archive, path, known, without_duplicates=without_duplicates)
        if isinstance(outcome, CsvFile):
            prepared.files.append(outcome)
        elif isinstance(outcome, Fault):
            prepared.faults.append(outcome)
        elif outcome is not None:
            prepared.broken.append(outcome[0])
    # what is found while counting rows is told after what is found while recognising
    prepared.faults += [Fault(f.path, "Malformed CSV", failure=True, is_counted=True) for f in prepared.broken]
    return prepared


def record_lines(file: CsvFile) -> Iterator[str]:
    """The texts of a file's records, without its header."""
    texts = chain.from_iterable(record_texts(file.open()))
    next(texts, None)
    return texts


def _read(  # noqa: PLR0911  # each way out of it is a different outcome
    archive: Archive, path: str, types: tuple[FileType, ...], *, without_duplicates: bool
) -> CsvFile | Fault | tuple[CsvFile] | None:
    """One file: recognised, at fault while recognising, malformed later on (in a tuple), or empty (None)."""
    try:
        check_utf8(archive.open(path))
        blocks = record_texts(archive.open(path))
        header_block = next((block for block in blocks if block), None)
    except NotUtf8:
        return Fault(path, "Invalid UTF-8", failure=True)
    except Malformed:
        return Fault(path, "Malformed CSV", failure=True)
    if header_block is None:
        return None
    header = tuple(cell.lower() for cell in cells_of(header_block[0]))
    file_type = _recognised({cell.strip(TRIMMED) for cell in header}, types)
    if file_type is None:
        return Fault(path, "Couldn't find Canvas CSV import headers", failure=True)
    count, hashes = len(header_block), set(map(hash, header_block))
    try:
        for block in blocks:
            count += len(block)
            hashes.update(map(hash, block))
    except Malformed:
        return (CsvFile(file_type, path, header, 0, archive, path),)
    if without_duplicates and count - len(hashes) >= DUPLICATES_REMOVED:
        return _rewritten(archive, path, types)
    return CsvFile(file_type, path, header, count - 1, archive, path)


def _recognised(cells: set[str], types: tuple[FileType, ...]) -> FileType | None:
    return next((file_type for file_type in types if file_type.accepts(cells)), None)


def _rewritten(archive: Archive, path: str, types: tuple[FileType, ...]) -> CsvFile | Fault:
    """The file with only the last of each exact duplicate, the header's duplicates included."""
    kept: dict[str, None] = {}
    for text in chain.from_iterable(record_texts(archive.open(path))):
        kept.pop(text, None)
        kept[text] = None
    texts = list(kept)
    new_path = f"{path[: -len('.csv')]}_deduplicated.csv"
    header = tuple(cell.lower() for cell in cells_of(texts[0]))
    file_type = _recognised({cell.strip(TRIMMED) for cell in header}, types)
    if file_type is None:
        return Fault(new_path, "Couldn't find Canvas CSV import headers", failure=True)
    content = "\n".join([*texts, ""]).encode()
    return CsvFile(file_type, new_path, header, len(texts) - 1, archive, path, content)
