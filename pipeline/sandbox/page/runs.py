"""What the page shows of imports."""

import json
from dataclasses import dataclass
from sqlite3 import Cursor, Row
from typing import Any

from pipeline.sandbox.api.query import Listing
from pipeline.sandbox.page.pieces import Piece, piece_of

__all__ = ["ShownImport", "ShownImports", "one", "recent"]

ABORTABLE = ("initializing", "created", "importing", "cleanup_batch")
MOVING = (*ABORTABLE, "restoring")
GOOD, BAD = ("imported", "restored"), ("failed", "failed_with_messages", "aborted")
STATE_WORDS = {
    "initializing": "Being uploaded",
    "created": "Waiting",
    "importing": "Importing",
    "cleanup_batch": "Cleaning up",
    "imported": "Imported",
    "imported_with_messages": "Imported with messages",
    "failed": "Failed",
    "failed_with_messages": "Failed with messages",
    "aborted": "Aborted",
    "restoring": "Restoring",
    "partially_restored": "Partly restored",
    "restored": "Restored",
}
SQL = (
    "SELECT i.*, u.name AS user_name, p.name AS upload_name, length(p.content) AS upload_bytes,"
    " (SELECT count(*) FROM messages m WHERE m.import_id = i.id) AS message_count,"
    " (SELECT t.name FROM terms t WHERE t.id = i.batch_mode_term_id) AS term_name"
    " FROM imports i LEFT JOIN users u ON u.id = i.user_id LEFT JOIN uploads p ON p.id = i.upload_id"
)


@dataclass(frozen=True, slots=True)
class ShownImport:
    """One import as the page shows it. kind: good, bad, moving or mixed, for its colour."""

    row: Row
    state: str
    kind: str
    counts: tuple[tuple[str, int], ...]
    options: tuple[str, ...]
    pairs: tuple[tuple[str, str | None, str], ...]
    messages: Piece | None = None

    @property
    def is_moving(self) -> bool:
        """Whether something will still happen to it by itself."""
        return self.row["workflow_state"] in MOVING

    @property
    def is_abortable(self) -> bool:
        """Whether it may be aborted."""
        return self.row["workflow_state"] in ABORTABLE


@dataclass(frozen=True, slots=True)
class ShownImports:
    """A page of imports."""

    piece: Piece

    @property
    def is_moving(self) -> bool:
        """Whether one of them is under way: then the page looks again by itself."""
        return any(each.row["workflow_state"] in MOVING[1:] for each in self.piece.rows)


def recent(cursor: Cursor, number: int) -> ShownImports:
    """A page of imports, newest first."""
    piece = piece_of(Listing(SQL, order="i.id DESC"), cursor, number)
    return ShownImports(Piece([shown(row) for row in piece.rows], piece.number, piece.total))


def one(cursor: Cursor, import_id: int, number: int) -> ShownImport | None:
    """One import with a page of its messages; None when there is none."""
    row = cursor.execute(f"{SQL} WHERE i.id = ?", (import_id,)).fetchone()
    if row is None:
        return None
    listing = Listing("SELECT * FROM messages", order="id")
    listing.keep("import_id = ?", import_id)
    return shown(row, piece_of(listing, cursor, number))


def shown(row: Row, messages: Piece | None = None) -> ShownImport:
    """A row of imports as it is shown."""
    state = row["workflow_state"]
    counts = json.loads(row["data"]).get("counts", {})
    kind = "good" if state in GOOD else "bad" if state in BAD else "moving" if state in MOVING else "mixed"
    return ShownImport(
        row=row,
        state=STATE_WORDS.get(state, state),
        kind=kind,
        counts=tuple((name.replace("_", " "), count) for name, count in counts.items() if count and is_rows(name)),
        options=tuple(options_of(row)),
        pairs=tuple(pairs_of(row)),
        messages=messages,
    )


def is_rows(name: str) -> bool:
    return name not in ("error_count", "warning_count")


def options_of(row: Row) -> list[str]:
    """The options in words."""
    found = []
    if row["batch_mode"]:
        found.append(f"full batch update of {row['term_name'] or 'the terms in the upload'}")
    if row["diffing_data_set_identifier"]:
        remaster = ", remaster" if row["diffing_remaster"] else ""
        found.append(f"diffing by {row['diffing_data_set_identifier']}{remaster}")
    words = {
        "override_sis_stickiness": "overrides changes made in Canvas",
        "add_sis_stickiness": "makes its values sticky",
        "clear_sis_stickiness": "clears stickiness",
        "skip_deletes": "skips deletes",
        "update_sis_id_if_login_claimed": "updates the SIS id if the login is claimed",
    }
    found += [text for key, text in words.items() if row[key]]
    if row["change_threshold"] is not None:
        found.append(f"change threshold {row['change_threshold']} %")
    return found


def pairs_of(row: Row) -> list[tuple[str, str | None, str]]:
    """The messages that the import itself carries: severity, file, text."""
    found: list[tuple[str, str | None, str]] = []
    for severity, key in (("error", "processing_errors"), ("warning", "processing_warnings")):
        pairs: list[list[Any]] = json.loads(row[key]) if row[key] else []
        found += [(severity, file, text) for file, text in pairs]
    return found
