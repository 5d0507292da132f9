"""terms.csv: enrollment terms, and their dates for single enrollment types."""

from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Crash, Draft, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import Term, TermOverride
from pipeline.sandbox.store.seed import DEFAULT_TERM_NAME

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = (
    "term_id",
    "name",
    "status",
    "integration_id",
    "date_override_enrollment_type",
    "start_date",
    "end_date",
)
OVERRIDE_TYPES = ("StudentEnrollment", "TeacherEnrollment", "TaEnrollment", "DesignerEnrollment")
STICKY = frozenset({"name", "start_at", "end_at"})
OVERRIDE_STICKY = frozenset({"start_at", "end_at"})
Dates = tuple[str | None, str | None]


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order. A date that cannot be read is told, and the row goes on without it."""
    for number, row in segment.rows(COLUMNS):
        start, end, is_bad = work.dates(row[5], row[6])
        if is_bad:
            work.warn(number, f"Bad date format for term {row[0] or ''}")
        try:
            work.count += _import_row(work, row, (start, end))
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row, dates: Dates) -> bool:
    term_id, name, status, _, override_type, *_ = row
    if term_id is None:
        raise Skip("No term_id given for a term")
    if not starts_with(status, ("active", "deleted")):
        raise Skip(f'Improper status "{status or ""}" for term {term_id}')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    term = work.session.terms.find("sis_id", term_id)
    is_active = starts_with(status, ("active",))
    if override_type is not None:
        _import_override(work, term, (override_type, is_active), dates)
        return True
    if name is None:
        raise Skip(f"No name given for term {term_id}")
    draft = work.draft(term, Term())
    draft["sis_id"], draft["integration_id"] = term_id, row[3]
    draft.offer("name", name)
    draft.offer_pair(start_at=dates[0], end_at=dates[1])
    draft["workflow_state"] = "active" if is_active else "deleted"
    _check(work, draft, name)
    work.save(work.session.terms, draft, "EnrollmentTerm", STICKY)
    return True


def _import_override(work: Work, term: Term | None, override: tuple[str, bool], dates: Dates) -> None:
    """Set or remove the dates of one enrollment type; name, integration id and state of the term stay."""
    enrollment_type, is_active = override
    if term is None:
        raise Skip("Cannot set date override on non-existent term")
    if enrollment_type not in OVERRIDE_TYPES:
        raise Skip("Invalid date_override_enrollment_type")
    work.session.terms.stamp(term, work.settings.import_id)
    overrides = work.session.term_overrides
    found = overrides.where(term_id=term.id, enrollment_type=enrollment_type)
    if found and not work.settings.is_2022 and not OVERRIDE_STICKY.isdisjoint(work.stuck(found[0])):
        return  # dates that somebody set are neither changed nor removed
    if not is_active:
        for record in found:
            record.start_at, record.end_at, record.stuck, record.workflow_state = None, None, "", "deleted"
            overrides.touch(record)
        return
    record = found[0] if found else overrides.add(TermOverride(term_id=term.id, enrollment_type=enrollment_type))
    values = {"start_at": dates[0], "end_at": dates[1]}
    changed = {column for column, value in values.items() if getattr(record, column) != value}
    for column, value in values.items():
        setattr(record, column, value)
    record.workflow_state = "active"
    if changed:
        work.mark_sticky(record, changed)
    overrides.touch(record)


def _check(work: Work, draft: Draft, name: str) -> None:
    """The term's own validation, then what only the database refuses."""
    errors = []
    term: Term = draft.record
    is_deletion = draft["workflow_state"] == "deleted" and (draft.is_new or term.workflow_state != "deleted")
    if is_deletion and draft["name"] == DEFAULT_TERM_NAME:
        errors.append("Workflow state Cannot delete the default term")
    elif is_deletion and not draft.is_new and work.session.courses.exists(live=True, term_id=term.id):
        errors.append("Workflow state Cannot delete a term with active courses")
    if not draft.is_new and term.name == DEFAULT_TERM_NAME and draft["name"] != DEFAULT_TERM_NAME:
        errors.append("Name Cannot change the default term name")
    if errors:
        raise Skip(f"A term did not pass validation (term: {draft['sis_id']} / {name}, error: {', '.join(errors)})")
    refuse_long(draft["sis_id"], draft["name"], draft["integration_id"])
    other = draft["integration_id"] and work.session.terms.find("integration_id", draft["integration_id"])
    if other and other is not draft.record:
        raise Crash
