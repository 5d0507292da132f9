"""Findings as the JSON that `check --json` prints: a contract with a version."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.model.findings import Severity, to_findings

__all__ = ["exit_code", "findings_json"]

VERSION = 1


def findings_json(findings: pd.DataFrame, files: Sequence[str]) -> dict[str, Any]:
    """`{"version", "findings": [...], "counts": {...}}`, ready for `json.dump`. files: names by file_no.

    `canvas` is the message that Canvas itself would give, to the letter, or null; counts: findings by severity.
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
    severities = Counter(findings["severity"])
    counts = {str(severity): severities[severity] for severity in Severity}
    return {"version": VERSION, "findings": listed, "counts": counts}


def exit_code(findings: pd.DataFrame, *, is_unreadable: bool = False) -> int:
    """0 clean or remarks only, 4 rows would be refused, 3 a person would have to decide, 1 a file cannot be read."""
    severities = set(findings["severity"])
    if is_unreadable:
        return 1
    if Severity.HOLD in severities:
        return 3
    return 4 if Severity.ERROR in severities else 0
