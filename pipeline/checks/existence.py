"""Rows that only make sense for what exists already: overrides of a term's dates, deletions without a name."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.checks.catalogue import code_of
from pipeline.checks.references import known_ids
from pipeline.checks.sheet import Sheet
from pipeline.checks.values import Mask, blank, to_mask
from pipeline.model.roster import Known

__all__ = ["check_nameless", "check_overrides"]


def check_overrides(terms: Sheet, known: Known) -> None:
    """Refuse overrides of the dates of a term that is neither in the export nor known, where all terms are known."""
    if not terms.has("date_override_enrollment_type") or "terms" not in known.complete:
        return
    ordinary = blank(terms.column("date_override_enrollment_type"))
    existing = _existing(terms, known, ordinary & ~terms.refused)
    terms.report(code_of("term-override-unknown"), ~ordinary & ~terms.refused & ~existing)


def check_nameless(sections: Sheet, known: Known) -> None:
    """Refuse to delete a section that Canvas does not have, where the row gives it no name to be made with."""
    if "sections" not in known.complete:
        return
    nameless = blank(sections.column("name")) & ~sections.refused
    if nameless.any():
        existing = _existing(sections, known, np.zeros(len(sections), dtype=bool))
        sections.report(code_of("section-new-without-name"), nameless & ~existing)


def _existing(sheet: Sheet, known: Known, making: Mask) -> Mask:
    """Rows whose key is known in Canvas, deleted or not, or made by some rows of the export."""
    key = sheet.rules.key
    made = sheet.column(key).filter(pa.array(making))
    return to_mask(
        pc.is_in(sheet.column(key), value_set=pa.concat_arrays([*known_ids(known, sheet.rules.table, key), made]))
    )
