"""Rosters and bases written as small CSV texts, for the tests of planning."""

from datetime import date

import numpy as np
import pandas as pd

from pipeline.model.frames import text_frame
from pipeline.model.protection import join_protections, protections_frame
from pipeline.model.roster import Base, Roster
from pipeline.planning import DropFacts, PlanRules, apply_guards, make_plan, split, update_desired

TODAY = date(2026, 10, 1)
SETTLED = DropFacts(rows_read=10_000, is_first=False)


def table(text, *, first_line=2):
    """A frame from a header and rows of comma-separated cells; file 0, lines from 2."""
    header, *rows = [line.strip().split(",") for line in text.strip().splitlines()]
    frame = text_frame({name: [row[place] for row in rows] for place, name in enumerate(header)})
    numbers = np.arange(first_line, first_line + len(rows), dtype=np.int32)
    return frame.assign(file_no=np.zeros(len(rows), dtype=np.int32), line_no=numbers)


def roster(protections=(), clears=None, **tables):
    return Roster(
        tables={name: table(rows) if isinstance(rows, str) else rows for name, rows in tables.items()},
        files=("export.csv",),
        protections=join_protections(list(protections)) if protections else join_protections([]),
        clears=clears or {},
    )


def protection(name, reason="row-refused", **known):
    return protections_frame(1, {"table": name, "reason": reason, **known}, {"file_no": 0, "line_no": 9})


def base(**tables):
    frames = {}
    for name, rows in tables.items():
        frame = table(rows) if isinstance(rows, str) else rows
        frame = frame.drop(columns=[c for c in ("file_no", "line_no", "protected", "whole") if c in frame.columns])
        frames[name] = (
            frame
            if "uncertain" in frame.columns
            else frame.assign(uncertain=pd.Series([""] * len(frame), dtype=frame.dtypes.iloc[0]))
        )
    return Base(tables=frames, is_first=False)


def rules(**plain):
    return PlanRules.from_plain(plain, today=TODAY)


def planned(export, accepted, given=None, *, previous=None):
    given = given or rules()
    return make_plan(update_desired(previous, export, given), accepted, given)


def guarded(export, accepted, given=None, *, previous=None, facts=SETTLED):
    given = given or rules()
    return apply_guards(planned(export, accepted, given, previous=previous), accepted, given, facts)


def parts_of(plan, parameters=None):
    return {part.number: part for part in split(plan, parameters or {})}


def actions(plan, name, *ids):
    """(ids, action) of each listed row."""
    frame = plan.tables[name]
    ids = ids or (name[:-1] + "_id",)
    return sorted((*row, action) for *row, action in zip(*[frame[i] for i in ids], frame["action"], strict=True))
