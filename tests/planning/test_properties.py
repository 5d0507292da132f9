"""Claims that hold for whatever exports, refusals and effects come."""

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline.canvas.identity import WORSE, row_keys
from pipeline.model.protection import join_protections, protections_frame
from pipeline.model.roster import Base, Roster
from pipeline.planning import (
    DropFacts,
    Ending,
    apply_guards,
    effects_frame,
    make_plan,
    next_base,
    no_effects,
    split,
    update_desired,
)
from pipeline.planning.guards import GOING
from tests.planning.rosters import rules, table

STATUSES = st.sampled_from(["active", "active", "active", "deleted"])
ENROLLED_AS = st.sampled_from(["active", "active", "active", "inactive", "completed", "deleted"])
USERS = st.dictionaries(st.sampled_from(["U1", "U2", "U3"]), st.tuples(st.sampled_from(["a", "b"]), STATUSES))
SECTIONS = st.dictionaries(st.sampled_from(["S1", "S2", "S3"]), st.tuples(st.sampled_from(["C1", "C2"]), STATUSES))
PLACES = st.tuples(st.sampled_from(["S1", "S2", "S3", ""]), st.sampled_from(["U1", "U2", "U3"]))
ENROLLMENTS = st.dictionaries(PLACES, ENROLLED_AS)
EXPORTS = st.tuples(USERS, SECTIONS, ENROLLMENTS)
KNOWN = st.tuples(
    st.sampled_from(["", "S1", "S2"]), st.sampled_from(["", "U1", "U2"]), st.sampled_from(["", "S1,U1,student", "?"])
)
REFUSALS = st.lists(KNOWN, max_size=2)
ABSENT = st.fixed_dictionaries(
    {"users": st.sampled_from(["keep", "suspended", "deleted"]), "sections": st.sampled_from(["keep", "deleted"])}
)
FEW = settings(deadline=None, max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""Shrinking takes minutes on tables; without it a failure is found as surely, and told with more rows."""
NIGHTS = 6  # what is withheld goes a night later, what a cascade ended comes back a night later
FACTS = DropFacts(rows_read=100, is_first=False)
HEADERS = {
    "users": "user_id,login_id,status",
    "sections": "section_id,course_id,name,status",
    "enrollments": "section_id,course_id,user_id,role,status",
}


def frames(export):
    users, sections, enrollments = export
    lines = {
        "users": [f"{user},{login}-{user},{status}" for user, (login, status) in users.items()],
        "sections": [
            f"{section},{course},{section} in {course},{status}" for section, (course, status) in sections.items()
        ],
        "enrollments": [
            f"{s},{'' if s else 'C1'},{user},student,{status}" for (s, user), status in enrollments.items()
        ],
    }
    return {name: table("\n".join([HEADERS[name], *rows])) for name, rows in lines.items()}


def roster_of(export, refusals=()):
    protections = [
        protections_frame(
            1, {"table": "enrollments", "section_id": section, "user_id": user, "raw": raw, "reason": "refused"}
        )
        for section, user, raw in refusals
    ]
    return Roster(frames(export), ("export.csv",), protections=join_protections(protections))


def base_of(export):
    return accept_all(Base(), plan_of(roster_of(export), Base(), {}))


def plan_of(roster, accepted, absent, previous=None):
    given_rules = rules(absent=absent)
    desired = update_desired(previous, roster, given_rules)
    return apply_guards(make_plan(desired, accepted, given_rules), accepted, given_rules, FACTS)


def accept_all(accepted, plan):
    for part in split(plan, {}):
        accepted = next_base(accepted, part, no_effects())
    return accepted


def settle(accepted, export, absent):
    """The base after the same export for some nights."""
    for _ in range(NIGHTS):
        plan = plan_of(export, accepted, absent)
        if not split(plan, {}):
            break
        accepted = accept_all(accepted, plan)
    return accepted


def keys_of(name, frame):
    return set(row_keys(name, frame)) if frame is not None and len(frame.columns) else set()


@FEW
@given(EXPORTS, EXPORTS, REFUSALS, ABSENT)
def test_every_row_of_both_sides_has_one_action(first, second, refusals, absent):
    accepted = base_of(first)
    export = roster_of(second, refusals)

    plan = plan_of(export, accepted, absent)

    for name, rows in export.tables.items():
        both = keys_of(name, rows) | keys_of(name, accepted.tables.get(name))
        assert sum(plan.counts[name].values()) == len(both)


@FEW
@given(EXPORTS, EXPORTS, ABSENT)
def test_plan_of_a_plans_result_is_empty(first, second, absent):
    accepted = base_of(first)
    export = roster_of(second)

    settled = settle(accepted, export, absent)

    assert split(plan_of(export, settled, absent), {}) == ()


@FEW
@given(EXPORTS, EXPORTS, REFUSALS, ABSENT)
def test_nothing_is_deleted_that_the_export_does_not_explain(first, second, refusals, absent):
    accepted = base_of(first)
    export = roster_of(second, refusals)

    plan = plan_of(export, accepted, absent)

    for name, rows in plan.tables.items():
        said = dict(zip(row_keys(name, export.tables[name]), export.tables[name]["status"], strict=True))
        for row in rows[rows["action"] == "delete"].to_dict("records"):
            if row["key"] in said:
                assert WORSE[said[row["key"]]] > WORSE[row["was:status"]]
            else:
                assert absent.get(name, "deleted") == row["status"]
            if name == "enrollments" and row["part"] == GOING:
                assert not any(fits(refusal, row) for refusal in refusals)


def fits(refusal, row):
    """Whether a refused row may stand for an accepted one, or for the other half of its move; or nobody can tell."""
    section, user, raw = refusal
    if section or user:
        return section in ("", row["section_id"]) and user in ("", row["user_id"])
    if raw == "S1,U1,student":
        return row["user_id"] == "U1"
    return row["reason"] == "absent from the export"


@FEW
@given(EXPORTS, EXPORTS, REFUSALS, ABSENT)
def test_parts_hold_each_row_to_send_once(first, second, refusals, absent):
    accepted = base_of(first)
    plan = plan_of(roster_of(second, refusals), accepted, absent)

    sent = {name: [] for name in plan.tables}
    for part in split(plan, {}):
        for name, rows in part.tables.items():
            sent[name] += list(row_keys(name, rows))

    for name, rows in plan.tables.items():
        assert sorted(sent[name]) == sorted(rows["key"][rows["part"] >= GOING])


@FEW
@given(EXPORTS, EXPORTS, st.sets(st.integers(2, 8)), st.booleans())
def test_crashes_and_refusals_heal_by_themselves(first, second, refused, is_conclusive):
    accepted = base_of(first)
    export = roster_of(second)
    for part in split(plan_of(export, accepted, {}), {}):
        effects = [(name, row) for name, rows in part.tables.items() for row in refused if row < len(rows) + 2]
        told = effects_frame([name for name, _ in effects], [row for _, row in effects], ["not in"] * len(effects))
        accepted = next_base(accepted, part, told, Ending(is_conclusive=is_conclusive))

    settled = settle(accepted, export, {})

    assert split(plan_of(export, settled, {}), {}) == ()


@FEW
@given(EXPORTS, EXPORTS, REFUSALS)
def test_refused_rows_of_one_night_cost_nothing(first, second, refusals):
    accepted = base_of(first)
    previous = roster_of(first)

    night = accept_all(
        accepted, plan_of(roster_of(second, refusals), accepted, {}, update_desired(None, previous, rules()))
    )
    healed = settle(night, roster_of(second), {})

    assert split(plan_of(roster_of(second), healed, {}), {}) == ()
