"""Enrollments by themselves: roles that Canvas has, and sections that are in the course named beside them."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.checks.catalogue import code_of
from pipeline.checks.sheet import Sheet, as_text
from pipeline.checks.values import blank, like, to_mask
from pipeline.model.roster import Known

__all__ = ["check_roles", "check_unrelated"]

BUILT_IN = r"^(?i:student.*|teacher|ta|observer|designer)$|^(?:Student|Teacher|Ta|Observer|Designer)Enrollment$"
"""Roles of every Canvas account; of the short names, `student` may be followed by anything."""


def check_roles(sheet: Sheet, known: Known) -> None:
    """Refuse enrollments in a role that Canvas does not have; only warn where its custom roles could not be read."""
    if not sheet.has("role"):
        return
    role = sheet.column("role")
    by_id = ~blank(sheet.column("role_id"))
    without = blank(role) & ~by_id & ~sheet.refused
    sheet.report(code_of("enrollment-without-role"), without)
    odd = ~like(role, BUILT_IN) & ~blank(role) & ~by_id & ~sheet.refused
    if known.roles is not None:
        odd &= ~to_mask(pc.is_in(role, value_set=pa.array(list(known.roles), pa.string())))
        sheet.report(code_of("enrollment-unknown-role"), odd)
        return
    sheet.report(code_of("enrollment-perhaps-unknown-role"), odd)


def check_unrelated(sheet: Sheet, sections: Sheet | None, known: Known) -> None:
    """Refuse enrollments that name a section and a course which is not the section's."""
    if not (sheet.has("section_id") and sheet.has("course_id")):
        return
    both = ~blank(sheet.column("section_id")) & ~blank(sheet.column("course_id")) & ~sheet.refused
    if not both.any():
        return
    homes = _homes(sections, known)
    if not len(homes):
        return
    courses = _course_of(sheet.column("section_id"), homes)
    differs = to_mask(pc.fill_null(pc.not_equal(courses, sheet.column("course_id")), fill_value=False))
    elsewhere = _crosslisted(known)
    if len(elsewhere):
        differs &= ~to_mask(pc.is_in(sheet.column("section_id"), value_set=elsewhere))
    sheet.report(code_of("enrollment-unrelated"), both & differs)


def _homes(sections: Sheet | None, known: Known) -> pd.Series:
    """The course of each section: as in the export, else as known; index section_id."""
    frames = []
    if sections is not None and sections.has("course_id"):
        frames.append(sections.frame[~sections.refused][["section_id", "course_id"]])
    frame = known.tables.get("sections")
    if frame is not None and {"section_id", "course_id"} <= set(frame.columns):
        frames.append(frame[["section_id", "course_id"]])
    if not frames:
        return pd.Series([], dtype=str)
    both = pd.concat(frames, ignore_index=True).drop_duplicates("section_id")
    return both.set_index("section_id")["course_id"]


def _course_of(sections: pa.Array, homes: pd.Series) -> pa.Array:
    """For each section its course, null where it is not known."""
    at = pc.index_in(sections, value_set=as_text(homes.index.to_series()))
    return as_text(homes).take(at)


def _crosslisted(known: Known) -> pa.Array:
    """Sections that are cross-listed, which answer to two courses."""
    frame = known.tables.get("xlists")
    if frame is None or "section_id" not in frame.columns:
        return pa.array([], pa.string())
    return as_text(frame["section_id"])
