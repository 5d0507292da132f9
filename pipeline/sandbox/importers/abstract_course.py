"""abstract_courses.csv: names, term and account that courses may take over."""

from pipeline.sandbox.importers.lookup import account_or_fallback
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import AbstractCourse
from pipeline.sandbox.store.seed import DEFAULT_TERM_ID, ROOT_ACCOUNT_ID

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = ("abstract_course_id", "short_name", "long_name", "status", "term_id", "account_id", "fallback_account_id")
STICKY = frozenset({"name", "short_name", "term_id"})


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order. An unknown term or account is passed over silently."""
    for number, row in segment.rows(COLUMNS):
        try:
            work.count += _import_row(work, row)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row) -> bool:
    abstract_id, short_name, long_name, status, term_id, account_id, fallback_id = row
    if abstract_id is None:
        raise Skip("No abstract_course_id given for an abstract course")
    if short_name is None:
        raise Skip(f"No short_name given for abstract course {abstract_id}")
    if long_name is None:
        raise Skip(f"No long_name given for abstract course {abstract_id}")
    if not starts_with(status, ("active", "deleted")):
        raise Skip(f'Improper status "{status or ""}" for abstract course {abstract_id}')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    refuse_long(abstract_id, short_name, long_name)
    table = work.session.abstract_courses
    draft = work.draft(table.find("sis_id", abstract_id), AbstractCourse(account_id=ROOT_ACCOUNT_ID))
    term = None if term_id is None else work.session.terms.find("sis_id", term_id)  # deleted ones too
    account = account_or_fallback(work, account_id, fallback_id)
    draft["sis_id"] = abstract_id
    draft.offer("term_id", DEFAULT_TERM_ID if term is None else term.id)
    if account is not None:
        draft["account_id"] = account.id
    draft.offer("name", long_name)
    draft.offer("short_name", short_name)
    draft["workflow_state"] = "active" if starts_with(status, ("active",)) else "deleted"
    work.save(table, draft, "AbstractCourse", STICKY)
    return True
