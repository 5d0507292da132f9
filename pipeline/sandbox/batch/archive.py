"""The files inside an upload: a zip's entries that Canvas looks at, or the one CSV file.

Source: the reference's zip rules (`gems/canvas_unzip`): ignored names, limits, unsafe entries.
"""

import io
import re
import stat
import zipfile
import zlib
from typing import BinaryIO

__all__ = ["Archive", "BrokenArchive"]

IGNORED = re.compile(r"__macosx|desktop d[bf]|\A\..*", re.IGNORECASE)
MAX_RATIO = 100  # times the size of the zip
MAX_BYTES = 50 << 30
MAX_ENTRIES = 100_000


class BrokenArchive(Exception):
    """The zip cannot be unpacked, or would become too large."""


class Archive:
    """The entries of an upload in the order in which Canvas visits them. name: its extension says what the upload is.

    Errors: BrokenArchive.
    """

    def __init__(self, name: str, content: bytes, *, is_difference: bool = False) -> None:
        self._zip: zipfile.ZipFile | None = None
        self._content, self.is_difference = content, is_difference
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._single = name.replace("\\", "/").rsplit("/", 1)[-1]
        extension = self._single.rsplit(".", 1)[-1].lower() if "." in self._single else ""
        if extension == "zip":
            self._open_zip()
        self.paths: list[str] = sorted(self._infos)
        if extension == "csv":
            self.paths = [self._single]

    @property
    def total_bytes(self) -> int:
        """The size of all entries unpacked, ignored ones too."""
        if self._zip is None:
            return len(self._content)
        return sum(info.file_size for info in self._zip.infolist())

    def size(self, path: str) -> int:
        """The unpacked size of an entry."""
        return len(self._content) if self._zip is None else self._infos[path].file_size

    def open(self, path: str) -> BinaryIO:
        """The bytes of an entry as a file."""
        if self._zip is None:
            return io.BytesIO(self._content)
        return self._zip.open(self._infos[path])  # type: ignore[return-value]  # typeshed says IO[bytes]

    def read(self, path: str) -> bytes:
        """The bytes of an entry."""
        with self.open(path) as file:
            return file.read()

    def _open_zip(self) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(self._content))
            infos = self._zip.infolist()
            if len(infos) > MAX_ENTRIES or sum(i.file_size for i in infos) > self._limit():
                raise BrokenArchive
            for info in infos:
                if _is_wanted(info):
                    self._infos.setdefault(info.filename, info)
            for path in self._infos:
                self._try(path)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError) as exc:
            raise BrokenArchive from exc

    def _limit(self) -> int:
        return min(MAX_RATIO * len(self._content), MAX_BYTES)

    def _try(self, path: str) -> None:
        """Unpack an entry once, so that damage is found before anything is imported."""
        with self.open(path) as file:
            while file.read(1 << 20):
                pass


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    """Regular files with safe names, outside hidden folders and those of desktop programs."""
    name = info.filename
    parts = name.split("/")
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    is_unsafe = name.startswith("/") or ".." in parts or any(part.startswith(".") for part in parts)
    return not (info.is_dir() or is_link or is_unsafe or IGNORED.search(name))
