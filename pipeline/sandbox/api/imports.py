"""Routes of the SIS Imports API and of Progress.

Source: the reference on the SIS Imports API, sections 1.1 to 1.6.
"""

import json
from datetime import UTC, datetime
from sqlite3 import Cursor, Row
from typing import Any

from flask import Blueprint, Response, request

from pipeline.sandbox.api import addressing, refusals
from pipeline.sandbox.api.access import caller, require
from pipeline.sandbox.api.answers import JSON_TYPE, json_answer, plain_answer
from pipeline.sandbox.api.import_json import import_json, message_json, progress_json
from pipeline.sandbox.api.import_options import AttachmentIsTextError, asked_options, faults_of, received_file
from pipeline.sandbox.api.pages import NumberedPage, numbered
from pipeline.sandbox.api.params import Params
from pipeline.sandbox.api.pre_upload import Expected, asked_name
from pipeline.sandbox.api.site import Site, link_here, params, site
from pipeline.sandbox.engine import Fate, ImportOptions, Upload

__all__ = ["blueprint"]

blueprint = Blueprint("imports", __name__)
ACCOUNT = "/api/v1/accounts/<account>"
LOOK = ("import_sis", "manage_sis")
STATES = (
    "initializing",
    "created",
    "importing",
    "cleanup_batch",
    "imported",
    "imported_with_messages",
    "aborted",
    "failed",
    "failed_with_messages",
    "restoring",
    "partially_restored",
    "restored",
)
RUNNING = ("importing", "cleanup_batch")


@blueprint.get(f"{ACCOUNT}/sis_imports")
def list_imports(account: str) -> Response:
    """Imports, newest first; the total is not counted, so there is no last page."""
    check_account(account, *LOOK)
    asked = params()
    page = numbered(asked, site().switches.paging_max_per_page)
    where, values = import_filter(asked)
    with site().engine.database.read() as cursor:
        rows = cursor.execute(
            f"SELECT * FROM imports WHERE {where} ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",  # noqa: S608  # our own words
            (*values, page.size + 1, page.offset),
        ).fetchall()
        shown = [import_json(row, cursor, site()) for row in rows[: page.size]]
    return page_of("sis_imports", shown, page, more=len(rows) > page.size)


@blueprint.get(f"{ACCOUNT}/sis_imports/importing")
def list_running(account: str) -> Response:
    """The imports that run at the moment; not paginated, queued ones not included."""
    check_account(account, *LOOK)
    with site().engine.database.read() as cursor:
        rows = cursor.execute("SELECT * FROM imports WHERE workflow_state IN (?, ?) ORDER BY id", RUNNING).fetchall()
        return json_answer({"sis_imports": [import_json(row, cursor, site()) for row in rows]})


@blueprint.post(f"{ACCOUNT}/sis_imports")
def create_import(account: str) -> Response:
    """Store the file, check the options, queue the import: in Canvas's order, orphans included."""
    check_account(account, "import_sis")
    here, asked = site(), params()
    if (asked.text("import_type") or "instructure_csv") != "instructure_csv":
        raise refusals.unexpected(here.next_report_id())
    later = asked_name(asked) if here.switches.upload_workflow else None
    upload = None if later else uploaded(here, asked)
    options = asked_options(asked, batch_term(asked), has_user_remove_status=here.is_current)
    import_id = here.engine.save_import(caller().user_id, upload)
    if fault := faults_of(asked, options, has_user_remove_status=here.is_current):
        raise fault
    if later:
        expected = Expected(import_id, options, later, here.pre_uploads.until(here.now()))
        offer = here.pre_uploads.expect(expected, here.files_url)
        return json_answer(shown_import(import_id) | {"pre_attachment": offer})
    start(here, import_id, options)
    return json_answer(shown_import(import_id))


@blueprint.get(f"{ACCOUNT}/sis_imports/<import_>")
def show_import(account: str, import_: str) -> Response:
    """One import."""
    check_account(account, *LOOK)
    return json_answer(shown_import(addressing.canvas_id(import_)))


@blueprint.put(f"{ACCOUNT}/sis_imports/<import_>/abort")
def abort_import(account: str, import_: str) -> Response:
    """Abort an import that is not finished; a finished one is not found."""
    check_account(account, *LOOK)
    import_id = known_import(import_)
    if not site().engine.abort(import_id):
        raise refusals.not_found()
    return json_answer(shown_import(import_id))


@blueprint.put(f"{ACCOUNT}/sis_imports/abort_all_pending")
def abort_pending(account: str) -> Response:
    """Abort all that wait; what runs goes on."""
    check_account(account, *LOOK)
    site().engine.abort_all_pending()
    return json_answer({"aborted": True})


@blueprint.put(f"{ACCOUNT}/sis_imports/<import_>/restore_states")
def restore_states(account: str, import_: str) -> Response:
    """Queue a restoration; the answer is its Progress."""
    check_account(account, "manage_sis")
    import_id, asked = known_import(import_), params()
    undelete, unconclude = asked.flag("undelete_only"), asked.flag("unconclude_only")
    if undelete and unconclude:
        text = "cannot set both undelete_only and unconclude_only"
        return plain_answer(text, status=400, content_type=JSON_TYPE)
    progress_id = site().engine.restore_states(
        import_id, batch_mode=asked.flag("batch_mode"), undelete_only=undelete, unconclude_only=unconclude
    )
    return json_answer(shown_progress(progress_id))


@blueprint.get("/api/v1/progress/<progress>")
def show_progress(progress: str) -> Response:
    """One Progress."""
    body = shown_progress(addressing.canvas_id(progress))
    require(*LOOK)
    return json_answer(body)


@blueprint.get(f"{ACCOUNT}/sis_imports/<import_>/errors")
def list_messages(account: str, import_: str) -> Response:
    """The messages of one import, newest first."""
    check_account(account, *LOOK)
    return messages_page("import_id = ?", [known_import(import_)])


@blueprint.get(f"{ACCOUNT}/sis_import_errors")
def list_all_messages(account: str) -> Response:
    """The messages of all imports, newest first."""
    check_account(account, *LOOK)
    return messages_page("1 = 1", [])


def check_account(segment: str, *permissions: str) -> None:
    """The checks of every route here, in order: account, root account, account setting, permission."""
    account = addressing.account_id(segment)
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT parent_account_id, settings FROM accounts WHERE id = ?", (account,)).fetchone()
    if row["parent_account_id"] is not None:
        raise refusals.bad_request({"errors": ["SIS imports can only be executed on root accounts"]})
    if not json.loads(row["settings"]).get("allow_sis_import", False):
        raise refusals.sis_imports_disabled()
    require(*permissions)


def uploaded(here: Site, asked: Params) -> Upload:
    """The file of this request; a text field in its place is a crash."""
    try:
        return received_file(asked, missing_is_refused=here.switches.missing_attachment_is_refused)
    except AttachmentIsTextError:
        raise refusals.unexpected(here.next_report_id()) from None


def batch_term(asked: Params) -> int | None:
    """The term of single-term batch mode; None: not asked for. 404 for an unknown one, 400 for none at all."""
    if not asked.flag("batch_mode"):
        return None
    written = asked.text("batch_mode_term_id")
    if written:
        return addressing.term_id(written)
    if "multi_term_batch_mode" in asked:
        return None
    message = "Batch mode specified, but the given batch_mode_term_id cannot be found."
    raise refusals.bad_request({"message": message})


def start(here: Site, import_id: int, options: ImportOptions) -> None:
    """Queue a saved import, with the fate that a fault has for it."""
    fate = request.environ.get("sandbox.fate")
    if fate is not None:
        here.fates[import_id] = Fate(
            end_state=fate.ends, stall_at=fate.stalls_at, pause_seconds=fate.pauses, settles_late=fate.settles_late
        )
        if fate.ends == "initializing":
            return
    here.engine.start_import(import_id, options)


def import_filter(asked: Params) -> tuple[str, list[Any]]:
    """The condition of a list of imports: instants are exclusive, what cannot be read is ignored."""
    parts, values = ["1 = 1"], []
    for name, comparison in (("created_since", ">"), ("created_before", "<")):
        if instant := read_instant(asked.text(name)):
            parts.append(f"created_at {comparison} ?")
            values.append(instant)
    if states := [state for state in asked.texts("workflow_state") if state in STATES]:
        parts.append(f"workflow_state IN ({', '.join('?' * len(states))})")
        values += states
    return " AND ".join(parts), values


def read_instant(text: str | None) -> str | None:
    """A parameter as the database writes instants; None when absent or unreadable."""
    try:
        read = datetime.fromisoformat((text or "").strip().replace(" ", "+"))
    except ValueError:
        return None
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def messages_page(where: str, values: list[Any]) -> Response:
    """A page of messages; `failure` restricts it to errors."""
    asked = params()
    page = numbered(asked, site().switches.paging_max_per_page)
    if asked.flag("failure"):
        where += " AND failure = 1"
    with site().engine.database.read() as cursor:
        total = cursor.execute(f"SELECT count(*) FROM messages WHERE {where}", values).fetchone()[0]  # noqa: S608  # our own words
        rows = cursor.execute(
            f"SELECT * FROM messages WHERE {where} ORDER BY id DESC LIMIT ? OFFSET ?",  # noqa: S608  # our own words
            (*values, page.size, page.offset),
        ).fetchall()
    shown = [message_json(row) for row in rows]
    return page_of("sis_import_errors", shown, page, more=total > page.offset + page.size, total=total)


def page_of(key: str, shown: list[Any], page: NumberedPage, *, more: bool, total: int | None = None) -> Response:
    """A page under its key, with its links."""
    return json_answer({key: shown}, headers=link_here().header(page.links(more=more, total=total), page.size))


def known_import(segment: str) -> int:
    """The id of an import that exists."""
    import_id = addressing.canvas_id(segment)
    with site().engine.database.read() as cursor:
        import_row(import_id, cursor)
    return import_id


def import_row(import_id: int, cursor: Cursor) -> Row:
    row: Row | None = cursor.execute("SELECT * FROM imports WHERE id = ?", (import_id,)).fetchone()
    if row is None:
        raise refusals.not_found()
    return row


def shown_import(import_id: int) -> dict[str, Any]:
    """The SisImport with this id."""
    with site().engine.database.read() as cursor:
        return import_json(import_row(import_id, cursor), cursor, site())


def shown_progress(progress_id: int) -> dict[str, Any]:
    """The Progress with this id."""
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT * FROM progresses WHERE id = ?", (progress_id,)).fetchone()
    if row is None:
        raise refusals.not_found()
    return progress_json(row, site())
