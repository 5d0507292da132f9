"""Bytes → UTF-8 bytes. A byte-order mark decides, then the configuration, then strict UTF-8; nothing is ever replaced."""

import codecs
import re
from dataclasses import dataclass

from pipeline.errors import DropError

__all__ = ["BOM", "Decoded", "decode"]

BOM = codecs.BOM_UTF8
_LATIN = frozenset("ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿŠšŽžŒœŸ’‘“”–—…€ª°º«»¿¡§£¢®©™·½¼")
_CERTAIN_SHARE = 0.9  # of the characters above 127 in a Windows-1252 reading that are letters or usual signs
_ODD_SHARE = 0.2
_ODD_PLACE = re.compile("[a-zà-ÿ][ŠŽŒŸ‡†‰„—–‘À-Þ]")  # what Mac Roman's small accented letters look like there


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as UTF-8 bytes without byte-order marks.

    encoding: as it was written; is_certain: False where another reading is as likely; converted: characters above 127
    that were converted from an encoding that nobody declared, example: one word with such a character.
    """

    text: bytes
    encoding: str
    is_certain: bool = True
    converted: int = 0
    example: str = ""


def decode(name: str, content: bytes, configured: str = "") -> Decoded:
    """The file as UTF-8. Raises DropError when it cannot be decoded without guessing."""
    marked = _by_mark(name, content)
    if marked is not None:
        return marked
    if configured:
        text = _strict(name, content, configured)
        return Decoded(_without_marks(text.encode("utf-8")), codecs.lookup(configured).name)
    wide = _wide_without_mark(content)
    if wide:
        return Decoded(_without_marks(_strict(name, content, wide).encode("utf-8")), wide)
    if content.isascii():
        return Decoded(content, "ascii")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _windows(name, content)
    return Decoded(_without_marks(content), "utf-8")


def _by_mark(name: str, content: bytes) -> Decoded | None:
    if content.startswith(BOM):
        _strict(name, content, "utf-8")
        return Decoded(_without_marks(content), "utf-8-sig")
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if content.startswith(mark):
            text = _strict(name, content[len(mark) :], encoding)
            return Decoded(_without_marks(text.encode("utf-8")), encoding)
    return None


def _strict(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as exc:
        at = getattr(exc, "start", 0)
        line = content.count(b"\n", 0, at) + 1
        raise DropError(
            f"{name} cannot be read as {encoding}: the first byte that does not fit is on line {line:,}. Nothing was imported.",
            code="encoding-undecodable",
            file=name,
            remedy="Export it as UTF-8, or set the right encoding for this feed.",
        ) from exc


def _without_marks(text: bytes) -> bytes:
    return text.replace(BOM, b"") if BOM in text else text


def _wide_without_mark(content: bytes) -> str:
    """UTF-16 without a mark: nearly every second byte is NUL."""
    head = content[:4096]
    if len(head) < 4 or len(content) % 2:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.6 * (len(head) / 2) and even == 0:
        return "utf-16-le"
    if even > 0.6 * (len(head) / 2) and odd == 0:
        return "utf-16-be"
    return ""


def _windows(name: str, content: bytes) -> Decoded:
    """Windows-1252, when every byte is defined there and no line is UTF-8 already."""
    mixed_at = _mixed_line(content)
    if mixed_at is not None:
        raise DropError(
            f"{name} mixes two encodings (first problem on line {mixed_at:,}). Nothing was imported.",
            code="encoding-mixed",
            file=name,
            remedy="It was probably joined from two exports. Please send them separately.",
        )
    text = _strict(name, content, "cp1252")
    high = [character for character in text if ord(character) > 127]
    usual = sum(character in _LATIN for character in high)
    is_certain = usual >= _CERTAIN_SHARE * len(high) and len(_ODD_PLACE.findall(text)) <= _ODD_SHARE * len(high)
    word = re.search(r"\w*[^\x00-\x7f]\w*", text)
    return Decoded(text.encode("utf-8"), "windows-1252", is_certain, len(high), word.group(0) if word else "")


def _mixed_line(content: bytes) -> int | None:
    """The first line that is not UTF-8 in a file in which other lines are UTF-8 beyond ASCII; None when it is not mixed."""
    first_bad, has_utf8 = None, False
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            first_bad = first_bad or number
        else:
            has_utf8 = True
        if first_bad and has_utf8:
            return first_bad
    return None
