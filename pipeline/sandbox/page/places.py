"""What the page shows of accounts, terms, courses and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Cursor, Row

from pipeline.sandbox.api.query import Listing
from pipeline.sandbox.page.pieces import Piece, piece_of

__all__ = ["ShownCourse", "ShownUser", "accounts", "course", "courses", "terms", "user", "users"]

TREE = (
    "WITH RECURSIVE tree (id, depth, path) AS (SELECT id, 0, printf('%08d', id) FROM accounts WHERE parent_account_id IS NULL"
    " UNION ALL SELECT a.id, t.depth + 1, t.path || '/' || printf('%08d', a.id) FROM accounts a JOIN tree t"
    " ON a.parent_account_id = t.id)"
    " SELECT a.*, t.depth, (SELECT count(*) FROM courses c WHERE c.account_id = a.id AND c.workflow_state <> 'deleted')"
    " AS course_count FROM tree t JOIN accounts a ON a.id = t.id ORDER BY t.path LIMIT 2000"
)
TERMS = (
    "SELECT t.*, (SELECT count(*) FROM courses c WHERE c.term_id = t.id AND c.workflow_state <> 'deleted') AS course_count"
    " FROM terms t ORDER BY t.workflow_state = 'deleted', t.start_at IS NULL, t.start_at, t.id LIMIT 1000"
)
COURSES = (
    "SELECT c.*, t.name AS term_name, a.name AS account_name FROM courses c JOIN terms t ON t.id = c.term_id"
    " JOIN accounts a ON a.id = c.account_id"
)
ROSTER = (
    "SELECT e.*, u.name AS user_name, r.label AS role_label, s.name AS section_name, s.sis_id AS section_sis_id,"
    " (SELECT l.sis_id FROM logins l WHERE l.user_id = u.id ORDER BY l.workflow_state = 'deleted', l.sis_id IS NULL, l.id"
    "  LIMIT 1) AS user_sis_id,"
    " (SELECT l.unique_id FROM logins l WHERE l.user_id = u.id ORDER BY l.workflow_state = 'deleted', l.sis_id IS NULL, l.id"
    "  LIMIT 1) AS login FROM enrollments e JOIN users u ON u.id = e.user_id JOIN roles r ON r.id = e.role_id"
    " JOIN sections s ON s.id = e.section_id"
)
PEOPLE = (
    "SELECT u.*, l.sis_id, l.unique_id, l.workflow_state AS login_state,"
    " (SELECT c.path FROM channels c WHERE c.user_id = u.id AND c.workflow_state <> 'retired'"
    "  ORDER BY c.position, c.id LIMIT 1) AS email FROM logins l JOIN users u ON u.id = l.user_id"
)


@dataclass(frozen=True, slots=True)
class ShownCourse:
    """One course with its sections and a page of its roster."""

    row: Row
    sections: list[Row]
    roster: Piece


@dataclass(frozen=True, slots=True)
class ShownUser:
    """One person with logins, e-mail addresses and enrollments."""

    row: Row
    logins: list[Row]
    emails: list[Row]
    enrollments: list[Row]


def accounts(cursor: Cursor) -> list[Row]:
    """All accounts, each below its parent."""
    return cursor.execute(TREE).fetchall()


def terms(cursor: Cursor) -> list[Row]:
    """All terms, by start, deleted ones last."""
    return cursor.execute(TERMS).fetchall()


def courses(cursor: Cursor, wanted: Mapping[str, str], number: int) -> Piece:
    """A page of courses, by words in name, code or SIS id, by term and by account."""
    listing = Listing(COURSES, order="c.id")
    if wanted["q"]:
        pattern = f"%{wanted['q']}%"
        listing.keep("c.name LIKE ? OR c.course_code LIKE ? OR c.sis_id LIKE ?", pattern, pattern, pattern)
    for name, column in (("term", "c.term_id"), ("account", "c.account_id")):
        if wanted[name].isdigit():
            listing.keep(f"{column} = ?", int(wanted[name]))
    return piece_of(listing, cursor, number)


def course(cursor: Cursor, course_id: int, number: int) -> ShownCourse | None:
    """One course; None when there is none."""
    row = cursor.execute(f"{COURSES} WHERE c.id = ?", (course_id,)).fetchone()
    if row is None:
        return None
    sections = cursor.execute(
        "SELECT s.*, h.name AS home_name, (SELECT count(*) FROM enrollments e WHERE e.section_id = s.id"
        " AND e.workflow_state IN ('active', 'invited')) AS member_count FROM sections s"
        " LEFT JOIN courses h ON h.id = s.nonxlist_course_id WHERE s.course_id = ? ORDER BY s.id",
        (course_id,),
    ).fetchall()
    listing = Listing(ROSTER, order="e.section_id, e.type DESC, u.sortable_name, e.id")
    listing.keep("e.course_id = ?", course_id)
    return ShownCourse(row, sections, piece_of(listing, cursor, number))


def users(cursor: Cursor, words: str, number: int) -> Piece:
    """A page of people, one row for each login, by words in name, login or SIS id."""
    listing = Listing(PEOPLE, order="l.id")
    if words:
        pattern = f"%{words}%"
        listing.keep("u.name LIKE ? OR l.unique_id LIKE ? OR l.sis_id LIKE ?", pattern, pattern, pattern)
    return piece_of(listing, cursor, number)


def user(cursor: Cursor, user_id: int) -> ShownUser | None:
    """One person; None when there is none."""
    row = cursor.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
    if row is None:
        return None
    logins = cursor.execute("SELECT * FROM logins WHERE user_id = ? ORDER BY id", (user_id,)).fetchall()
    emails = cursor.execute("SELECT * FROM channels WHERE user_id = ? ORDER BY position, id", (user_id,)).fetchall()
    enrollments = cursor.execute(
        "SELECT e.*, c.name AS course_name, c.sis_id AS course_sis_id, s.name AS section_name, r.label AS role_label"
        " FROM enrollments e JOIN courses c ON c.id = e.course_id JOIN sections s ON s.id = e.section_id"
        " JOIN roles r ON r.id = e.role_id WHERE e.user_id = ? ORDER BY e.id LIMIT 500",
        (user_id,),
    ).fetchall()
    return ShownUser(row, logins, emails, enrollments)
