"""courses.csv: courses, their states, dates, accounts and terms."""

from dataclasses import dataclass

from pipeline.sandbox.importers.blueprint import Associations
from pipeline.sandbox.importers.course_effects import follow_state, update_copies
from pipeline.sandbox.importers.course_values import course_format, next_state, passback_setting
from pipeline.sandbox.importers.lookup import account_or_fallback, is_elementary, live_term
from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.validation import end_before_start, taken_integration_id, too_long
from pipeline.sandbox.importers.values import boolean, starts_with
from pipeline.sandbox.importers.work import Draft, Skip, Work, refuse_long, refuse_nul
from pipeline.sandbox.store.records import AbstractCourse, Account, Course
from pipeline.sandbox.store.seed import DEFAULT_TERM_ID, ROOT_ACCOUNT_ID

__all__ = ["COLUMNS", "STICKY", "import_segment"]

COLUMNS = (
    "course_id",
    "short_name",
    "long_name",
    "status",
    "account_id",
    "fallback_account_id",
    "term_id",
    "integration_id",
    "start_date",
    "end_date",
    "abstract_course_id",
    "course_format",
    "blueprint_course_id",
    "grade_passback_setting",
    "homeroom_course",
    "friendly_name",
)
STATUSES = ("active", "deleted", "completed", "unpublished", "published")
FORMATS = ("on_campus", "online", "blended", "not_set")
PASSBACK_SETTINGS = ("nightly_sync", "disabled", "not_set")
STICKY = frozenset(
    {
        "name",
        "course_code",
        "account_id",
        "term_id",
        "start_at",
        "conclude_at",
        "restrict_to_dates",
        "workflow_state",
        "grade_passback_setting",
    }
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One row: its values by name, and its dates as they could be read."""

    course_id: str
    values: dict[str, str | None]
    start: str | None
    end: str | None
    columns: frozenset[str]

    def __getitem__(self, column: str) -> str | None:
        return self.values[column]


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order; links to blueprint courses are made after the last row."""
    columns = frozenset(segment.header)
    associations = Associations()
    rows = list(segment.rows(COLUMNS))
    work.session.courses.load("sis_id", (row[0] for _, row in rows))
    for number, row in rows:
        start, end, is_bad = work.dates(row[8], row[9])
        if is_bad:
            work.warn(number, f"Bad date format for course {row[0] or ''}")
        try:
            line = _checked(row, start, end, columns)
            if work.drops_deletes(line["status"]):
                continue
            refuse_nul(row)
            course = _import_row(work, line)
            associations.note(work, course, line["blueprint_course_id"])
            work.count += 1
        except Skip as refusal:
            work.warn(number, str(refusal))
    associations.make(work)


def _checked(row: Row, start: str | None, end: str | None, columns: frozenset[str]) -> _Line:
    """The row after the checks that need nothing but the row."""
    values = dict(zip(COLUMNS, row, strict=True))
    course_id, abstract_id, status = values["course_id"], values["abstract_course_id"], values["status"]
    if course_id is None:
        raise Skip("No course_id given for a course")
    for name in ("short_name", "long_name"):
        if values[name] is None and abstract_id is None:
            raise Skip(f"No {name} given for course {course_id}")
    if not starts_with(status, STATUSES):
        raise Skip(f'Improper status "{status or ""}" for course {course_id}')
    form, passback = values["course_format"], values["grade_passback_setting"]
    if form is not None and not starts_with(form, FORMATS):
        raise Skip(f'Invalid course_format "{form}" for course {course_id}')
    if passback is not None and passback.lower() not in PASSBACK_SETTINGS:
        raise Skip(f'Invalid grade_passback_setting "{passback}" for course {course_id}')
    return _Line(course_id, values, start, end, columns)


def _import_row(work: Work, line: _Line) -> Course:
    courses = work.session.courses
    draft = work.draft(
        courses.find("sis_id", line.course_id), Course(account_id=ROOT_ACCOUNT_ID, term_id=DEFAULT_TERM_ID)
    )
    account = _named_account(work, line)
    _place(work, draft, line, account)
    abstract = _abstract_course(work, line)
    _borrow_place(draft, line, abstract)
    draft["sis_id"], draft["integration_id"] = line.course_id, line["integration_id"]
    _name(draft, line, abstract)
    draft.offer("workflow_state", next_state(draft["workflow_state"], line["status"] or ""))
    _set_dates(draft, line)
    _set_details(work, draft, line, account)
    before = "non-existent" if draft.is_new else draft.record.workflow_state
    if not draft.is_new and draft.changed():
        update_copies(work, draft, line["short_name"] or "")
    _check(work, draft, line)
    work.save(courses, draft, "Course", STICKY)
    course: Course = draft.record
    if not draft.is_new and before != course.workflow_state:
        follow_state(work, course)
    return course


def _named_account(work: Work, line: _Line) -> Account | None:
    """The account that the row names, else the one to fall back on; None when the row names none."""
    account = account_or_fallback(work, line["account_id"], line["fallback_account_id"])
    if account is None and line["account_id"] is not None:
        raise Skip(f'Account not found "{line["account_id"]}" for course {line.course_id}')
    return account


def _abstract_course(work: Work, line: _Line) -> AbstractCourse | None:
    abstract_id = line["abstract_course_id"]
    if abstract_id is None:
        return None
    abstract = work.session.abstract_courses.find("sis_id", abstract_id)
    if abstract is None:
        work.warn(None, f"unknown abstract course id {abstract_id}, ignoring abstract course reference")
    return abstract


def _place(work: Work, draft: Draft, line: _Line, account: Account | None) -> None:
    """Account and term: the row's own, else what the course has."""
    term = live_term(work, line["term_id"])
    if term is not None:
        draft.offer("term_id", term.id)
    if account is not None and (account.workflow_state != "deleted" or work.settings.is_2022):
        draft.offer("account_id", account.id)
    holder = work.session.accounts.get(draft["account_id"])
    if holder.workflow_state == "deleted" and not work.settings.is_2022:
        raise Skip(
            f"Cannot restore course {line.course_id} because the associated account {holder.sis_id or ''} is deleted"
        )


def _borrow_place(draft: Draft, line: _Line, abstract: AbstractCourse | None) -> None:
    """Term and account of the abstract course where the row's cell is blank; a stuck account does not resist it."""
    draft["abstract_course_id"] = None if abstract is None else abstract.id
    if abstract is not None and line["term_id"] is None:
        draft.offer("term_id", abstract.term_id)
    if abstract is not None and line["account_id"] is None:
        draft["account_id"] = abstract.account_id


def _name(draft: Draft, line: _Line, abstract: AbstractCourse | None) -> None:
    """Name and code: the row's own, else what the course has, else those of the abstract course."""
    for column, given, borrowed in (
        ("name", line["long_name"], abstract and abstract.name),
        ("course_code", line["short_name"], abstract and abstract.short_name),
    ):
        if given is not None:
            draft.offer(column, given)
        if draft[column] is None:
            draft[column] = borrowed


def _set_dates(draft: Draft, line: _Line) -> None:
    """Write the dates whose column is there; the flag that makes them count follows (a column left out counts as set)."""
    dates = {"start_at": ("start_date", line.start), "conclude_at": ("end_date", line.end)}
    given = {column: value for column, (name, value) in dates.items() if name in line.columns}
    if not given or not draft.stuck.isdisjoint(dates):
        return
    draft.staged.update(given)
    draft.offer("restrict_to_dates", len(given) < len(dates) or any(value is not None for value in given.values()))


def _set_details(work: Work, draft: Draft, line: _Line, account: Account | None) -> None:
    if "course_format" in line.columns:
        draft["course_format"] = course_format(line["course_format"])
    if "grade_passback_setting" in line.columns:
        draft.offer("grade_passback_setting", passback_setting(line["grade_passback_setting"]))
    homeroom, friendly_name = line["homeroom_course"], line["friendly_name"]
    if homeroom is not None:
        draft["homeroom_course"] = boolean(homeroom)
    if friendly_name is not None and account is not None and is_elementary(work, account):
        draft["friendly_name"] = friendly_name


def _check(work: Work, draft: Draft, line: _Line) -> None:
    """The course's own validation, then what only the database refuses."""
    errors = taken_integration_id(work.session.courses, draft, "Integration Integration ID") or [
        *too_long(draft, {"name": "Name", "course_code": "Course code", "sis_id": "Sis source"}),
        *end_before_start(draft["start_at"], draft["conclude_at"], "Conclude at"),
    ]
    if errors:
        code = line["short_name"] or ""
        raise Skip(f"A course did not pass validation (course: {line.course_id} / {code}, error: {','.join(errors)})")
    refuse_long(draft["integration_id"], draft["friendly_name"])
