"""Files of imports and reports: the download on Canvas's host, and the store on another to which it leads."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect
from werkzeug.formparser import parse_form_data
from werkzeug.wrappers import Response as WireResponse

from pipeline.sandbox.api import addressing, refusals
from pipeline.sandbox.api.access import caller, may
from pipeline.sandbox.api.answers import JSON_TYPE, json_answer
from pipeline.sandbox.api.file_json import file_json
from pipeline.sandbox.api.filing import StoredFile
from pipeline.sandbox.api.front import Call
from pipeline.sandbox.api.import_json import stored_file
from pipeline.sandbox.api.signing import signed, signed_value
from pipeline.sandbox.api.site import Site, params, site
from pipeline.sandbox.engine import Upload

__all__ = ["FileStore", "blueprint"]

blueprint = Blueprint("files", __name__)
STORE_SECONDS = 300.0  # how long a URL of the store is good for
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Log In to Canvas</title></head><body><h1>Log In</h1></body></html>"
SEVERAL_AUTHORIZATIONS = (
    "<Error><Code>InvalidArgument</Code><Message>The URL is signed already; an Authorization header must not be sent."
    "</Message></Error>"
)


@blueprint.get("/files/<file>/download")
@blueprint.get("/files/<file>")
def download(file: str) -> Response | WireResponse:
    """To the file's store, for those who have its verifier or a token; others land on the login page."""
    stored = known_file(addressing.canvas_id(file))
    if not (is_verified(stored, params().text("verifier")) or may("import_sis") or may("read_reports")):
        return redirect(f"{site().url}/login/canvas")
    return redirect(store_url(stored))


@blueprint.get("/accounts/<account>/files/<file>/download")
def download_in_browser(account: str, file: str) -> WireResponse:  # noqa: ARG001  # part of the route
    """A route of the web interface: a token does not count here."""
    return redirect(f"{site().url}/login/canvas")


@blueprint.get("/login/canvas")
def login_page() -> Response:
    """The page on which a person would log in."""
    return Response(LOGIN_PAGE, content_type="text/html; charset=utf-8")


@blueprint.get("/api/v1/files/<file>")
def show_file(file: str) -> Response:
    """One File, for those who have a token."""
    caller()
    return json_answer(file_json(known_file(addressing.canvas_id(file)), site()))


@blueprint.get("/api/v1/files/<file>/public_url")
def public_url(file: str) -> Response:
    """The URL of the file in its store."""
    caller()
    return json_answer({"public_url": store_url(known_file(addressing.canvas_id(file)))})


def known_file(file_id: int) -> StoredFile:
    """A file of an import or of a report."""
    if file := site().report_file(file_id):
        return file
    with site().engine.database.read() as cursor:
        row = cursor.execute("SELECT * FROM attachments WHERE id = ?", (file_id,)).fetchone()
    if row is None:
        raise refusals.not_found()
    return stored_file(row)


def is_verified(file: StoredFile, verifier: str | None) -> bool:
    """Whether the verifier is the file's own, or a signed one that is still good."""
    if not verifier:
        return False
    here = site()
    if verifier == file.uuid:
        return file.verified and not (file.expires and here.switches.verifier_expires)
    return signed_value(here.secret, "verifier", verifier, here.now()) == file.file_id


def store_url(file: StoredFile) -> str:
    """A URL of the store that is good for some minutes."""
    here = site()
    signature = signed(here.secret, "store", file.file_id, here.now() + STORE_SECONDS)
    return f"{here.files_url}/store/{file.uuid}?signature={signature}"


@dataclass(frozen=True, slots=True)
class FileStore:
    """What answers on the file store's host: it serves signed URLs, takes uploads, and wants no token at all."""

    site: Site

    def __call__(self, call: Call) -> WireResponse:
        """Answer one request, while nobody empties the account."""
        with self.site.turnstile.inside():
            return self.answered(call.method, call.path, call.environ)

    def answered(self, method: str, path: str, environ: dict[str, Any]) -> WireResponse:
        """A file, an upload taken, or a refusal."""
        query = str(environ.get("QUERY_STRING", ""))
        if "HTTP_AUTHORIZATION" in environ or "access_token=" in query:
            return WireResponse(SEVERAL_AUTHORIZATIONS, status=400, content_type="application/xml")
        if method == "POST" and path.startswith("/uploads/"):
            return self.taken(path.removeprefix("/uploads/"), environ)
        file_id = signed_value(self.site.secret, "store", query.removeprefix("signature="), self.site.now())
        content = None if file_id is None or method not in ("GET", "HEAD") else self.site.file_content(file_id)
        if content is None:
            return WireResponse("<Error><Code>AccessDenied</Code></Error>", status=403, content_type="application/xml")
        return WireResponse(content, content_type="application/octet-stream")

    def taken(self, key: str, environ: dict[str, Any]) -> WireResponse:
        """An upload of the file-upload workflow: the import starts by itself."""
        expected = self.site.pre_uploads.take(key, self.site.now())
        content = uploaded_file(environ)
        if expected is None or content is None:
            return WireResponse("<Error><Code>AccessDenied</Code></Error>", status=403, content_type="application/xml")
        engine = self.site.engine
        engine.attach_upload(expected.import_id, Upload(expected.name, content))
        engine.start_import(expected.import_id, expected.options)
        body = json.dumps({"id": expected.import_id, "display_name": expected.name, "upload_status": "success"})
        location = f"{self.site.url}/api/v1/accounts/self/sis_imports/{expected.import_id}"
        return WireResponse(body, status=201, headers={"location": location}, content_type=JSON_TYPE)


def uploaded_file(environ: dict[str, Any]) -> bytes | None:
    """The bytes of the form's part `file`; None when there is none."""
    _, _, files = parse_form_data(environ)
    try:
        part = files.get("file")
        return None if part is None else part.stream.read()
    finally:
        for each in files.values():
            each.close()
