"""Protections against rows: which accepted rows a refused source row may stand for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.identity import KEYS
from pipeline.model.frames import TEXT, concat
from pipeline.model.protection import PROTECTED_KEYS, no_protections, protections_frame
from pipeline.planning.columns import canvas_columns
from pipeline.planning.lookup import Flags, blank, column, found, join_texts, pick, positions, same_texts

__all__ = ["ANY_TABLE", "EARLIER", "Shield", "make_shield"]

ANY_TABLE = "*"
EARLIER = "earlier"  # "yes" in protections of an earlier full export that deltas have changed since
MAX_RAW_ROWS = 5_000  # more torn rows than this are taken for rows of which nothing is known
MAX_ID_WORDS = 8  # an id is looked for as at most so many words in a row of a torn text
_WORD = re.compile(r"\w+")
_PERSON_FIRST = ("user_id", "observer_id", "student_id", "section_id", "group_id", "course_id", "term_id", "account_id")
"""Torn rows are searched for these ids in this order; a person's id found protects all rows of that person in the table."""


@dataclass(frozen=True, slots=True)
class Shield:
    """Protections with every torn text searched. known: those with a part of a key; unknown: table and reason of those without."""

    known: pd.DataFrame
    unknown: pd.DataFrame

    def reasons(self, table: str, rows: pd.DataFrame) -> pd.Series:
        """Per row the finding code of a protection that it matches in every known key, "" where none does."""
        result = blank(len(rows))
        mine = self.of_table(table)
        if not len(mine) or not len(rows):
            return result
        keys = _relevant_keys(table)
        marks = {name: ~same_texts(mine[name], "") for name in keys}
        pattern_codes = sum(
            (marks[name].astype(np.int64) << place for place, name in enumerate(keys)), np.zeros(len(mine), np.int64)
        )
        for code in sorted(set(pattern_codes.tolist()) - {0}):
            names = [name for place, name in enumerate(keys) if code >> place & 1]
            if table == "enrollments" and "section_id" in names and "course_id" in names:
                names.remove("course_id")  # the section alone identifies the place of the enrollment
            protections = mine[pattern_codes == code].reset_index(drop=True)
            places = positions(
                join_texts([column(rows, name) for name in names]),
                join_texts([column(protections, name) for name in names]),
            )
            result = result.where(result != "", pick(protections["reason"], places))
        return result

    def of_this_drop(self) -> "Shield":
        """Without the protections that earlier exports left: those explain absences, not what a later drop says."""
        if EARLIER not in self.known.columns:
            return self
        return Shield(self.known[self.known[EARLIER] != "yes"].reset_index(drop=True), self.unknown)

    def of_table(self, table: str) -> pd.DataFrame:
        """The known protections that concern a table."""
        concerns = found(self.known["table"], [table, ANY_TABLE])
        return self.known[concerns].reset_index(drop=True)


def make_shield(protections: pd.DataFrame, accepted: Mapping[str, pd.DataFrame]) -> Shield:
    """Sort protections into those that name a part of a key and those of which nothing is known.

    accepted: the rows that may need protection, by table; torn texts are searched for their ids.
    """
    if not len(protections):
        return Shield(protections, protections)
    is_ours = found(protections["table"], list(KEYS))  # a name that is no table of Canvas says nothing
    protections = protections.assign(table=protections["table"].where(is_ours, ANY_TABLE))
    has_key = _has_key(protections)
    keyed, keyless = protections[has_key], protections[~has_key]
    torn = ~same_texts(keyless["raw"], "")
    searched, unmatched = _search(keyless[torn].reset_index(drop=True), accepted)
    unknown = concat([part for part in (keyless[~torn], unmatched) if len(part)] or [no_protections()])
    known = concat([part for part in (keyed, searched) if len(part)] or [no_protections()])
    return Shield(known, unknown)


def _relevant_keys(table: str) -> list[str]:
    return [name for name in PROTECTED_KEYS if name in canvas_columns(table)]


def _has_key(protections: pd.DataFrame) -> Flags:
    """Which protections know a key that means something in their own table."""
    result = np.zeros(len(protections), dtype=np.bool_)
    for table in protections["table"].unique():
        mine = same_texts(protections["table"], table)
        for name in PROTECTED_KEYS if table not in KEYS else _relevant_keys(table):
            result |= mine & ~same_texts(protections[name], "")
    return result


def _search(torn: pd.DataFrame, accepted: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Protections made of the ids found in torn texts, and the torn rows in which none was found."""
    if not len(torn) or len(torn) > MAX_RAW_ROWS:
        return no_protections(), torn
    rows, spans = _spans(torn["raw"])
    hit = np.zeros(len(torn), dtype=np.bool_)
    made = []
    for table, frame in accepted.items():
        if table not in KEYS:
            continue
        concerned = found(torn["table"], [table, ANY_TABLE])
        part = _search_table(table, frame, (rows[concerned[rows]], spans[concerned[rows]]), torn)
        made += [part] if part is not None else []
        if part is not None:
            hit[part["torn"].to_numpy()] = True
    matched = concat([part.drop(columns="torn") for part in made]) if made else no_protections()
    return matched, torn[~hit].reset_index(drop=True)


def _search_table(
    table: str, frame: pd.DataFrame, candidates: tuple[np.ndarray, np.ndarray], torn: pd.DataFrame
) -> pd.DataFrame | None:
    """The protections of one table from the ids found; of each torn row, the first kind of id that is found counts."""
    rows, spans = candidates
    open_rows = np.ones(len(torn), dtype=np.bool_)
    parts = []
    for name in (*_PERSON_FIRST, *KEYS[table]):
        if name not in frame.columns or name not in PROTECTED_KEYS:
            continue
        ids = pd.Series(pd.arrays.ArrowExtensionArray(pc.unique(pa.array(frame[name]))))
        is_id = (positions(pd.Series(spans, dtype=TEXT), ids) >= 0) & open_rows[rows]
        if is_id.any():
            at = rows[is_id]
            texts: dict[str, str | pd.Series] = {
                "table": table,
                name: pd.Series(spans[is_id], dtype=TEXT),
                "reason": torn["reason"].take(at),
            }
            where: dict[str, int | pd.Series] = {
                "file_no": torn["file_no"].take(at),
                "line_no": torn["line_no"].take(at),
            }
            parts.append(protections_frame(len(at), texts, where).assign(torn=at))
            open_rows[at] = False
    return pd.concat(parts, ignore_index=True) if parts else None


def _spans(raws: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Every text in a torn row that begins and ends with a word, with the number of its row: what may be an id."""
    numbers: list[int] = []
    texts: list[str] = []
    for number, raw in enumerate(raws):
        words = [(match.start(), match.end()) for match in _WORD.finditer(raw)]
        spans = {raw[a:b] for place, (a, _) in enumerate(words) for _, b in words[place : place + MAX_ID_WORDS]}
        numbers += [number] * len(spans)
        texts += sorted(spans)
    return np.array(numbers, dtype=np.int64), np.array(texts, dtype=object)
