"""restore_states: objects go back to the states in which they were before an import. Only states come back."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.sandbox.batch.context import Context
from pipeline.sandbox.batch.results import CLASSES, statistics
from pipeline.sandbox.importers.logins import LoginNames
from pipeline.sandbox.importers.observing import follow_students
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import ImportSettings, Work
from pipeline.sandbox.store.imports import ImportTables
from pipeline.sandbox.store.records import Enrollment, Login
from pipeline.sandbox.store.results import Message
from pipeline.sandbox.store.session import Session
from pipeline.sandbox.store.table import Table

__all__ = ["restore"]

CHUNK = 1000
CREATED = "non-existent"
Change = tuple[int, str, int, str]  # number, class, object, state before


def restore(context: Context, progress_id: int, import_id: int, options: Mapping[str, Any]) -> None:
    """Undo the recorded changes of state of an import that are not undone yet. options: the three filters."""
    with context.database.work() as connection:
        tables = ImportTables(connection)
        tables.set_progress(progress_id, "running", 0.0, context.clock.text())
        changes = tables.unrestored(import_id, _condition(options))
    by_class: dict[str, list[Change]] = {name: [] for name in CLASSES}
    for change in changes:
        by_class.setdefault(change[1], []).append(change)
    for of_class in by_class.values():
        for start in range(0, len(of_class), CHUNK):
            _restore_chunk(context, import_id, of_class[start : start + CHUNK])
    _end(context, progress_id, import_id, is_partial=any(options.values()))


def _condition(options: Mapping[str, Any]) -> str:
    """The SQL condition of the filters."""
    conditions = ["1 = 1"]
    if options.get("batch_mode"):
        conditions.append("batch_mode_delete")
    if options.get("undelete_only"):
        conditions.append("new_state IN ('deleted', 'retired')")
    if options.get("unconclude_only"):
        conditions.append("new_state = 'completed'")
    return " AND ".join(conditions)


def _restore_chunk(context: Context, import_id: int, changes: Sequence[Change]) -> None:
    """Undo changes of one class, the newest first, so that the oldest state stays."""
    with context.database.work() as connection:
        context.check()
        now = context.clock.now()
        text = context.clock.text()
        settings = ImportSettings(import_id=import_id, user_id=0, now=text, today=(now.year, now.month, now.day))
        work = Work(Session(connection, context.database.last_ids), settings, Segment((), 2, []))
        failed = [change for change in changes if not _restore_one(work, change)]
        done = [change for change in changes if change not in failed]
        work.session.flush()
        tables = ImportTables(connection)
        tables.mark_restored(import_id, [change[0] for change in done])
        tables.add_messages(import_id, None, [_message(change) for change in failed], text)


def _message(change: Change) -> Message:
    number, class_name, object_id, before = change
    record = f"id: {number}, context_type: {class_name}, context_id: {object_id}, previous_workflow_state: {before}"
    return Message(f"Couldn't rollback SIS batch data for row - {{{record}}}")


def _restore_one(work: Work, change: Change) -> bool:
    """Undo one change; False when that would make two live logins of one name."""
    _, class_name, object_id, before = change
    table = _table(work.session, class_name)
    found = [] if table is None else table.get_all([object_id])
    if table is None or not found:
        return True
    record = found[0]
    state = before if before != CREATED else ("retired" if class_name == "CommunicationChannel" else "deleted")
    if isinstance(record, Login) and state != "deleted" and _is_name_taken(work, record):
        return False
    record.workflow_state, record.updated_at = state, work.settings.now
    table.touch(record)
    if isinstance(record, Enrollment) and record.type == "StudentEnrollment":
        follow_students(work, [record])
    return True


def _is_name_taken(work: Work, login: Login) -> bool:
    rivals = LoginNames(work.session).rivals(login.unique_key, login.authentication_provider_id)
    return any(rival is not login for rival in rivals)


def _table(session: Session, class_name: str) -> Table[Any] | None:
    tables: dict[str, Table[Any]] = {
        "Account": session.accounts,
        "EnrollmentTerm": session.terms,
        "AbstractCourse": session.abstract_courses,
        "Course": session.courses,
        "CourseSection": session.sections,
        "GroupCategory": session.group_categories,
        "Group": session.groups,
        "Pseudonym": session.logins,
        "CommunicationChannel": session.channels,
        "Enrollment": session.enrollments,
        "GroupMembership": session.group_memberships,
        "UserObserver": session.user_observers,
        "AccountUser": session.admins,
    }
    return tables.get(class_name)


def _end(context: Context, progress_id: int, import_id: int, *, is_partial: bool) -> None:
    """Say how many rows were restored by now, and that it is done."""
    with context.database.work() as connection:
        tables = ImportTables(connection)
        row = tables.get(import_id)
        now = context.clock.text()
        if row is not None:
            figures = row.data.setdefault("statistics", statistics(tables, import_id))
            restored = tables.tallied_restored(import_id)
            for class_name in CLASSES:
                figures[class_name]["restored"] = restored.get(class_name, 0)
            state = "partially_restored" if is_partial else "restored"
            tables.update(import_id, workflow_state=state, data=row.data, updated_at=now)
        tables.set_progress(progress_id, "completed", 100.0, now)
