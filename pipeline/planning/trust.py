"""Trust guards: reasons to doubt the drop itself. Any of them holds everything."""

from dataclasses import dataclass

import numpy as np

from pipeline.model.findings import Severity
from pipeline.model.plan import GOING, Plan
from pipeline.model.roster import Base
from pipeline.planning.lookup import same_texts
from pipeline.planning.rules import DropFacts, PlanRules

__all__ = ["Doubt", "doubts_of"]

_NOT_DOUBTS = frozenset({"plan-unknown-row"})  # holds the deletes that it may explain, not the drop


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to doubt a drop: the guard's name, what tripped it, in numbers and in one sentence."""

    guard: str
    message: str
    affected: int = 0
    of: int = 0


def doubts_of(plan: Plan, base: Base, rules: PlanRules, facts: DropFacts) -> tuple[Doubt, ...]:
    """All reasons to doubt the drop that a plan was made from."""
    doubts = [*_from_findings(plan), *_refused(rules, facts)]
    doubts += [Doubt("missing table", f"The file of {table} did not come.") for table in facts.missing]
    doubts += [Doubt("doubtful drop", text) for text in facts.doubts]
    sent = sum(int((rows["part"].to_numpy() == GOING).sum()) for rows in plan.tables.values())
    if facts.is_setup_changed and sent:
        text = f"Mapping or header changed, so that the same export gives other rows; {sent:,} rows would be sent."
        doubts.append(Doubt("changed setup", text, sent, sent))
    is_first = base.is_first if facts.is_first is None else facts.is_first
    if is_first and sent:
        doubts.append(Doubt("first plan", _first(plan, sent), sent, sent))
    return tuple(doubts)


def _from_findings(plan: Plan) -> list[Doubt]:
    findings = plan.findings[same_texts(plan.findings["severity"], str(Severity.HOLD))]
    doubts = []
    for row in findings[["code", "value", "message"]].to_dict("records"):
        code, value = str(row["code"]), str(row["value"])
        if code not in _NOT_DOUBTS:
            doubts.append(
                Doubt(
                    code.removeprefix("plan-").replace("-", " "),
                    f"{value}: {row['message']}" if value else str(row["message"]),
                )
            )
    return doubts


def _refused(rules: PlanRules, facts: DropFacts) -> list[Doubt]:
    """Too many refused rows: of all rows read by percentage, or of one kind by count."""
    limit = rules.limit("*", "refused")
    refused = sum(facts.refused.values())
    doubts = []
    if (
        limit.percent is not None
        and refused
        and refused >= limit.floor
        and refused * 100 >= limit.percent * facts.rows_read
    ):
        text = f"{refused:,} of {facts.rows_read:,} rows were refused."
        doubts.append(Doubt("refused rows", text, refused, facts.rows_read))
    for code, rows in sorted(facts.refused.items()):
        if limit.count is not None and rows >= limit.count:
            doubts.append(Doubt("refused rows", f"{rows:,} rows were refused as {code}.", rows, facts.rows_read))
    return doubts[:1] if len(doubts) == 1 else doubts


def _first(plan: Plan, sent: int) -> str:
    unknown = plan.findings[same_texts(plan.findings["code"], "plan-carried-unknown")]["value"]
    rows = int(np.sum([int(value) for value in unknown])) if len(unknown) else 0
    text = f"This is the first plan of the feed: {sent:,} rows would be sent."
    if rows:
        text += (
            f" For {rows:,} of them it is not known what Canvas has in columns that it erases when the file lacks them."
        )
    return text
