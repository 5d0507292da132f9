"""Findings as the JSON that `check --json` prints: a contract with a version."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.model.findings import to_findings

__all__ = ["findings_json"]

VERSION = 1


def findings_json(findings: pd.DataFrame, files: Sequence[str]) -> dict[str, Any]:
    """`{"version", "findings": [...], "counts": {...}}`, ready for `json.dump`. files: names by file_no.

    `canvas` is the message that Canvas itself would give, to the letter, or null; counts: by severity and by code.
    """
    listed = [
        {
            "code": one.code,
            "severity": str(one.severity),
            "table": one.table,
            "file": one.file,
            "line": one.line,
            "column": one.column,
            "value": one.value,
            "message": one.message,
            "remedy": one.remedy,
            "consequence": str(one.consequence),
            "canvas": one.canvas
            and {"message": one.canvas.message, "row": one.canvas.row, "severity": one.canvas.severity},
        }
        for one in to_findings(findings, files)
    ]
    counts = {
        "findings": len(findings),
        "severity": dict(sorted(Counter(findings["severity"]).items())),
        "code": dict(sorted(Counter(findings["code"]).items())),
    }
    return {"version": VERSION, "findings": listed, "counts": counts}
