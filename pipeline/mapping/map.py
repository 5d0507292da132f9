"""Source tables → roster, by a mapping."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from pipeline.canvas.identity import ORDER
from pipeline.mapping.document import Mapping
from pipeline.mapping.outputs import canvas_table
from pipeline.mapping.world import FILTERED, IDENTICAL, MERGED, REFUSED, USED, World
from pipeline.model.findings import Severity, findings_frame, join_findings
from pipeline.model.protection import join_protections
from pipeline.model.roster import Roster
from pipeline.model.source import FileRows, SourceTables

__all__ = ["map_tables"]


def map_tables(tables: SourceTables, mapping: Mapping, *, zone: str, today: date) -> Roster:
    """The Canvas tables that a drop maps to, sorted by key, with provenance.

    zone: IANA name, in which dates are written; today: for what depends on a day having passed. Findings and protections
    include those of the reading. `sums` account for every source row exactly once. Raises DropError when a table that the
    mapping needs is not in the drop, or when dates contradict their declared order.
    """
    world = World(mapping, tables, ZoneInfo(zone), today)
    document = mapping.document
    findings, protections, frames = [tables.findings], [tables.protections], {}
    for name in document.needs:
        world.table(name)  # a missing table is told before anything else
    for name in ORDER:
        plan = document.canvas.get(name)
        if plan is None or not any(world.is_present(producer.source) for producer in plan.rows):
            continue
        made = canvas_table(world, name, plan)
        frames[name] = made.frame
        findings.extend(made.findings)
        protections.extend(made.protections)
    findings.extend(_lost(name) for name in world.without_origin)
    findings.extend(_remark(*remark) for remark in sorted(world.remarks))
    return Roster(
        tables=frames,
        files=tuple(file.name for file in tables.files),
        findings=join_findings(findings),
        protections=join_protections(protections),
        clears={name: plan.clear for name, plan in document.canvas.items() if plan.clear and name in frames},
        sums=_sums(world, tables),
    )


def _remark(code: str, table: str, message: str) -> pd.DataFrame:
    texts: dict[str, str | pd.Series] = {
        "code": code,
        "severity": Severity.WARNING.value,
        "table": table,
        "message": message,
    }
    return findings_frame(1, texts)


def _lost(name: str) -> pd.DataFrame:
    return findings_frame(
        1,
        {
            "code": "provenance-lost",
            "severity": Severity.REMARK.value,
            "table": name,
            "message": f'The rows of table "{name}" do not say which line they come from.',
            "remedy": "Select the column _row in its SQL, or return it from its function.",
        },
    )


def _sums(world: World, tables: SourceTables) -> tuple[FileRows, ...]:
    """What became of every row, per file."""
    files = len(tables.files)
    places = world.file_no[:-1].astype(np.int64) * 5 + world.fate[:-1]
    counts = np.bincount(places, minlength=files * 5).reshape(files, 5)
    unread = np.zeros(files, np.int64)
    if tables.refused is not None and len(tables.refused):
        unread = np.bincount(tables.refused["file_no"].to_numpy(np.int64), minlength=files)
    return tuple(
        FileRows(
            file_no=number,
            read=file.rows,
            used=int(counts[number, USED]),
            identical=int(counts[number, IDENTICAL]),
            merged=int(counts[number, MERGED]),
            filtered=int(counts[number, FILTERED]) + _not_asked_for(file.rows, counts[number], int(unread[number])),
            refused=int(counts[number, REFUSED]) + int(unread[number]),
        )
        for number, file in enumerate(tables.files)
    )


def _not_asked_for(rows: int, counts: np.ndarray, unread: int) -> int:
    """The rows of a file that fed no table at all."""
    return rows - unread if not counts.sum() and rows > unread else 0
