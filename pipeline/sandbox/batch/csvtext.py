"""Records of a CSV file exactly as Ruby's strict CSV reads them.

The line ending is the first one found in the file; every record has to use it. A quote inside an unquoted field, text
after a closing quote, an unclosed quote, or another line ending outside quotes makes the file malformed. Lines of no
characters are no records. Source: the reference's `csv_dialect` section (behaviours executed on csv 3.2).
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["Malformed", "NotUtf8", "cells_of", "check_utf8", "record_texts"]

CHUNK_BYTES = 1 << 20
LINE_END = re.compile(r"\r\n|\r|\n")
FIELD = r'(?:"[^"]*(?:""[^"]*)*"|[^",\r\n]*)'
RECORD = re.compile(rf"{FIELD}(?:,{FIELD})*")
CELL = re.compile(r'(?:^|,)(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))', re.DOTALL)


class NotUtf8(Exception):
    """A byte sequence is not valid UTF-8."""


class Malformed(Exception):
    """A record cannot be parsed."""


def check_utf8(file: BinaryIO) -> None:
    """Read a file to its end. Errors: NotUtf8."""
    for _ in _decoded(file):
        pass


def record_texts(file: BinaryIO) -> Iterator[list[str]]:
    """The texts of the records, line ending removed, in lists as they come; the header is the first of all.

    `cells_of` takes a text apart. Errors: NotUtf8; Malformed after all records before the defect were given.
    """
    joiner: _Joiner | None = None
    rest = ""
    for text in _decoded(file):
        rest += text
        if joiner is None:
            ending = LINE_END.search(rest)
            if ending is None or ending.end() == len(rest):  # a CR at the end may be half of a CRLF
                continue
            joiner = _Joiner(ending[0])
        *lines, rest = rest.split(joiner.ending)
        yield joiner.records(lines)
        joiner.check()
    if joiner is None:
        ending = LINE_END.search(rest)
        joiner = _Joiner(ending[0] if ending else "\n")
    yield joiner.records(rest.split(joiner.ending))
    joiner.finish()
    joiner.check()


def cells_of(text: str) -> list[str]:
    """The cells of one record, quotes removed; blanks stay."""
    if '"' not in text:
        return text.split(",")
    return [
        found[1].replace('""', '"') if found[1] is not None else found[2]  # a quoted cell, or a bare one
        for found in CELL.finditer(text)
    ]


class _Joiner:
    """Makes records of lines: joins the lines of a quoted line break, leaves out empty ones, stops at the malformed."""

    def __init__(self, ending: str) -> None:
        self.ending = ending
        self._foreign = re.compile({"\n": "\r", "\r": "\n", "\r\n": "[\r\n]"}[ending])
        self._open: list[str] = []  # the lines of a record whose quote is not closed yet
        self._broken = False

    def records(self, lines: list[str]) -> list[str]:
        """The records that these lines complete, up to the first malformed one."""
        block = "\x00".join(lines)  # one search instead of one for each line
        if not self._open and '"' not in block and not self._foreign.search(block):
            return [line for line in lines if line]
        whole: list[str] = []
        for line in lines:
            record = self._completed(line)
            if record and not RECORD.fullmatch(record):
                self._broken = True
                break
            if record:
                whole.append(record)
        return whole

    def finish(self) -> None:
        """Say that the file ends here."""
        self._broken = self._broken or bool(self._open)

    def check(self) -> None:
        """Raise Malformed once a defect was met."""
        if self._broken:
            raise Malformed

    def _completed(self, line: str) -> str:
        """The record that this line ends; empty while a quote is open and for lines without characters."""
        is_odd = line.count('"') % 2 == 1
        if self._open:
            self._open.append(line)
            if not is_odd:
                return ""
            line, self._open = self.ending.join(self._open), []
        elif is_odd:
            self._open = [line]
            return ""
        return line


def _decoded(file: BinaryIO) -> Iterator[str]:
    """The text of a file in pieces, without a leading byte-order mark."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="strict")
    try:
        while chunk := file.read(CHUNK_BYTES):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as exc:
        raise NotUtf8 from exc
