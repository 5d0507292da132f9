"""The files inside a drop: loose ones, and those inside its archives, as bytes under the name a registrar knows."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import DropError
from pipeline.model.drop import DroppedFile
from pipeline.sources.archive import MAX_BYTES, MAX_RATIO, archive_members
from pipeline.sources.kinds import Kind, kind_of

__all__ = ["Entry", "entries_of", "is_leftover"]

ARROW = " › "  # between an archive's name and the name inside it
_LEFTOVERS = (".ds_store", "thumbs.db", "desktop.ini")
_CHUNK = 1 << 20


@dataclass(slots=True)
class Entry:
    """One file to read.

    name: for people; base_name: without folders and archive; content: its bytes, gone once they are released, since a big
    file is not kept twice; kind: what they are.
    """

    name: str
    base_name: str
    content: bytes
    kind: Kind
    sha256: str

    def release(self) -> bytes:
        """The bytes, which the entry then no longer holds."""
        content, self.content = self.content, b""
        return content


def is_leftover(name: str) -> bool:
    """Whether a name is what operating systems and office programs leave beside real files."""
    parts = name.replace("\\", "/").split("/")
    base = parts[-1].casefold()
    return (
        base in _LEFTOVERS
        or base.startswith((".", "._", "~$"))
        or base.endswith(":zone.identifier")
        or any(part.casefold() == "__macosx" for part in parts)
    )


def entries_of(dropped: DroppedFile) -> Iterator[Entry]:
    """The files of one dropped file: itself, or what its archive holds. Raises DropError when it cannot be read."""
    if is_leftover(dropped.name):
        return
    entry = _loose(dropped)
    if entry.kind is Kind.ZIP:
        for inner, inner_content in archive_members(dropped.name, entry.content, is_leftover):
            yield _entry(dropped.name + ARROW + inner, inner.rsplit("/", 1)[-1], inner_content)
    elif entry.kind is Kind.GZIP:
        yield _entry(dropped.name, entry.base_name.removesuffix(".gz"), _gunzip(dropped.name, entry.content))
    else:
        yield entry


def _loose(dropped: DroppedFile) -> Entry:
    try:
        content = dropped.path.read_bytes()
    except OSError as exc:
        raise DropError(
            f"{dropped.name} could not be read. Nothing was imported.",
            code="file-unreadable",
            file=dropped.name,
            remedy="Close the program that has it open, check its permissions, and send it again.",
        ) from exc
    base = dropped.name.replace("\\", "/").rsplit("/", 1)[-1]
    return Entry(dropped.name, base, content, kind_of(content), dropped.sha256)


def _entry(name: str, base_name: str, content: bytes) -> Entry:
    return Entry(name, base_name, content, kind_of(content), hashlib.sha256(content).hexdigest())


def _gunzip(name: str, content: bytes) -> bytes:
    limit = min(MAX_BYTES, MAX_RATIO * max(len(content), 1))
    pieces: list[bytes] = []
    total = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as unpacked:
            while piece := unpacked.read(_CHUNK):
                total += len(piece)
                if total > limit:
                    raise DropError(
                        f"{name} grows to more than {limit:,} bytes when it is unpacked. Nothing was imported.",
                        code="archive-too-large",
                        file=name,
                    )
                pieces.append(piece)
    except (OSError, EOFError, zlib.error) as exc:
        raise DropError(
            f"{name} is damaged and cannot be unpacked. Nothing was imported.",
            code="archive-damaged",
            file=name,
            remedy="The copy was probably interrupted. Please send it again.",
        ) from exc
    return b"".join(pieces)
