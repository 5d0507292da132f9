"""What a POST to sis_imports asks for: the file in its three ways, the options, and the checks in Canvas's order.

Source: the reference on the SIS Imports API, sections 1.4.1 to 1.4.5.
"""

import re

from flask import request

from pipeline.sandbox.api import refusals
from pipeline.sandbox.api.params import Params
from pipeline.sandbox.api.refusals import Refusal
from pipeline.sandbox.engine import ImportOptions, Upload

__all__ = ["AttachmentIsTextError", "asked_options", "faults_of", "received_file"]

DROP_STATUSES = ("deleted", "inactive", "completed", "deleted_last_completed")
USER_REMOVE_STATUSES = ("deleted", "suspended")
MAX_IDENTIFIER = 128  # characters
EXTENSIONS = {"application/zip": "zip", "text/csv": "csv", "text/plain": "csv", "text/xml": "xml"}
NUMBER = re.compile(r"\s*[-+]?\d+")


def received_file(asked: Params, *, missing_is_refused: bool) -> Upload:
    """The file of this request, sent as a form's part `attachment` or as the body."""
    if (request.mimetype or "") != "multipart/form-data":
        return Upload(f"sis_import.{raw_extension(asked)}", whole_body())
    part = request.files.get("attachment")
    if part is not None and part.filename:
        return Upload(named(part.filename, part.mimetype), part.stream.read())
    if "attachment" in asked and part is None:
        raise AttachmentIsTextError
    if missing_is_refused:
        raise refusals.bad_request({"error": True, "error_message": "Missing attachment"})
    return Upload("sis_import.zip", whole_body())


def whole_body() -> bytes:
    """The body from its first byte, whoever read of it before."""
    body = request.environ["wsgi.input"]
    body.seek(0)
    return bytes(body.read())


class AttachmentIsTextError(Exception):
    """A text field named `attachment`: Canvas crashes on it."""


def raw_extension(asked: Params) -> str:
    """The extension for a body: as asked, else by its type; then a charset other than UTF-8 is refused."""
    if extension := asked.text("extension"):
        return extension
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() != "utf-8":
        raise refusals.bad_request({"error": "Invalid content type, UTF-8 required"})
    return EXTENSIONS.get(request.mimetype, "zip")


def named(filename: str, media_type: str) -> str:
    """The name of an uploaded part: without folders, and with an extension if it had none."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return name if "." in name else f"{name}.{EXTENSIONS.get(media_type, 'unknown')}"


def asked_options(asked: Params, batch_term_id: int | None, *, has_user_remove_status: bool) -> ImportOptions:
    """The options in force: single-term batch mode beats multi-term, which beats diffing; the beaten are forgotten."""
    multi_term = batch_term_id is None and "multi_term_batch_mode" in asked
    batch = batch_term_id is not None or multi_term
    identifier = asked.text("diffing_data_set_identifier") or ""
    diffing = not batch and bool(identifier.strip())
    rows = number(asked, "diff_row_count_threshold")
    override = asked.flag("override_sis_stickiness")
    return ImportOptions(
        batch_mode=batch or None,
        batch_mode_term_id=batch_term_id,
        multi_term_batch_mode=asked.flag("multi_term_batch_mode") if multi_term else None,
        batch_mode_enrollment_drop_status=chosen(asked, "batch_mode_enrollment_drop_status", DROP_STATUSES),
        change_threshold=number(asked, "change_threshold"),
        diffing_data_set_identifier=identifier if diffing else None,
        diffing_remaster=asked.flag("diffing_remaster_data_set") if diffing else None,
        diffing_drop_status=chosen(asked, "diffing_drop_status", DROP_STATUSES),
        diffing_user_remove_status=(
            chosen(asked, "diffing_user_remove_status", USER_REMOVE_STATUSES) if has_user_remove_status else None
        ),
        diff_row_count_threshold=rows if rows is not None and rows > 0 else None,
        skip_deletes=asked.flag("skip_deletes"),
        override_sis_stickiness=override or None,
        add_sis_stickiness=(override and asked.flag("add_sis_stickiness")) or None,
        clear_sis_stickiness=(override and asked.flag("clear_sis_stickiness")) or None,
        update_sis_id_if_login_claimed=asked.flag("update_sis_id_if_login_claimed"),
    )


def faults_of(asked: Params, options: ImportOptions, *, has_user_remove_status: bool) -> Refusal | None:
    """What is refused only after the import was stored, which leaves it behind as an orphan."""
    if options.multi_term_batch_mode is not None and options.change_threshold is None:
        return refusals.bad_request({"message": "change_threshold is required to use multi term_batch mode."})
    allowed: dict[str, tuple[str, ...]] = {"diffing_drop_status": DROP_STATUSES}
    if has_user_remove_status:
        allowed["diffing_user_remove_status"] = USER_REMOVE_STATUSES
    allowed["batch_mode_enrollment_drop_status"] = DROP_STATUSES
    for name, statuses in allowed.items():
        if any(asked.texts(name)) and chosen(asked, name, statuses) is None:
            return refusals.bad_request({"message": f"Invalid {name}"})
    if len(options.diffing_data_set_identifier or "") > MAX_IDENTIFIER:
        return refusals.too_long("diffing_data_set_identifier", MAX_IDENTIFIER)
    return None


def chosen(asked: Params, name: str, statuses: tuple[str, ...]) -> str | None:
    """The first valid one of the statuses sent; it is stored even where nothing will use it."""
    return next((status for status in asked.texts(name) if status in statuses), None)


def number(asked: Params, name: str) -> int | None:
    """A whole number as a database column casts it: `5.7` is 5, `abc` is 0, nothing is null."""
    text = asked.text(name)
    if text is None or not text.strip():
        return None
    found = NUMBER.match(text)
    return int(found[0]) if found else 0
