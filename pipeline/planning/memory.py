"""Marks of single rows: what Canvas refused is sent again less and less often; what a person undid is not done again unasked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.identity import REFERENCES, row_keys
from pipeline.model.frames import TEXT, concat
from pipeline.model.marks import REFUSED, UNDONE, marks_frame
from pipeline.model.plan import Action, Part
from pipeline.model.roster import Base
from pipeline.planning.columns import TRANSIENT, canvas_columns
from pipeline.planning.lookup import (
    Flags,
    blank,
    coalesce,
    column,
    constant,
    found,
    join_texts,
    pick,
    positions,
    same_texts,
    worseness,
)

__all__ = [
    "KNOWN_AFTER",
    "REFUSED_BEFORE",
    "UNDONE_BEFORE",
    "apply_marks",
    "known_refusals",
    "mark_undone",
    "remember_refusals",
    "row_digests",
]

REFUSED_BEFORE = "refused by Canvas before"
UNDONE_BEFORE = "undone by a person before"
KNOWN_AFTER = 3  # identical refusals: from then on it is known, and no news
_PATIENCE_DAYS = (
    1,
    2,
    4,
    7,
)  # before the same row is tried again after its first, second … refusal; then the last, for good
_DELETES = "delete"

Tables = Mapping[str, pd.DataFrame]


def row_digests(table: str, rows: pd.DataFrame, accepted: Tables | None) -> pd.Series:
    """A digest of each row's own cells, and of the accepted versions of what it refers to (None: of the row alone).

    Blank cells count for nothing, so that a column more or less changes no digest.
    """
    parts = [_cells(table, rows)]
    for name, (parent, key) in REFERENCES.get(table, {}).items() if accepted is not None else ():
        if name not in rows.columns or accepted is None or parent not in accepted:
            continue
        places = positions(column(rows, name), column(accepted[parent], key))
        versions = _cells(parent, accepted[parent].take(places[places >= 0]).reset_index(drop=True))
        spread = np.full(len(rows), -1, dtype=np.int64)
        spread[places >= 0] = np.arange(len(versions))
        parts.append(pick(versions, spread))
    joined = join_texts(parts)
    hashes = pd.util.hash_array(joined.to_numpy(dtype=object), categorize=False)
    return pd.Series([f"{number:016x}" for number in hashes.tolist()], dtype=TEXT)


def apply_marks(table: str, planned: Tables, base: Base, today: date | None) -> pd.DataFrame:
    """A plan's rows with those withheld that Canvas refused as they are and whose next try is not due.

    planned: the plan's tables, those that this one refers to marked already: a row goes when something it refers to goes.
    Rows that are due say REFUSED_BEFORE as their reason, rows that a person undid UNDONE_BEFORE.
    """
    rows = planned[table]
    marks = base.marks[same_texts(base.marks["table"], table)].reset_index(drop=True)
    if not len(marks) or not len(rows):
        return rows
    sent = np.flatnonzero(
        found(rows["action"], [str(a) for a in (Action.CREATE, Action.UPDATE, Action.REACTIVATE, Action.DELETE)])
    )
    sent = sent[found(rows["key"].take(sent), marks["key"])]
    if not len(sent):
        return rows
    mine = rows.take(sent).reset_index(drop=True)
    refused = _marked(mine, marks, REFUSED, row_digests(table, _as_sent(table, mine), base.tables))
    undone = _marked(mine, marks, UNDONE, _undo_digests(table, mine))
    waits = _waits(refused, marks, today) & ~_refers_to_going(table, mine, planned)
    reasons = blank(len(mine)).where(undone < 0, UNDONE_BEFORE).where(refused < 0, REFUSED_BEFORE)
    action, reason = rows["action"].to_numpy(dtype=object), rows["reason"].to_numpy(dtype=object)
    action[sent[waits]] = str(Action.WITHHELD)
    has_reason = ~same_texts(reasons, "")
    reason[sent[has_reason]] = reasons.to_numpy(dtype=object)[has_reason]
    return rows.assign(action=pd.Series(action, dtype=TEXT), reason=pd.Series(reason, dtype=TEXT))


def _refers_to_going(table: str, rows: pd.DataFrame, planned: Tables) -> Flags:
    """Which rows refer to one that this plan makes, changes or revives: what Canvas said of them may no longer hold."""
    result = np.zeros(len(rows), dtype=np.bool_)
    coming = [str(action) for action in (Action.CREATE, Action.UPDATE, Action.REACTIVATE)]
    for name, (parent, key) in REFERENCES.get(table, {}).items():
        parents = planned.get(parent)
        if parents is not None and parent != table and name in rows.columns:
            going = parents[found(parents["action"], coming)]
            result |= ~same_texts(rows[name], "") & found(rows[name], column(going, key))
    return result


def remember_refusals(after: Base, table: str, rows: pd.DataFrame, refused: Flags, on: str) -> Base:
    """The base with a mark for each row of an import that Canvas refused, and none for those that it took.

    after: the base after the import; rows: as sent; on: the day as an ISO date, "" if unknown.
    """
    keys = row_keys(table, rows).reset_index(drop=True)
    of_table = same_texts(after.marks["table"], table)
    concerned = of_table & found(after.marks["key"], keys)
    if not refused.any():
        return replace(after, marks=after.marks[~concerned].reset_index(drop=True)) if concerned.any() else after
    mine = rows[refused].reset_index(drop=True)
    digests = row_digests(table, mine, after.tables)
    old = after.marks[concerned & same_texts(after.marks["kind"], REFUSED)].reset_index(drop=True)
    places = positions(
        join_texts([keys[refused].reset_index(drop=True), digests]), join_texts([old["key"], old["digest"]])
    )
    texts = {
        "table": constant(table, len(mine)),
        "key": keys[refused].reset_index(drop=True),
        "kind": constant(REFUSED, len(mine)),
        "digest": digests,
        "first_on": coalesce(pick(old["first_on"], places), constant(on, len(mine))),
        "last_on": constant(on, len(mine)),
        "detail": blank(len(mine)),
    }
    times = np.append(old["times"].to_numpy(), 0)[places] + 1
    return replace(after, marks=concat([after.marks[~concerned], marks_frame(texts, pd.Series(times))]))


def mark_undone(base: Base, part: Part, before: Base, *, by: str, on: str) -> Base:
    """The base with a mark for each row of a part that was undone, so that no plan does the same again unasked.

    before: the base that the part started from; by: who undid it; on: the day as an ISO date.
    """
    marks = [base.marks]
    for table, rows in part.tables.items():
        accepted = before.tables.get(table)
        was = blank(len(rows))
        if accepted is not None and len(accepted):
            was = pick(column(accepted, "status"), positions(row_keys(table, rows), row_keys(table, accepted)))
        ends = worseness(column(rows, "status")) > worseness(was)
        action = constant(str(Action.UPDATE), len(rows)).where(~ends, str(Action.DELETE))
        texts = {
            "table": constant(table, len(rows)),
            "key": row_keys(table, rows).reset_index(drop=True),
            "kind": constant(UNDONE, len(rows)),
            "digest": _undo_digests(table, rows.reset_index(drop=True).assign(action=action)),
            "first_on": constant(on, len(rows)),
            "last_on": constant(on, len(rows)),
            "detail": constant(by, len(rows)),
        }
        marks.append(marks_frame(texts, pd.Series(np.ones(len(rows), dtype=np.int32))))
    return replace(base, marks=concat(marks))


def known_refusals(base: Base) -> pd.DataFrame:
    """The marks of rows that Canvas refused so often, each time the same, that it is no news: listed, not counted."""
    is_known = same_texts(base.marks["kind"], REFUSED) & (base.marks["times"].to_numpy() >= KNOWN_AFTER)
    return base.marks[is_known].reset_index(drop=True)


def _cells(table: str, rows: pd.DataFrame) -> pd.Series:
    """All filled cells of each row with their names, as one text."""
    text = pa.array(blank(len(rows)))
    for name in canvas_columns(table):
        if name in rows.columns and name not in TRANSIENT:
            value = pa.array(column(rows, name))
            filled = pc.binary_join_element_wise(f"{name}=", value, "\x1f", "")
            text = pc.binary_join_element_wise(text, pc.if_else(pc.equal(value, ""), "", filled), "")
    return pd.Series(pd.arrays.ArrowExtensionArray(text))


def _as_sent(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The cells that a package would have: those of a delete filled from what was accepted."""
    is_delete = same_texts(rows["action"], str(Action.DELETE))
    cells = {}
    for name in canvas_columns(table):
        if name in rows.columns:
            cells[name] = coalesce(rows[name], rows[f"was:{name}"]).where(is_delete, rows[name])
    return pd.DataFrame(cells)


def _undo_digests(table: str, rows: pd.DataFrame) -> pd.Series:
    """What a row would do: a delete is the same delete whatever its other cells are, as long as its status is the same."""
    is_delete = same_texts(rows["action"], str(Action.DELETE))
    deletes = join_texts([constant(_DELETES, len(rows)), column(rows, "status")])
    return row_digests(table, rows, None).where(~is_delete, deletes)


def _marked(rows: pd.DataFrame, marks: pd.DataFrame, kind: str, digests: pd.Series) -> np.ndarray:
    """Positions of the marks of one kind that fit the rows as they are, -1 for none."""
    of_kind = np.flatnonzero(same_texts(marks["kind"], kind))
    chosen = marks.take(of_kind).reset_index(drop=True)
    places = positions(join_texts([rows["key"], digests]), join_texts([chosen["key"], chosen["digest"]]))
    return np.where(places >= 0, of_kind[places] if len(of_kind) else -1, -1)


def _waits(places: np.ndarray, marks: pd.DataFrame, today: date | None) -> Flags:
    """Which marked rows are not due yet; none where a day is not known."""
    is_marked = places >= 0
    if today is None or not is_marked.any():
        return np.zeros(len(places), dtype=np.bool_)
    last = marks["last_on"].take(places[is_marked]).to_numpy(dtype=object)
    days = np.array([(today - date.fromisoformat(day)).days if day else _PATIENCE_DAYS[-1] for day in last])
    times = marks["times"].to_numpy()[places[is_marked]]
    needed = np.array(_PATIENCE_DAYS)[np.minimum(times, len(_PATIENCE_DAYS)) - 1]
    waits = np.zeros(len(places), dtype=np.bool_)
    waits[is_marked] = days < needed
    return waits
