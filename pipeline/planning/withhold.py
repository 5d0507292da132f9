"""What is kept back for the sake of a refused row: its own accepted version, its dependants, the other half of a move."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.canvas.identity import KEYS, ORDER, REFERENCES, row_keys
from pipeline.model.plan import Action
from pipeline.planning.cascade import cascades
from pipeline.planning.compare import ABSENT, UNCERTAIN
from pipeline.planning.lookup import (
    Flags,
    blank,
    coalesce,
    column,
    constant,
    found,
    join_texts,
    pick,
    pick_rows,
    positions,
    same_texts,
    worseness,
)
from pipeline.planning.memory import REFUSED_BEFORE
from pipeline.planning.scopes import Scopes
from pipeline.planning.shield import Shield

__all__ = ["has_action", "move_pairs", "protect", "withhold_dependants", "withhold_moves", "withhold_parents"]

Tables = dict[str, pd.DataFrame]


def has_action(rows: pd.DataFrame, *actions: Action) -> Flags:
    """Which rows of a plan's table have one of these actions."""
    return found(rows["action"], [str(action) for action in actions])


def protect(table: str, rows: pd.DataFrame, shield: Shield) -> pd.DataFrame:
    """The rows with every delete and worsening that matches a protection turned into PROTECTED, under that code."""
    deletes = np.flatnonzero(has_action(rows, Action.DELETE))
    if not len(deletes):
        return rows
    affected = rows.take(deletes).reset_index(drop=True)
    by_any = shield.reasons(table, affected)
    by_this_drop = shield.of_this_drop().reasons(table, affected)
    reasons = by_any.where(same_texts(affected["reason"], ABSENT), by_this_drop)
    return _mark(rows, deletes, reasons, Action.PROTECTED)


def withhold_dependants(tables: Tables, shield: Shield, base: Mapping[str, pd.DataFrame]) -> Tables:
    """The tables with creates and changes withheld that refer to a refused row which has no accepted version."""
    result = dict(tables)
    for table in ORDER:
        if table not in result or table not in REFERENCES:
            continue
        rows = result[table]
        active = np.flatnonzero(has_action(rows, Action.CREATE, Action.UPDATE, Action.REACTIVATE))
        if not len(active):
            continue
        reasons = blank(len(active))
        for name, (parent, key) in REFERENCES[table].items():
            lost = _lost_rows(parent, key, shield, base, result.get(parent))
            if name in rows.columns and len(lost):
                places = positions(rows[name].take(active).reset_index(drop=True), lost[key])
                reasons = coalesce(reasons, pick(lost["reason"], places))
        result[table] = _mark(rows, active, reasons, Action.WITHHELD)
    return result


def withhold_moves(rows: pd.DataFrame, shield: Shield, scopes: Scopes) -> pd.DataFrame:
    """Enrollment rows with the deletes withheld whose other half, a row of that person in that course, cannot go.

    The other half is refused, withheld, or uncertain. Where a refused row's course is not known, or a new row of that person
    names a section that nobody knows (Canvas will refuse it), every delete by absence of that person's enrollments is withheld.
    So is a delete that may be of the same enrollment as a living row, because one of the two names no section.
    """
    deletes = np.flatnonzero(has_action(rows, Action.DELETE))
    if not len(deletes):
        return rows
    affected = rows.take(deletes).reset_index(drop=True)
    is_absent = same_texts(affected["reason"], ABSENT)
    reasons = _stuck_halves(affected, rows, scopes)
    refused = shield.of_table("enrollments")
    refused = refused[~same_texts(refused["user_id"], "")].reset_index(drop=True)
    if len(refused):
        courses = scopes.course_of("enrollments", refused)
        by_pair = pick(
            refused["reason"],
            positions(move_pairs(affected, scopes), join_texts([refused["user_id"], courses])),
        )
        nowhere = refused[same_texts(courses, "")].reset_index(drop=True)
        by_person = pick(nowhere["reason"], positions(affected["user_id"], nowhere["user_id"]))
        reasons = coalesce(reasons, coalesce(by_pair, by_person.where(is_absent, "")))
    lost_people = _people_sent_nowhere(rows, scopes)
    if len(lost_people):
        lost = is_absent & found(affected["user_id"], lost_people)
        reasons = coalesce(reasons, constant(NOWHERE, len(affected)).where(lost, ""))
    return _mark(rows, deletes, coalesce(reasons, _same_enrollment(affected, scopes)), Action.WITHHELD)


NOWHERE = "moved, the new section is not known"
SAME = "may be the same enrollment as another row of this course"


def _stuck_halves(deletes: pd.DataFrame, rows: pd.DataFrame, scopes: Scopes) -> pd.Series:
    """Why the delete of a move waits: its new half is withheld, uncertain, or was refused by Canvas before."""
    is_stuck = has_action(rows, Action.WITHHELD) | found(rows["reason"], [UNCERTAIN, REFUSED_BEFORE])
    stuck = rows[is_stuck & (worseness(rows["status"]) == 0)].reset_index(drop=True)
    waits = found(move_pairs(deletes, scopes), move_pairs(stuck, scopes))
    return constant("moved, other half not accepted yet", len(deletes)).where(waits, "")


def _people_sent_nowhere(rows: pd.DataFrame, scopes: Scopes) -> pd.Series:
    """The people with a new enrollment in a section that neither the export nor Canvas's accepted rows have."""
    new = rows[has_action(rows, Action.CREATE)].reset_index(drop=True)
    if not scopes.knows_sections or not len(new):
        return blank(0)
    is_lost = ~same_texts(column(new, "section_id"), "") & same_texts(scopes.course_of("enrollments", new), "")
    return new["user_id"][is_lost].reset_index(drop=True)


def _same_enrollment(deletes: pd.DataFrame, scopes: Scopes) -> pd.Series:
    """Why a delete waits whose enrollment a living row may mean: a blank section is the course's default one, which may be named."""
    none = blank(len(deletes))
    desired = scopes.desired.get("enrollments")
    if desired is None or not len(desired):
        return none
    bare = same_texts(column(deletes, "section_id"), "")
    has_bare = same_texts(column(desired, "section_id"), "")
    if not bare.any() and not has_bare.any():
        return none
    concerned = found(column(desired, "user_id"), deletes["user_id"]) & (worseness(column(desired, "status")) == 0)
    living = pick_rows(desired, np.flatnonzero(concerned))
    is_bare = same_texts(column(living, "section_id"), "")
    own, theirs = _people_in_courses(deletes, scopes), _people_in_courses(living, scopes)
    clashes = np.where(bare, found(own, theirs), found(own, theirs[is_bare]))
    return constant(SAME, len(deletes)).where(clashes, "")


def _people_in_courses(rows: pd.DataFrame, scopes: Scopes) -> pd.Series:
    names = ("user_id", "role", "associated_user_id")
    return join_texts([scopes.course_of("enrollments", rows), *[column(rows, name) for name in names]])


def move_pairs(rows: pd.DataFrame, scopes: Scopes) -> pd.Series:
    """Person and course of each enrollment row, as one text."""
    return join_texts([column(rows, "user_id"), scopes.course_of("enrollments", rows)])


def withhold_parents(tables: Tables, shield: Shield, in_canvas: Scopes) -> Tables:
    """The tables with deletes withheld that would end, by cascade, an accepted row which is protected or withheld."""
    result = dict(tables)
    for table in ORDER:
        rows = result.get(table)
        if rows is None:
            continue
        deletes = np.flatnonzero(has_action(rows, Action.DELETE))
        reasons = blank(len(deletes))
        for cascade in cascades(table, rows.take(deletes).reset_index(drop=True), in_canvas):
            children = pick_rows(in_canvas.base[cascade.table], cascade.children)
            stopped = ~same_texts(shield.reasons(cascade.table, children), "")
            child = result.get(cascade.table)
            if child is not None:
                stuck = child[has_action(child, Action.PROTECTED, Action.WITHHELD)]
                stopped |= found(row_keys(cascade.table, children), stuck["key"])
            flags = np.zeros(len(deletes), dtype=np.bool_)
            flags[cascade.parents[stopped]] = True
            reasons = coalesce(
                reasons, constant(f"would end a protected row of {cascade.table}", len(deletes)).where(flags, "")
            )
        result[table] = _mark(rows, deletes, reasons, Action.WITHHELD)
    return result


def _lost_rows(
    parent: str, key: str, shield: Shield, base: Mapping[str, pd.DataFrame], planned: pd.DataFrame | None
) -> pd.DataFrame:
    """Refused rows of a table that Canvas does not have, and those withheld before: columns `key` and `reason`."""
    refused = shield.of_table(parent)
    refused = refused[same_texts(refused["table"], parent)]
    lost = pd.DataFrame({key: column(refused, key), "reason": refused["reason"].reset_index(drop=True)})
    if planned is not None and key in KEYS[parent]:
        stuck = planned[has_action(planned, Action.WITHHELD) & same_texts(planned[f"was:{key}"], "")]
        lost = pd.concat(
            [lost, pd.DataFrame({key: column(stuck, key), "reason": column(stuck, "reason")})], ignore_index=True
        )
    lost = lost[~same_texts(lost[key], "")]
    accepted = base.get(parent)
    if accepted is not None and key in accepted.columns and len(lost):
        lost = lost[~found(lost[key], accepted[key])]
    if planned is not None and len(lost):
        going = planned[has_action(planned, Action.CREATE)]
        lost = lost[~found(lost[key], column(going, key))]
    return lost.reset_index(drop=True)


def _mark(rows: pd.DataFrame, places: np.ndarray, reasons: pd.Series, action: Action) -> pd.DataFrame:
    """The rows with this action and reason at those of the places that have a reason."""
    stopped = ~same_texts(reasons, "")
    if not stopped.any():
        return rows
    all_reasons = pick(reasons, _spread(len(rows), places[stopped], np.flatnonzero(stopped)))
    is_stopped = ~same_texts(all_reasons, "")
    return rows.assign(
        action=rows["action"].where(~is_stopped, str(action)), reason=rows["reason"].where(~is_stopped, all_reasons)
    )


def _spread(rows: int, places: np.ndarray, sources: np.ndarray) -> np.ndarray:
    spread = np.full(rows, -1, dtype=np.int64)
    spread[places] = sources
    return spread
