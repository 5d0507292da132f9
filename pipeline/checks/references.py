"""References between tables: what a row points to is in the export, or known in Canvas, or the row does not go."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.checks.catalogue import CodeInfo, Reference, canvas_message, code_of
from pipeline.checks.sheet import Sheet, as_text
from pipeline.checks.values import Mask, blank, to_mask
from pipeline.model.findings import Consequence, Severity
from pipeline.model.roster import Known

__all__ = ["Ids", "check_account_tree", "check_references", "ids_after", "known_ids"]

NO_IDS = pa.array([], pa.string())


@dataclass(frozen=True, slots=True)
class Ids:
    """Which ids of one table may be pointed to.

    living: in the export and going on, or known in Canvas and not deleted; ended: deleted in the export, or known as deleted;
    refused: refused in this export and without an accepted version. is_complete: no others exist.
    """

    living: pa.Array = field(default_factory=lambda: NO_IDS)
    ended: pa.Array = field(default_factory=lambda: NO_IDS)
    refused: pa.Array = field(default_factory=lambda: NO_IDS)
    is_complete: bool = False


def known_ids(known: Known, table: str, column: str) -> tuple[pa.Array, pa.Array]:
    """The ids known in Canvas: those of living rows, and those of deleted ones."""
    frame = known.tables.get(table)
    if frame is None or column not in frame.columns or not len(frame):
        return NO_IDS, NO_IDS
    ids = as_text(frame[column])
    if "status" not in frame.columns:
        return ids, NO_IDS
    deleted = pc.equal(as_text(frame["status"]), "deleted")
    return ids.filter(pc.invert(deleted)), ids.filter(deleted)


def ids_after(sheet: Sheet | None, known: Known, table: str, column: str) -> Ids:
    """What may be pointed to, as a table stands after its checks. sheet: None when the export does not hold that table."""
    living, ended = known_ids(known, table, column)
    frame = known.tables.get(table)
    is_complete = table in known.complete and (frame is None or not len(frame) or column in frame.columns)
    if sheet is None or not sheet.has(column):
        return Ids(living, ended, NO_IDS, is_complete)
    own, going, deleted = sheet.column(column), ~sheet.refused, _deleted(sheet)
    gone = own.filter(pa.array(going & deleted))
    living = pa.concat_arrays([_without(living, gone), own.filter(pa.array(going & ~deleted))])
    refused = _without(own.filter(pa.array(sheet.refused)), living)
    return Ids(living, pa.concat_arrays([ended, gone]), refused, is_complete)


def _without(ids: pa.Array, others: pa.Array) -> pa.Array:
    if not len(ids) or not len(others):
        return ids
    return ids.filter(pc.invert(pc.is_in(ids, value_set=others)))


def _deleted(sheet: Sheet) -> Mask:
    if not sheet.has("status"):
        return np.zeros(len(sheet), dtype=bool)
    return to_mask(pc.starts_with(sheet.column("status"), "deleted"))


def check_references(sheet: Sheet, ids: Mapping[tuple[str, str], Ids]) -> None:
    """Report every reference of a table that leads nowhere. ids: by table and key column."""
    for link in sheet.rules.references:
        target = ids.get((link.to_table, link.to_column))
        if target is not None and sheet.has(link.column):
            unknown, waiting = _leads_nowhere(sheet, link, target)
            _report_waiting(sheet, link, waiting)
            _report_unknown(sheet, link, unknown, target)


def _leads_nowhere(sheet: Sheet, link: Reference, target: Ids) -> tuple[Mask, Mask]:
    """Rows whose reference is unknown, and rows whose reference was refused in this export and never accepted before."""
    missing = ~sheet.is_in(link.column, target.living) & ~blank(sheet.column(link.column)) & ~sheet.refused
    if link.unless and sheet.has(link.unless):
        missing &= blank(sheet.column(link.unless))
    if not missing.any():
        return missing, missing
    missing &= ~(_deleted(sheet) & sheet.is_in(link.column, target.ended))
    waiting = missing & sheet.is_in(link.column, target.refused)
    return missing & ~waiting, waiting


def _report_waiting(sheet: Sheet, link: Reference, mask: Mask) -> None:
    sheet.report(code_of("waits-for-refused-row"), mask, column=link.column, says=link.info.says)


def _report_unknown(sheet: Sheet, link: Reference, mask: Mask, target: Ids) -> None:
    """Refuse rows whose reference is unknown; where not everything is known, only warn, or hold."""
    refused = replace(link.info, severity=Severity.ERROR, consequence=Consequence.REFUSED)
    if target.is_complete:
        _report(sheet, link, refused, mask)
        return
    ended = mask & sheet.is_in(link.column, target.ended)
    _report(sheet, link, refused, ended)
    warned = replace(link.info, severity=Severity.WARNING, consequence=Consequence.SENT)
    _report(sheet, link, link.info if link.holds else warned, mask & ~ended)


def _report(sheet: Sheet, link: Reference, info: CodeInfo, mask: Mask) -> None:
    """Report with the message that Canvas gives when the row's other reference is blank, or when it is not."""
    if link.other and mask.any():
        alone = mask & blank(sheet.column(link.other))
        sheet.report(info, alone, column=link.column, says=canvas_message(link.alone_rule))
        mask = mask & ~alone
    sheet.report(info, mask, column=link.column)


def check_account_tree(sheet: Sheet, known: Known) -> None:
    """Refuse accounts that are their own parents, whose parent is unknown, or whose parent was refused, level by level."""
    link = sheet.rules.references[0]
    sheet.report(code_of("account-parent-loop"), _circling(sheet) & ~sheet.refused)
    target = ids_after(sheet, known, "accounts", "account_id")
    unknown, waiting = _leads_nowhere(sheet, link, target)
    _report_unknown(sheet, link, unknown, target)
    while True:
        _, waiting = _leads_nowhere(sheet, link, ids_after(sheet, known, "accounts", "account_id"))
        if not waiting.any():
            return
        before = int(sheet.refused.sum())
        _report_waiting(sheet, link, waiting)
        if int(sheet.refused.sum()) == before:
            return


def _circling(sheet: Sheet) -> Mask:
    """Which accounts lie on a circle: those that stay when every account without a parent, or without a child, is taken away."""
    own, parents = sheet.column("account_id"), sheet.column("parent_account_id")
    circling = to_mask(pc.is_in(parents, value_set=own)) & ~blank(parents)
    while circling.any():
        chosen = pa.array(circling)
        with_parent = circling & to_mask(pc.is_in(parents, value_set=own.filter(chosen)))
        with_child = with_parent & to_mask(pc.is_in(own, value_set=parents.filter(chosen)))
        if (with_child == circling).all():
            break
        circling = with_child
    return circling
