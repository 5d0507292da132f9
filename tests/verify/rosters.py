"""Bases, and rosters as a way of reading shows Canvas, as small CSV texts. Invented people only."""

import pandas as pd

from pipeline.model.frames import text_frame
from pipeline.model.roster import Base
from pipeline.verify.compare import compare
from pipeline.verify.looks import SAMPLED, Extent, Looked
from pipeline.verify.normal import NOT_SHOWN


def table(text: str) -> pd.DataFrame:
    """A frame from a header and rows of comma-separated cells; `?` is a cell that is not shown."""
    header, *rows = [line.strip().split(",") for line in text.strip().splitlines()]
    cells = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    return text_frame({name: [NOT_SHOWN if cell == "?" else cell for cell in column] for name, column in cells.items()})


def base(**tables: str) -> Base:
    frames = {name: table(text) for name, text in tables.items()}
    return Base(
        {name: rows.assign(uncertain=text_frame({"u": [""] * len(rows)})["u"]) for name, rows in frames.items()}
    )


def everything(*courses: str) -> Looked:
    """A look at all tables, into these courses."""
    return Looked(Extent.WHOLE, courses, silent=SAMPLED, news=SAMPLED)


def into(*courses: str) -> Looked:
    """A look into some courses."""
    return Looked(
        Extent.COURSES, courses, silent=("courses", "sections", "enrollments"), news=("sections", "enrollments")
    )


def drift(ours, theirs, looked=None, others=()):
    return compare(ours, {name: table(text) for name, text in theirs.items()}, looked or everything(), others)


def told(found) -> list[tuple[str, ...]]:
    """The differences: what, key, column, ours, canvas."""
    rows = found.differences
    keys = [" ".join(part for part in key.split("\x1f") if part) for key in rows["key"]]
    return list(zip(rows["what"], keys, rows["column"], rows["ours"], rows["canvas"], strict=True))
