from collections.abc import Mapping
import pandas as pd
from pipeline.model.plan import Part
def compare_counts(part: Part, effects: pd.DataFrame, counts: Mapping[str, int]) -> pd.DataFrame:
    """Findings (warnings), one per table whose `data.counts` figure differs from what the effects predict; column `table`."""
    raise NotImplementedError
