"""Routes of the web page. Read-only but for "upload a file" and "abort"; no script, nothing from elsewhere."""

import hashlib
import hmac
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as WireResponse

from pipeline.sandbox.api.site import ADMIN_USER_ID, site
from pipeline.sandbox.engine import ImportOptions, Upload
from pipeline.sandbox.page import places, runs

__all__ = ["blueprint"]

blueprint = Blueprint("page", __name__, template_folder="templates", static_folder="static", static_url_path="/page")
HOSTS = ("127.0.0.1", "localhost")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@blueprint.before_request
def check_host() -> None:
    """Only this machine, under its own name: a name that somebody else points here is not served."""
    if request.host.rpartition(":")[0] not in HOSTS:
        abort(403)


@blueprint.after_request
def add_policy(response: Response) -> Response:
    """Nothing from elsewhere, nothing kept."""
    response.headers["content-security-policy"] = POLICY
    response.headers["referrer-policy"] = "same-origin"
    if request.endpoint != "page.static":
        response.headers["cache-control"] = "no-store"
    return response


@blueprint.get("/")
def show_imports() -> str:
    """The recent imports and the form for another one."""
    with site().engine.database.read() as cursor:
        shown = runs.recent(cursor, page_number())
        terms = places.terms(cursor)
    return page("imports.html", shown=shown, terms=terms, form_token=form_token(), here="imports")


@blueprint.get("/imports/<int:import_id>")
def show_import(import_id: int) -> str:
    """One import with all its messages."""
    with site().engine.database.read() as cursor:
        shown = runs.one(cursor, import_id, page_number())
    return page("import.html", shown=found(shown), form_token=form_token(), here="imports")


@blueprint.get("/accounts")
def show_accounts() -> str:
    """The tree of accounts."""
    with site().engine.database.read() as cursor:
        return page("accounts.html", accounts=places.accounts(cursor), here="accounts")


@blueprint.get("/terms")
def show_terms() -> str:
    """All terms."""
    with site().engine.database.read() as cursor:
        return page("terms.html", terms=places.terms(cursor), here="terms")


@blueprint.get("/courses")
def show_courses() -> str:
    """Courses, by search, term and account."""
    wanted = {name: request.args.get(name, "").strip() for name in ("q", "term", "account")}
    with site().engine.database.read() as cursor:
        shown, terms = places.courses(cursor, wanted, page_number()), places.terms(cursor)
    return page("courses.html", shown=shown, terms=terms, wanted=wanted, here="courses")


@blueprint.get("/courses/<int:course_id>")
@blueprint.get("/courses/<int:course_id>/grades/<int:_user_id>")
def show_course(course_id: int, _user_id: int = 0) -> str:
    """One course with its sections and their roster."""
    with site().engine.database.read() as cursor:
        shown = places.course(cursor, course_id, page_number())
    return page("course.html", shown=found(shown), here="courses")


@blueprint.get("/users")
def show_users() -> str:
    """People, by search."""
    words = request.args.get("q", "").strip()
    with site().engine.database.read() as cursor:
        shown = places.users(cursor, words, page_number())
    return page("users.html", shown=shown, wanted={"q": words}, here="users")


@blueprint.get("/users/<int:user_id>")
@blueprint.get("/courses/<int:_course_id>/users/<int:user_id>")
def show_user(user_id: int, _course_id: int = 0) -> str:
    """One person with logins and enrollments."""
    with site().engine.database.read() as cursor:
        shown = places.user(cursor, user_id)
    return page("user.html", shown=found(shown), here="users")


@blueprint.post("/imports")
def upload_file() -> WireResponse:
    """Import an uploaded file as the administrator."""
    check_form()
    file = request.files.get("attachment")
    if file is None or not file.filename:
        return redirect("/?problem=file")
    term = request.form.get("batch_term", "")
    override = "override" in request.form
    options = ImportOptions(
        batch_mode=True if term.isdigit() else None,
        batch_mode_term_id=int(term) if term.isdigit() else None,
        override_sis_stickiness=override or None,
        add_sis_stickiness=(override and "add" in request.form) or None,
        clear_sis_stickiness=(override and "clear" in request.form) or None,
    )
    engine = site().engine
    import_id = engine.save_import(
        ADMIN_USER_ID, Upload(file.filename.replace("\\", "/").rsplit("/", 1)[-1], file.read())
    )
    engine.start_import(import_id, options)
    return redirect(f"/imports/{import_id}")


@blueprint.post("/imports/<int:import_id>/abort")
def abort_import(import_id: int) -> WireResponse:
    """Abort an import; one that is finished stays as it is."""
    check_form()
    site().engine.abort(import_id)
    return redirect(f"/imports/{import_id}")


def page(template: str, **values: Any) -> str:
    """A page of the site."""
    with site().engine.database.read() as cursor:
        account = cursor.execute("SELECT name FROM accounts WHERE id = 1").fetchone()["name"]
    version = site().canvas_version
    return render_template(template, account=account, version=version, problem=request.args.get("problem"), **values)


def page_number() -> int:
    """The page asked for; the first when it makes no sense."""
    text = request.args.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def found(shown: Any) -> Any:
    """The thing, or a page that says that there is none."""
    if shown is None:
        abort(make_response(page("missing.html", here=""), 404))
    return shown


def form_token() -> str:
    """What a form of this page carries, and nobody else can know."""
    return hmac.new(site().secret, b"form", hashlib.sha256).hexdigest()


def check_form() -> None:
    """Refuse a form that does not come from this page."""
    if not hmac.compare_digest(request.form.get("form_token", "").encode(), form_token().encode()):
        abort(make_response(page("missing.html", here=""), 403))
