"""Findings of the readers: one line for a file, or a table of them for its rows."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from pipeline.model.findings import Consequence, Severity, findings_frame, join_findings
from pipeline.model.frames import text_column
from pipeline.model.protection import join_protections, protections_frame

__all__ = ["ANY_TABLE", "FileNotes"]

ANY_TABLE = "*"  # of a protection: which Canvas table the row would have fed is not known here


@dataclass(slots=True)
class FileNotes:
    """What is found while one file is read: findings, protections and refused lines grow here, and nothing else does."""

    file_no: int
    table: str = ""
    findings: list[pd.DataFrame] = field(default_factory=list)
    protections: list[pd.DataFrame] = field(default_factory=list)
    refused_lines: list[npt.NDArray[np.int32]] = field(default_factory=list)

    def tell(
        self, code: str, severity: Severity, message: str, *, remedy: str = "", line: int = -1, **texts: str
    ) -> None:
        """One finding about the file. texts: `column`, `value`, `consequence`."""
        values: dict[str, str | pd.Series] = {
            "code": code,
            "severity": severity.value,
            "consequence": Consequence.NONE.value,
            "table": self.table,
            "message": message,
            "remedy": remedy,
            **texts,
        }
        self.findings.append(findings_frame(1, values, {"file_no": self.file_no, "line_no": line}))

    def refuse_rows(
        self, code: str, lines: npt.NDArray[np.int32], raws: list[str], *, messages: list[str], remedy: str
    ) -> None:
        """Rows that cannot be split into cells: a finding and a protection with the raw text for each."""
        if not len(lines):
            return
        numbers = pd.Series(np.asarray(lines, np.int32))
        self.findings.append(
            findings_frame(
                len(lines),
                {
                    "code": code,
                    "severity": Severity.ERROR.value,
                    "consequence": Consequence.REFUSED.value,
                    "table": self.table,
                    "message": text_column(messages),
                    "remedy": remedy,
                },
                {"file_no": self.file_no, "line_no": numbers},
            )
        )
        self.protections.append(
            protections_frame(
                len(lines),
                {"table": ANY_TABLE, "raw": text_column(pa.array(raws, pa.string())), "reason": code},
                {"file_no": self.file_no, "line_no": numbers},
            )
        )
        self.refused_lines.append(np.asarray(lines, np.int32))

    def all_findings(self) -> pd.DataFrame:
        """Every finding of the file, in the order in which they were made."""
        return join_findings(self.findings)

    def all_protections(self) -> pd.DataFrame:
        """Every protection of the file."""
        return join_protections(self.protections)
