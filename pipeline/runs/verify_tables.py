"""Jobs `wish`, `sample` and `verify`: what to look at in Canvas, and the comparison with what was seen. In the child process.

Rows of people pass through files of the work folder alone; the answers are numbers.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import json as arrow_json

from pipeline.canvas.identity import KEYS
from pipeline.errors import PipelineError
from pipeline.model.frames import from_arrow
from pipeline.runs.roster_files import load_base, load_tables
from pipeline.verify.compare import compare
from pipeline.verify.looks import Extent, Looked, Wish
from pipeline.verify.normal import COMPARED, NOT_SHOWN
from pipeline.verify.sample import choose_sample

__all__ = ["sample", "verify", "wish"]

Emit = Callable[[Mapping[str, Any]], None]

_BESIDE = ("status", "sis_import_id", "role_id")
_ENDED = frozenset({"deleted"})


def wish(request: dict[str, Any], _emit: Emit) -> dict[str, Any]:
    """Write into `request["wish"]` what to look at: one course of the base, or everything; answers how much that is."""
    base = load_base(request["base"])
    courses, course = _living(base.tables, "courses"), request["course"]
    if course is None:
        wanted = Wish(Extent.WHOLE, courses, _living(base.tables, "users"))
    elif course in courses:
        wanted = Wish(Extent.COURSES, (course,))
    else:
        raise PipelineError(
            f"The base has no living course {course}.", remedy="Name a course by its SIS id, as `courses.csv` has it."
        )
    Path(request["wish"]).write_text(json.dumps(wanted.to_plain()), encoding="utf-8")
    return {"courses": len(wanted.courses), "users": len(wanted.users)}


def sample(request: dict[str, Any], _emit: Emit) -> dict[str, Any]:
    """Write into `request["wish"]` the rows of an import to look up."""
    sent, _facts = load_tables(request["part"])
    rows = choose_sample(sent, load_base(request["before"]), load_base(request["after"]), request["seed"])
    Path(request["wish"]).write_text(json.dumps(Wish(Extent.ROWS, rows=rows).to_plain()), encoding="utf-8")
    return {"rows": len(rows)}


def verify(request: dict[str, Any], _emit: Emit) -> dict[str, Any]:
    """Compare what was seen with the base; the differences go into `request["differences"]`, the numbers are the answer."""
    base = load_base(request["base"])
    seen = {table: _seen(table, Path(path)) for table, path in request["seen"].items()}
    others = [load_base(files).tables for files in request["others"]]
    drift = compare(base, seen, Looked.from_plain(request["looked"]), others)
    lines = [
        {**line, "key": dict(zip(KEYS[line["table"]], line["key"].split("\x1f"), strict=True))}
        for line in drift.differences.to_dict("records")
    ]
    Path(request["differences"]).write_text(json.dumps(lines), encoding="utf-8")
    differing = drift.differences[(drift.differences["what"] == "differs").to_numpy(dtype=bool)]
    fields = differing.groupby(["table", "column"], sort=True).size().reset_index(name="cells")
    return {
        "counts": {table: asdict(counts) for table, counts in drift.counts.items()},
        "fields": fields.to_numpy(dtype=object).tolist(),
        "not_shown": {table: list(names) for table, names in drift.not_shown.items()},
        "not_read": list(drift.not_read),
    }


def _living(tables: Mapping[str, pd.DataFrame], table: str) -> tuple[str, ...]:
    """Ids of the rows of a table that have not ended."""
    rows = tables.get(table)
    if rows is None or not len(rows):
        return ()
    lives = ~rows["status"].isin(_ENDED) if "status" in rows.columns else pd.Series(True, index=rows.index)
    return tuple(str(one) for one in rows[KEYS[table][0]][lives.to_numpy(dtype=bool)])


def _seen(table: str, path: Path) -> pd.DataFrame:
    """The rows of one table as they were seen, one JSON object a line; cells that are not shown say so."""
    names = list(dict.fromkeys((*KEYS[table], *COMPARED[table], *_BESIDE)))
    schema = pa.schema([(name, pa.string()) for name in names])
    options = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    read = arrow_json.read_json(path, parse_options=options)
    cells = {name: read[name].fill_null("" if name in KEYS[table] else NOT_SHOWN) for name in names}
    return from_arrow(pa.table(cells))
