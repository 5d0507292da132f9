"""Which rows of the base a look reached: only of these can it say anything."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.canvas.identity import KEYS, row_keys
from pipeline.model.frames import text_column, text_frame
from pipeline.verify.looks import SAMPLED, Extent, Looked
from pipeline.verify.lookup import Flags, column, pick, positions
from pipeline.verify.normal import our_cells, role_words

__all__ = ["courses_of", "keys_of", "looked_at"]

Tables = Mapping[str, pd.DataFrame]

_IN_COURSES = frozenset({"courses", "sections", "enrollments"})


def keys_of(table: str, rows: pd.DataFrame, seen: Tables) -> pd.Series:
    """Keys of our rows as `canvas.identity.row_keys` makes them, roles being called as Canvas shows them."""
    if table == "enrollments" and len(rows):
        theirs = seen.get("enrollments", text_frame({"role": [], "role_id": []}))
        roles = role_words(column(rows, "role"), column(theirs, "role"))
        by_id = pick(column(theirs, "role"), positions(column(rows, "role_id"), column(theirs, "role_id")))
        named = (column(rows, "role_id") != "") & (by_id != "")  # Canvas looks for the id first
        rows = rows.reset_index(drop=True).assign(role=roles.where(~named, by_id))
    return row_keys(table, rows).reset_index(drop=True)


def courses_of(table: str, rows: pd.DataFrame, base: Tables) -> pd.Series:
    """The course in which Canvas shows each section or enrollment: the one that its section is cross-listed to, else its own."""
    if table == "courses":
        return column(rows, "course_id")
    sections = column(rows, "section_id")
    own = column(rows, "course_id")
    for name, wanted in (("sections", "course_id"), ("xlists", "xlist_course_id")):
        frame = base.get(name)
        if frame is None or not len(frame):
            continue
        living = frame[(column(frame, "status") != "deleted").to_numpy()].reset_index(drop=True)
        home = pick(column(living, wanted), positions(sections, column(living, "section_id")))
        own = home.where((home != "") & (sections != ""), own)
    return own


def looked_at(base: Tables, seen: Tables, looked: Looked) -> dict[str, Flags]:
    """Per table of the base the rows that a look reached; tables that it did not look into are left out."""
    tables = {name: our_cells(name, base[name]) for name in SAMPLED if name in base}
    if looked.extent is Extent.ROWS:
        wanted = {table for table, _ in looked.rows}
        return {name: _among(name, rows, looked) for name, rows in tables.items() if name in wanted}
    by_course = {name: rows for name, rows in tables.items() if name in _IN_COURSES}
    courses = text_column(looked.courses)
    flags = {name: positions(courses_of(name, rows, base), courses) >= 0 for name, rows in by_course.items()}
    if looked.extent is Extent.WHOLE:
        listed = {name: rows for name, rows in tables.items() if name not in {"sections", "enrollments"}}
        flags |= {name: np.ones(len(rows), dtype=np.bool_) for name, rows in listed.items()}
        if "terms" in flags:  # dates of a term for one enrollment type are not read
            flags["terms"] = (column(tables["terms"], "date_override_enrollment_type") == "").to_numpy(dtype=np.bool_)
    elif "users" in tables and "users" in seen:
        flags["users"] = positions(tables["users"]["user_id"], seen["users"]["user_id"]) >= 0
    return {name: flags[name] for name in SAMPLED if name in flags}


def _among(table: str, rows: pd.DataFrame, looked: Looked) -> Flags:
    wanted = [row for name, row in looked.rows if name == table]
    cells = text_frame({name: [row.get(name, "") for row in wanted] for name in KEYS[table]})
    found: Flags = positions(row_keys(table, rows), row_keys(table, cells)) >= 0
    return found
