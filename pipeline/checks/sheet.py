"""One Canvas table under check: its columns, which rows are refused so far, the findings and the protections they leave."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.file_types import raw_reference
from pipeline.checks.catalogue import CodeInfo, TableRules, rule_facts
from pipeline.checks.tuning import CheckRules
from pipeline.checks.values import Mask, Text, to_mask
from pipeline.model.findings import Consequence, findings_frame, join_findings
from pipeline.model.frames import NO_LINE, PROVENANCE, from_arrow, text_column, to_arrow
from pipeline.model.protection import PROTECTED_KEYS, join_protections, protections_frame

__all__ = ["NUMBERS", "Sheet", "as_text", "fill"]

NUMBERS = (*PROVENANCE, "canvas_row")  # columns of a frame that are no text

LONGEST_SHOWN = 200  # characters of a value in a message for people

_PLACE = re.compile(r"\{(\w+)\}")


def fill(template: str, values: Mapping[str, Text | str], rows: int) -> Text:
    """A template over columns, filled in for each row; a name without a column prints as nothing."""
    pieces = _PLACE.split(template)
    parts: list[Text | pa.Scalar] = [pa.scalar(pieces[0])]
    for name, literal in zip(pieces[1::2], pieces[2::2], strict=True):
        value = values.get(name, "")
        parts += [pa.scalar(value) if isinstance(value, str) else value, pa.scalar(literal)]
    if not any(isinstance(part, pa.Array) for part in parts):
        return pa.array(["".join(part.as_py() for part in parts)] * rows, pa.string())
    return pc.binary_join_element_wise(*parts, "")


class Sheet:
    """The rows of one table while they are checked. Rows are refused by findings; nothing else takes one away."""

    def __init__(self, rules: TableRules, frame: pd.DataFrame, tuning: CheckRules) -> None:
        """frame: text columns and provenance, as in a roster."""
        self.rules = rules
        self.frame = frame
        self.refused: Mask = np.zeros(len(frame), dtype=bool)
        self._tuning = tuning
        self._columns: dict[str, Text] = {}
        self._coded: dict[str, tuple[np.ndarray, Text]] = {}
        self._cleared: dict[str, Mask] = {}
        self._findings: list[pd.DataFrame] = []
        self._protections: list[pd.DataFrame] = []

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The names of the columns that hold text."""
        return tuple(name for name in self.frame.columns if name not in NUMBERS)

    def has(self, name: str) -> bool:
        """Whether the table has that column."""
        return name in self.frame.columns

    def column(self, name: str) -> Text:
        """A column as one Arrow array; all "" where the table lacks it."""
        if name not in self._columns:
            self._columns[name] = (
                as_text(self.frame[name]) if self.has(name) else pa.array([""] * len(self), pa.string())
            )
        return self._columns[name]

    def coded(self, name: str) -> tuple[np.ndarray, Text]:
        """A column as numbers into its different values, and those values."""
        if name not in self._coded:
            encoded = self.column(name).dictionary_encode()
            self._coded[name] = (np.asarray(encoded.indices), encoded.dictionary)
        return self._coded[name]

    def is_in(self, name: str, values: Text) -> Mask:
        """Which rows have one of some values in a column."""
        numbers, different = self.coded(name)
        if not len(different):
            return np.zeros(len(self), dtype=bool)
        return np.asarray(to_mask(pc.is_in(different, value_set=values))[numbers], dtype=bool)

    def values_where(self, name: str, mask: Mask) -> Text:
        """The different values of a column in some rows."""
        numbers, different = self.coded(name)
        return different.take(pa.array(np.flatnonzero(np.bincount(numbers[mask], minlength=len(different)))))

    def matching(self, name: str, pattern: str) -> Mask:
        """Which rows have a value in a column in which a pattern is found, in small letters or capitals."""
        numbers, different = self.coded(name)
        if not len(different):
            return np.zeros(len(self), dtype=bool)
        return np.asarray(to_mask(pc.match_substring_regex(different, pattern, ignore_case=True))[numbers], dtype=bool)

    def report(  # noqa: PLR0913  # one call of everything that a finding may need
        self,
        info: CodeInfo,
        mask: Mask,
        *,
        column: str | np.ndarray = "",
        extra: Mapping[str, Text] | None = None,
        says: str | None = None,
        without_row: bool = False,
    ) -> None:
        """Findings of one code for some rows; refuses them, or clears the value, as the code says.

        column: the cell at fault, one name or one per row of the table; extra: further values for the templates, aligned with
        the table; says: Canvas's message where it is not the code's own; without_row: Canvas names no row in it.
        """
        own = self._tuning.applied(info)
        if own is None or not mask.any():
            return
        at = np.flatnonzero(mask)
        if isinstance(column, str):
            names = np.full(len(at), column or (info.columns[0] if info.columns else ""), dtype=object)
        else:
            names = column[at]
        values = self._values(at, names, extra)
        found = self._finding_rows(own, at, values, own.says if says is None else says)
        self._findings.append(found.assign(canvas_row=np.int32(NO_LINE)) if without_row else found)
        if own.consequence is Consequence.REFUSED:
            self._refuse(own, at)
        elif own.consequence is Consequence.SENT_WITHOUT_VALUE:
            for name in own.clears:
                self._cleared[name] = self._cleared.get(name, np.zeros(len(self), dtype=bool)) | mask

    def leave_out(self, mask: Mask) -> None:
        """Take rows away that another row of the table stands for (their findings are reported apart)."""
        self.refused |= mask

    def rows(self) -> pd.DataFrame:
        """The rows that go on, bad optional values emptied."""
        frame = self.frame
        for name, mask in self._cleared.items():
            if self.has(name):
                frame = frame.assign(**{name: frame[name].where(~mask, "")})
        return frame if not self.refused.any() else from_arrow(to_arrow(frame).filter(pa.array(~self.refused)))

    def findings(self) -> pd.DataFrame:
        """All findings so far, as a findings table."""
        return join_findings(self._findings)

    def protections(self) -> pd.DataFrame:
        """What the refused rows leave, as a protections table."""
        return join_protections(self._protections)

    def _values(self, at: np.ndarray, names: np.ndarray, extra: Mapping[str, Text] | None) -> dict[str, Text | str]:
        chosen = pa.array(at)
        values: dict[str, Text | str] = {
            name: self.column(name).take(chosen) for name in _known_columns(self.rules.table) if self.has(name)
        }
        for name, column in (extra or {}).items():
            values[name] = column.take(chosen)
        found = np.full(len(at), "", dtype=object)
        for name in set(names):
            where = np.flatnonzero(names == name)
            if self.has(name):
                found[where] = self.column(name).take(pa.array(at[where])).to_pylist()
        values["column"] = pa.array(names, pa.string())
        values["value"] = pa.array(found, pa.string())
        if self.rules.table == "enrollments":
            values |= _places(values, len(at))
        if self.rules.table == "change_sis_id" and "type" in values:
            values["type_folded"] = pc.utf8_lower(values["type"])
        return values

    def _finding_rows(
        self, info: CodeInfo, at: np.ndarray, values: Mapping[str, Text | str], says: str
    ) -> pd.DataFrame:
        rows = len(at)
        if info.is_secret:
            values = {**values, "value": ""}
        shown = {name: _clipped(value) for name, value in values.items()}
        failure = bool(info.rule) and bool(rule_facts()[info.rule]["failure"])
        texts: dict[str, str | pd.Series] = {
            "code": info.code,
            "severity": str(info.severity),
            "consequence": str(info.consequence),
            "table": self.rules.table,
            "column": text_column(values["column"]),
            "value": text_column(fill("{value}", shown, rows)),
            "message": text_column(fill(info.message, shown, rows)),
            "remedy": text_column(fill(info.remedy, shown, rows)),
            "canvas_message": text_column(fill(says, values, rows)) if says else "",
            "canvas_severity": ("error" if failure else "warning") if says else "",
        }
        return findings_frame(rows, texts, self._provenance(at))

    def _refuse(self, info: CodeInfo, at: np.ndarray) -> None:
        new = at[~self.refused[at]]
        self.refused[new] = True
        if not len(new):
            return
        keys: dict[str, str | pd.Series] = {
            name: text_column(self.column(name).take(pa.array(new)))
            for name in PROTECTED_KEYS
            if self.has(name) and name not in info.damages
        }
        keys |= {"table": self.rules.table, "reason": info.code}
        self._protections.append(protections_frame(len(new), keys, self._protected(new)))

    def _protected(self, at: np.ndarray) -> dict[str, int | pd.Series]:
        return {name: number for name, number in self._provenance(at).items() if name in PROVENANCE}

    def _provenance(self, at: np.ndarray) -> dict[str, int | pd.Series]:
        return {name: pd.Series(self.frame[name].to_numpy()[at]) for name in NUMBERS if name in self.frame.columns}


def _clipped(value: Text | str) -> Text | str:
    """Values as they are shown to people: long ones shortened."""
    if isinstance(value, str) or not len(value) or pc.max(pc.binary_length(value)).as_py() <= LONGEST_SHOWN:
        return value
    short = pc.binary_join_element_wise(pc.utf8_slice_codeunits(value, 0, LONGEST_SHOWN), "…", "")
    return pc.if_else(pc.greater(pc.utf8_length(value), LONGEST_SHOWN), short, value)


def as_text(series: pd.Series) -> Text:
    """A text column as one Arrow array."""
    column = series.array.__arrow_array__()
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _known_columns(table: str) -> tuple[str, ...]:
    return _columns_by_table().get(table, ())


def _columns_by_table() -> dict[str, tuple[str, ...]]:
    return {
        entry["canonical_filename"].split(".csv")[0]: tuple(column["name"] for column in entry["columns"])
        for entry in raw_reference()["types"]
    }


def _places(values: Mapping[str, Text | str], rows: int) -> dict[str, Text]:
    """Where an enrollment is: `place` by section first, as people say it; `course_first` as Canvas's date message says it."""
    sections = values.get("section_id", pa.array([""] * rows, pa.string()))
    courses = values.get("course_id", pa.array([""] * rows, pa.string()))
    in_section = fill('section "{section_id}"', {"section_id": sections}, rows)
    in_course = fill('course "{course_id}"', {"course_id": courses}, rows)
    plain_section = fill("section {section_id}", {"section_id": sections}, rows)
    plain_course = fill("course {course_id}", {"course_id": courses}, rows)
    return {
        "place": pc.if_else(pc.equal(sections, ""), in_course, in_section),
        "course_first": pc.if_else(pc.equal(courses, ""), plain_section, plain_course),
    }
