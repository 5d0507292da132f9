from collections.abc import Mapping
from pipeline.model.roster import Base
from pipeline.model.plan import Part, Plan
def split(plan: Plan, parameters: Mapping[str, str]) -> tuple[Part, ...]: raise NotImplementedError
def accepted_digest(part: Part, base: Base) -> str:
    """Changes when the accepted version of one of the part's own rows changes: then the part is stale."""
    raise NotImplementedError
