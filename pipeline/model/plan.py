"""Plans: desired roster against base, row by row, and the parts that guards split one into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from pipeline.model.findings import no_findings

__all__ = ["GOING", "PLAN_TEXTS", "Action", "Hold", "HoldKind", "Part", "Plan"]


class Action(StrEnum):
    """What a plan does with one row."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REACTIVATE = "reactivate"
    RENAME = "rename"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    PROTECTED = "protected"
    WITHHELD = "withheld"
    ALREADY_SO = "already so"


class HoldKind(StrEnum):
    """CHANGE guards hold their part; TRUST guards doubt the drop and hold everything."""

    CHANGE = "change"
    TRUST = "trust"


PLAN_TEXTS = ("key", "action", "changed", "reason", "term_id_of", "account_id_of")
"""The columns of a plan's frame beside the Canvas columns (new values) and `was:<column>` (accepted values, "" for creates).

key: `canvas.identity.row_keys`; action: a word of `Action`; changed: names of the columns that change, joined by a space;
reason: why, for rows kept, protected, withheld or deleted (`absent from the export`, a finding code, a guard …);
term_id_of, account_id_of: the scope that guards count the row in, "" when it has none. Beside them the provenance
(-1 where the row is absent from the export) and `part`, int32: 0 goes, n is hold n, -1 sends nothing.
"""

GOING = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """A part of a plan that waits for a person.

    number: its part number, from 1; guard: the guard's name; scope: e.g. `enrollments in term 202640`; counts: per table and
    action; affected, of: what tripped it; percent, rounded to one place; message: the numbers in one sentence.
    """

    number: int
    kind: HoldKind
    guard: str
    scope: str
    table: str
    affected: int
    of: int
    percent: float
    counts: Mapping[str, Mapping[str, int]]
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row of a feed's desired roster and base, with what becomes of it.

    tables: per Canvas table a frame as `PLAN_TEXTS` says, sorted by key; counts: per table and action, exact over all rows;
    effective: per table the changes including what Canvas will change by cascade; files: names by file_no.
    """

    tables: Mapping[str, pd.DataFrame]
    counts: Mapping[str, Mapping[str, int]]
    effective: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    findings: pd.DataFrame = field(default_factory=no_findings)
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What goes into one package: the rows of one part of a plan, ready to be written.

    number: 0 for the part that goes, else the hold's; tables: per Canvas table the rows to send, Canvas columns plus
    provenance, sorted; parameters: of the import, as sent to Canvas; sha256: over rows, actions, the accepted versions they
    start from, and the parameters.
    """

    number: int
    tables: Mapping[str, pd.DataFrame]
    parameters: Mapping[str, str]
    sha256: str
    counts: Mapping[str, Mapping[str, int]]
