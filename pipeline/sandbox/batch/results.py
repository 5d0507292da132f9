"""What an import's JSON says at the end: counts, statistics, capped messages, the error file."""

import csv
import io
from typing import Any

from pipeline.canvas.file_types import FileType
from pipeline.sandbox.store.imports import AttachmentRow, ImportTables

__all__ = ["CLASSES", "capped_messages", "error_file", "final_state", "no_counts", "statistics"]

INLINE = 24  # messages of each kind that the JSON holds
CLASSES = (
    "Account",
    "EnrollmentTerm",
    "AbstractCourse",
    "Course",
    "CourseSection",
    "GroupCategory",
    "Group",
    "Pseudonym",
    "CommunicationChannel",
    "Enrollment",
    "GroupMembership",
    "UserObserver",
    "AccountUser",
)
ACTIVE = {"GroupMembership": ("accepted",), "Group": ("available",), "Course": ("claimed", "created", "available")}
NEW = ("non-existent", "creation_pending")
RESTORABLE = {
    "Course": ("completed", "deleted"),
    "Enrollment": ("inactive", "completed", "rejected", "deleted"),
    "CommunicationChannel": ("retired", "unconfirmed"),
}
DELETED = {"CommunicationChannel": "retired"}
EXTRA = {"Course": {"completed": "concluded"}, "Enrollment": {"completed": "concluded", "inactive": "deactivated"}}


def no_counts(types: tuple[FileType, ...]) -> dict[str, int]:
    """`data.counts` before anything was imported."""
    return {kind.count_key: 0 for kind in types}


def statistics(tables: ImportTables, import_id: int) -> dict[str, Any]:
    """`data.statistics`, from the recorded changes of state."""
    figures: dict[str, Any] = {"total_state_changes": 0}
    for class_name in CLASSES:
        extra = dict.fromkeys(EXTRA.get(class_name, {}).values(), 0)
        figures[class_name] = {"created": 0, "restored": 0, **extra, "deleted": 0}
    for class_name, before, after, count in tables.tallied_changes(import_id):
        figures["total_state_changes"] += count
        if class_name in figures:
            for kind in _kinds(class_name, before, after):
                figures[class_name][kind] += count
    return figures


def _kinds(class_name: str, before: str, after: str) -> list[str]:
    """Under which figures of its class a change counts."""
    kinds = []
    if after in ACTIVE.get(class_name, ("active",)):
        if before in NEW:
            kinds.append("created")
        elif before in RESTORABLE.get(class_name, ("deleted",)):
            kinds.append("restored")
    if extra := EXTRA.get(class_name, {}).get(after):
        kinds.append(extra)
    if after == DELETED.get(class_name, "deleted"):
        kinds.append("deleted")
    return kinds


def capped_messages(tables: ImportTables, import_id: int, *, failure: bool) -> list[list[str | None]] | None:
    """`processing_errors` or `processing_warnings`: the first 24 and a summary of the rest; None when there are none."""
    count = tables.message_count(import_id, failure=failure)
    if not count:
        return None
    word = "errors" if failure else "warnings"
    shown = tables.first_messages(import_id, failure=failure, limit=INLINE)
    if count > INLINE:
        more = f"and {count - INLINE} more {word} that were not included"
        shown.append([more, f"Download the error file to see all {word}."])
    return shown


def final_state(errors: int, warnings: int) -> str:
    """The state in which an import ends that ran to its end."""
    if errors:
        return "failed_with_messages"
    return "imported_with_messages" if warnings else "imported"


def error_file(tables: ImportTables, import_id: int) -> AttachmentRow:
    """The file of all messages."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("sis_import_id", "file", "message", "row"))
    writer.writerows(tables.all_messages(import_id))
    content = text.getvalue().encode()
    return AttachmentRow(
        "errors", f"sis_errors_attachment_{import_id}.csv", len(content), content=content, content_type="csv"
    )
