"""Questions over several tables, whose answers are rows of one. Each writes unwritten changes first where they matter."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from pipeline.sandbox.store.records import (
    Channel,
    Enrollment,
    Group,
    GroupMembership,
    Login,
    UserObserver,
)
from pipeline.sandbox.store.session import Session

__all__ = [
    "Person",
    "channels_of",
    "enrollment_count",
    "enrollments_of_sections",
    "linked_observers",
    "links_of_students",
    "logins_named",
    "orphaned_memberships",
    "people_by",
    "shares_section",
    "sibling_memberships",
]

LINKED = """json_each(?) j CROSS JOIN enrollments t
    ON t.associated_user_id = json_extract(j.value, '$[0]') AND t.section_id = json_extract(j.value, '$[1]')
    WHERE t.associated_user_id > 0 AND t.workflow_state <> 'deleted' AND EXISTS (
        SELECT 1 FROM user_observers o WHERE o.student_id = t.associated_user_id AND o.observer_id = t.user_id
        AND o.workflow_state <> 'deleted')"""
ORPHANED = """json_each(?) j
    CROSS JOIN groups g ON g.course_id = json_extract(j.value, '$[1]')
    CROSS JOIN group_memberships t ON t.group_id = g.id AND t.user_id = json_extract(j.value, '$[0]')
    WHERE t.workflow_state <> 'deleted' AND NOT EXISTS (
        SELECT 1 FROM enrollments e
        WHERE e.user_id = t.user_id AND e.course_id = g.course_id AND e.workflow_state <> 'deleted')"""
SHARED_SECTION = """SELECT 1 FROM enrollments own JOIN sections s ON s.id = own.section_id
    WHERE own.user_id = :user AND own.course_id = :course AND own.type = 'StudentEnrollment'
    AND own.workflow_state <> 'deleted' AND s.workflow_state <> 'deleted' AND NOT EXISTS (
        SELECT 1 FROM group_memberships m WHERE m.group_id = :group AND m.workflow_state <> 'deleted' AND NOT EXISTS (
            SELECT 1 FROM enrollments e WHERE e.user_id = m.user_id AND e.section_id = own.section_id
            AND e.type = 'StudentEnrollment' AND e.workflow_state <> 'deleted'))
    LIMIT 1"""
SIBLINGS = """group_memberships t JOIN groups g ON g.id = t.group_id
    WHERE t.user_id = ? AND g.group_category_id = ? AND g.id <> ? AND t.workflow_state <> 'deleted' ORDER BY t.id"""
LINKS = "json_each(?) j CROSS JOIN user_observers t ON t.student_id = j.value WHERE t.workflow_state <> 'deleted'"
NAMED = "json_each(?) j CROSS JOIN logins t ON t.unique_key = j.value ORDER BY t.id"
OF_USERS = "json_each(?) j CROSS JOIN channels t ON t.user_id = j.value ORDER BY t.position, t.id"
OF_SECTIONS = "json_each(?) j CROSS JOIN enrollments t ON t.section_id = j.value"
PEOPLE = """SELECT l.{0}, l.id, l.user_id, l.unique_id, l.workflow_state = 'deleted', u.workflow_state = 'deleted'
    FROM json_each(?) j CROSS JOIN logins l ON l.{0} = j.value CROSS JOIN users u ON u.id = l.user_id"""


class Person(NamedTuple):
    """Who stands behind a login: its id, the person's id, the login name, and whether login or person are deleted."""

    login_id: int
    user_id: int
    name: str
    is_login_gone: bool
    is_user_gone: bool


def people_by(session: Session, key: str, values: Iterable[str | None]) -> dict[str, Person]:
    """Who has these logins, any state. key: sis_id or integration_id."""
    wanted = {value for value in values if value is not None}
    if not wanted:
        return {}
    found = session.connection.execute(PEOPLE.format(key), (json.dumps(list(wanted)),))
    return {row[0]: Person(*row[1:]) for row in found}


def enrollment_count(session: Session, section_ids: Iterable[int]) -> int:
    """How many enrollments these sections have in the tables."""
    sql = f"SELECT count(*) FROM {OF_SECTIONS}"  # noqa: S608  # a text of our own
    return int(session.connection.execute(sql, (json.dumps(list(section_ids)),)).fetchone()[0])


def enrollments_of_sections(session: Session, section_ids: Iterable[int]) -> list[Enrollment]:
    """All enrollments of some sections."""
    return session.enrollments.joined(OF_SECTIONS, (json.dumps(list(section_ids)),))


def logins_named(session: Session, keys: Iterable[str]) -> list[Login]:
    """The logins with these names. keys: lower case."""
    return session.logins.joined(NAMED, (json.dumps(list(keys)),))


def channels_of(session: Session, user_ids: Iterable[int]) -> list[Channel]:
    """The e-mail channels of people, in their order."""
    return session.channels.joined(OF_USERS, (json.dumps(list(user_ids)),))


def links_of_students(session: Session, user_ids: Iterable[int]) -> list[UserObserver]:
    """The live links to observers of these students."""
    return session.user_observers.joined(LINKS, (json.dumps(list(user_ids)),))


def linked_observers(session: Session, students: Iterable[tuple[int, int]]) -> list[Enrollment]:
    """The live enrollments of linked observers that go with those of students. students: (user, section)."""
    return session.enrollments.joined(LINKED, (json.dumps(list(students)),))


def orphaned_memberships(session: Session, pairs: list[tuple[int, int]]) -> list[GroupMembership]:
    """The live memberships in course groups of people without a live enrollment there. pairs: (user, course)."""
    if not pairs or not session.groups.exists():
        return []
    session.flush()
    return session.group_memberships.joined(ORPHANED, (json.dumps(pairs),))


def shares_section(session: Session, user_id: int, group: Group) -> bool:
    """Whether a person is a student in a section of the group's course in which all members of the group are, too."""
    session.flush()
    values = {"group": group.id, "user": user_id, "course": group.course_id}
    return session.connection.execute(SHARED_SECTION, values).fetchone() is not None


def sibling_memberships(session: Session, user_id: int, group: Group) -> list[GroupMembership]:
    """A person's live memberships in the other groups of a group's category."""
    session.groups.flush()
    return session.group_memberships.joined(SIBLINGS, (user_id, group.group_category_id, group.id))
