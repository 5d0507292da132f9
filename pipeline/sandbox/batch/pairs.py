"""Which file of an upload is compared with which of the base."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.canvas.file_types import FileType
from pipeline.sandbox.batch.archive import Archive
from pipeline.sandbox.batch.prepare import CsvFile, Prepared

__all__ = ["Pair", "Unpaired", "paired"]

MORE_THAN_ONE = "Can't perform diffing against more than one file of the same type"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files of one type. is_malformed: a record of the current one cannot be parsed."""

    current: CsvFile
    previous: CsvFile
    is_malformed: bool = False


@dataclass(frozen=True, slots=True)
class Unpaired:
    """A file that is imported whole. warning: why, when that is told."""

    path: str
    archive: Archive
    member: str
    warning: str | None = None

    def read(self) -> bytes:
        """Its bytes."""
        return self.archive.read(self.member)


def paired(
    current: Prepared, previous: Prepared, types: tuple[FileType, ...], *, is_2022: bool
) -> Iterator[Pair | Unpaired]:
    """Every recognised file of the current upload, alone or with its counterpart.

    A type that only the base has yields nothing, so nothing of it is removed.
    """
    for kind in types:
        mine = [file for file in current.all_files if file.type is kind]
        theirs = [file for file in previous.files if file.type is kind]
        broken = {fault.path for fault in current.faults}
        warning = _mismatch(mine, theirs, kind, is_2022=is_2022)
        for place, file in enumerate(mine):
            if not theirs or warning:
                yield Unpaired(file.path, file.archive, file.member, warning if place == 0 else None)
                continue
            same_name = [other for other in theirs if other.path == file.path]
            counterpart = theirs[0] if len(mine) == 1 else same_name[0]
            yield Pair(file, counterpart, is_malformed=file.path in broken)


def _mismatch(mine: list[CsvFile], theirs: list[CsvFile], kind: FileType, *, is_2022: bool) -> str | None:
    """Why several files of a type cannot be paired; newer versions pair them by their names."""
    if not mine or not theirs or len(mine) == len(theirs) == 1:
        return None
    if is_2022:
        return MORE_THAN_ONE
    if sorted(file.path for file in mine) == sorted(file.path for file in theirs):
        return None
    return f"Unable to perform diffing against mismatched previous and current {kind.name} imports"
