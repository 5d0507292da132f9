"""A text file opened: decoded, its line ends made equal, its delimiter and header found; what was done is told."""

from dataclasses import replace

from pipeline.errors import DropError
from pipeline.model.findings import Severity
from pipeline.sources.dialect import by_position, find_dialect, without_blanks_before_quotes
from pipeline.sources.encoding import decode
from pipeline.sources.entries import Entry
from pipeline.sources.fixed_width import unpadded
from pipeline.sources.notes import FileNotes
from pipeline.sources.records import unify_line_ends
from pipeline.sources.rules import SourceRules
from pipeline.sources.text_file import TextFile

__all__ = ["open_text", "tell_opening"]

_END_MARK = b"\x1a"  # control-Z, by which old programs say that they came to the end


def open_text(entry: Entry, rules: SourceRules) -> TextFile:
    """The file as text. Raises DropError for what cannot be decoded, or holds a NUL."""
    decoded = decode(entry.name, entry.release(), "" if entry.encoding else rules.encoding)
    _refuse_broken(entry.name, decoded.text)
    text = unify_line_ends(decoded.text)
    decoded = replace(decoded, text=b"", encoding=entry.encoding or decoded.encoding)
    has_end_mark = text[-64:].rstrip(b"\n \t").endswith(_END_MARK)
    if has_end_mark:
        text = text.rstrip(b"\n \t" + _END_MARK)
    text = unpadded(entry.base_name, text, rules.tables) or text
    dialect = find_dialect(text, rules.tables, rules.delimiter)
    mended = without_blanks_before_quotes(text, dialect.delimiter)
    if mended is not None:
        text, dialect = mended, replace(dialect, is_quoted=True)
    if not dialect.table:
        dialect = by_position(entry.base_name, text, rules.tables, rules.delimiter) or dialect
    return TextFile(
        name=entry.name,
        text=text,
        decoded=decoded,
        dialect=dialect,
        facts=rules.previous.get(entry.base_name),
        has_end_mark=has_end_mark,
        is_mended=mended is not None,
    )


def _refuse_broken(name: str, text: bytes) -> None:
    at = text.find(b"\0")
    if at >= 0:
        line = text.count(b"\n", 0, at) + 1
        raise DropError(
            f"{name} holds a NUL character on line {line:,}: it is no text, or the copy was interrupted. "
            "Nothing was imported.",
            code="file-nul",
            file=name,
            remedy="Please export it again.",
        )


def tell_opening(file: TextFile, notes: FileNotes) -> None:
    """What was done to read the file, once."""
    if file.is_mended:
        notes.tell(
            "blank-before-quotes",
            Severity.WARNING,
            f"{file.name} puts a blank before quotation marks on all lines. It was read as meant.",
            remedy="Let the export write no blank before a quotation mark.",
        )
    decoded = file.decoded
    if not decoded.converted:
        return
    example = f', for example "{decoded.example}"' if decoded.example else ""
    if decoded.is_certain:
        notes.tell(
            "encoding-converted",
            Severity.WARNING,
            f"{file.name} is in Windows encoding. {decoded.converted:,} letters were converted{example}. Please check one of them.",
            remedy="Set the feed's encoding, or let the export write UTF-8.",
        )
        return
    notes.tell(
        "encoding-uncertain",
        Severity.HOLD,
        f"{file.name} is not UTF-8, and read as Windows-1252 its letters look wrong{example}. It may be in another encoding.",
        remedy="Set the feed's encoding, or let the export write UTF-8.",
    )
