"""The Flask application: all routes of one sandbox, and how refusals and crashes become answers."""

import logging

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from pipeline.sandbox import page
from pipeline.sandbox.api import (
    accounts,
    control,
    courses,
    enrollments,
    files,
    groups,
    imports,
    oauth,
    people,
    refusals,
)
from pipeline.sandbox.api.access import check_token
from pipeline.sandbox.api.answers import json_answer
from pipeline.sandbox.api.refusals import Refusal
from pipeline.sandbox.api.reporting import routes as reports
from pipeline.sandbox.api.site import EXTENSION, Site, site

__all__ = ["create_app"]

log = logging.getLogger(__name__)
BLUEPRINTS = (
    control.blueprint,
    imports.blueprint,
    files.blueprint,
    accounts.blueprint,
    courses.blueprint,
    people.blueprint,
    enrollments.blueprint,
    groups.blueprint,
    oauth.blueprint,
    reports.blueprint,
    page.blueprint,
)
WITH_TOKEN = ("/api/", "/files/")  # where a token that is sent has to be good


def create_app(here: Site) -> Flask:
    """The application for one sandbox; several may live in one process."""
    app = Flask("pipeline.sandbox", static_folder=None)
    app.extensions[EXTENSION] = here
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["MAX_FORM_MEMORY_SIZE"] = None
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.before_request(check_request)
    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, not_routed)
    app.register_error_handler(Exception, crashed)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def check_request() -> None:
    """A route that does not exist is not found for everybody; else the token is judged."""
    g.caller = None
    if request.routing_exception is not None:
        raise refusals.not_found()
    if request.path.startswith(WITH_TOKEN):
        check_token()


def refused(refusal: Refusal) -> Response:
    """A refusal as its answer."""
    return json_answer(refusal.body, status=refusal.status, headers=refusal.headers)


def not_routed(error: HTTPException) -> Response | HTTPException:
    """No such route, or not with this method: Canvas does not tell these apart. The web page answers for itself."""
    return error if request.blueprint == "page" else refused(refusals.not_found())


def crashed(error: Exception) -> Response:
    """A fault of the sandbox itself; the log names its kind and place, never a value."""
    report_id = site().next_report_id()
    trace, places = error.__traceback__, []
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("crash report=%d kind=%s at=%s", report_id, type(error).__name__, " ".join(places[-6:]))
    return refused(refusals.unexpected(report_id))
