"""A move of which Canvas alone refuses the new half: the old half is given back at once."""

from pathlib import Path

from pipeline.runs.part_files import write_part
from pipeline.runs.roster_files import save_base
from pipeline.runs.settle_tables import settle
from tests.planning.rosters import base, guarded, parts_of, roster

COURSES = "course_id,short_name,long_name,status\nC1,B,Biology,active\n"
SECTIONS = "section_id,course_id,name,status\nS1,C1,One,active\nS2,C1,Two,active\n"
HEADER = "section_id,user_id,role,status\n"


def files_of(folder: Path) -> dict[str, str]:
    return {path.name: str(path) for path in folder.iterdir()}


def settled_move(tmp_path: Path, *, refused: bool):
    accepted = base(courses=COURSES, sections=SECTIONS, enrollments=f"{HEADER}S1,U1,student,active\n")
    export = roster(courses=COURSES, sections=SECTIONS, enrollments=f"{HEADER}S2,U1,student,active\n")
    part = parts_of(guarded(export, accepted))[0]
    written = write_part(part, accepted, tmp_path / "part", installation="abcd")
    save_base(accepted, tmp_path / "base-before")
    rows = part.tables["enrollments"]
    record = rows["section_id"].tolist().index("S2") + 2
    file = f"enrollments-{written['package']['marker']}.csv"
    message = {
        "severity": "warning",
        "file": file,
        "row": record,
        "message": "An enrollment referenced a non-existent section S2",
    }
    counts = {"enrollments": len(rows) - refused}
    (tmp_path / "out").mkdir()
    return settle(
        {
            "folder": str(tmp_path / "out"),
            "part": files_of(tmp_path / "part"),
            "part_number": 0,
            "part_sha256": part.sha256,
            "parameters": {},
            "base": files_of(tmp_path / "base-before"),
            "outcome": {
                "import_id": 1,
                "state": "imported_with_messages" if refused else "imported",
                "counts": counts,
                "statistics": {},
                "messages": [message] if refused else [],
            },
            "today": "2026-10-01",
            "installation": "abcd",
            "files": ["export.csv"],
        },
        lambda _event: None,
    )


def test_refused_new_half_brings_the_old_enrollment_back(tmp_path):
    answer = settled_move(tmp_path, refused=True)

    assert answer["repair"]["package"]["rows"] == {"enrollments": 1}
    assert (tmp_path / "out" / "repair" / "package.zip").exists()


def test_accepted_move_needs_no_repair(tmp_path):
    assert settled_move(tmp_path, refused=False)["repair"] is None
