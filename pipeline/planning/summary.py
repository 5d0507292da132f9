from typing import Any
import pandas as pd
from pipeline.model.plan import Plan
def summary(plan: Plan) -> dict[str, Any]:
    """{"counts": {table: {action: n}}, "effective": {table: {action: n}}, "parts": {"0": {table: {action: n}}}, "holds": [{number, kind, guard, scope, table, affected, of, percent, counts, message, remedy, examples: [{table, key: {col: val}, action, changed, file, line}]}], "sums": ..., "findings": [...]}."""
    raise NotImplementedError
def changed_rows(plan: Plan, table: str) -> pd.DataFrame: raise NotImplementedError
