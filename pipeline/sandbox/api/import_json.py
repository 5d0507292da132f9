"""SisImport, its messages and its Progress as JSON: the keys in Canvas's order, null and false where Canvas has them.

Source: the reference on the SIS Imports API, section 2.
"""

import json
from datetime import datetime
from sqlite3 import Cursor, Row
from typing import Any

from pipeline.sandbox.api.file_json import file_json
from pipeline.sandbox.api.filing import StoredFile
from pipeline.sandbox.api.person_json import import_user_json
from pipeline.sandbox.api.site import Site

__all__ = ["import_json", "message_json", "progress_json"]

FLAGS = ("override_sis_stickiness", "add_sis_stickiness", "update_sis_id_if_login_claimed", "clear_sis_stickiness")


def import_json(row: Row, cursor: Cursor, site: Site) -> dict[str, Any]:
    """The SisImport of a row of `imports`."""
    body: dict[str, Any] = {
        key: row[key]
        for key in ("id", "created_at", "started_at", "ended_at", "updated_at", "progress", "workflow_state")
    }
    body["data"] = json.loads(row["data"])
    body["batch_mode"] = truth(row["batch_mode"])
    body["batch_mode_term_id"] = row["batch_mode_term_id"]
    body["multi_term_batch_mode"] = truth(row["multi_term_batch_mode"])
    body |= {key: truth(row[key]) for key in FLAGS}
    body["diffing_data_set_identifier"] = row["diffing_data_set_identifier"]
    body["diffing_remaster"] = truth(row["diffing_remaster"])
    body["diffed_against_import_id"] = None  # Canvas looks for it in the wrong place, always
    body["diffing_drop_status"] = row["diffing_drop_status"]
    if site.is_current:
        body["diffing_user_remove_status"] = row["diffing_user_remove_status"]
    body["skip_deletes"] = truth(row["skip_deletes"])
    body["change_threshold"] = row["change_threshold"]
    body["diff_row_count_threshold"] = row["diff_row_count_threshold"]
    for key in ("processing_errors", "processing_warnings"):
        if row[key] is not None:
            body[key] = json.loads(row[key])
    if row["diffing_data_set_identifier"] is not None:
        body["diffing_threshold_exceeded"] = bool(row["diffing_threshold_exceeded"])
    return body | files_of(row, cursor, site)


def files_of(row: Row, cursor: Cursor, site: Site) -> dict[str, Any]:
    """The user and the files of an import, each only if there are any."""
    files = cursor.execute("SELECT * FROM attachments WHERE import_id = ? ORDER BY id", (row["id"],)).fetchall()
    kinds: dict[str, list[dict[str, Any]]] = {}
    offered = set(json.loads(row["data"]).get("downloadable_attachment_ids") or ())
    for file in files:
        if file["kind"] == "errors" or file["id"] in offered:  # of a small import nothing is offered before its end
            kinds.setdefault(file["kind"], []).append(file_json(stored_file(file), site))
    body: dict[str, Any] = {}
    if "errors" in kinds and shows_errors_file(row, site):
        body["errors_attachment"] = kinds["errors"][-1]
    if row["user_id"] is not None and (user := import_user_json(row["user_id"], cursor)):
        body["user"] = user
    if "csv" in kinds:
        body["csv_attachments"] = kinds["csv"]
    if "diffed" in kinds:
        body["diffed_csv_attachments"] = kinds["diffed"]
    return body


def shows_errors_file(row: Row, site: Site) -> bool:
    """Whether the error file exists yet: Canvas writes it some time after the end."""
    if row["errors_attachment_id"] is None:
        return False
    ended_at = row["ended_at"] or row["updated_at"]
    return site.now() >= datetime.fromisoformat(ended_at).timestamp() + site.switches.errors_file_after


def stored_file(row: Row) -> StoredFile:
    """A row of `attachments`."""
    return StoredFile(
        file_id=row["id"],
        uuid=row["uuid"],
        display_name=row["display_name"],
        filename=row["filename"],
        content_type=row["content_type"],
        size=row["size"],
        created_at=row["created_at"],
        expires=row["kind"] == "errors",
    )


def message_json(row: Row) -> dict[str, Any]:
    """The SisImportError of a row of `messages`."""
    return {
        "sis_import_id": row["import_id"],
        "file": row["file"],
        "message": row["message"],
        "row_info": row["row_info"],
        "row": row["row"],
    }


def progress_json(row: Row, site: Site) -> dict[str, Any]:
    """The Progress of a row of `progresses`."""
    return {
        "id": row["id"],
        "context_id": row["context_id"],
        "context_type": row["context_type"],
        "user_id": None,
        "tag": row["tag"],
        "completion": float(row["completion"]),
        "workflow_state": row["workflow_state"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "message": row["message"],
        "url": f"{site.url}/api/v1/progress/{row['id']}",
    }


def truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)
