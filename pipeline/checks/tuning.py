"""A feed's own word on findings: ignore (until a date), warn, refuse or hold, by code."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from pipeline.checks.catalogue import CodeInfo, code_of, codes
from pipeline.errors import Problem, SettingsError
from pipeline.model.findings import Consequence, Severity

__all__ = ["CheckRules", "Tuning"]

WAYS = ("ignore", "warn", "refuse", "hold")


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a feed says of one code. until: the last day on which it counts, None for always."""

    way: str
    reason: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class CheckRules:
    """How the checks are done for one feed.

    tunings: by finding code; zone: of dates without one; today: for tunings that expire and dates far away, None leaves both
    out; deltas: tables whose export holds only changes, so that nothing can be said about what is not in them.
    """

    tunings: Mapping[str, Tuning] = field(default_factory=dict)
    zone: str = "UTC"
    today: date | None = None
    deltas: frozenset[str] = frozenset()

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "CheckRules":
        """Rules from the plain settings of a feed: `checks`, `zone` (or `timezone`), `today`, `export`.

        Raises SettingsError naming every unknown code, with the nearest right one, and every way that cannot be.
        """
        problems: list[Problem] = []
        tunings = {}
        for code, given in (plain.get("checks") or {}).items():
            tuning = _tuning(str(code), given, problems)
            if tuning:
                tunings[str(code)] = tuning
        today = _day(plain.get("today"), "today", problems)
        if problems:
            raise SettingsError(tuple(problems), remedy="The codes are listed in docs/findings.md.")
        zone = str(plain.get("zone") or plain.get("timezone") or "UTC")
        return cls(tunings, zone, today, _deltas(plain.get("export") or "full"))

    def applied(self, info: CodeInfo) -> CodeInfo | None:
        """The code as this feed has it; None where its findings are left out."""
        tuning = self.tunings.get(info.code)
        if tuning is None or (tuning.until and self.today and self.today > tuning.until):
            return info
        if tuning.way == "ignore":
            return None
        if tuning.way == "refuse":
            return replace(info, severity=Severity.ERROR, consequence=Consequence.REFUSED)
        kept = (
            Consequence.SENT_WITHOUT_VALUE if info.consequence is Consequence.SENT_WITHOUT_VALUE else Consequence.SENT
        )
        return replace(info, severity=Severity.WARNING if tuning.way == "warn" else Severity.HOLD, consequence=kept)


def _tuning(code: str, given: Any, problems: list[Problem]) -> Tuning | None:
    names = [info.code for info in codes()]
    if code not in names:
        near = get_close_matches(code, names, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        problems.append(Problem("checks", None, f'there is no finding "{code}"{hint}'))
        return None
    entry = {"as": given} if isinstance(given, str) else dict(given)
    way = str(entry.get("as", ""))
    if way not in WAYS:
        problems.append(Problem("checks", None, f'"{code}": as must be one of {", ".join(WAYS)}, not "{way}"'))
        return None
    if way != "refuse" and code_of(code).is_firm:
        problems.append(
            Problem("checks", None, f'"{code}" always refuses the row: without its key nothing can be sent')
        )
    if way == "ignore" and not entry.get("reason"):
        problems.append(Problem("checks", None, f'"{code}": ignoring needs a reason'))
    return Tuning(way, str(entry.get("reason") or ""), _day(entry.get("until"), code, problems))


def _day(value: Any, where: str, problems: list[Problem]) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        problems.append(Problem("checks", None, f'"{where}": "{value}" is not a date such as 2026-12-31'))
        return None


def _deltas(export: Any) -> frozenset[str]:
    if isinstance(export, str):
        return frozenset({"*"}) if export == "delta" else frozenset()
    return frozenset(table for table, kind in dict(export).items() if kind == "delta")
