"""Cells of ours and of Canvas in one form, so that what means the same is the same text. Whole columns of text."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.file_types import column_notes, file_types
from pipeline.model.frames import text_column

__all__ = ["AGREES", "COMPARED", "NOT_SHOWN", "erases_when_blank", "is_there", "normal", "our_cells", "role_words"]

NOT_SHOWN = "\x1a"  # stands in a cell that a way of reading does not show; no value of Canvas holds this character

COMPARED: Mapping[str, Mapping[str, str]] = {
    "accounts": {"parent_account_id": "exact", "name": "name", "integration_id": "exact"},
    "terms": {"name": "name", "integration_id": "exact", "start_date": "instant", "end_date": "instant"},
    "courses": {
        "short_name": "name",
        "long_name": "name",
        "account_id": "exact",
        "term_id": "exact",
        "integration_id": "exact",
        "start_date": "instant",
        "end_date": "instant",
        "course_format": "word",
        "grade_passback_setting": "word",
        "homeroom_course": "word",
        "friendly_name": "name",
    },
    "sections": {
        "course_id": "exact",
        "name": "name",
        "integration_id": "exact",
        "start_date": "instant",
        "end_date": "instant",
    },
    "users": {
        "integration_id": "exact",
        "login_id": "word",
        "full_name": "name",
        "sortable_name": "name",
        "short_name": "name",
        "email": "word",
    },
    "enrollments": {"start_date": "instant", "end_date": "instant", "limit_section_privileges": "word"},
}
"""Columns that are compared beside `status`, and how. A section's enrollment is not compared by course: the section tells it."""

AGREES = frozenset(
    {
        ("courses", "active", "published"),
        ("courses", "active", "unpublished"),
        ("courses", "unpublished", "published"),  # SIS cannot take the publishing of a course back
        ("enrollments", "deleted_last_completed", "completed"),
    }
)
"""Table, our status, Canvas's status: different words that do not contradict each other."""

_ENDED = ("deleted", "deleted_last_completed")
_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$"


def normal(kind: str, values: pd.Series) -> pd.Series:
    """The values in one form; equal texts mean the same. kind: a word of `COMPARED`, or `status`.

    A date without a zone becomes NOT_SHOWN: nobody can say which instant Canvas made of it.
    """
    return _FORMS[kind](values)


def _exact(values: pd.Series) -> pd.Series:
    return text_column(pc.utf8_trim_whitespace(pa.array(values)))


def _name(values: pd.Series) -> pd.Series:
    """Composed characters, single spaces."""
    composed = pc.utf8_normalize(pa.array(values), "NFC")
    return text_column(pc.utf8_trim_whitespace(pc.replace_substring_regex(composed, r"\s+", " ")))


def _word(values: pd.Series) -> pd.Series:
    """Lower case; `not_set` is blank."""
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(pa.array(values)))
    return text_column(pc.if_else(pc.equal(lower, "not_set"), "", lower))


def _instant(values: pd.Series) -> pd.Series:
    """UTC to the second. A table has few different dates, so each is read once."""
    codes, texts = pd.factorize(values.to_numpy(dtype=object))
    readable = pd.Series(texts, dtype=object).str.fullmatch(_INSTANT).to_numpy(dtype=np.bool_)
    forms = np.where(np.isin(texts, ["", NOT_SHOWN]), texts, NOT_SHOWN).astype(object)
    instants = pd.to_datetime(pd.Series(texts[readable], dtype=object), utc=True, errors="coerce", format="ISO8601")
    forms[readable] = instants.dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna(NOT_SHOWN).to_numpy(dtype=object)
    return text_column(forms[codes])


_FORMS: Mapping[str, Callable[[pd.Series], pd.Series]] = {
    "exact": _exact,
    "name": _name,
    "word": _word,
    "instant": _instant,
    "status": _word,
}


def role_words(roles: pd.Series, custom: pd.Series) -> pd.Series:
    """Our roles as Canvas's rows have them: `StudentEnrollment` and `Students` are `student`; custom roles stay.

    custom: the roles seen in Canvas; a role that is called so is that one, whatever it begins with.
    """
    written = pa.array(roles)
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(written))
    built_in = pc.match_substring_regex(lower, r"^student|^(teacher|ta|observer|designer)(enrollment)?$")
    short = pc.replace_substring_regex(lower, r"^student.*$", "student")
    short = pc.replace_substring_regex(short, r"enrollment$", "")
    stays = pc.or_(pc.invert(built_in), pc.is_in(written, value_set=pa.array(custom.unique())))
    return text_column(pc.if_else(stays, written, short))


def is_there(statuses: pd.Series) -> np.ndarray:
    """Which statuses, in normal form, are those of something that is in Canvas; one that is not shown is."""
    ended = pc.is_in(pa.array(statuses), value_set=pa.array(_ENDED))
    return ~np.asarray(pc.fill_null(ended, fill_value=False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def our_cells(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Our rows with the cells that Canvas makes of them: a person's full name of first and last, a blank status as active."""
    rows = rows.reset_index(drop=True)
    if "status" in rows.columns:
        rows = rows.assign(status=rows["status"].where(rows["status"] != "", "active"))
    if table == "users" and {"first_name", "last_name"} & set(rows.columns):
        halves = [rows[name] for name in ("first_name", "last_name") if name in rows.columns]
        made = text_column(pc.binary_join_element_wise(*[pa.array(half) for half in halves], " "))
        full = rows["full_name"] if "full_name" in rows.columns else made
        rows = rows.assign(full_name=full.where(full != "", made.str.strip()))
    return rows


def erases_when_blank(table: str, column: str) -> bool:
    """Whether a blank cell of ours means that Canvas has nothing there; otherwise it says nothing."""
    kind = next(file_type.name for file_type in file_types() if file_type.table == table)
    note = str(column_notes().get((kind, column), {}).get("blank") or "")
    return note.startswith(("CLEARED", "parent becomes")) and "unverified" not in note
