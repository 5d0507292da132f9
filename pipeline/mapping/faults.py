"""Rows of which something cannot be worked out, kept apart from the table while it is filtered, split and merged."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from pipeline.mapping.rows import Mask, Picks
from pipeline.model.findings import Severity

__all__ = ["Fault", "Said", "fault_of", "mask_of", "once_each"]


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be said of a fault. message: with `{value}`."""

    code: str
    column: str
    message: str
    remedy: str = ""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Fault:
    """Rows of which something cannot be worked out.

    kind: `refuse` leaves the rows out with a finding, `skip` on purpose without one, `tell` sends them with a finding.
    rows: their numbers in the table, ascending; value: the cell concerned of each.
    """

    kind: str
    rows: Picks
    value: pa.Array
    said: Said

    def narrowed(self, mask: Mask) -> "Fault":
        """The same fault of those rows only where the mask of the table holds."""
        holds = mask[self.rows]
        return self if holds.all() else replace(self, rows=self.rows[holds], value=self.value.filter(pa.array(holds)))

    def taken(self, picks: Picks, count: int) -> "Fault":
        """The fault in a table that has these rows of one with so many rows."""
        is_here = np.zeros(count, bool)
        is_here[self.rows] = True
        rows = np.flatnonzero(is_here[picks])
        return replace(self, rows=rows, value=self.value.take(pa.array(np.searchsorted(self.rows, picks[rows]))))

    def shifted(self, at: int) -> "Fault":
        """The fault in a table that has so many rows before these."""
        return replace(self, rows=self.rows + at)


def fault_of(kind: str, mask: Mask, column: pa.Array, said: Said) -> Fault:
    """A fault of the rows where the mask holds, with their cells of a column."""
    rows = np.flatnonzero(mask)
    return Fault(kind, rows, column.take(pa.array(rows)), said)


def once_each(faults: list[Fault]) -> list[Fault]:
    """The faults without repeats: what is said of a row by a condition and by the value behind it is said once."""
    groups: dict[tuple[str, Said], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.kind, fault.said), []).append(fault)
    return [same[0] if len(same) == 1 else _united(same) for same in groups.values()]


def _united(faults: list[Fault]) -> Fault:
    rows, first = np.unique(np.concatenate([fault.rows for fault in faults]), return_index=True)
    value = pa.concat_arrays([fault.value for fault in faults]).take(pa.array(first))
    return replace(faults[0], rows=rows, value=value)


def mask_of(faults: list[Fault], kind: str, count: int) -> Mask:
    """The rows of a table that have a fault of a kind."""
    mask = np.zeros(count, bool)
    for fault in faults:
        if fault.kind == kind:
            mask[fault.rows] = True
    return mask
