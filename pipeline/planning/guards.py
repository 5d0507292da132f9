from pipeline.model.roster import Base
from pipeline.model.plan import Plan
from pipeline.planning.rules import DropFacts, PlanRules
def apply_guards(plan: Plan, base: Base, rules: PlanRules, facts: DropFacts) -> Plan: raise NotImplementedError
