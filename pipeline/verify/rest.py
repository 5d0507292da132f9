"""Looking into Canvas through its REST API: live, object by object; right for single courses, samples and small accounts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.canvas.reading import CanvasReader, Entry, sis_reference
from pipeline.errors import Because, CouldNotLook, NotSent, Refused, Unknown
from pipeline.verify.looks import SAMPLED, Extent, Looked, Row, Sink, Wish
from pipeline.verify.rest_names import SisNames
from pipeline.verify.rest_rows import (
    account_cells,
    course_cells,
    enrollment_cells,
    login_cells,
    section_cells,
    term_cells,
    user_cells,
)

__all__ = ["RestPace", "RestSource", "may_look"]

MOST_SECOND_LOOKS = 100  # people whom Canvas lists under another of their logins are few
COSTLIEST_ROW = 3  # requests: a course with its account and term
PRESENT = frozenset({"active", "invited", "creation_pending", "inactive"})
USERS_AT_ONCE = 40  # people in one question: the address stays far below 6,000 characters


@dataclass(frozen=True, slots=True)
class RestPace:
    """Limits of one look.

    most_requests: after which single rows are left out; may_go_on: asked between objects; progress: told how many courses
    of how many are done.
    """

    most_requests: int | None = None
    may_go_on: Callable[[], bool] = lambda: True
    progress: Callable[[int, int], None] = lambda _done, _of: None


def may_look(reader: CanvasReader) -> bool:
    """Whether the token's user may see people and SIS ids, by one request."""
    with _in_our_words(reader.instance):
        may = reader.permissions(("read_roster", "read_sis", "manage_sis"))
    return may["read_roster"] and (may["read_sis"] or may["manage_sis"])


class RestSource:
    """Reads terms, accounts, courses, sections, people and enrollments by one token."""

    name = "rest"

    def __init__(self, reader: CanvasReader, pace: RestPace | None = None) -> None:
        self._reader = reader
        self._pace = pace or RestPace()
        self._sis = SisNames(reader)

    def read(self, wish: Wish, sink: Sink) -> Looked:
        """Give every row seen to the sink. CouldNotLook as `verify.looks.Source` says."""
        ways = {Extent.WHOLE: self._whole, Extent.COURSES: self._some_courses, Extent.ROWS: self._rows}
        with _in_our_words(self._reader.instance):
            return ways[wish.extent](wish, sink)

    def _whole(self, wish: Wish, sink: Sink) -> Looked:
        for account in self._sis.learn_accounts():
            self._account(account, sink)
        for term in self._sis.learn_terms():
            _give(sink, "terms", term_cells(term))
        there = {self._course(course, sink) for course in self._reader.courses()}
        self._people(wish.users, sink)
        for done, course_id in enumerate(wish.courses):
            self._pace.progress(done, len(wish.courses))
            if course_id in there:
                self._inside(course_id, sink)
        self._pace.progress(len(wish.courses), len(wish.courses))
        return Looked(Extent.WHOLE, wish.courses, silent=SAMPLED, news=SAMPLED, requests=self._reader.requests)

    def _some_courses(self, wish: Wish, sink: Sink) -> Looked:
        for done, course_id in enumerate(wish.courses):
            self._pace.progress(done, len(wish.courses))
            course = self._reader.course(sis_reference("course", course_id))
            if course is not None:
                self._course(course, sink)
                self._inside(course_id, sink, with_people=True)
        return Looked(
            Extent.COURSES,
            wish.courses,
            silent=("courses", "sections", "enrollments"),
            news=("sections", "enrollments"),
            requests=self._reader.requests,
        )

    def _rows(self, wish: Wish, sink: Sink) -> Looked:
        """Single rows, as many as the pace allows; enrollments of one section by one question."""
        together: dict[tuple[str, str], list[Row]] = {}
        for table, row in wish.rows:
            together.setdefault((table, _reference(table, row)), []).append(row)
        done: list[tuple[str, Row]] = []
        for (table, place), rows in together.items():
            for few in (rows[start : start + USERS_AT_ONCE] for start in range(0, len(rows), USERS_AT_ONCE)):
                if self._is_spent() or not self._pace.may_go_on():
                    break
                self._look_up(table, place, few, sink)
                done += [(table, row) for row in few]
        return Looked(Extent.ROWS, rows=tuple(done), silent=SAMPLED, requests=self._reader.requests)

    def _is_spent(self) -> bool:
        most = self._pace.most_requests
        return most is not None and self._reader.requests + COSTLIEST_ROW > most

    def _look_up(self, table: str, place: str, rows: Sequence[Row], sink: Sink) -> None:
        """One object, or several enrollments of one section or course. place: its reference."""
        if table == "enrollments":
            self._enrollments_at(place, [row["user_id"] for row in rows], sink)
        elif table == "users":
            self._person(rows[0]["user_id"], sink)
        elif table == "courses" and (course := self._reader.course(place)) is not None:
            self._course(course, sink)
        elif table == "sections" and (section := self._reader.section(place)) is not None:
            self._section(section, sink)
        elif table == "accounts" and (account := self._reader.account(place)) is not None:
            self._account(account, sink)
        elif table == "terms" and (term := self._reader.term(place)) is not None:
            _give(sink, "terms", term_cells(term))

    def _inside(self, course_id: str, sink: Sink, *, with_people: bool = False) -> None:
        """Sections and enrollments of one course; of one that was just deleted, none."""
        if not self._pace.may_go_on():
            raise CouldNotLook("This process is to stop: Canvas was not read to the end.", remedy="Start it again.")
        course = sis_reference("course", course_id)
        try:
            for section in self._reader.sections(course):
                self._section(section, sink)
            entries = list(self._reader.course_enrollments(course))
        except Refused as error:
            if error.because is not Because.MISSING:
                raise
            return
        for person in {entry.get("user_id"): entry["user"] for entry in entries if "user" in entry}.values():
            self._sis.learn_user(person)
        for entry in entries:
            self._enrollment(entry, sink)
        if with_people:  # of those who left it is not known whether they are in Canvas at all
            present = [entry for entry in entries if entry.get("enrollment_state") in PRESENT and "user" in entry]
            for person in {entry.get("user_id"): entry["user"] for entry in present}.values():
                _give(sink, "users", user_cells(person))

    def _enrollments_at(self, place: str, user_ids: Sequence[str], sink: Sink) -> None:
        ask = self._reader.section_enrollments if "sis_section_id" in place else self._reader.course_enrollments
        try:
            for entry in ask(place, user_ids):
                self._enrollment(entry, sink)
        except Refused as error:
            if error.because is not Because.MISSING:
                raise

    def _people(self, wanted: Sequence[str], sink: Sink) -> None:
        """Everybody whom Canvas lists; who is not among them is asked for, since a person may have several logins."""
        seen: set[str] = set()
        for person in self._reader.users():
            self._sis.learn_user(person)
            cells = user_cells(person)
            seen.add(cells["user_id"])
            _give(sink, "users", cells)
        for user_id in [user_id for user_id in wanted if user_id not in seen][:MOST_SECOND_LOOKS]:
            self._person(user_id, sink)

    def _person(self, user_id: str, sink: Sink) -> None:
        """One person by one login: its state, and the person's names if it is there."""
        reference = sis_reference("user", user_id)
        logins = [login_cells(login) for login in self._reader.logins(reference) or ()]
        mine = next((cells for cells in logins if cells["user_id"] == user_id), None)
        person = self._reader.user(reference) if mine is not None else None
        if mine is not None and person is not None:
            _give(sink, "users", {**user_cells(person), **mine})

    def _account(self, entry: Entry, sink: Sink) -> None:
        parent = self._sis.account(entry.get("parent_account_id"))
        _give(sink, "accounts", {**account_cells(entry), **_cell("parent_account_id", parent)})

    def _course(self, entry: Entry, sink: Sink) -> str:
        """Give a course, and return its SIS id if it is not deleted."""
        account, term = self._sis.account(entry.get("account_id")), self._sis.term(entry.get("enrollment_term_id"))
        cells = {**course_cells(entry), **_cell("account_id", account), **_cell("term_id", term)}
        self._sis.learn_course(entry.get("id"), cells["course_id"])
        _give(sink, "courses", cells)
        return cells["course_id"] if cells["status"] != "deleted" else ""

    def _section(self, entry: Entry, sink: Sink) -> None:
        """A section with the course it belongs to, which is its home while it is cross-listed."""
        course = self._sis.course(entry.get("nonxlist_course_id") or entry.get("course_id"))
        _give(sink, "sections", {**section_cells(entry), **_cell("course_id", course)})

    def _enrollment(self, entry: Entry, sink: Sink) -> None:
        """An enrollment; one of a person without SIS id, or in a course without one, cannot be compared."""
        cells = enrollment_cells(entry)
        observed = entry.get("associated_user_id")
        associated = self._sis.user(observed) if observed is not None else ""
        if cells["user_id"] and (cells["section_id"] or cells["course_id"]) and associated is not None:
            sink("enrollments", {**cells, "associated_user_id": associated})


def _reference(table: str, row: Row) -> str:
    """The object to ask about a row: itself; for an enrollment its section, or its course where it names no section."""
    kind = table.removesuffix("s")
    if table == "enrollments":
        kind = "section" if row["section_id"] else "course"
    return sis_reference(kind, row[f"{kind}_id"])


def _give(sink: Sink, table: str, cells: Row) -> None:
    """Give a row to the sink, unless the object has no SIS id."""
    if cells[f"{table.removesuffix('s')}_id"]:
        sink(table, cells)


def _cell(column: str, value: str | None) -> dict[str, str]:
    """The cell, unless it is not known."""
    return {} if value is None else {column: value}


@contextmanager
def _in_our_words(instance: str) -> Iterator[None]:
    """CouldNotLook for whatever Canvas does not answer; its own errors name paths, and those may name people."""
    try:
        yield
    except Refused as error:
        raise CouldNotLook(
            f"Canvas ({instance}) does not let this token read what is compared (status {error.request.status}).",
            because=error.because,
            remedy=_REMEDIES.get(error.because, "Check `url` and `read_token` of this instance."),
        ) from error
    except (NotSent, Unknown) as error:
        raise CouldNotLook(str(error), remedy="Nothing was compared. Try again later.") from error


_REMEDIES = {
    Because.TOKEN: "The token is wrong, expired or deleted: put a new one into its place.",
    Because.PERMISSION: 'Give the user of `read_token` the rights "SIS Data - read", "Courses - view list" and '
    '"Users - view list" on the root account; a scoped developer key must allow these requests.',
}
