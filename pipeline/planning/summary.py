"""A plan in numbers, plain enough for JSON: what the command line, reports and the ledger show of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.canvas.identity import KEYS
from pipeline.model.plan import GOING, Action, Hold, Plan
from pipeline.planning.build import SENDING, count_actions
from pipeline.planning.lookup import found

__all__ = ["EXAMPLES", "changed_rows", "summary"]

EXAMPLES = 10  # rows shown for each hold


def summary(plan: Plan) -> dict[str, Any]:
    """The plan's numbers.

    counts, effective: {table: {action: rows}}; totals: {action: rows}; parts: {"0": {table: {action: rows}}, …} for the part
    that goes and each hold; holds: one object each, with up to ten examples; findings: {code: number}.
    """
    totals: dict[str, int] = {}
    for actions in plan.counts.values():
        for action, rows in actions.items():
            totals[action] = totals.get(action, 0) + rows
    numbers = [GOING, *[hold.number for hold in plan.holds]]
    codes = plan.findings["code"].value_counts().sort_index()
    return {
        "counts": {table: dict(actions) for table, actions in plan.counts.items()},
        "totals": {str(action): totals[str(action)] for action in Action if str(action) in totals},
        "effective": {table: dict(actions) for table, actions in plan.effective.items()},
        "parts": {str(number): _part_counts(plan, number) for number in numbers},
        "holds": [_plain_hold(hold, plan) for hold in plan.holds],
        "findings": {str(code): int(number) for code, number in codes.items()},
    }


def changed_rows(plan: Plan, table: str) -> pd.DataFrame:
    """The rows of a table that are sent, now or after an approval, as in the plan; empty where the plan has none."""
    if table not in plan.tables:
        return pd.DataFrame()
    rows = plan.tables[table]
    return rows[found(rows["action"], [str(action) for action in SENDING])].reset_index(drop=True)


def _part_counts(plan: Plan, number: int) -> dict[str, dict[str, int]]:
    counts = {table: count_actions(rows[rows["part"].to_numpy() == number]) for table, rows in plan.tables.items()}
    return {table: actions for table, actions in counts.items() if actions}


def _plain_hold(hold: Hold, plan: Plan) -> dict[str, Any]:
    return {
        "number": hold.number,
        "kind": str(hold.kind),
        "guard": hold.guard,
        "scope": hold.scope,
        "table": hold.table,
        "affected": hold.affected,
        "of": hold.of,
        "percent": hold.percent,
        "counts": {table: dict(actions) for table, actions in hold.counts.items()},
        "message": hold.message,
        "remedy": hold.remedy,
        "examples": _examples(hold, plan),
    }


def _examples(hold: Hold, plan: Plan) -> list[dict[str, Any]]:
    """The first rows of a hold, those of its own table first."""
    tables = sorted(hold.counts, key=lambda table: table != hold.table)
    examples: list[dict[str, Any]] = []
    for table in tables:
        rows = plan.tables[table]
        places = np.flatnonzero(rows["part"].to_numpy() == hold.number)[: EXAMPLES - len(examples)]
        examples += [_example(table, row, plan.files) for row in rows.take(places).to_dict("records")]
    return examples


def _example(table: str, row: Mapping[Any, Any], files: tuple[str, ...]) -> dict[str, Any]:
    file_no, line = int(row["file_no"]), int(row["line_no"])
    changed = str(row["changed"]).split()
    return {
        "table": table,
        "key": {name: str(row[name]) for name in KEYS[table] if row.get(name)},
        "action": str(row["action"]),
        "changed": {name: [str(row[f"was:{name}"]), str(row[name])] for name in changed if f"was:{name}" in row},
        "file": files[file_no] if 0 <= file_no < len(files) else None,
        "line": line if line >= 0 else None,
        "reason": str(row["reason"]),
    }
