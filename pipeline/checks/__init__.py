"""Checks: what Canvas would say of rows before they are sent, and what it would not say."""

from pipeline.checks.catalogue import CodeInfo, codes
from pipeline.checks.roster_checks import check
from pipeline.checks.tuning import CheckRules, Tuning

__all__ = ["CheckRules", "CodeInfo", "Tuning", "check", "codes"]
