"""The same report for machines: `run.json`. Numbers, states and decisions; no row of anybody."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pandas as pd

from pipeline.reports.causes import is_refusal
from pipeline.reports.facts import RunReport
from pipeline.reports.verdict import judge_run

__all__ = ["run_json"]

VERSION = 1


def run_json(report: RunReport) -> str:
    """The report as JSON text, version 1: keys sorted, instants in ISO 8601 with offset, nothing of any person in it."""
    verdict = judge_run(report)
    plain: dict[str, Any] = {
        "version": VERSION,
        "run": report.run_id,
        "drop": report.drop_id,
        "feed": report.sender.feed,
        "instance": report.sender.instance,
        "kind": report.sender.kind,
        "state": report.state,
        "waiting": report.waiting,
        "outcome": {"tone": verdict.tone, "label": verdict.label, "sentence": verdict.sentence},
        "received_at": report.received_at,
        "reported_at": report.reported_at,
        "sources": [{"file": _name(report, rows.file_no), **asdict(rows)} for rows in report.sums],
        "tables": [asdict(table) for table in report.tables],
        "causes": {"us": _causes(report.findings), "canvas": _causes(report.messages)},
        "holds": [_hold(asdict(hold)) for hold in report.holds],
        "decisions": [asdict(decision) for decision in report.decisions],
        "steps": [asdict(step) for step in report.steps],
        "import": asdict(report.canvas_import) if report.canvas_import else None,
        "package": {"sha256": report.package_sha256, "marker": report.marker},
        "rehearsal": report.rehearsal,
        "head": report.head,
        "pipeline": report.version,
    }
    return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False, default=_plain) + "\n"


def _causes(findings: pd.DataFrame) -> list[dict[str, Any]]:
    if not len(findings):
        return []
    marked = findings.assign(refusal=is_refusal(findings).astype(bool))
    sizes = marked.groupby(["code", "table", "refusal"], sort=True).size().rename("rows").reset_index()
    return [
        {
            "code": str(row["code"]),
            "table": str(row["table"]),
            "refused": bool(row["refusal"]),
            "rows": int(row["rows"]),
        }
        for row in sizes.to_dict("records")
    ]


def _hold(hold: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hold.items() if name != "examples"}


def _name(report: RunReport, file_no: int) -> str:
    return report.files[file_no] if 0 <= file_no < len(report.files) else ""


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
