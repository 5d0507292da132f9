"""The base after an import: what Canvas holds now, worked out from what became of each row sent."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.canvas.identity import ORDER, row_keys
from pipeline.model.frames import TEXT, concat, empty_frame
from pipeline.model.plan import Part
from pipeline.model.roster import Base
from pipeline.planning.cascade import cascades
from pipeline.planning.columns import TRANSIENT, canvas_columns, carried_columns, is_kept_when_blank
from pipeline.planning.effects import WHOLE_FILE, Effect
from pipeline.planning.lookup import Flags, blank, coalesce, column, constant, pick, positions, same_texts, worseness
from pipeline.planning.memory import remember_refusals
from pipeline.planning.renames import rename_ids
from pipeline.planning.scopes import Scopes

__all__ = ["Ending", "next_base"]

_RANK = (Effect.IN, Effect.ALREADY_SO, Effect.IN_WITHOUT, Effect.IN_AS, Effect.UNKNOWN, Effect.NOT_IN)
"""Of several messages about one row the last in this order tells what became of it."""
_CODE = {str(effect): code for code, effect in enumerate(_RANK)}
_BLANK_ON_PURPOSE = {"enrollments": ("start_date", "end_date")}

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Ending:
    """How an import ended.

    is_conclusive: False where it ended (aborted, crashed, failed) without saying what became of its rows: every row that was
    not certainly refused is then uncertain. doubtful: tables whose counts differ from the effects (`compare_counts`); on: the
    day as an ISO date, by which refused rows are tried again less and less often; "" for every time.
    """

    is_conclusive: bool = True
    doubtful: frozenset[str] = frozenset()
    on: str = ""


CONCLUSIVE = Ending()


def next_base(base: Base, part: Part, effects: pd.DataFrame, ending: Ending = CONCLUSIVE) -> Base:
    """What an instance holds after one import of a part.

    effects: as `effects_frame` makes it; `row` counts the records of the table as sent, the header being 1. Rows without an
    entry are in. A row that is not in keeps its accepted version; an uncertain one is kept as present and sent again.
    """
    tables = dict(base.tables)
    took_any = False
    refused: dict[str, Flags] = {}
    for table in [name for name in ORDER if name in part.tables]:
        rows = part.tables[table].reset_index(drop=True)
        codes, details = _what_became(table, len(rows), effects, ending)
        before = tables.get(table, empty_frame((), with_provenance=False))
        tables[table], ended = _applied(table, before, rows, (codes, details))
        if table == "change_sis_id":
            taken = rows[codes < _CODE[str(Effect.UNKNOWN)]].reset_index(drop=True)
            tables = rename_ids(tables, taken[~same_texts(column(taken, "new_id"), "")].reset_index(drop=True))
        took_any |= bool((codes < _CODE[str(Effect.UNKNOWN)]).any())
        refused[table] = codes == _CODE[str(Effect.NOT_IN)]
        _end_children(tables, table, ended)
    after = Base(tables=tables, is_first=base.is_first and not took_any, marks=base.marks)
    for table, flags in refused.items():
        after = remember_refusals(after, table, part.tables[table].reset_index(drop=True), flags, ending.on)
    return after


def _what_became(table: str, rows: int, effects: pd.DataFrame, ending: Ending) -> tuple[Codes, pd.Series]:
    """Per row of a table the code of its effect and the detail that goes with it."""
    mine = effects[same_texts(effects["table"], table)].reset_index(drop=True)
    codes = np.zeros(rows, dtype=np.int8)
    lines = np.full(rows, -1, dtype=np.int64)
    given = np.array([_CODE[str(effect)] for effect in mine["effect"]], dtype=np.int8)
    numbers = mine["row"].to_numpy(dtype=np.int64)
    for code in range(len(_RANK)):
        chosen = np.flatnonzero((given == code) & (numbers != WHOLE_FILE) & (numbers >= 2) & (numbers < rows + 2))
        places = numbers[chosen] - 2
        codes[places] = code
        lines[places] = chosen
    whole = given[numbers == WHOLE_FILE]
    if len(whole):
        codes = np.maximum(codes, whole.max()).astype(np.int8)
    if not ending.is_conclusive or table in ending.doubtful:
        unknown = _CODE[str(Effect.UNKNOWN)]
        codes = np.maximum(codes, unknown).astype(np.int8)
    return codes, pick(mine["detail"], lines)


def _applied(
    table: str, before: pd.DataFrame, rows: pd.DataFrame, became: tuple[Codes, pd.Series]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table after the import, and its rows that ended with it: their keys, `status` and `uncertain`."""
    codes, _ = became
    places = positions(row_keys(table, rows), row_keys(table, before)) if len(before) else np.full(len(rows), -1)
    is_unknown = codes == _CODE[str(Effect.UNKNOWN)]
    was = worseness(pick(column(before, "status"), places))
    worsens = worseness(column(rows, "status")) > np.where(places >= 0, was, 0)
    # an uncertain delete is taken for not done, so that the next plan says again what it wants
    taken = (codes < _CODE[str(Effect.UNKNOWN)]) | (is_unknown & ~worsens)
    doubted = is_unknown & worsens & (places >= 0)
    after = _overlaid(table, before, rows, places, became)
    after = after.assign(uncertain=constant("yes", len(rows)).where(is_unknown, ""))
    stays = np.ones(len(before), dtype=np.bool_)
    stays[places[(places >= 0) & taken]] = False
    kept = _marked(before, places[doubted])[stays] if len(before) else before
    ended = rows.assign(status=column(after, "status"), uncertain=after["uncertain"])[worsens & (taken | doubted)]
    filled = [frame for frame in (kept, after[taken]) if len(frame)]
    return (concat(filled) if filled else before), ended.reset_index(drop=True)


def _overlaid(
    table: str, before: pd.DataFrame, rows: pd.DataFrame, places: npt.NDArray[np.int64], became: tuple[Codes, pd.Series]
) -> pd.DataFrame:
    """The values that Canvas has after taking these rows: what was sent over what it had."""
    codes, details = became
    names = [name for name in canvas_columns(table) if name not in TRANSIENT]
    erased = set(carried_columns(table)) | set(_BLANK_ON_PURPOSE.get(table, ()))
    cells: dict[str, pd.Series] = {}
    for name in names:
        accepted = pick(column(before, name), places)
        if name not in rows.columns:
            if name in before.columns or name in erased:
                cells[name] = blank(len(rows)) if name in erased else accepted
            continue
        value = coalesce(rows[name], accepted) if is_kept_when_blank(table, name) else rows[name]
        left_out = _leaves_out(name, codes, details)
        kept = accepted if name not in erased else blank(len(rows))
        cells[name] = value.where(~left_out, kept) if left_out.any() else value
    if "status" in cells:
        given = (codes == _CODE[str(Effect.IN_AS)]) & ~same_texts(details, "")
        cells["status"] = cells["status"].where(~given, details)
    return pd.DataFrame({name: cell.astype(TEXT).reset_index(drop=True) for name, cell in cells.items()})


def _leaves_out(name: str, codes: Codes, details: pd.Series) -> Flags:
    concerned: Flags = codes == _CODE[str(Effect.IN_WITHOUT)]
    if not concerned.any():
        return concerned
    padded = " " + details + " "
    named: Flags = np.asarray(padded.str.contains(f" {name} ", regex=False), dtype=np.bool_)
    return concerned & named


def _marked(before: pd.DataFrame, places: npt.NDArray[np.int64]) -> pd.DataFrame:
    """The accepted rows with those at these positions uncertain."""
    if not len(places):
        return before
    flags = np.zeros(len(before), dtype=np.bool_)
    flags[places] = True
    return before.assign(uncertain=column(before, "uncertain").where(~flags, "yes"))


def _end_children(tables: dict[str, pd.DataFrame], table: str, ended: pd.DataFrame) -> None:
    """End what Canvas ends with these rows; where it is uncertain whether they ended, so is that."""
    in_canvas = Scopes({}, tables)
    for cascade in list(cascades(table, ended, in_canvas)):
        rows = tables[cascade.table]
        uncertain = same_texts(ended["uncertain"], "yes")[cascade.parents]
        flags = np.zeros(len(rows), dtype=np.bool_)
        flags[cascade.children[~uncertain]] = True
        marked = _marked(rows.reset_index(drop=True), cascade.children[uncertain])
        tables[cascade.table] = marked.assign(status=marked["status"].where(~flags, cascade.status))
