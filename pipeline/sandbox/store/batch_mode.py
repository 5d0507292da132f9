"""Which objects of some terms came from SIS, and which of them one import did not touch."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

__all__ = ["Candidates", "Compared"]

SOURCES = {
    "course": """courses o WHERE o.term_id IN (SELECT value FROM json_each(:terms))
        AND o.workflow_state <> 'deleted' AND o.sis_id IS NOT NULL""",
    "section": """sections o JOIN courses c ON c.id = coalesce(o.nonxlist_course_id, o.course_id)
        WHERE c.term_id IN (SELECT value FROM json_each(:terms))
        AND o.workflow_state <> 'deleted' AND o.sis_id IS NOT NULL""",
    "enrollment": """courses c CROSS JOIN enrollments o ON o.course_id = c.id
        WHERE c.term_id IN (SELECT value FROM json_each(:terms))
        AND o.workflow_state <> 'deleted' AND o.workflow_state <> :left_out""",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """How many objects there are, and the ids of those that the import did not touch."""

    all: int
    missing: list[int]


class Candidates:
    """What batch mode compares for one import. terms: Canvas ids."""

    def __init__(self, connection: sqlite3.Connection, import_id: int, terms: list[int]) -> None:
        self._connection = connection
        self._values: dict[str, Any] = {"import_id": import_id, "terms": json.dumps(terms)}

    def of(self, kind: str, left_out: str) -> Compared:
        """The live objects of a kind that any import touched. left_out: a state whose enrollments do not count."""
        source = f"{SOURCES[kind]} AND o.sis_import_id IS NOT NULL"
        values = {**self._values, "left_out": left_out}
        count = self._connection.execute(f"SELECT count(*) FROM {source}", values).fetchone()[0]  # noqa: S608
        sql = f"SELECT o.id FROM {source} AND o.sis_import_id <> :import_id ORDER BY o.id"  # noqa: S608  # texts of our own
        return Compared(count, [row[0] for row in self._connection.execute(sql, values)])
