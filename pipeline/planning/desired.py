from pipeline.model.roster import Roster
from pipeline.planning.rules import PlanRules
def update_desired(previous: Roster | None, checked: Roster, rules: PlanRules) -> Roster: raise NotImplementedError
