"""Read and map against hand-written DuckDB SQL and plain pandas, as pairs in one run: `python -m bench.mapping [DIR]`.

Each contender runs in a process of its own, in turn, several rounds; the figures are medians, and the ratios are medians of
the ratios within a round, so that a busy machine burdens all alike. The three results must be equal, cell for cell.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.contenders import COLUMNS, WAYS
from bench.generate import generate

MIB = 1024 * 1024
MEMORY = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "2"}  # as the child for work on tables is started


def run_once(which: str, export: Path, out: Path) -> dict[str, float]:
    """Seconds in all, and peak memory in MiB, of one contender."""
    command = [sys.executable, "-m", "bench.contenders", which, str(export), str(out / which)]
    environment = {**os.environ, **MEMORY} if which == "ours" else dict(os.environ)
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    result = json.loads(done.stdout)
    return {"seconds": sum(result["seconds"].values()), "peak_mib": result["peak_mib"], **result["seconds"]}


def refuse_unequal(out: Path) -> None:
    """Raise when the contenders did not write the same rows."""
    for table in COLUMNS:
        texts = [list(csv.reader((out / which / f"{table}.csv").open(encoding="utf-8"))) for which in WAYS]
        if any(text != texts[0] for text in texts):
            raise SystemExit(f"{table}.csv differs between the contenders: nothing was measured")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", type=Path, nargs="?", help="an export of bench.generate; made when absent")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        export = given.export or Path(folder) / "export"
        if given.export is None:
            generate(export, scale=given.scale)
        size = sum(path.stat().st_size for path in export.glob("*.csv"))
        rounds = [{which: run_once(which, export, Path(folder)) for which in WAYS} for _ in range(given.rounds)]
        refuse_unequal(Path(folder))
    print(f"input {size / MIB:.0f} MiB; {given.rounds} rounds; medians")
    for which in WAYS:
        seconds = statistics.median(one[which]["seconds"] for one in rounds)
        peak = max(one[which]["peak_mib"] for one in rounds)
        print(f"{which:8s} {seconds:6.2f} s   peak {peak:5.0f} MiB = {peak * MIB / size:.1f} x input")
    for other in ("duckdb", "pandas"):
        ratio = statistics.median(one[other]["seconds"] / one["ours"]["seconds"] for one in rounds)
        print(f"{other} takes {ratio:.2f} x as long as ours")


if __name__ == "__main__":
    main()
