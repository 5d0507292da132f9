"""The demo's two exports: the packaged one as it is, and the same school a night later, with what really happens to exports.

The second night: a few people and classes changed, a family moved away, new students came; a handful of rows are broken
the way registrars' rows are; and the schedule of one whole school is missing from the enrollments.
"""

import csv
import io
import zipfile
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["Night", "first_export", "second_export"]

Rows = list[dict[str, str]]

NEW_STUDENTS = (("Amara", "Velasquez-Oyelaran"), ("Björn", "Þorvaldsson"), ("Siobhán", "O’Malley"), ("Kenji", "Ōtsuka"))
NEW_ID = "0d0c0ffe-0000-4000-8000-{:012d}"  # invented, in the shape of the other ids


@dataclass(frozen=True, slots=True)
class Night:
    """One export. files: text by file name; story: what was done to it, one sentence each."""

    files: dict[str, str]
    story: tuple[str, ...]


def first_export() -> Night:
    """The packaged export, file by file."""
    archive = files("pipeline.cli.demo").joinpath("data", "oneroster-district-small.zip")
    with archive.open("rb") as stream, zipfile.ZipFile(stream) as packed:
        texts = {name: packed.read(name).decode("utf-8") for name in sorted(packed.namelist())}
    return Night(texts, ("a real OneRoster 1.1 export of a small district",))


def second_export(first: Night) -> Night:
    """The next night's export of the same district."""
    users, enrollments, classes = (_rows(first.files[f"{name}.csv"]) for name in ("users", "enrollments", "classes"))
    orgs = _rows(first.files["orgs.csv"])
    middle = next(row["sourcedId"] for row in orgs if "Middle" in row["name"])

    students = [row for row in users if row["role"] == "student" and middle not in row["orgSourcedIds"]]
    story = [*_change(students, classes), _move_away(students[10:12], users, enrollments)]
    story += [_welcome(students[20], users, enrollments), _lose_schedule(middle, enrollments)]
    scheduled = [row for row in enrollments if row["classSourcedId"] in _scheduled(classes)]
    story += _break(students, users, scheduled)
    texts = dict(first.files)
    texts["classes.csv"] = _text(classes)
    texts["enrollments.csv"] = _text(enrollments)
    texts["users.csv"] = _tear_a_row(_text(users), students[50]["sourcedId"])
    return Night(texts, (*story, "one name with a comma that nobody quoted: the row has a cell too many"))


def _change(students: Rows, classes: Rows) -> list[str]:
    for student, family_name in zip(students[:3], ("Hartwell-Osei", "Nakagawa", "De la Cruz"), strict=True):
        student["familyName"] = family_name
    for lesson in [row for row in classes if row["classType"] == "scheduled"][:2]:
        lesson["title"] += " (Honors)"
    return ["three family names and two class titles changed"]


def _move_away(leaving: Rows, users: Rows, enrollments: Rows) -> str:
    gone = {row["sourcedId"] for row in leaving}
    users[:] = [row for row in users if row["sourcedId"] not in gone]
    enrollments[:] = [row for row in enrollments if row["userSourcedId"] not in gone]
    return "two students moved away: they and their enrollments are no longer in the export"


def _welcome(model: dict[str, str], users: Rows, enrollments: Rows) -> str:
    pattern = [row for row in enrollments if row["userSourcedId"] == model["sourcedId"]]
    for number, (given, family) in enumerate(NEW_STUDENTS, start=1):
        login = f"new.student{number}"
        person = {**model, "sourcedId": NEW_ID.format(number), "givenName": given, "familyName": family}
        person |= {"username": login, "email": f"{login}@marigold.example", "identifier": f"9200000{number:02d}"}
        users.append(person)
        for place, row in enumerate(pattern):
            key = NEW_ID.format(1000 * number + place)
            enrollments.append({**row, "sourcedId": key, "userSourcedId": person["sourcedId"]})
    return f"{len(NEW_STUDENTS)} new students, each in {len(pattern)} classes"


def _lose_schedule(school: str, enrollments: Rows) -> str:
    kept = [row for row in enrollments if row["schoolSourcedId"] != school or row["role"] != "student"]
    lost = len(enrollments) - len(kept)
    enrollments[:] = kept
    return f"the {lost} student enrollments of one school are missing: somebody's query failed"


def _scheduled(classes: Rows) -> set[str]:
    return {row["sourcedId"] for row in classes if row["classType"] == "scheduled"}


def _break(students: Rows, users: Rows, enrollments: Rows) -> list[str]:
    no_login, twin, other = students[30], students[31], students[32]
    no_login["username"], no_login["email"] = "", ""
    twin["username"] = f" {other['username'].upper()} "
    mistyped = next(row for row in enrollments if row["userSourcedId"] == students[40]["sourcedId"])
    mistyped["classSourcedId"] = mistyped["classSourcedId"][:-1] + "x"
    tutor = next(row for row in enrollments if row["userSourcedId"] == students[41]["sourcedId"])
    tutor["role"] = "tutor"
    students[42]["email"] = "ask the front office"
    users.append(dict(students[43]))
    return [
        "a student without a login name",
        "one login name given to two students, apart from case and spaces",
        "a class id with a typing error, and a role nobody declared",
        "an e-mail cell that holds a note, and a row exported twice",
    ]


def _tear_a_row(text: str, person: str) -> str:
    lines = text.splitlines(keepends=True)
    torn = [
        line.replace(line.split(",")[8], f"{line.split(',')[8]}, Jr.", 1) if person in line else line for line in lines
    ]
    return "".join(torn)


def _rows(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _text(rows: Rows) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
