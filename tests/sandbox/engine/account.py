"""An account in memory for tests: files in, messages, counts and state out."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.sandbox.engine import Engine, ImportOptions, Upload

SECONDS = 20
Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Outcome:
    """One import after its end. messages: (file, row, text, failure), in the order of their making."""

    id: int
    values: Mapping[str, Any]
    messages: list[tuple[str | None, int | None, str, bool]]

    @property
    def state(self) -> str:
        return str(self.values["workflow_state"])

    @property
    def data(self) -> dict[str, Any]:
        return dict(json.loads(self.values["data"]))

    @property
    def counts(self) -> dict[str, int]:
        """`data.counts` without zeros."""
        return {key: count for key, count in self.data.get("counts", {}).items() if count}

    @property
    def says(self) -> list[str]:
        """The messages as "row text", "- text" without a row."""
        return [f"{'-' if row is None else row} {text}" for _, row, text, _ in self.messages]


class Account:
    """An engine and what tests ask of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def imported(self, files: Files, *, name: str = "upload.zip", wait: bool = True, **options: Any) -> Outcome:
        """Import files as one zip, and wait until the queue is idle."""
        return self.sent(zipped(files), name=name, wait=wait, **options)

    def sent(self, content: bytes, *, name: str, wait: bool = True, **options: Any) -> Outcome:
        """Import an upload as it is."""
        import_id = self.engine.save_import(1, Upload(name, content))
        self.engine.start_import(import_id, ImportOptions(**options))
        if wait:
            assert self.engine.wait_until_idle(SECONDS)
        return self.outcome(import_id)

    def outcome(self, import_id: int) -> Outcome:
        """An import as it is now."""
        with self.engine.database.read() as cursor:
            values = dict(cursor.execute("SELECT * FROM imports WHERE id = ?", (import_id,)).fetchone())
            rows = cursor.execute("SELECT * FROM messages WHERE import_id = ? ORDER BY id", (import_id,)).fetchall()
        return Outcome(import_id, values, [(r["file"], r["row"], r["message"], bool(r["failure"])) for r in rows])

    def given(self, **wishes: Any) -> dict[str, Any]:
        return self.engine.given(wishes)

    def rows(self, table: str, **same: Any) -> list[dict[str, Any]]:
        """The rows of a table of the state that have these values."""
        found = self.engine.state()[table]
        return [row for row in found if all(row[key] == value for key, value in same.items())]

    def row(self, table: str, **same: Any) -> dict[str, Any]:
        """The one row of a table of the state that has these values."""
        (row,) = self.rows(table, **same)
        return row

    def term_id(self, sis_id: str) -> int:
        with self.engine.database.read() as cursor:
            return int(cursor.execute("SELECT id FROM terms WHERE sis_id = ?", (sis_id,)).fetchone()[0])


@contextmanager
def open_account(version: str = "current") -> Iterator[Account]:
    """An empty account, closed in the end."""
    engine = Engine(canvas_version=version)
    try:
        yield Account(engine)
    finally:
        engine.close()


def zipped(files: Files) -> bytes:
    """A zip of files by path."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def table(name: str, header: str, *rows: str) -> dict[str, str]:
    """One CSV file."""
    return {name: "\n".join((header, *rows, ""))}


def accounts(*rows: str) -> dict[str, str]:
    return table("accounts.csv", "account_id,parent_account_id,name,status,integration_id", *rows)


def terms(*rows: str) -> dict[str, str]:
    header = "term_id,name,status,start_date,end_date,date_override_enrollment_type,integration_id"
    return table("terms.csv", header, *rows)


def courses(*rows: str, header: str = "course_id,short_name,long_name,status,account_id,term_id") -> dict[str, str]:
    return table("courses.csv", header, *rows)


def sections(*rows: str) -> dict[str, str]:
    return table("sections.csv", "section_id,course_id,name,status,start_date,end_date,integration_id", *rows)


def xlists(*rows: str) -> dict[str, str]:
    return table("xlists.csv", "xlist_course_id,section_id,status", *rows)


def users(*rows: str, header: str = "user_id,login_id,full_name,status,email,integration_id") -> dict[str, str]:
    return table("users.csv", header, *rows)


def logins(*rows: str, header: str = "user_id,login_id,existing_user_id,email") -> dict[str, str]:
    return table("logins.csv", header, *rows)


def enrollments(*rows: str, header: str = "course_id,section_id,user_id,role,status") -> dict[str, str]:
    return table("enrollments.csv", header, *rows)


def admins(*rows: str, header: str = "user_id,account_id,role,status") -> dict[str, str]:
    return table("admins.csv", header, *rows)


def group_categories(*rows: str) -> dict[str, str]:
    return table("group_categories.csv", "group_category_id,account_id,course_id,category_name,status", *rows)


def groups(*rows: str) -> dict[str, str]:
    return table("groups.csv", "group_id,group_category_id,account_id,course_id,name,status", *rows)


def memberships(*rows: str) -> dict[str, str]:
    return table("groups_membership.csv", "group_id,user_id,status", *rows)


def tag_sets(*rows: str) -> dict[str, str]:
    return table("differentiation_tag_sets.csv", "tag_set_id,course_id,set_name,status", *rows)


def tags(*rows: str) -> dict[str, str]:
    return table("differentiation_tags.csv", "tag_id,tag_set_id,course_id,name,status", *rows)


def tag_memberships(*rows: str) -> dict[str, str]:
    return table("differentiation_tag_membership.csv", "tag_id,user_id,status", *rows)


def tag_categories(*rows: str) -> dict[str, str]:
    return table("institutional_tag_categories.csv", "category_id,name,description,status", *rows)


def institutional_tags(*rows: str) -> dict[str, str]:
    return table("institutional_tags.csv", "institutional_tag_id,category_id,name,description,status", *rows)


def tag_associations(*rows: str) -> dict[str, str]:
    return table("institutional_tag_associations.csv", "institutional_tag_id,user_id,status", *rows)


def grades(*rows: str) -> dict[str, str]:
    return table("grade_publishing_results.csv", "enrollment_id,grade_publishing_status,message", *rows)


def observers(*rows: str) -> dict[str, str]:
    return table("user_observers.csv", "observer_id,student_id,status", *rows)


def changed_ids(*rows: str) -> dict[str, str]:
    return table("change_sis_id.csv", "old_id,new_id,old_integration_id,new_integration_id,type", *rows)


def abstract_courses(*rows: str) -> dict[str, str]:
    return table("abstract_courses.csv", "abstract_course_id,short_name,long_name,status", *rows)
