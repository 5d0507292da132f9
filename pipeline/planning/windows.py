"""Pauses and windows: what may not be sent now is withheld, and planned again afterwards without anybody's approval."""

from dataclasses import replace
from typing import Literal

import numpy as np

from pipeline.model.plan import GOING, Action, Plan
from pipeline.planning.build import NOTHING, count_actions
from pipeline.planning.lookup import found

__all__ = ["PAUSED", "withhold_paused"]

PAUSED = "a pause"


def withhold_paused(plan: Plan, allow: Literal["creates", "nothing"]) -> Plan:
    """The plan with everything withheld that a pause does not allow; with `creates` new rows go on."""
    tables = {}
    counts = {table: dict(actions) for table, actions in plan.counts.items()}
    for table, rows in plan.tables.items():
        part = rows["part"].to_numpy()
        allowed = found(rows["action"], [str(Action.CREATE)] if allow == "creates" else [])
        stopped = (part >= GOING) & ~allowed
        tables[table] = rows.assign(
            action=rows["action"].where(~stopped, str(Action.WITHHELD)),
            reason=rows["reason"].where(~stopped, PAUSED),
            part=np.where(stopped, NOTHING, part).astype(np.int32),
        )
        before, now = count_actions(rows), count_actions(tables[table])
        changed = {
            action: counts[table].get(action, 0) - before.get(action, 0) + now.get(action, 0)
            for action in {*counts[table], *now}
        }
        counts[table] = {str(action): changed[str(action)] for action in Action if changed.get(str(action))}
    return replace(plan, tables=tables, counts=counts)
