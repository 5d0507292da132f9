"""Job `report`: the report of a run, and its archive, from stored tables. In the child process."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.canvas.file_types import file_types
from pipeline.model.findings import Consequence, no_findings
from pipeline.model.source import FileRows
from pipeline.reports.facts import Decided, HeldPart, ImportFacts, RunReport, RunStep, Sender, TableNumbers
from pipeline.runs.report_files import write_archive, write_pages
from pipeline.runs.roster_files import load_tables

__all__ = ["report"]

Emit = Callable[[Mapping[str, Any]], None]

_COUNT_KEYS = {kind.table: kind.count_key for kind in file_types()}
_PLAIN_TRANSITION = "transition"


def report(request: dict[str, Any], _emit: Emit) -> dict[str, Any]:
    """Write the pages of one run into `request["report"]`, or its whole archive into `request["archive"]`."""
    facts = _facts(request)
    if request.get("archive"):
        write_archive(facts, request)
    else:
        write_pages(facts, Path(request["report"]))
    return {}


def _facts(request: Mapping[str, Any]) -> RunReport:
    run, drop, instance = request["run"], request["drop"], request["instance"]
    findings, messages = _findings(request), _messages(request)
    host = str(instance["url"]).split("://", 1)[-1]
    return RunReport(
        run_id=run["run_id"],
        drop_id=run["drop_id"] or "",
        sender=Sender(run["feed"], instance["name"], instance["kind"], host, request["zone"]),
        state=run["state"],
        received_at=datetime.fromisoformat(drop.get("received_at") or run["created_at"]),
        reported_at=datetime.fromisoformat(request["written_at"]),
        waiting=run["waiting"],
        reason=run["error"],
        remedy=run["remedy"],
        part=run["part"],
        files=tuple(file["name"] for file in request["numbers"].get("files", ())),
        sums=tuple(FileRows(**sums) for sums in request["numbers"].get("sums", ())),
        tables=_table_numbers(request, findings, messages),
        findings=findings,
        messages=messages,
        originals=_originals(request, findings, messages),
        holds=tuple(_held(hold) for hold in request["holds"]),
        decisions=tuple(_decided(row) for row in request["decisions"]),
        steps=tuple(_steps(request["events"])),
        canvas_import=_import(run["outcome"]),
        package_sha256=run["package_hash"],
        marker=run["marker"],
        rehearsal=(run["parent_run_id"] or "") if run["kind"] == "promotion" else "",
        promotion=f'sis-pipeline promote {run["run_id"]} --reason "…"' if request["waits_for_promotion"] else "",
        next_instance=request["next_instance"] or "",
        head=request["head"],
        version=request["version"],
    )


def _findings(request: Mapping[str, Any]) -> pd.DataFrame:
    stored = request["stored"].get("findings")
    return load_tables(stored)[0]["findings"] if stored else no_findings()


def _messages(request: Mapping[str, Any]) -> pd.DataFrame:
    stored = request["stored"].get("messages")
    return load_tables(stored)[0]["messages"] if stored else no_findings()


def _table_numbers(
    request: Mapping[str, Any], findings: pd.DataFrame, messages: pd.DataFrame
) -> tuple[TableNumbers, ...]:
    run, planned = request["run"], request["numbers"].get("plan", {}).get("counts", {})
    outcome = run["outcome"]
    facts = run["facts"]
    ours, canvas = _refused_by_table(findings), _refused_by_table(messages)
    return tuple(
        TableNumbers(
            table=table,
            planned=planned.get(table, {}),
            sent=facts.get("package_rows", {}).get(table, 0),
            by_action=facts.get("counts", {}).get(table, {}),
            accepted=outcome.get("counts", {}).get(_COUNT_KEYS[table]) if outcome else None,
            refused_by_us=ours.get(table, 0),
            refused_by_canvas=canvas.get(table, 0),
        )
        for table in (kind.table for kind in file_types())
        if table in planned
    )


def _refused_by_table(findings: pd.DataFrame) -> dict[str, int]:
    refused = findings[findings["consequence"] == str(Consequence.REFUSED)]
    rows = refused.drop_duplicates(["table", "file_no", "line_no", "canvas_row"])
    return {str(table): int(number) for table, number in rows["table"].value_counts().items()}


def _originals(request: Mapping[str, Any], findings: pd.DataFrame, messages: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """The rows as the SIS wrote them, mapped columns only, of every row that was refused, by file."""
    stored = request["stored"].get("source")
    if not stored:
        return {}
    told = pd.concat([part[["file_no", "line_no", "consequence"]] for part in (findings, messages)])
    places = told[told["consequence"] == str(Consequence.REFUSED)][["file_no", "line_no"]].drop_duplicates()
    found = {}
    for rows in load_tables(stored)[0].values():
        refused = rows.merge(places, on=["file_no", "line_no"], how="inner")
        for number, part in refused.groupby("file_no"):
            found[int(str(number))] = part.reset_index(drop=True)
    return found


def _held(hold: Mapping[str, Any]) -> HeldPart:
    numbers = hold["hold"]
    run_id = hold["run_id"]
    words = ("approve", "discard") if hold["state"] == "held" else ()
    return HeldPart(
        hold_id=run_id,
        guard=numbers["guard"],
        scope=numbers["scope"],
        message=numbers["message"],
        remedy=numbers["remedy"],
        state=hold["state"],
        counts=numbers["counts"],
        commands=tuple(f'sis-pipeline {word} {run_id} --reason "…"' for word in words),
        examples=_examples(hold["examples"]),
    )


def _examples(examples: list[Mapping[str, Any]]) -> tuple[tuple[str, ...], ...]:
    if not examples:
        return ()
    rows = [
        (
            str(example["table"]),
            str(example["action"]),
            " ".join(f"{name} {value}" for name, value in example["key"].items() if value),
            str(example.get("changed") or ""),
            f"{example['file']} line {example['line']}" if example.get("line") else str(example.get("reason") or ""),
        )
        for example in examples[:10]
    ]
    return (("table", "action", "row", "changes", "because"), *rows)


def _decided(row: Mapping[str, Any]) -> Decided:
    return Decided(row["kind"], row["by"], row["reason"], datetime.fromisoformat(row["at"]), row["run"] or "")


def _steps(events: list[Mapping[str, Any]]) -> list[RunStep]:
    moved = [event for event in events if event["event"] in {_PLAIN_TRANSITION, "created"}]
    return [RunStep(event["after"], datetime.fromisoformat(event["at"])) for event in moved]


def _import(outcome: Mapping[str, Any]) -> ImportFacts | None:
    if not outcome:
        return None
    return ImportFacts(
        import_id=outcome["import"],
        state=outcome["state"],
        ended_at=datetime.fromisoformat(outcome["ended_at"]) if outcome.get("ended_at") else None,
        counts=outcome["counts"],
        notes=tuple(outcome["notes"]),
    )
