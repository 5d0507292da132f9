"""Small rosters for the tests of the checks: sample rows of every table, with the cells that a test changes."""

from datetime import date

import numpy as np

from pipeline.checks import CheckRules, Tuning, check
from pipeline.checks.catalogue import table_rules
from pipeline.model.frames import text_frame
from pipeline.model.roster import Known, Roster

RULES = CheckRules(today=date(2026, 9, 1))
PICTURE = ("section-without-teacher", "section-without-people", "course-without-section", "user-without-enrollment")
WITHOUT_PICTURE = CheckRules({code: Tuning("ignore", "not asked here") for code in PICTURE}, today=date(2026, 9, 1))


def sample(table, **changes):
    return {**table_rules()[table].sample, **changes}


def frame(rows, *, first_line=2):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = text_frame({name: [row.get(name, "") for row in rows] for name in columns})
    return table.assign(
        file_no=np.zeros(len(rows), dtype=np.int32),
        line_no=np.arange(first_line, first_line + len(rows), dtype=np.int32),
    )


def roster(**tables):
    """A roster of sample rows; for a table named, one row per dict of changed cells; a second person where links need one."""
    if "user_observers" in tables:
        tables.setdefault("users", [{}, {"user_id": "U-7", "login_id": "seven"}])
    given = {name: tables.get(name, [{}] if name in USUAL | _needed(tables) else []) for name in table_rules()}
    full = {name: [sample(name, **change) for change in rows] for name, rows in given.items()}
    return Roster({name: frame(rows) for name, rows in full.items() if rows}, files=("export.csv",))


USUAL = {"accounts", "terms", "courses", "sections", "users", "enrollments"}


def _needed(tables):
    return {link.to_table for name in tables for link in table_rules()[name].references}


def known(complete=(), roles=(), **tables):
    return Known({name: text_frame(_columns(rows)) for name, rows in tables.items()}, frozenset(complete), roles)


def _columns(rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name, "") for row in rows] for name in names}


EVERYTHING = tuple(table_rules())


def checked(given, *, knowing=None, rules=WITHOUT_PICTURE):
    return check(given, knowing or known(complete=EVERYTHING), rules)


def where(findings):
    """Code and line of each finding."""
    return list(zip(findings["code"], findings["line_no"], strict=True))


def codes_in(result):
    return list(result.findings["code"])
