from dataclasses import dataclass
import pandas as pd
from pipeline.model.roster import Base
from pipeline.model.plan import Part
@dataclass(frozen=True, slots=True)
class Ending:
    """How an import ended. is_conclusive: False where it ended (abort, crash, failed) without saying what became of the rows:
    then every row not certainly refused is uncertain. doubtful: tables whose counts differ from the effects (`compare_counts`)."""
    is_conclusive: bool = True
    doubtful: frozenset[str] = frozenset()
def next_base(base: Base, part: Part, effects: pd.DataFrame, ending: Ending = Ending()) -> Base: raise NotImplementedError
