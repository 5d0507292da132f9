"""From what the SIS says to what Canvas is sent: desired roster x base -> plan, guards, parts; and the base after an import.

desired = update_desired(previous, checked.roster, rules)
plan = apply_guards(make_plan(desired, base, rules), base, rules, facts)
parts = split(plan, parameters)
base = next_base(base, part, effects, ending)
"""

from pipeline.planning.adoption import accept_rows, adopt, catch_up
from pipeline.planning.base import Ending, next_base
from pipeline.planning.build import make_plan
from pipeline.planning.counting import compare_counts
from pipeline.planning.desired import update_desired
from pipeline.planning.effects import Effect, effects_frame, no_effects
from pipeline.planning.guards import apply_guards
from pipeline.planning.inverse import inverse_plan, plan_towards, repair_moves
from pipeline.planning.memory import known_refusals, mark_undone
from pipeline.planning.others import OtherFeed
from pipeline.planning.parts import accepted_digest, split
from pipeline.planning.rules import DropFacts, Limit, PlanRules, TermRules
from pipeline.planning.sending import Mode, imports_of, target_tables
from pipeline.planning.summary import changed_rows, summary
from pipeline.planning.sums import unexplained_rows
from pipeline.planning.windows import withhold_paused

__all__ = [
    "DropFacts",
    "Effect",
    "Ending",
    "Limit",
    "Mode",
    "OtherFeed",
    "PlanRules",
    "TermRules",
    "accept_rows",
    "accepted_digest",
    "adopt",
    "apply_guards",
    "catch_up",
    "changed_rows",
    "compare_counts",
    "effects_frame",
    "imports_of",
    "inverse_plan",
    "known_refusals",
    "make_plan",
    "mark_undone",
    "next_base",
    "no_effects",
    "plan_towards",
    "repair_moves",
    "split",
    "summary",
    "target_tables",
    "unexplained_rows",
    "update_desired",
    "withhold_paused",
]
