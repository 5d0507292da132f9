"""The files inside a drop: loose ones, and those inside its archives, as bytes under the name a registrar knows."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.errors import DropError
from pipeline.model.drop import DroppedFile
from pipeline.sources.archive import MAX_BYTES, MAX_RATIO, archive_members
from pipeline.sources.encoding import decode
from pipeline.sources.json_records import record_tables
from pipeline.sources.kinds import Kind, kind_of
from pipeline.sources.spreadsheet import sheets_of

__all__ = ["Entry", "entries_of", "is_leftover"]

ARROW = " › "  # between an archive's name and the name inside it
_LEFTOVERS = (".ds_store", "thumbs.db", "desktop.ini")
_CHUNK = 1 << 20


@dataclass(slots=True)
class Entry:
    """One file to read.

    name: for people; base_name: without folders and archive; content: its bytes, gone once they are released, since a big
    file is not kept twice; kind: what they are. For what was made into text here: lines: the physical line of each line of
    the text, header included; remarks: what is to be told of it, code and message; encoding: of what it was made from;
    is_part: whether it is one sheet or array among others, which need not be asked for.
    """

    name: str
    base_name: str
    content: bytes
    kind: Kind
    sha256: str
    lines: tuple[int, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    encoding: str = ""
    is_part: bool = False

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
            yield from _as_text(_entry(dropped.name + ARROW + inner, inner.rsplit("/", 1)[-1], inner_content))
    elif entry.kind is Kind.GZIP:
        unpacked = _gunzip(dropped.name, entry.content)
        yield from _as_text(_entry(dropped.name, entry.base_name.removesuffix(".gz"), unpacked))
    else:
        yield from _as_text(entry)


def _as_text(entry: Entry) -> Iterator[Entry]:
    """What is no text yet made into text: the sheets of a workbook, the arrays of a JSON file."""
    if entry.kind in {Kind.WORKBOOK, Kind.OLD_WORKBOOK}:
        yield from _sheets(entry)
    elif entry.kind is Kind.JSON:
        yield from _arrays(entry)
    else:
        yield entry


def _sheets(entry: Entry) -> Iterator[Entry]:
    content = entry.release()
    for sheet in sheets_of(entry.name, content, is_old=entry.kind is Kind.OLD_WORKBOOK):
        name = f"{entry.name}{ARROW}{sheet.name}"
        remarks = [
            ("sheet-hidden", f'The hidden sheet "{hidden}" of {entry.name} was left out.') for hidden in sheet.hidden
        ]
        for place, (numbers, texts) in sheet.numbers.items():
            if numbers > 1 and texts > 1:
                cells = f"has {numbers:,} cells that are numbers beside {texts:,} that are text"
                message = f"Column {place + 1} of {name} {cells}: leading zeros of ids among the numbers are lost."
                remarks.append(("cells-are-numbers", message))
        made = _entry(name, f"{entry.base_name}.{sheet.name}", sheet.content)
        yield replace(made, kind=Kind.TEXT, remarks=tuple(remarks), encoding="workbook", is_part=True)


def _arrays(entry: Entry) -> Iterator[Entry]:
    decoded = decode(entry.name, entry.release())
    stem = entry.base_name.rsplit(".", 1)[0]
    for table in record_tables(entry.name, decoded.text.decode("utf-8")):
        name = f"{entry.name}{ARROW}{table.path}" if table.path else entry.name
        base = f"{stem}.{table.path}" if table.path else entry.base_name
        made = _entry(name, base, table.text())
        yield replace(
            made, kind=Kind.TEXT, lines=(1, *table.lines), encoding=decoded.encoding, is_part=bool(table.path)
        )


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
