"""Cells without blanks and invisible characters at their ends; letters already lost or doubled before the file came are told."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.findings import Severity
from pipeline.sources.notes import FileNotes

__all__ = ["clean_column", "may_need_cleaning", "tell_damage"]

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
_ENDS = re.compile(f"^[{_INVISIBLE}\\s]+|[{_INVISIBLE}\\s]+$")
_ODD = f"[{_INVISIBLE}\u00a0\u3000\t\v\f]"  # what a person does not see; plain blanks are trimmed without a word
_ODD_BYTES = (b"\xc2\xa0", b"\xe2\x80", b"\xe2\x81\xa0", b"\xc2\xad", b"\xe3\x80\x80")


@dataclass(frozen=True, slots=True)
class _Damage:
    """What happened to letters upstream. needles: bytes without which a file has none of it; pattern: of a cell that has."""

    code: str
    severity: Severity
    needles: tuple[bytes, ...]
    pattern: str
    message: str
    remedy: str


_DAMAGES = (
    _Damage(
        "letters-lost",
        Severity.WARNING,
        (b"?", b"\xef\xbf\xbd", b"\xc2\xbf"),
        r"\pL\?\pL|\x{FFFD}|¿\pL",
        'contain "?" where a letter was lost before the file reached us',
        "Set the export to UTF-8.",
    ),
    _Damage(
        "letters-doubled",
        Severity.HOLD,
        (b"\xc3\x83", b"\xc3\xa2\xe2\x82\xac", b"\xc3\x82\xc2"),
        "Ã[\u0080-\u00bf\u0152-\u0178\u0192\u201a-\u2122]|â€|Â[\u0080-\u00bf]",
        "look damaged: they were converted to UTF-8 twice",
        "Let the export write UTF-8 once.",
    ),
)


def may_need_cleaning(text: bytes, delimiter: str) -> bool:
    """Whether any cell of a text can begin or end with a blank or an invisible character."""
    if not text.isascii() and any(needle in text for needle in _ODD_BYTES):
        return True
    cut = delimiter.encode()
    blanks = (b" ",) if cut == b"\t" else (b" ", b"\t")
    edges = np.frombuffer(cut + b'\n"', np.uint8)
    array = np.frombuffer(text, np.uint8)
    return any(_stands_at_an_edge(array, blank[0], edges) for blank in blanks if blank in text)


def _stands_at_an_edge(array: npt.NDArray[np.uint8], blank: int, edges: npt.NDArray[np.uint8]) -> bool:
    at = np.flatnonzero(array == blank)
    if at[0] == 0 or at[-1] == len(array) - 1:
        return True
    return bool(np.isin(array[at - 1], edges).any() or np.isin(array[at + 1], edges).any())


def clean_column(name: str, column: pa.ChunkedArray, lines: npt.NDArray[np.int32], notes: FileNotes) -> pa.ChunkedArray:
    """The column trimmed. Characters that nobody sees are told once, with a place; plain blanks are not."""
    odd = pc.match_substring_regex(column, _ODD)
    if not pc.any(odd).as_py():
        return pc.utf8_trim_whitespace(column)
    encoded = column.combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    cleaned = pa.array([_ENDS.sub("", text) for text in encoded.dictionary.to_pylist()], pa.string()).take(
        encoded.indices
    )
    changed = pc.and_(odd, pc.not_equal(pa.chunked_array([cleaned]), pc.utf8_trim(column, characters=" ")))
    where = np.flatnonzero(changed.to_numpy())
    if len(where):
        notes.tell(
            "invisible-characters",
            Severity.WARNING,
            f'{len(where):,} values of "{name}" carried an invisible character at an end and were cleaned.',
            remedy="Nothing to do; better remove them in the source.",
            line=int(lines[where[0]]),
            column=name,
            value=cleaned[int(where[0])].as_py(),
        )
    return pa.chunked_array([cleaned])


def tell_damage(
    text: bytes, columns: dict[str, pa.ChunkedArray], lines: npt.NDArray[np.int32], notes: FileNotes
) -> None:
    """Names whose letters were lost (`Nguy?n`) or doubled (`JosÃ©`) before the file reached us (M19, M20)."""
    is_ascii = text.isascii()
    for damage in _DAMAGES:
        if not any(needle in text for needle in damage.needles if needle.isascii() or not is_ascii):
            continue
        for name, column in columns.items():
            hits = np.flatnonzero(pc.match_substring_regex(column, damage.pattern).to_numpy())
            if len(hits):
                notes.tell(
                    damage.code,
                    damage.severity,
                    f'{len(hits):,} values of "{name}" {damage.message}.',
                    remedy=damage.remedy,
                    line=int(lines[hits[0]]),
                    column=name,
                    value=column[int(hits[0])].as_py(),
                )
