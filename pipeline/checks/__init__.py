"""Checks: what Canvas would say of rows before they are sent, and what it would not say."""

from pipeline.checks.catalogue import CodeInfo, codes
from pipeline.checks.csv_check import CsvCheck, check_canvas_csvs
from pipeline.checks.findings_json import exit_code, findings_json
from pipeline.checks.roster_checks import check
from pipeline.checks.tuning import CheckRules, Tuning

__all__ = [
    "CheckRules",
    "CodeInfo",
    "CsvCheck",
    "Tuning",
    "check",
    "check_canvas_csvs",
    "codes",
    "exit_code",
    "findings_json",
]
