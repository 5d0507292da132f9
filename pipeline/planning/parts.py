"""Parts: what guards split a plan into, as rows ready to be written, each with its own hash."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.identity import ORDER, row_keys
from pipeline.model.frames import PROVENANCE
from pipeline.model.plan import GOING, Action, Part, Plan
from pipeline.model.roster import Base
from pipeline.planning.build import count_actions
from pipeline.planning.columns import canvas_columns
from pipeline.planning.lookup import coalesce, column, pick, positions, same_texts, worseness

__all__ = ["accepted_digest", "part_of", "split"]


def split(plan: Plan, parameters: Mapping[str, str]) -> tuple[Part, ...]:
    """The part that goes (number 0), if it has rows, and one per hold that has rows.

    Rows to send are in the order that Canvas needs and the same for the same plan: accounts after their parents, and
    persons who leave before those who may take over their logins; else by key. A deleted row carries what was accepted
    wherever it says nothing itself, so that nothing that Canvas requires is blank.
    """
    numbers = [GOING, *sorted(hold.number for hold in plan.holds)]
    parts = [_part(number, plan, parameters) for number in numbers]
    return tuple(part for part in parts if part.tables)


def accepted_digest(part: Part, base: Base) -> str:
    """A hash over the accepted versions of the part's own rows: when it is no longer the same, the part is stale."""
    digest = hashlib.sha256()
    for table, rows in part.tables.items():
        accepted = base.tables.get(table, pd.DataFrame())
        keys = row_keys(table, rows).reset_index(drop=True)
        places = positions(keys, row_keys(table, accepted)) if len(accepted) else np.full(len(rows), -1)
        cells = [pick(column(accepted, name), places) for name in canvas_columns(table)]
        _feed(digest, table, canvas_columns(table), [keys, *cells])
    return digest.hexdigest()


def part_of(number: int, tables: Mapping[str, pd.DataFrame], parameters: Mapping[str, str], origin: Part) -> Part:
    """A part that sends other rows than a plan's own, for the sake of how it is sent; its hash covers the origin's.

    tables: rows by table with Canvas columns, in the order in which they are sent.
    """
    digest = hashlib.sha256(json.dumps([origin.sha256, dict(parameters)], sort_keys=True).encode())
    filled = {table: tables[table].reset_index(drop=True) for table in ORDER if table in tables and len(tables[table])}
    for table, rows in filled.items():
        names = [name for name in canvas_columns(table) if name in rows.columns]
        _feed(digest, table, names, [rows[name] for name in names])
    return Part(number, filled, dict(parameters), digest.hexdigest(), origin.counts)


def _part(number: int, plan: Plan, parameters: Mapping[str, str]) -> Part:
    digest = hashlib.sha256(json.dumps(dict(parameters), sort_keys=True).encode())
    tables: dict[str, pd.DataFrame] = {}
    counts: dict[str, dict[str, int]] = {}
    for table in [name for name in ORDER if name in plan.tables]:
        rows = plan.tables[table]
        mine = rows[rows["part"].to_numpy() == number]
        if not len(mine):
            continue
        ordered = _in_order(table, mine)
        columns = [name for name in canvas_columns(table) if name in ordered.columns]
        sent = _to_send(ordered, columns)
        tables[table] = sent
        counts[table] = count_actions(ordered)
        was = [ordered[f"was:{name}"] for name in columns]
        _feed(digest, table, columns, [ordered["action"], *[sent[name] for name in columns], *was])
    return Part(number, tables, dict(parameters), digest.hexdigest(), counts)


def _to_send(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    is_delete = same_texts(rows["action"], str(Action.DELETE))
    cells: dict[str, pd.Series] = {}
    for name in columns:
        filled = coalesce(rows[name], rows[f"was:{name}"]) if is_delete.any() else rows[name]
        cells[name] = filled.where(is_delete, rows[name])
    return pd.DataFrame({**cells, **{name: rows[name] for name in PROVENANCE}})


def _in_order(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order in which Canvas can take them; they come sorted by key."""
    rows = rows.reset_index(drop=True)
    if table == "accounts":
        return rows.take(np.lexsort((rows.index, _account_rank(rows)))).reset_index(drop=True)
    if table == "users":
        leaves = worseness(rows["status"]) > 0
        return rows.take(np.lexsort((rows.index, ~leaves))).reset_index(drop=True)
    return rows


def _account_rank(rows: pd.DataFrame) -> np.ndarray:
    """Parents before children; deletes last, children before parents."""
    ids, parents = rows["account_id"], column(rows, "parent_account_id")
    places = positions(parents, ids)
    depth = np.zeros(len(rows), dtype=np.int64)
    above = places.copy()
    for _ in range(len(rows)):
        inside = above >= 0  # accounts in a circle stay inside to the end
        if not inside.any():
            break
        depth[inside] += 1
        above[inside] = places[above[inside]]
    is_delete = same_texts(rows["action"], str(Action.DELETE))
    return np.where(is_delete, 2 * len(rows) - depth, depth)


def _feed(digest: "hashlib._Hash", table: str, columns: Sequence[str], cells: Sequence[pd.Series]) -> None:
    """Add a table to a hash: its name, its columns and its cells, in order, each apart from the next."""
    digest.update(json.dumps([table, list(columns)]).encode())
    lines = pc.binary_join_element_wise(*[pa.array(cell) for cell in cells], "\x1f")
    chunks = lines.chunks if isinstance(lines, pa.ChunkedArray) else [lines]
    for chunk in chunks:
        text = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(chunk)], pa.int32()), chunk), "\x1e")
        digest.update(text[0].as_py().encode())
        digest.update(b"\x1e")
