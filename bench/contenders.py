"""The same job three ways, each run in a process of its own: `python -m bench.contenders WHICH EXPORT OUT`.

The job: read PERSON, CLASS and ENRL as text, join enrollments to classes, map their status, leave out what waits and what
belongs to no class, keep one row per section and person, sort, and write Canvas's users, courses, sections and enrollments.
`ours` does it through the preset `peoplesoft`, with every check of the reader, findings, protections, sums and provenance;
`duckdb` and `pandas` are written by hand and do nothing else. Each prints its seconds and its peak memory in MiB.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

COLUMNS = {
    "users": ("user_id", "login_id", "first_name", "last_name", "email", "status"),
    "courses": ("course_id", "short_name", "long_name", "term_id", "status"),
    "sections": ("section_id", "course_id", "name", "status"),
    "enrollments": ("section_id", "user_id", "role", "status"),
}


def ours(export: Path, out: Path) -> dict[str, float]:
    """Through sources and mapping; the time before writing is given apart."""
    import pyarrow.csv as pa_csv

    from pipeline.mapping import load_preset, map_tables, reading_rules
    from pipeline.model.drop import Drop, DroppedFile
    from pipeline.model.frames import to_arrow
    from pipeline.sources import SourceRules, read_drop

    now = datetime(2026, 9, 14, tzinfo=UTC)
    begin = time.perf_counter()
    mapping = load_preset("peoplesoft")
    files = tuple(
        DroppedFile(path.name, path, path.stat().st_size, path.name, now) for path in sorted(export.glob("*.csv"))
    )
    drop = Drop("bench", "bench", files, now, "bench")
    tables = read_drop(drop, SourceRules.from_plain(reading_rules(mapping)), work=out)
    read = time.perf_counter()
    roster = map_tables(tables, mapping, zone="America/Denver", today=date(2026, 9, 14))
    mapped = time.perf_counter()
    for name, columns in COLUMNS.items():
        pa_csv.write_csv(to_arrow(roster.tables[name][list(columns)]), out / f"{name}.csv", _minimal_quotes())
    return {"read": read - begin, "map": mapped - read, "write": time.perf_counter() - mapped}


def _minimal_quotes() -> object:
    import pyarrow.csv as pa_csv

    return pa_csv.WriteOptions(quoting_style="needed")


def duckdb(export: Path, out: Path) -> dict[str, float]:
    """SQL written by hand."""
    import duckdb as engine

    begin = time.perf_counter()
    db = engine.connect(config={"threads": 2})
    for name in ("PERSON", "CLASS", "ENRL"):
        db.execute(
            f"CREATE TEMP TABLE {name} AS SELECT * FROM read_csv('{export / name}.csv', all_varchar=true, header=true)"
        )
    for name, query in _queries().items():
        db.execute(f"COPY ({query}) TO '{out / name}.csv' (HEADER, DELIMITER ',')")
    return {"all": time.perf_counter() - begin}


def _queries() -> dict[str, str]:
    course = "STRM || '-' || CLASS_NBR"
    name = "SUBJECT || ' ' || trim(CATALOG_NBR) || ' ' || CLASS_SECTION"
    return {
        "users": "SELECT DISTINCT EMPLID AS user_id, OPRID AS login_id, FIRST AS first_name, LAST AS last_name, "
        "EMAIL AS email, 'active' AS status FROM PERSON ORDER BY user_id",
        "courses": f"SELECT DISTINCT {course} AS course_id, {name} AS short_name, DESCR AS long_name, STRM AS term_id, "
        "'active' AS status FROM CLASS ORDER BY course_id",
        "sections": f"SELECT DISTINCT {course} AS section_id, {course} AS course_id, {name} AS name, 'active' AS status "
        "FROM CLASS ORDER BY section_id",
        "enrollments": "SELECT DISTINCT e.STRM || '-' || e.CLASS_NBR AS section_id, EMPLID AS user_id, 'student' AS role, "
        "CASE STDNT_ENRL_STATUS WHEN 'E' THEN 'active' WHEN 'D' THEN 'deleted' END AS status FROM ENRL e "
        "JOIN CLASS c ON c.STRM = e.STRM AND c.CLASS_NBR = e.CLASS_NBR WHERE STDNT_ENRL_STATUS <> 'W' "
        "ORDER BY section_id, user_id",
    }


def pandas(export: Path, out: Path) -> dict[str, float]:
    """Plain pandas, vectorised."""
    import pandas as pd

    begin = time.perf_counter()
    person, classes, enrollments = (
        pd.read_csv(export / f"{name}.csv", dtype=str, keep_default_na=False, index_col=False)
        for name in ("PERSON", "CLASS", "ENRL")
    )
    users = person.rename(
        columns={"EMPLID": "user_id", "OPRID": "login_id", "FIRST": "first_name", "LAST": "last_name", "EMAIL": "email"}
    ).assign(status="active")
    classes["section_id"] = classes["STRM"] + "-" + classes["CLASS_NBR"]
    title = classes["SUBJECT"] + " " + classes["CATALOG_NBR"].str.strip() + " " + classes["CLASS_SECTION"]
    sections = classes.assign(course_id=classes["section_id"], name=title, status="active")
    courses = sections.rename(columns={"name": "short_name", "DESCR": "long_name", "STRM": "term_id"})
    joined = enrollments.merge(
        classes[["STRM", "CLASS_NBR", "section_id"]], on=["STRM", "CLASS_NBR"], validate="many_to_one"
    )
    joined["status"] = joined["STDNT_ENRL_STATUS"].map({"E": "active", "D": "deleted"})
    joined = joined[joined["status"].notna()].rename(columns={"EMPLID": "user_id"}).assign(role="student")
    tables = {"users": users, "courses": courses, "sections": sections, "enrollments": joined}
    for name, columns in COLUMNS.items():
        frame = tables[name][list(columns)]
        keys = ["section_id", "user_id"] if name == "enrollments" else [columns[0]]
        frame = frame.drop_duplicates(keys).sort_values(keys)
        frame.to_csv(out / f"{name}.csv", index=False)
    return {"all": time.perf_counter() - begin}


WAYS: dict[str, Callable[[Path, Path], dict[str, float]]] = {"ours": ours, "duckdb": duckdb, "pandas": pandas}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=WAYS)
    parser.add_argument("export", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    seconds = WAYS[given.which](given.export, given.out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mib": round(peak)}))


if __name__ == "__main__":
    main()
