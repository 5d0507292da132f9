from pipeline.model.roster import Base, Roster
from pipeline.model.plan import Plan
from pipeline.planning.rules import PlanRules
def make_plan(desired: Roster, base: Base, rules: PlanRules) -> Plan: raise NotImplementedError
