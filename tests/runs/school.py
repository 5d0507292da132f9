"""A very small invented school as OneRoster 1.1 files: one org, two terms, three classes, six people, nine enrollments."""

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["EXPECTED", "School", "small_school"]

EXPECTED = ("orgs.csv", "academicSessions.csv", "courses.csv", "classes.csv", "users.csv", "enrollments.csv")
CHANGED_AT = "2026-09-01T06:00:00.000Z"

Row = dict[str, str]


@dataclass
class School:
    """Its files as rows of text, by table. torn: lines written as they are, at the end of a table's file."""

    tables: dict[str, list[Row]]
    torn: dict[str, list[str]] = field(default_factory=dict)

    def copy(self) -> "School":
        return deepcopy(self)

    def row(self, table: str, source_id: str) -> Row:
        return next(row for row in self.tables[table] if row["sourcedId"] == source_id)

    def without(self, table: str, *source_ids: str) -> "School":
        changed = self.copy()
        changed.tables[table] = [row for row in changed.tables[table] if row["sourcedId"] not in source_ids]
        return changed

    def with_change(self, table: str, source_id: str, **cells: str) -> "School":
        changed = self.copy()
        changed.row(table, source_id).update(cells)
        return changed

    def with_person(self, source_id: str, given: str, family: str, **cells: str) -> "School":
        changed = self.copy()
        changed.tables["users"].append(person(source_id, given, family, **cells))
        return changed

    def with_enrollment(self, lesson: str, person_id: str, role: str = "student") -> "School":
        changed = self.copy()
        changed.tables["enrollments"].append(enrollment(lesson, person_id, role))
        return changed

    def files(self) -> dict[str, bytes]:
        return {f"{table}.csv": self.text(table).encode() for table in self.tables}

    def text(self, table: str) -> str:
        rows = self.tables[table]
        lines = [",".join(rows[0])] + [",".join(row.values()) for row in rows] + self.torn.get(table, [])
        return "".join(f"{line}\r\n" for line in lines)

    def write(self, folder: Path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files().items():
            (folder / name).write_bytes(content)
        return [folder / name for name in self.files()]


def small_school() -> School:
    sessions = [
        session("2026", "2026-2027 School Year", "schoolYear", ("2026-08-15", "2037-06-10"), ""),
        session("T1", "Autumn", "term", ("2026-08-15", "2037-01-15"), "2026"),
        session("T2", "Spring", "term", ("2027-01-16", "2037-06-10"), "2026"),
    ]
    people = [
        person("P1", "Grace", "Hopper", role="teacher"),
        person("P2", "Ada", "Lovelace"),
        person("P3", "Alan", "Turing"),
        person("P4", "Mary", "Jackson"),
        person("P5", "Edsger", "Dijkstra"),
        person("P6", "Barbara", "Liskov"),
    ]
    lessons = [lesson("BIO", "Biology", "T1"), lesson("ART", "Art", "T1"), lesson("MAT", "Mathematics", "T2")]
    placed = [enrollment("BIO", "P1", "teacher")]
    placed += [enrollment("BIO", person_id) for person_id in ("P2", "P3", "P4", "P5", "P6")]
    placed += [enrollment("ART", "P2"), enrollment("MAT", "P1", "teacher"), enrollment("MAT", "P3")]
    org = {"sourcedId": "O1", "status": "active", "dateLastModified": CHANGED_AT, "name": "Maple School"}
    return School(
        {
            "orgs": [{**org, "type": "school", "identifier": "100", "parentSourcedId": ""}],
            "academicSessions": sessions,
            "courses": [course("C-BIO", "Biology"), course("C-ART", "Art"), course("C-MAT", "Mathematics")],
            "classes": lessons,
            "users": people,
            "enrollments": placed,
        }
    )


def session(source_id: str, title: str, kind: str, dates: tuple[str, str], parent: str) -> Row:
    return {
        "sourcedId": source_id,
        "status": "active",
        "dateLastModified": CHANGED_AT,
        "title": title,
        "type": kind,
        "startDate": dates[0],
        "endDate": dates[1],
        "parentSourcedId": parent,
        "schoolYear": "2026",
    }


def course(source_id: str, title: str) -> Row:
    return {
        "sourcedId": source_id,
        "status": "active",
        "dateLastModified": CHANGED_AT,
        "title": title,
        "courseCode": source_id,
        "orgSourcedId": "O1",
    }


def lesson(source_id: str, title: str, term: str) -> Row:
    return {
        "sourcedId": source_id,
        "status": "active",
        "dateLastModified": CHANGED_AT,
        "title": title,
        "courseSourcedId": f"C-{source_id}",
        "classCode": source_id,
        "classType": "scheduled",
        "schoolSourcedId": "O1",
        "termSourcedIds": term,
    }


def person(source_id: str, given: str, family: str, **cells: str) -> Row:
    login = f"{given}.{family}".lower()
    return {
        "sourcedId": source_id,
        "status": "active",
        "dateLastModified": CHANGED_AT,
        "enabledUser": "true",
        "orgSourcedIds": "O1",
        "role": "student",
        "username": login,
        "givenName": given,
        "familyName": family,
        "email": f"{login}@example.edu",
        **cells,
    }


def enrollment(lesson_id: str, person_id: str, role: str = "student") -> Row:
    return {
        "sourcedId": f"E-{lesson_id}-{person_id}",
        "status": "active",
        "dateLastModified": CHANGED_AT,
        "classSourcedId": lesson_id,
        "schoolSourcedId": "O1",
        "userSourcedId": person_id,
        "role": role,
    }
