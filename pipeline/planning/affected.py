"""What a guard counts: affected rows with their scopes, the active rows they are measured by, and the smallest scopes that trip."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.model.frames import TEXT
from pipeline.model.plan import GOING, Action
from pipeline.model.roster import Base
from pipeline.planning.cascade import planned_endings
from pipeline.planning.doubts import active_rows
from pipeline.planning.lookup import Flags, column, constant, found, pick_rows, same_texts
from pipeline.planning.rules import Limit
from pipeline.planning.scopes import Scopes

__all__ = ["Affected", "Measure", "Trip", "deletes_of", "emptied_trips", "rows_with", "smallest_trips"]

_PLACES = ["section_id", "course_id"]
MAX_EMPTIED = 20  # more emptied sections and courses than this wait together, by term


@dataclass(frozen=True, slots=True)
class Affected:
    """Rows that a guard counts for one table.

    rows: text columns `term`, `account`, for enrollments also `section` and `course`, and `cause`, the table of the plan's row
    that does it; and `cause_row`, its position there. A row that Canvas ends by cascade is caused by its parent's delete.
    """

    table: str
    rows: pd.DataFrame

    def without(self, flags: Flags) -> "Affected":
        """The same without some rows."""
        return Affected(self.table, self.rows[~flags].reset_index(drop=True))


@dataclass(frozen=True, slots=True)
class Trip:
    """A guard over its line in one scope. kind: `table`, `term`, `account`, …; rows: which of the affected rows it covers."""

    kind: str
    name: str
    affected: int
    of: int
    rows: Flags


@dataclass(slots=True)
class Measure:
    """Counts of the base's active rows of one table by scope, each worked out when first asked for."""

    table: str
    base: Base
    scopes: Scopes
    _counts: dict[str, dict[str, int]] = field(default_factory=dict)
    _rows: pd.DataFrame | None = None
    _numbers: pd.Series = field(default_factory=lambda: pd.Series(dtype=np.int64))
    _total: int | None = None

    def total(self) -> int:
        """All active rows."""
        if self._total is None:
            rows = self.base.tables.get(self.table)
            self._total = 0 if rows is None else int(active_rows(rows).sum())
        return self._total

    def by(self, kind: str) -> dict[str, int]:
        """Active rows by term, account, section or place."""
        if kind not in self._counts:
            rows, numbers = self._grouped()
            names = scope_column(kind, self.table, rows, self.scopes)
            sums = numbers.groupby(names.to_numpy(dtype=object)).sum()
            self._counts[kind] = {str(name): int(number) for name, number in sums.items() if name != ""}
        return self._counts[kind]

    def known_terms(self) -> list[str]:
        """The terms in which the base has rows of any status."""
        rows = self.base.tables.get(self.table)
        if rows is None:
            return []
        places = (
            rows[[name for name in _PLACES if name in rows.columns]].drop_duplicates() if self._has_places else rows
        )
        return [str(term) for term in self.scopes.terms_of(self.table, places).unique() if term]

    @property
    def _has_places(self) -> bool:
        return self.table == "enrollments"

    def _grouped(self) -> tuple[pd.DataFrame, pd.Series]:
        """The active rows, those of one section and course as one, and how many each stands for."""
        if self._rows is None:
            rows = self.base.tables.get(self.table)
            active = pd.DataFrame() if rows is None else rows[active_rows(rows)].reset_index(drop=True)
            self._rows, self._numbers = active, pd.Series(np.ones(len(active), dtype=np.int64))
            if self._has_places and len(active):
                sizes = active.groupby([name for name in _PLACES if name in active.columns], sort=False).size()
                self._rows = sizes.index.to_frame(index=False).astype(TEXT)
                self._numbers = pd.Series(sizes.to_numpy(dtype=np.int64))
        return self._rows, self._numbers


def rows_with(table: str, rows: pd.DataFrame, flags: Flags, scopes: Scopes) -> Affected:
    """The going rows of a plan's table that have these flags."""
    places = np.flatnonzero(flags & (rows["part"].to_numpy() == GOING))
    chosen = pick_rows(rows, places)
    cells = {"term": chosen["term_id_of"], "account": chosen["account_id_of"]}
    if table == "enrollments":
        cells |= {kind: scope_column(kind, table, chosen, scopes).astype(TEXT) for kind in ("section", "course")}
    return Affected(table, pd.DataFrame({**cells, "cause": constant(table, len(places)), "cause_row": places}))


def deletes_of(table: str, tables: Mapping[str, pd.DataFrame], scopes: Scopes, base: Base) -> Affected:
    """The going deletes of one table, and the rows of it that Canvas ends by cascade of going deletes."""
    own = rows_with(table, tables[table], same_texts(tables[table]["action"], str(Action.DELETE)), scopes)
    going = {name: rows[rows["part"].to_numpy() == GOING] for name, rows in tables.items()}
    parts = [own.rows]
    for ending in planned_endings(going, Scopes({}, base.tables), only=table).get(table, []):
        rows = pick_rows(base.tables[table], ending.rows)
        causes = np.flatnonzero(tables[ending.parent_table]["part"].to_numpy() == GOING)[ending.parent_rows]
        kinds = [name for name in own.rows.columns if name not in {"cause", "cause_row"}]
        frame = pd.DataFrame({kind: scope_column(kind, table, rows, scopes).astype(TEXT) for kind in kinds})
        parts.append(frame.assign(cause=constant(ending.parent_table, len(rows)), cause_row=causes))
    return Affected(table, pd.concat(parts, ignore_index=True)) if len(parts) > 1 else own


def smallest_trips(affected: Affected, limit: Limit, measure: Measure) -> list[Trip]:
    """The smallest scopes in which a limit trips; the whole table where what they leave over still trips it, or it alone does.

    A row in a tripped term and a tripped account counts for the smaller of the two; the larger one is held only where what the
    smaller ones leave over still trips it, so that a few harmless rows do not wait because of many others.
    """
    total = len(affected.rows)
    least = min(
        [limit.floor if limit.percent is not None else total + 1, limit.count if limit.count is not None else total + 1]
    )
    if not total or total < least:
        return []
    trips = [trip for kind in limit.per for trip in _trips_by(kind, affected, limit, measure)]
    trips.sort(key=lambda trip: (trip.affected, trip.kind != "term", trip.name))
    covered = np.zeros(total, dtype=np.bool_)
    smallest = []
    for trip in trips:
        rows = trip.rows & ~covered
        left = int(rows.sum())
        if limit.trips(left, trip.of):
            covered |= rows
            smallest.append(Trip(trip.kind, trip.name, left, trip.of, rows))
    rest = int((~covered).sum())
    if limit.trips(rest, measure.total()):
        smallest.append(Trip("table", "", rest, measure.total(), ~covered))
    return smallest


def emptied_trips(affected: Affected, limit: Limit, measure: Measure, appearing: Affected) -> list[Trip]:
    """The courses, and sections of other courses, of which every active row goes and to which none comes; by term if they are many."""
    trips: list[Trip] = []
    covered = np.zeros(len(affected.rows), dtype=np.bool_)
    for kind in ("course", "section"):
        names = affected.rows[kind]
        gone = _emptied(names[~covered], kind, limit, measure, appearing)
        is_gone = found(names, gone) & ~covered
        if len(gone) > MAX_EMPTIED:
            trips += _by_term(is_gone, affected)
        else:
            trips += [_whole(kind, name, same_texts(names, name) & is_gone) for name in gone]
        covered |= is_gone
    return trips


def _emptied(names: pd.Series, kind: str, limit: Limit, measure: Measure, appearing: Affected) -> list[str]:
    total = measure.total()
    counts = {str(name): int(number) for name, number in names.value_counts().items() if name != ""}
    large = {name: number for name, number in counts.items() if limit.trips(number, total)}
    if not large:
        return []
    refilled = set(appearing.rows[kind].unique())
    active = measure.by(kind)
    return sorted(name for name, number in large.items() if number >= active.get(name, 0) and name not in refilled)


def _whole(kind: str, name: str, rows: Flags) -> Trip:
    number = int(rows.sum())
    return Trip(kind, name, number, number, rows)


def _by_term(rows: Flags, affected: Affected) -> list[Trip]:
    terms = affected.rows["term"]
    names = sorted(str(name) for name in terms[rows].unique())
    return [_whole("term" if name else "table", name, rows & same_texts(terms, name)) for name in names]


def _trips_by(kind: str, affected: Affected, limit: Limit, measure: Measure) -> list[Trip]:
    names = affected.rows[kind]
    counts = names.value_counts()
    trips = []
    for name, number in counts.items():
        if name == "" or not _may_trip(limit, int(number)):
            continue
        of = measure.by(kind).get(str(name), 0)
        if limit.trips(int(number), of):
            trips.append(Trip(kind, str(name), int(number), of, same_texts(names, str(name))))
    return trips


def _may_trip(limit: Limit, affected: int) -> bool:
    return affected >= limit.floor or (limit.count is not None and affected >= limit.count)


def scope_column(kind: str, table: str, rows: pd.DataFrame, scopes: Scopes) -> pd.Series:
    """The scope of one kind of each row, "" where it has none."""
    if kind == "term":
        return scopes.terms_of(table, rows)
    if kind == "account":
        return scopes.accounts_of(table, rows)
    if kind == "section":
        return column(rows, "section_id")
    return scopes.course_of(table, rows)
