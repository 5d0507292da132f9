"""Protections: what a refused row stands for stays in Canvas as it was last accepted."""

from collections.abc import Sequence

import pandas as pd

from pipeline.model.frames import PROVENANCE, concat, filled_frame

__all__ = ["PROTECTED_KEYS", "PROTECTION_TEXTS", "join_protections", "no_protections", "protections_frame"]

PROTECTED_KEYS = (
    "account_id",
    "term_id",
    "course_id",
    "section_id",
    "user_id",
    "associated_user_id",
    "role",
    "group_category_id",
    "group_id",
    "observer_id",
    "student_id",
)
PROTECTION_TEXTS = ("table", *PROTECTED_KEYS, "raw", "reason")
"""table: the Canvas table whose base rows are protected, or "*" when that is not known either.

The key columns hold what is known of the refused row's Canvas key; "" is not known. A base row matches when it agrees in
every key that is known. With no key and no raw text known, all deletes by absence of that table and its dependants are
held. raw: the raw text of a row that could not be split into cells; it is searched for ids of the base.
reason: the code of the finding that refused the row. Beside them: file_no, line_no (int32).
"""


def protections_frame(
    rows: int, texts: dict[str, str | pd.Series], provenance: dict[str, int | pd.Series] | None = None
) -> pd.DataFrame:
    """A protections table of so many rows; absent texts are "", absent provenance -1."""
    return filled_frame(rows, PROTECTION_TEXTS, texts, (PROVENANCE, provenance or {}))


def no_protections() -> pd.DataFrame:
    """An empty protections table."""
    return protections_frame(0, {})


def join_protections(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All protections of several tables, in order."""
    filled = [part for part in parts if len(part)]
    return concat(filled) if filled else no_protections()
