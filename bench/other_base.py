"""A base from a prepared folder: what Canvas would hold had it accepted the plan, with N % of its rows older than the export."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.model.frames import TEXT
from pipeline.model.roster import Base
from pipeline.runs.roster_files import load_tables, save_base

CHANGED = {"users": "last_name", "courses": "long_name", "sections": "name", "enrollments": "status"}


def main() -> None:
    folder, percent = Path(sys.argv[1]), int(sys.argv[2])
    tables, _ = load_tables({path.name: str(path) for path in (folder / "desired").iterdir()})
    random = np.random.default_rng(7)
    base = {}
    for name, frame in tables.items():
        if name.startswith("_"):
            continue
        rows = frame.drop(columns=[c for c in ("file_no", "line_no", "protected", "whole") if c in frame.columns])
        other = "completed" if name == "enrollments" else "Before"
        older = pd.Series(random.random(len(rows)) < percent / 100)
        column = CHANGED.get(name)
        if column:
            rows = rows.assign(**{column: rows[column].where(~older, other)})
        base[name] = rows.assign(uncertain=pd.Series([""] * len(rows), dtype=TEXT))
    save_base(Base(base, is_first=False), folder.parent / "base")


if __name__ == "__main__":
    main()
