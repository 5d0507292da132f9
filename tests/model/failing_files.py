"""File operations that are counted, and that fail when they are told to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.model.files import FileOperations


class CountedFiles(FileOperations):
    """Does what `FileOperations` does, keeps a list of it, and raises `OSError(number)` instead of the n-th operation.

    fail_at: counted from 1 over all operations; fails from there on if `stays` is set, as a full disk does.
    """

    def __init__(self, *, fail_at: int = 0, number: int = 28, stays: bool = False, free: int | None = None) -> None:
        self.calls: list[tuple[str, str]] = []
        self.fail_at = fail_at
        self.number = number
        self.stays = stays
        self.free = free

    def _count(self, name: str, path: Path | str, action: Callable[[], Any]) -> Any:
        self.calls.append((name, str(path)))
        count = len(self.calls)
        if self.fail_at and (count == self.fail_at or (self.stays and count > self.fail_at)):
            raise OSError(self.number, "injected")
        return action()

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def create(self, path: Path) -> BinaryIO:
        return self._count("create", path, lambda: super(CountedFiles, self).create(path))

    def write(self, file: BinaryIO, block: bytes) -> None:
        self._count("write", file.name, lambda: super(CountedFiles, self).write(file, block))

    def sync(self, file: BinaryIO) -> None:
        self._count("sync", file.name, lambda: super(CountedFiles, self).sync(file))

    def replace(self, source: Path, target: Path) -> None:
        self._count("replace", target, lambda: super(CountedFiles, self).replace(source, target))

    def rename(self, source: Path, target: Path) -> None:
        self._count("rename", target, lambda: super(CountedFiles, self).rename(source, target))

    def sync_folder(self, folder: Path) -> None:
        self._count("sync_folder", folder, lambda: super(CountedFiles, self).sync_folder(folder))

    def make_folder(self, folder: Path) -> None:
        self._count("make_folder", folder, lambda: super(CountedFiles, self).make_folder(folder))

    def remove(self, path: Path) -> None:
        self._count("remove", path, lambda: super(CountedFiles, self).remove(path))

    def free_bytes(self, folder: Path) -> int:
        return self.free if self.free is not None else super().free_bytes(folder)
