"""The one comparison: a roster as some way of reading shows Canvas, against the base. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.canvas.identity import KEYS, row_keys
from pipeline.model.frames import concat, empty_frame
from pipeline.model.roster import Base
from pipeline.verify.looks import SAMPLED, Looked
from pipeline.verify.lookup import Flags, Positions, column, constant, pick, positions
from pipeline.verify.normal import AGREES, COMPARED, NOT_SHOWN, erases_when_blank, is_there, normal, our_cells
from pipeline.verify.scope import keys_of, looked_at

__all__ = ["DIFFERENCE_TEXTS", "Drift", "TableDrift", "compare"]

DIFFERENCE_TEXTS = ("table", "key", "what", "column", "ours", "canvas", "whose")
"""key: `canvas.identity.row_keys`; what: `missing` in Canvas, `extra` in Canvas, or `differs`; column: the field that differs,
`status` for rows missing or extra; ours, canvas: the two values; whose: of an extra row `by hand` where no import ever touched
it, `imported` where one did, "" where Canvas does not say.
"""

_UNTOLD = frozenset(
    {
        "uncertain",
        "first_name",
        "last_name",
        "password",
        "ssha_password",
        "canvas_password_notification",
        "notify",
        "home_account",
        "fallback_account_id",
        "root_account",
        "role_id",
    }
)
"""Columns of a base that are no field of Canvas's, or that another column stands for."""


@dataclass(frozen=True, slots=True)
class TableDrift:
    """One table, in rows.

    looked_at: of the base, ended ones too; they are equal, missing or differing. extra: in Canvas and not in the base, those
    made by hand included; by_hand: of these, the ones that no import ever touched; left_out: of the base, not looked at.
    """

    looked_at: int
    equal: int
    missing: int
    differing: int
    extra: int
    by_hand: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Drift:
    """What a comparison found.

    differences: text columns as `DIFFERENCE_TEXTS` says, sorted; not_shown: per table the columns of the base that this way
    of reading cannot show; not_read: tables of the base that it cannot read.
    """

    counts: Mapping[str, TableDrift]
    differences: pd.DataFrame
    not_shown: Mapping[str, tuple[str, ...]]
    not_read: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """Rows of one table of the base that were looked at, and for each the row seen in Canvas (-1: none)."""

    table: str
    ours: pd.DataFrame
    keys: pd.Series
    theirs: pd.DataFrame
    places: Positions

    def canvas(self, name: str) -> pd.Series:
        """Canvas's cells beside ours; NOT_SHOWN where there is no row, or the column is not shown."""
        if name not in self.theirs.columns:
            return constant(NOT_SHOWN, len(self.ours))
        return pick(column(self.theirs, name), self.places).where(pd.Series(self.places >= 0), NOT_SHOWN)


def compare(
    base: Base, seen: Mapping[str, pd.DataFrame], looked: Looked, others: Sequence[Mapping[str, pd.DataFrame]] = ()
) -> Drift:
    """Where Canvas is not as the base says, as far as the look reached.

    seen: per table the rows shown, Canvas's SIS columns as text, NOT_SHOWN in cells that are not; others: the bases of other
    feeds of this instance, whose rows are neither extra nor to end.
    """
    reached = looked_at(base.tables, seen, looked)
    counts: dict[str, TableDrift] = {}
    not_shown: dict[str, tuple[str, ...]] = {}
    found: list[pd.DataFrame] = []
    for table in [name for name in SAMPLED if name in reached or (name in seen and name in looked.news)]:
        drift, differences, untold = _compare_table(table, base.tables, seen, (looked, reached.get(table), others))
        counts[table], not_shown[table] = drift, untold
        found.append(differences)
    differences = concat([part for part in found if len(part)], DIFFERENCE_TEXTS)[list(DIFFERENCE_TEXTS)]
    not_read = tuple(sorted(name for name, rows in base.tables.items() if name not in SAMPLED and len(rows)))
    ordered = differences.sort_values(["table", "key", "what", "column"], ignore_index=True)
    return Drift(counts, ordered, {name: columns for name, columns in not_shown.items() if columns}, not_read)


_Reach = tuple[Looked, Flags | None, Sequence[Mapping[str, pd.DataFrame]]]


def _compare_table(
    table: str, base: Mapping[str, pd.DataFrame], seen: Mapping[str, pd.DataFrame], reach: _Reach
) -> tuple[TableDrift, pd.DataFrame, tuple[str, ...]]:
    looked, flags, others = reach
    everything = our_cells(table, base.get(table, empty_frame(KEYS[table], with_provenance=False)))
    all_keys = keys_of(table, everything, seen)
    theirs = _living_first(table, seen.get(table, empty_frame(KEYS[table], with_provenance=False)))
    their_keys = row_keys(table, theirs).reset_index(drop=True)
    chosen = np.flatnonzero(flags) if flags is not None else np.array([], dtype=np.int64)
    keys = all_keys.take(chosen).reset_index(drop=True)
    ours = everything.take(chosen).reset_index(drop=True)
    pair = _Pair(table, ours, keys, theirs, positions(keys, their_keys))
    shared = [keys_of(table, our_cells(table, other[table]), seen) for other in others if table in other]
    held = np.zeros(len(keys), dtype=np.bool_)
    news = positions(their_keys, all_keys) < 0
    for other_keys in shared:
        held |= positions(keys, other_keys) >= 0
        news &= positions(their_keys, other_keys) < 0
    missing, differing, parts = _differences(pair, held, is_silent=table in looked.silent)
    extra = _extra(table, theirs[news & is_there(_statuses(theirs))] if table in looked.news else theirs[:0])
    drift = TableDrift(
        looked_at=len(ours),
        equal=len(ours) - int(missing.sum()) - int(differing.sum()),
        missing=int(missing.sum()),
        differing=int(differing.sum()),
        extra=len(extra),
        by_hand=int((extra["whose"] == "by hand").sum()),
        left_out=len(everything) - len(ours),
    )
    return drift, concat([part for part in (*parts, extra) if len(part)], DIFFERENCE_TEXTS), _untold(pair)


def _living_first(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows seen, each key once: the living one, where Canvas shows an ended one too."""
    rows = rows.reset_index(drop=True)
    order = np.argsort(~is_there(_statuses(rows)), kind="stable")
    sorted_rows = rows.take(order).reset_index(drop=True)
    repeated = row_keys(table, sorted_rows).duplicated().to_numpy(dtype=np.bool_)
    return sorted_rows[~repeated].reset_index(drop=True)


def _statuses(rows: pd.DataFrame) -> pd.Series:
    return normal("status", column(rows, "status", NOT_SHOWN))


def _differences(pair: _Pair, held: Flags, *, is_silent: bool) -> tuple[Flags, Flags, list[pd.DataFrame]]:
    """Which of our rows are missing, which differ, and the differences themselves. held: rows that another feed holds too."""
    our_status, their_status = (
        normal("status", column(pair.ours, "status", "active")),
        normal("status", pair.canvas("status")),
    )
    seen = pair.places >= 0
    expected, there = is_there(our_status), seen & is_there(their_status)
    missing = expected & ~there & (seen | is_silent)
    is_told = their_status.to_numpy(dtype=object) != NOT_SHOWN
    agrees = _agree(pair.table, our_status, their_status)
    changed = (expected & there & is_told & ~agrees) | (~expected & there & ~agrees & ~held)
    parts = [_lines(pair, missing, "missing", "status"), _lines(pair, changed, "differs", "status")]
    for name, kind in COMPARED[pair.table].items():
        differs = expected & there & _cells_differ(pair, name, kind)
        parts.append(_lines(pair, differs, "differs", name))
        changed = changed | differs
    return missing, changed, parts


def _agree(table: str, ours: pd.Series, theirs: pd.Series) -> Flags:
    agrees = (ours == theirs).to_numpy(dtype=np.bool_)
    for _, our_word, their_word in [entry for entry in AGREES if entry[0] == table]:
        agrees |= ((ours == our_word) & (theirs == their_word)).to_numpy(dtype=np.bool_)
    return agrees


def _cells_differ(pair: _Pair, name: str, kind: str) -> Flags:
    """Where both sides say something about a field, and not the same."""
    if name not in pair.ours.columns or name not in pair.theirs.columns:
        return np.zeros(len(pair.ours), dtype=np.bool_)
    ours, theirs = normal(kind, column(pair.ours, name)), normal(kind, pair.canvas(name))
    differs = (ours != theirs) & (ours != NOT_SHOWN) & (theirs != NOT_SHOWN)
    if not erases_when_blank(pair.table, name):
        differs &= ours != ""
    return differs.to_numpy(dtype=np.bool_)


def _lines(pair: _Pair, flags: Flags, what: str, name: str) -> pd.DataFrame:
    """The differences of one kind in one column."""
    chosen = np.flatnonzero(flags)
    canvas = pair.canvas(name).take(chosen).reset_index(drop=True)
    return _frame(
        pair.table,
        pair.keys.take(chosen).reset_index(drop=True),
        {
            "what": constant(what, len(chosen)),
            "column": constant(name, len(chosen)),
            "ours": column(pair.ours, name).take(chosen).reset_index(drop=True),
            "canvas": canvas.where(canvas != NOT_SHOWN, ""),
        },
    )


def _extra(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in Canvas that the base does not have."""
    rows = rows.reset_index(drop=True)
    by, status = column(rows, "sis_import_id", NOT_SHOWN), column(rows, "status")
    whose = constant("imported", len(rows)).where(by != "", "by hand").where(by != NOT_SHOWN, "")
    return _frame(
        table,
        row_keys(table, rows).reset_index(drop=True),
        {
            "what": constant("extra", len(rows)),
            "column": constant("status", len(rows)),
            "canvas": status.where(status != NOT_SHOWN, ""),
            "whose": whose,
        },
    )


def _frame(table: str, keys: pd.Series, cells: Mapping[str, pd.Series]) -> pd.DataFrame:
    filled = {"table": constant(table, len(keys)), "key": keys, **cells}
    return pd.DataFrame({name: filled.get(name, constant("", len(keys))) for name in DIFFERENCE_TEXTS})


def _untold(pair: _Pair) -> tuple[str, ...]:
    """Our columns with something in them that could not be compared."""
    untold = []
    kinds = {**COMPARED[pair.table], "status": "status"}
    for name in [name for name in pair.ours.columns if name not in KEYS[pair.table] and name not in _UNTOLD]:
        ours, theirs = column(pair.ours, name), pair.canvas(name)
        said = (ours != "").to_numpy(dtype=np.bool_) & (pair.places >= 0)
        if not said.any():
            continue
        if name not in kinds or (theirs == NOT_SHOWN)[said].all():
            untold.append(name)
        elif (normal(kinds[name], ours)[said] == NOT_SHOWN).any():
            untold.append(f"{name} without a time zone")
    if pair.table == "terms" and (column(pair.ours, "date_override_enrollment_type") != "").any():
        untold.append("dates for single enrollment types")
    return tuple(untold)
