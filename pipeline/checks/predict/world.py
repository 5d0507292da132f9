"""Canvas's state as far as CSV files tell: what importing them one after the other would have left in an empty account."""

from collections import defaultdict
from dataclasses import dataclass, field

__all__ = [
    "Account", "Category", "Course", "EnrollmentKey", "Group", "Login", "Person", "Section", "Term", "World",
]  # fmt: skip

DEFAULT_TERM_NAME = "Default Term"


@dataclass(slots=True, eq=False)
class Account:
    """An account; the root account has no SIS id and no parent."""

    sis_id: str
    parent: "Account | None"
    name: str = ""
    state: str = "active"
    integration_id: str = ""
    children: "set[Account]" = field(default_factory=set)
    courses: "set[Course]" = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Term:
    """A term."""

    sis_id: str
    name: str = ""
    state: str = ""  # "" before it was first saved
    integration_id: str = ""
    courses: "set[Course]" = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Course:
    """A course. start, end: instants, None for none; sections: oldest first; copies: what cross-listing made from it."""

    sis_id: str
    account: Account
    term: Term
    state: str = "created"
    name: str = ""
    code: str = ""
    integration_id: str = ""
    start: float | None = None
    end: float | None = None
    sections: "dict[Section, None]" = field(default_factory=dict)
    copies: "list[Course]" = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Section:
    """A section. home: the course it was cross-listed away from."""

    sis_id: str
    course: Course
    name: str = ""
    state: str = "active"
    integration_id: str = ""
    home: Course | None = None
    is_default: bool = False
    enrollments: "list[EnrollmentKey]" = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Person:
    """A person with one or more logins."""

    logins: "list[Login]" = field(default_factory=list)
    enrollments: "list[EnrollmentKey]" = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Login:
    """A login: SIS id, integration id, login name, state. password: the last one given by a file."""

    sis_id: str
    name: str
    person: Person
    state: str = "active"
    integration_id: str = ""
    provider: str = ""
    password: str = ""


EnrollmentKey = tuple[Section, Person, str, str, Person | None, Person | None]
"""Section, person, base type, role, associated person, source of a temporary enrollment."""


@dataclass(slots=True, eq=False)
class Category:
    """A group set, in an account or a course."""

    sis_id: str
    context: Account | Course
    name: str = ""
    is_deleted: bool = False


@dataclass(slots=True, eq=False)
class Group:
    """A group, in an account or a course. members: those who have not left."""

    sis_id: str
    context: Account | Course
    category: Category | None = None
    state: str = "available"
    members: set[Person] = field(default_factory=set)


class World:
    """Everything, by SIS id. `version`: `current` or `2022`; `is_lenient`: files are taken as already accepted."""

    def __init__(self, version: str = "current") -> None:
        self.version = version
        self.is_lenient = False
        self.root = Account("", None, "Root")
        self.default_term = Term("", DEFAULT_TERM_NAME, "active")
        self.accounts: dict[str, Account] = {}
        self.terms: dict[str, Term] = {}
        self.abstract_courses: dict[str, tuple[Account, Term]] = {}
        self.courses: dict[str, Course] = {}
        self.sections: dict[str, Section] = {}
        self.logins: dict[str, Login] = {}
        self.logins_by_name: dict[str, list[Login]] = defaultdict(list)
        self.integrations: dict[str, dict[str, object]] = defaultdict(dict)
        self.enrollments: dict[EnrollmentKey, str] = {}
        self.categories: dict[str, Category] = {}
        self.groups: dict[str, Group] = {}
        self.tag_sets: dict[str, Category] = {}
        self.tags: dict[str, Group] = {}
        self.observers: set[tuple[Person, Person]] = set()

    @property
    def is_current(self) -> bool:
        """Whether the rules of versions after 2022 hold."""
        return self.version != "2022"

    def live_login(self, sis_id: str) -> Login | None:
        """The login of that SIS id unless it is deleted."""
        login = self.logins.get(sis_id)
        return None if login is None or login.state == "deleted" else login

    def live_logins_named(self, name: str) -> list[Login]:
        """The logins of that name, in any case, that are not deleted; oldest first."""
        folded = name.lower()
        return [
            login
            for login in self.logins_by_name.get(folded, ())
            if login.state != "deleted" and login.name.lower() == folded
        ]

    def rename_login(self, login: Login, name: str) -> None:
        """Give a login its name."""
        if login.name.lower() != name.lower() or login not in self.logins_by_name[name.lower()]:
            self.logins_by_name[name.lower()].append(login)
        login.name = name

    def integrate(self, kind: str, thing: object, old: str, new: str) -> None:
        """Note a new integration id, in place of an old one."""
        if old and self.integrations[kind].get(old) is thing:
            del self.integrations[kind][old]
        if new:
            self.integrations[kind][new] = thing

    def place_course(self, course: Course, account: Account, term: Term) -> None:
        """Put a course into an account and a term."""
        course.account.courses.discard(course)
        course.term.courses.discard(course)
        course.account, course.term = account, term
        account.courses.add(course)
        term.courses.add(course)

    def move_section(self, section: Section, course: Course) -> None:
        """Put a section, with its enrollments, into a course; the first living one there becomes its default section."""
        section.course.sections.pop(section, None)
        section.is_default = all(other.state == "deleted" for other in course.sections)
        section.course = course
        course.sections[section] = None

    def end_enrollments(self, section: Section, *, state: str, only: frozenset[str] = frozenset()) -> None:
        """Give the living enrollments of a section another state. only: those in one of these states."""
        for key in section.enrollments:
            was = self.enrollments[key]
            if was != "deleted" and (not only or was in only):
                self.enrollments[key] = state

    def enroll(self, key: EnrollmentKey, state: str) -> None:
        """Make or change an enrollment."""
        if key not in self.enrollments:
            key[0].enrollments.append(key)
            key[1].enrollments.append(key)
        self.enrollments[key] = state

    def is_in_course(self, person: Person, course: Course) -> bool:
        """Whether a person has an enrollment in a course that is not deleted."""
        return any(key[0].course is course and self.enrollments[key] != "deleted" for key in person.enrollments)
