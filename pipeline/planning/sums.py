"""The second exact sum: every roster row and every accepted row of a table has exactly one action in the plan."""

import pandas as pd

from pipeline.canvas.identity import row_keys
from pipeline.model.plan import Action, Plan
from pipeline.model.roster import Base, Roster
from pipeline.planning.lookup import found
from pipeline.planning.renames import rename_ids

__all__ = ["unexplained_rows"]


def unexplained_rows(plan: Plan, desired: Roster, base: Base) -> dict[str, int]:
    """By table, how many rows of the desired roster and the base together the plan's words miss (or, negative, count twice).

    Empty when the sums are exact, as they must be before anything is packed. Renamed rows count under their new id.
    """
    accepted = rename_ids(base.tables, _renamed(plan)) if "change_sis_id" in plan.tables else dict(base.tables)
    missing = {}
    for table, actions in plan.counts.items():
        if table == "change_sis_id":
            continue
        wanted = desired.tables.get(table, pd.DataFrame())
        there = accepted.get(table, pd.DataFrame())
        rows = len(wanted) + len(there)
        if len(wanted) and len(there):
            rows -= int(found(row_keys(table, there), row_keys(table, wanted)).sum())
        if rows != sum(actions.values()):
            missing[table] = rows - sum(actions.values())
    return missing


def _renamed(plan: Plan) -> pd.DataFrame:
    rows = plan.tables["change_sis_id"]
    return rows[found(rows["action"], [str(Action.RENAME), str(Action.CREATE)])].reset_index(drop=True)
