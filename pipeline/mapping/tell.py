"""Findings of the mapping: rows that cannot become what they should, codes that nobody knows, rows merged into others."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.identity import KEYS
from pipeline.mapping.faults import Fault, Said
from pipeline.mapping.merging import Merged
from pipeline.mapping.world import World
from pipeline.model.findings import Consequence, Severity, findings_frame, join_findings, no_findings
from pipeline.model.frames import text_column

__all__ = ["HANDFUL", "tell_code_counts", "tell_faults", "tell_merged", "tell_odd_mails"]

MANY_MAILS = 20  # people with something in the column
FEW_GOOD = 0.2  # of them with an address
HANDFUL = 5  # rows with an unknown code up to which only they are refused; more of them hold the plan (M56)


def tell_faults(world: World, name: str, origins: npt.NDArray[np.int32], faults: Sequence[Fault]) -> pd.DataFrame:
    """One finding for each row and fault."""
    parts = []
    for fault in faults:
        if not len(fault.rows):
            continue
        origin = origins[fault.rows]
        is_refused = fault.kind == "refuse"
        parts.append(
            findings_frame(
                len(fault.rows),
                {
                    "code": fault.said.code,
                    "severity": fault.said.severity.value,
                    "consequence": (Consequence.REFUSED if is_refused else Consequence.SENT).value,
                    "table": name,
                    "column": fault.said.column,
                    "value": text_column(fault.value),
                    "message": text_column(_messages(fault.said.message, fault.value, is_refused=is_refused)),
                    "remedy": fault.said.remedy,
                },
                {"file_no": pd.Series(world.file_no[origin]), "line_no": pd.Series(world.line_no[origin])},
            )
        )
    return join_findings(parts)


def _messages(template: str, value: pa.Array, *, is_refused: bool) -> pa.Array:
    text = template + (" The row was left out." if is_refused else "")
    before, placed, after = text.partition("{value}")
    if not placed:
        return pa.repeat(pa.scalar(text, pa.string()), len(value))
    return pc.binary_join_element_wise(before, value, after, "")


def tell_code_counts(name: str, faults: Sequence[Fault]) -> pd.DataFrame:
    """One finding per unknown code of more than a handful of rows: it may mean "dropped" for hundreds, so a person decides."""
    parts: list[pd.DataFrame] = []
    for fault in faults:
        if fault.said.code == "code-unknown":
            counts = pc.value_counts(fault.value).to_pylist()
            many = [entry for entry in counts if entry["counts"] > HANDFUL]
            parts.extend(_code_count(name, fault.said, entry["values"], entry["counts"]) for entry in many)
    return join_findings(parts)


def tell_odd_mails(users: pd.DataFrame) -> pd.DataFrame:
    """A hold where most e-mail addresses are none: two columns have probably changed places (M27)."""
    if "email" not in users.columns:
        return no_findings()
    filled = users.loc[users["email"] != "", "email"]
    good = int(filled.str.contains("@", regex=False).sum())
    if len(filled) < MANY_MAILS or good >= FEW_GOOD * len(filled):
        return no_findings()
    return findings_frame(
        1,
        {
            "code": "mails-doubtful",
            "severity": Severity.HOLD.value,
            "table": "users",
            "column": "email",
            "message": f"The column for e-mail holds few addresses ({good:,} of {len(filled):,}). Have two columns changed places?",
            "remedy": "Compare the headings of the export with what stands below them.",
        },
    )


def _code_count(name: str, said: Said, code: str, count: int) -> pd.DataFrame:
    return findings_frame(
        1,
        {
            "code": "code-new",
            "severity": Severity.HOLD.value,
            "consequence": Consequence.NONE.value,
            "table": name,
            "column": said.column,
            "value": code,
            "message": f'The code "{code}" in "{said.column}" is new ({count:,} rows). We do not know what it means.',
            "remedy": said.remedy,
        },
    )


def tell_merged(
    world: World, name: str, columns: Mapping[str, pa.Array], origin: npt.NDArray[np.int32], merged: Merged
) -> pd.DataFrame:
    """One finding for each row that gave way to one that says something else; equal rows are only counted."""
    picks = merged.dropped[merged.differs]
    if not len(picks):
        return no_findings()
    winners = merged.winners[merged.differs]
    keys = [column for column in KEYS[name] if column in columns]
    cells = [columns[column].take(pa.array(picks)) for column in keys]
    lines = pa.array(world.line_no[origin[winners]]).cast(pa.string())
    shown = pc.binary_join_element_wise(*cells, " / ")
    message = pc.binary_join_element_wise(
        f'{name} "', shown, '" comes more than once and differs: the row of line ', lines, " was used.", ""
    )
    value = cells[0]
    return findings_frame(
        len(picks),
        {
            "code": "rows-merged",
            "severity": Severity.WARNING.value,
            "consequence": Consequence.NONE.value,
            "table": name,
            "column": keys[0],
            "value": text_column(value),
            "message": text_column(message),
            "remedy": "Nothing to do if the rule is right; else let the export send each row once.",
        },
        {"file_no": pd.Series(world.file_no[origin[picks]]), "line_no": pd.Series(world.line_no[origin[picks]])},
    )
