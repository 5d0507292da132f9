"""What a file is, by its first bytes, not by its name; and database errors printed into an export."""

import re
from enum import StrEnum

from pipeline.errors import DropError

__all__ = ["Kind", "database_error", "kind_of", "refuse_wrong_kind"]


class Kind(StrEnum):
    """What the first bytes of a file say."""

    TEXT = "text"
    EMPTY = "empty"
    ZIP = "a ZIP archive"
    GZIP = "a gzip archive"
    WORKBOOK = "an Excel workbook"
    OLD_WORKBOOK = "an old Excel workbook"
    JSON = "JSON"
    XML = "XML"
    HTML = "a web page"
    PDF = "a PDF document"
    IMAGE = "a picture"
    WORD = "a Word document"
    ARCHIVE = "an archive of a kind that is not read"
    PROGRAM = "a program or a database"


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1f\x8b", Kind.GZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLD_WORKBOOK),
    (b"%PDF", Kind.PDF),
    (b"\x89PNG", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF8", Kind.IMAGE),
    (b"{\\rtf", Kind.WORD),
    (b"Rar!", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"BZh", Kind.ARCHIVE),
    (b"\xfd7zXZ\x00", Kind.ARCHIVE),
    (b"\x7fELF", Kind.PROGRAM),
    (b"MZ\x90\x00", Kind.PROGRAM),
    (b"SQLite format 3\x00", Kind.PROGRAM),
    (b"PAR1", Kind.PROGRAM),
)
_LOOK = 65536
_TITLE = re.compile(rb"<title[^>]*>\s*([^<]{1,80}?)\s*</title", re.IGNORECASE)
_READABLE = frozenset({Kind.TEXT, Kind.WORKBOOK, Kind.OLD_WORKBOOK, Kind.JSON})
_ERROR_TEXT = re.compile(
    rb"^[ \"]*(ORA-\d{4,5}\b|SP2-\d{4}\b|PLS-\d{5}\b|Msg \d+, Level \d+|Query timed out|Timeout expired)", re.MULTILINE
)
_ERROR_NEEDLES = (b"ORA-", b"SP2-", b"PLS-", b"Msg ", b"imed out", b"Timeout expired")


def kind_of(content: bytes) -> Kind:
    """What a file is, by its first bytes."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(content)
    head = content[:_LOOK].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.strip(b"\x1a\x00"):
        return Kind.EMPTY
    return _text_kind(head)


def _text_kind(head: bytes) -> Kind:
    lowered = head[:2000].lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<head", b"<script")):
        return Kind.HTML
    if lowered.startswith(b"<?xml") or re.match(rb"<[a-z][\w:.-]*[\s>]", lowered):
        return Kind.HTML if b"<html" in lowered else Kind.XML
    if re.match(rb"\[\s*[\[{\]]|\{\s*\"", head):
        return Kind.JSON
    return Kind.TEXT


def _zip_kind(content: bytes) -> Kind:
    head = content[:_LOOK]
    if b"xl/workbook" in content or (b"[Content_Types].xml" in head and b"xl/" in head):
        return Kind.WORKBOOK
    if b"[Content_Types].xml" in head and b"word/" in content:
        return Kind.WORD
    return Kind.ZIP


def refuse_wrong_kind(name: str, content: bytes, kind: Kind) -> None:
    """Raise DropError for a file that holds no table, saying what it is."""
    if kind in _READABLE:
        return
    if kind is Kind.EMPTY:
        size = f"{len(content)} bytes" if len(content) != 1 else "1 byte"
        raise DropError(
            f"{name} is empty ({size}). Nothing was changed.",
            code="file-empty",
            file=name,
            remedy="If there really are no rows, send the file with its heading line and no rows.",
        )
    if kind is Kind.ZIP:
        raise DropError(
            f"{name} is an archive inside an archive, which is not opened. Nothing was imported.",
            code="archive-nested",
            file=name,
            remedy="Put the files into one archive.",
        )
    detail, remedy = "", "Send the export as CSV, text or an Excel workbook."
    if kind is Kind.HTML:
        title = _TITLE.search(content[:_LOOK])
        detail = f' ("{title.group(1).decode("utf-8", "replace")}")' if title else ""
        remedy = "The program that fetched the export was probably not logged in. Please export again."
    if kind is Kind.XML:
        remedy = "XML exports are not read. Please export CSV."
    raise DropError(
        f"{name} is {kind.value}, not a table{detail}. Nothing was imported.",
        code="file-wrong-kind",
        file=name,
        remedy=remedy,
    )


def database_error(text: bytes) -> tuple[int, str] | None:
    """Physical line and wording of a database error printed into an export, None when there is none."""
    if not any(needle in text for needle in _ERROR_NEEDLES):
        return None
    found = _ERROR_TEXT.search(text)
    if found is None:
        return None
    line = text.count(b"\n", 0, found.start()) + 1
    end = text.find(b"\n", found.start())
    wording = text[found.start() : end if end >= 0 else len(text)].strip(b' "\r\n')
    return line, wording[:80].decode("utf-8", "replace")
