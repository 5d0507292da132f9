"""The whole pipeline up to the package, as a run's child process does it: `python -m bench.pipeline [--scale 1.0]`.

Read, map with the preset `peoplesoft`, check, desired roster, plan against an empty base and against one that differs by 1 %,
guards, parts, packages with provenance. Prints rows per second and peak memory of the child process for both, and the ratio of
its time to the hand-written DuckDB SQL of `bench.contenders`, which reads, joins and writes and does nothing else.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.generate import generate
from pipeline.model.files import file_sha256

OUT = Path(__file__).resolve().parent / "out"
PERCENT_CHANGED = 1
MIB = 1024 * 1024


def main() -> None:
    """Generate, prepare twice, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    export = OUT / f"export-{scale}"
    rows = sum(generate(export, scale=scale).values())
    size = sum(path.stat().st_size for path in export.glob("*.csv")) / MIB
    print(f"{rows:,} source rows, {size:.0f} MiB")

    first = _prepared(export, "first", base=None)
    second = _prepared(export, "second", base=_other_base(first["folder"]))
    for name, done in (("empty base", first), (f"{PERCENT_CHANGED} % changed", second)):
        rate = rows / done["seconds"]
        memory = done["peak_mib"]
        print(
            f"{name}: {done['seconds']:.1f} s, {rate:,.0f} rows/s, peak {memory:,.0f} MiB ({memory / size:.1f} × the input)"
        )
        print(f"  {done['counts']}")
    seconds = _duckdb(export)
    print(
        f"hand-written DuckDB SQL: {seconds:.1f} s; ratio with {PERCENT_CHANGED} % changed: {second['seconds'] / seconds:.2f}"
    )


def _prepared(export: Path, name: str, *, base: dict[str, str] | None) -> dict[str, Any]:
    """One run of the child process; seconds as a whole process, its peak memory, what it planned."""
    folder = OUT / name
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    (folder / "out").mkdir(parents=True)
    now = datetime(2026, 9, 14, tzinfo=UTC).isoformat()
    files = [
        {"name": p.name, "path": str(p), "size": p.stat().st_size, "sha256": file_sha256(p), "modified_at": now}
        for p in sorted(export.glob("*.csv"))
    ]
    request = {
        "folder": str(folder / "out"),
        "rules": {"sources": {}, "checks": {}, "planning": {}},
        "drop": {
            "drop_id": "bench",
            "feed": "bench",
            "sha256": "",
            "received_at": now,
            "is_urgent": False,
            "files": files,
        },
        "zone": "America/Denver",
        "today": "2026-09-14",
        "mapping": {"preset": "peoplesoft", "options": {}},
        "base": base,
        "desired": None,
        "known": {},
        "facts": {"doubts": [], "is_first": False},
        "installation": "be2c",
        "parameters": {},
    }
    path = folder / "request.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, "-m", "bench.measured", "pipeline.runs.tables", "prepare", str(path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    seconds = time.perf_counter() - begin
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before.ru_utime
    events = [json.loads(line) for line in answer]
    errors = [event["error"] for event in events if "error" in event]
    if errors:
        raise SystemExit(f"the child answered: {errors[0]['message']}")
    done = next(event["done"] for event in events if "done" in event)
    peak = next(event["peak_kib"] for event in events if "peak_kib" in event)
    print(f"  {name}: {cpu:.1f} CPU s")
    return {"seconds": seconds, "peak_mib": peak / 1024, "counts": done["plan"]["counts"], "folder": folder / "out"}


def _other_base(folder: Path) -> dict[str, str]:
    """A base as if the first plan had been accepted, then 1 % of its rows changed in Canvas's favour."""
    subprocess.run([sys.executable, "-m", "bench.other_base", str(folder), str(PERCENT_CHANGED)], check=True)
    return {path.name: str(path) for path in (folder.parent / "base").iterdir()}


def _duckdb(export: Path) -> float:
    out = OUT / "duckdb"
    out.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bench.contenders", "duckdb", str(export), str(out)], check=True, capture_output=True
    )
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
