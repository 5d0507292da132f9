"""Routes of the Account Reports API.

Source: the reference on reading back, sections 4.1 to 4.4.
"""

from typing import Any

from flask import Blueprint, Response

from pipeline.sandbox.api import addressing, refusals
from pipeline.sandbox.api.access import require
from pipeline.sandbox.api.answers import json_answer
from pipeline.sandbox.api.file_json import file_json
from pipeline.sandbox.api.pages import numbered
from pipeline.sandbox.api.refusals import Refusal
from pipeline.sandbox.api.reporting.wishes import asked_terms
from pipeline.sandbox.api.site import link_here, params, site

__all__ = ["REPORTS", "blueprint"]

blueprint = Blueprint("reports", __name__)
REPORT = "/api/v1/accounts/<account>/reports/<report>"
OPTIONAL = {
    "enrollment_term_id": "The canvas id of the term of courses to report on",
    "users": "Users",
    "accounts": "Accounts",
    "terms": "Terms",
    "courses": "Courses",
    "sections": "Sections",
    "enrollments": "Enrollments",
    "groups": "Groups",
    "group_categories": "Group categories",
    "group_membership": "Group memberships",
    "xlist": "Cross-listed sections",
    "user_observers": "Observers",
    "admins": "Administrators",
    "include_deleted": "Include deleted objects",
    "created_by_sis": "Only objects that SIS made",
}
FILTERS = {"enrollment_filter": "Types of enrollments", "enrollment_states": "States of enrollments"}
REPORTS = {
    "provisioning_csv": ("Provisioning", {**OPTIONAL, **FILTERS}),
    "sis_export_csv": ("SIS Export", OPTIONAL),
    "user_access_tokens_csv": ("User Access Tokens", {"include_deleted": "Include deleted objects"}),
}


@blueprint.get("/api/v1/accounts/<account>/reports")
def list_reports(account: str) -> Response:
    """The reports that there are, each with its last run."""
    account_id = addressing.account_id(account)
    require("read_reports")
    shown = []
    for name, (title, parameters) in sorted(REPORTS.items(), key=lambda item: item[1][0]):
        runs = site().reports.listed(name, account_id)
        described = {key: {"required": False, "description": text} for key, text in parameters.items()}
        last = run_json(runs[0]) if runs else None
        shown.append({"title": title, "report": name, "parameters": described, "last_run": last})
    return json_answer(shown)


@blueprint.get(REPORT)
def list_runs(account: str, report: str) -> Response:
    """The runs of a report, newest first."""
    account_id = known(account, report)
    page = numbered(params(), site().switches.paging_max_per_page)
    runs = site().reports.listed(report, account_id)
    rows, more = page.cut(runs)
    links = page.links(more=more, total=len(runs))
    return json_answer([run_json(run) for run in rows], headers=link_here().header(links, page.size))


@blueprint.post(REPORT)
def start_run(account: str, report: str) -> Response:
    """Queue a run; newer Canvas looks at the term first."""
    account_id = known(account, report)
    parameters = params().branch("parameters").tree
    if site().switches.reports_generation >= 2024:
        for term in asked_terms(parameters):
            check_term(term)
    run_id = site().reports.start(report, account_id, parameters)
    return json_answer(shown_run(report, run_id))


@blueprint.get(f"{REPORT}/<run>")
def show_run(account: str, report: str, run: str) -> Response:
    """One run."""
    known(account, report)
    return json_answer(shown_run(report, addressing.canvas_id(run)))


@blueprint.delete(f"{REPORT}/<run>")
def delete_run(account: str, report: str, run: str) -> Response:
    """Delete a run; the answer shows it for the last time."""
    known(account, report)
    run_id = addressing.canvas_id(run)
    body = shown_run(report, run_id)
    site().reports.delete(run_id)
    return json_answer({**body, "status": "deleted"})


@blueprint.put(f"{REPORT}/<run>/abort")
def abort_run(account: str, report: str, run: str) -> Response:
    """Abort a run that is running; of another state, and in older Canvas, this is not found."""
    known(account, report)
    run_id = addressing.canvas_id(run)
    shown_run(report, run_id)
    if site().switches.reports_generation < 2024 or not site().reports.abort(run_id):
        raise refusals.not_found()
    return json_answer(shown_run(report, run_id))


def known(account: str, report: str) -> int:
    """The account, for a report that exists and a caller who may see reports."""
    account_id = addressing.account_id(account)
    require("read_reports")
    if report not in REPORTS:
        raise refusals.not_found()
    return account_id


def check_term(written: str) -> None:
    """A 400 for a term that does not exist; `active_terms` is a word of its own."""
    try:
        if written != "active_terms":
            addressing.term_id(written)
    except Refusal:
        raise refusals.bad_request({"error": f"invalid enrollment_term_id '{written}'"}) from None


def shown_run(report: str, run_id: int) -> dict[str, Any]:
    """The run with this id; with the fault `vanish`, a finished one is gone."""
    run = site().reports.run(run_id, report)
    if run is None or (run["status"] != "created" and site().switches.reports_fail == "vanish"):
        raise refusals.not_found()
    return run_json(run)


def run_json(run: dict[str, Any]) -> dict[str, Any]:
    """A run; the file only when there is one."""
    here = site()
    body = {
        "id": run["id"],
        "progress": run["progress"],
        "parameters": run["parameters"],
        "current_line": run["current_line"],
        "status": run["status"],
        "report": run["report"],
        "created_at": run["created_at"],
        "started_at": run["started_at"],
        "ended_at": run["ended_at"],
        "file_url": None,
    }
    file = here.report_file(run["file_id"]) if run["file_id"] else None
    if file is not None:
        body["file_url"] = f"{here.url}/accounts/{run['account_id']}/files/{file.file_id}/download"
        body["attachment"] = file_json(file, here)
    return body
