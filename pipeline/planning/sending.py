"""How a part is sent: its changes, or the whole target in one of Canvas's own modes, in one import or several."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.canvas.identity import ORDER, row_keys
from pipeline.model.frames import concat
from pipeline.model.plan import Part
from pipeline.model.roster import Base
from pipeline.planning.base import next_base
from pipeline.planning.columns import canvas_columns
from pipeline.planning.compare import DELETED_LEVEL
from pipeline.planning.effects import no_effects
from pipeline.planning.lookup import column, found, sorted_by_key, worseness
from pipeline.planning.parts import part_of
from pipeline.planning.scopes import Scopes

__all__ = ["Mode", "imports_of", "target_tables"]

NOT_DIFFED = ("change_sis_id", "abstract_courses", "logins", "group_categories")
"""Tables that Canvas's diffing cannot repeat without harm (canvas/sis-csv-rules): they go in an import of their own."""
ONCE = ("change_sis_id", "logins")
"""Tables of which Canvas takes a row once and complains ever after: only a part's own rows are sent."""
BATCHED = ("courses", "sections", "enrollments")


@dataclass(frozen=True, slots=True)
class Mode:
    """How to send.

    send: `changes | full | canvas_diffing | canvas_batch`; data_set: the identifier for diffing; is_remaster: the whole target
    becomes the reference of the next difference, and deletes go along as explicit rows.
    """

    send: str = "changes"
    data_set: str = ""
    is_remaster: bool = False


def imports_of(part: Part, base: Base, mode: Mode) -> tuple[Part, ...]:
    """The imports in which a part is sent, in order; each must have ended before the next is posted.

    `changes`: the part as it is. `full`: the target and the part's deletes. `canvas_diffing`: what cannot be diffed by itself,
    then the target with the data set identifier. `canvas_batch`: the target without batch mode, then courses, sections and
    enrollments of the part's terms with it; the second only if the first ended without any message (else the part itself).
    """
    if mode.send == "changes":
        return (part,)
    target = target_tables(part, base)
    deletes = _deletes(part)
    if mode.send == "full":
        return (_made(part, _joined(target, deletes), {}),)
    if mode.send == "canvas_diffing":
        return _diffed(part, target, deletes, mode)
    return _batched(part, base, target)


def target_tables(part: Part, base: Base) -> dict[str, pd.DataFrame]:
    """The base with the part applied: every row that should then be in Canvas, at the version it should have.

    Rows that the plan keeps, protects or withholds are there at their accepted version; deleted ones are not.
    """
    after = next_base(base, part, no_effects())
    target = {}
    for table in [name for name in ORDER if name in after.tables]:
        rows = after.tables[table]
        living = rows[worseness(column(rows, "status")) < DELETED_LEVEL]
        names = [name for name in canvas_columns(table) if name in living.columns]
        ordered = sorted_by_key(living[names].assign(key=row_keys(table, living)))
        target[table] = ordered.drop(columns="key")
    return target | {table: part.tables.get(table, target[table].iloc[:0]) for table in ONCE if table in target}


def _deletes(part: Part) -> dict[str, pd.DataFrame]:
    tables = {table: rows[worseness(column(rows, "status")) == DELETED_LEVEL] for table, rows in part.tables.items()}
    return {table: rows for table, rows in tables.items() if len(rows)}


def _joined(target: Mapping[str, pd.DataFrame], deletes: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    joined = dict(target)
    for table, rows in deletes.items():
        names = [name for name in canvas_columns(table) if name in rows.columns]
        joined[table] = concat([frame for frame in (target.get(table), rows[names]) if frame is not None])
    return joined


def _diffed(
    part: Part, target: Mapping[str, pd.DataFrame], deletes: Mapping[str, pd.DataFrame], mode: Mode
) -> tuple[Part, ...]:
    aside = {table: rows for table, rows in part.tables.items() if table in NOT_DIFFED}
    diffed = {table: rows for table, rows in target.items() if table not in NOT_DIFFED}
    parameters = {"diffing_data_set_identifier": mode.data_set}
    if mode.is_remaster:
        parameters["diffing_remaster_data_set"] = "true"
        diffed = _joined(diffed, {table: rows for table, rows in deletes.items() if table not in NOT_DIFFED})
    return (*((_made(part, aside, {}),) if aside else ()), _made(part, diffed, parameters))


def _batched(part: Part, base: Base, target: Mapping[str, pd.DataFrame]) -> tuple[Part, ...]:
    """The target, then for each term that the part touches the three tables that batch mode cleans up."""
    scopes = Scopes(target, base.tables)
    touched: set[str] = set()
    for table, rows in part.tables.items():
        if table in BATCHED:
            touched |= {str(term) for term in scopes.terms_of(table, rows.reset_index(drop=True)).unique() if term}
    imports = [_made(part, dict(target), {})]
    for term in sorted(touched):
        fenced = {
            table: target[table][found(scopes.terms_of(table, target[table]), [term])]
            for table in BATCHED
            if table in target
        }
        parameters = {
            "batch_mode": "true",
            "batch_mode_term_id": f"sis_term_id:{term}",
            "change_threshold": str(_threshold(part, fenced, base, term)),
        }
        imports.append(_made(part, fenced, parameters))
    return tuple(imports)


def _threshold(part: Part, fenced: Mapping[str, pd.DataFrame], base: Base, term: str) -> int:
    """What the part itself removes of a term, in percent rounded up, plus one point: Canvas stops where it would remove more."""
    scopes = Scopes({}, base.tables)
    most = 0.0
    for table, rows in _deletes(part).items():
        if table in fenced:
            gone = int(found(scopes.terms_of(table, rows.reset_index(drop=True)), [term]).sum())
            most = max(most, gone * 100 / max(1, len(fenced[table]) + gone))
    return min(100, math.ceil(most) + 1)


def _made(part: Part, tables: Mapping[str, pd.DataFrame], parameters: Mapping[str, str]) -> Part:
    return part_of(part.number, tables, {**part.parameters, **parameters}, part)
