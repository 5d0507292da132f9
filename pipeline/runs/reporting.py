"""Reports and archive of a run: which facts go into them, from ledger and store; the pages are made in the child process."""

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.errors import LedgerError
from pipeline.ledger.rows import RunFilter, RunKind, RunRow
from pipeline.model.files import make_folder
from pipeline.model.states import Waiting
from pipeline.runs.child import run_table_work
from pipeline.runs.place import Place

__all__ = ["archive_run", "hold_examples", "report_path", "run_folder", "write_report"]

REPORT_NAME = "report.html"


def run_folder(place: Place, run: RunRow) -> Path:
    """Where a run's archive is, or will be: `archive/<feed>/<date>_<drop id>/<instance>_<run id>/`."""
    at = place.ledger.get_drop(run.drop_id).received_at if run.drop_id else run.created_at
    day = at.astimezone(place.settings.zone).date().isoformat()
    return (
        place.settings.archive.folder / run.feed / f"{day}_{run.drop_id or 'no-drop'}" / f"{run.instance}_{run.run_id}"
    )


def report_path(place: Place, run: RunRow) -> Path:
    """The HTML report of a run: the archived one, else written now, since what is not archived may have changed."""
    archived = run_folder(place, run) / REPORT_NAME
    return archived if archived.exists() else write_report(place, run)


def write_report(place: Place, run: RunRow) -> Path:
    """Write the report of a run that is not archived: one that is held, failed, or had nothing to do."""
    folder = make_folder(_latest_folder(place, run))
    with place.work_folder(run.run_id) as work:
        request = {**report_request(place, run), "report": str(folder)}
        run_table_work("report", request, work, on_event=lambda _event: None)
    return folder / REPORT_NAME


def archive_run(place: Place, run: RunRow) -> Path:
    """Archive a run: the drop's source once, and the run's package, Canvas's answers, report and manifest. Repeating is harmless."""
    target = run_folder(place, run)
    with place.work_folder(run.run_id) as work:
        request = {**report_request(place, run), "report": None, "archive": str(target), "work": str(work)}
        run_table_work("report", request, work, on_event=lambda _event: None)
    return target


def hold_examples(place: Place, run: RunRow) -> list[dict[str, Any]]:
    """Ten examples of the rows of a held run. They are people's data, and stay in the store until somebody asks."""
    path = place.store.folder_paths(str(run.facts["folders"]["plan"]))["folder.json"]
    holds = json.loads(path.read_text(encoding="utf-8"))["summary"]["holds"]
    return [example for hold in holds if hold["number"] == run.part for example in hold.get("examples", [])]


def report_request(place: Place, run: RunRow) -> dict[str, Any]:
    """Everything a report is made of, as plain values and paths into the store."""
    folders = dict(run.facts.get("folders", {}))
    stored = {name: place.stored(folders[name]) for name in ("source", "findings", "plan") if name in folders}
    if "messages_folder" in run.facts:
        stored["messages"] = place.stored(str(run.facts["messages_folder"]))
    part = run.facts.get("part_folder")
    children = place.ledger.runs(RunFilter(parent_run_id=run.run_id))
    return {
        "run": _plain_run(run),
        "drop": _plain_drop(place, run),
        "instance": {"name": run.instance, "kind": _kind(place, run.instance), "url": _url(place, run.instance)},
        "zone": place.settings.timezone,
        "stored": stored,
        "part": place.stored(str(part)) if part else None,
        "canvas_files": {name: str(place.store.path(sha)) for name, sha in run.facts.get("canvas_files", {}).items()},
        "numbers": run.facts.get("numbers", {}),
        "holds": [{**_plain_run(one), "examples": hold_examples(place, one)} for one in (run, *children) if one.hold],
        "next_instance": place.next_instance(run.feed, run.instance),
        "waits_for_promotion": _waits_for_promotion(place, run),
        "version": version("sis-pipeline"),
        "decisions": [_plain_decision(row) for row in _decisions(place, run)],
        "events": [
            {"at": event.at.isoformat(), "event": event.event, "before": event.before, "after": event.after}
            for event in place.ledger.events(run.run_id)
        ],
        "head": place.ledger.decisions_head(),
        "keep_sources": str(place.settings.archive.sources),
        "written_at": place.ledger.now().isoformat(),
    }


def _waits_for_promotion(place: Place, run: RunRow) -> bool:
    """Whether a person has to give this run's package to the next instance: while it is rehearsed, and until they did."""
    if place.next_instance(run.feed, run.instance) is None:
        return False
    following = place.ledger.runs(RunFilter(parent_run_id=run.run_id, kind=RunKind.PROMOTION))
    return not following or any(one.waiting is Waiting.PROMOTION for one in following)


def _latest_folder(place: Place, run: RunRow) -> Path:
    return place.settings.state / "reports" / run.run_id


def _decisions(place: Place, run: RunRow) -> list[Any]:
    """The decisions about a run and about the runs that it came from."""
    found = list(place.ledger.decisions(run_id=run.run_id))
    parent = run.parent_run_id
    while parent is not None:
        found = [*place.ledger.decisions(run_id=parent), *found]
        parent = place.ledger.get_run(parent).parent_run_id
    return found


def _plain_run(run: RunRow) -> dict[str, Any]:
    plain = asdict(run)
    plain["facts"] = {
        key: run.facts[key] for key in ("counts", "package_rows", "rehearsal", "kept_holds") if key in run.facts
    }
    for key in ("created_at", "updated_at", "due_at"):
        plain[key] = plain[key].isoformat() if plain[key] else None
    return {**plain, "kind": str(run.kind), "state": str(run.state), "waiting": str(run.waiting)}


def _plain_drop(place: Place, run: RunRow) -> dict[str, Any]:
    if run.drop_id is None:
        return {}
    drop = place.ledger.get_drop(run.drop_id)
    files = [
        {
            "name": file.name,
            "size": file.size,
            "sha256": file.sha256,
            "modified_at": file.modified_at.isoformat(),
            "path": _original(place, file.sha256),
        }
        for file in drop.files
    ]
    received = drop.received_at.isoformat()
    return {
        "drop_id": drop.drop_id,
        "feed": drop.feed,
        "received_at": received,
        "files": files,
        "remarks": list(drop.remarks),
    }


def _original(place: Place, sha256: str) -> str | None:
    """Where a dropped file's bytes are, as long as they are kept."""
    try:
        return str(place.store.path(sha256))
    except LedgerError:
        return None


def _plain_decision(row: Any) -> dict[str, Any]:
    return {
        "kind": str(row.kind),
        "run": row.run_id,
        "by": row.by,
        "reason": row.reason,
        "at": row.made_at.isoformat(),
        "result": row.result,
    }


def _kind(place: Place, instance: str) -> str:
    return str(place.settings.instance(instance).kind)


def _url(place: Place, instance: str) -> str:
    return place.settings.instance(instance).url
