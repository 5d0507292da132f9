"""Memberships, in groups and under differentiation tags: the same rules in other words."""

from dataclasses import dataclass

from pipeline.sandbox.importers.segment import Row, Segment
from pipeline.sandbox.importers.tagging import refuse_without_tags
from pipeline.sandbox.importers.values import starts_with
from pipeline.sandbox.importers.work import Skip, Work, refuse_nul
from pipeline.sandbox.store.questions import shares_section, sibling_memberships
from pipeline.sandbox.store.records import Group, GroupMembership, Login

__all__ = ["Words", "import_memberships"]


@dataclass(frozen=True, slots=True)
class Words:
    """What the messages call things. column: the id column of the group or tag."""

    column: str
    group: str
    user: str
    of_group: str
    validation: str
    is_tag: bool = False


def import_memberships(work: Work, segment: Segment, words: Words) -> None:
    """Import the rows in order."""
    for number, row in segment.rows((words.column, "user_id", "status")):
        try:
            work.count += _import_row(work, row, words)
        except Skip as refusal:
            work.warn(number, str(refusal))


def _import_row(work: Work, row: Row, words: Words) -> bool:
    group_id, user_id, status = row
    if group_id is None:
        raise Skip(f"No {words.column} given for a {words.user}")
    if user_id is None:
        raise Skip(f"No user_id given for a {words.user}")
    if not starts_with(status, ("accepted", "deleted")):
        raise Skip(f'Improper status "{status or ""}" for a {words.user}')
    if work.drops_deletes(status):
        return False
    refuse_nul(row)
    login = work.session.logins.find("sis_id", user_id)
    if login is None:
        raise Skip(f"User {user_id} didn't exist for {words.user}")
    group = work.session.groups.find("sis_id", group_id)
    if group is None or bool(group.non_collaborative) != words.is_tag:
        raise Skip(f"{words.group} {group_id} didn't exist for {words.user}")
    enrollments = work.session.enrollments
    if group.course_id is not None and not enrollments.exists(
        live=True, user_id=login.user_id, course_id=group.course_id
    ):
        raise Skip(f"User {user_id} doesn't have an enrollment in the course of {words.of_group} {group_id}.")
    if words.is_tag:
        refuse_without_tags(work, group.course_id)
    joins = starts_with(status, ("accepted",))
    found = work.session.group_memberships.where(group_id=group.id, user_id=login.user_id)
    membership = found[0] if found else None
    if membership is None and (errors := _errors(work, group, login)):
        raise Skip(
            f"A {words.validation} did not pass validation (user: {user_id}, {words.of_group}: {group_id}, "
            f"error: {', '.join(errors)})"
        )
    _save(work, group, login, membership, joins=joins)
    return True


def _errors(work: Work, group: Group, login: Login) -> list[str]:
    """What a group's category forbids a new membership, whatever its state: more than its limit, or other sections."""
    if group.group_category_id is None:
        return []
    category = work.session.group_categories.get(group.group_category_id)
    members = work.session.group_memberships.where(live=True, group_id=group.id)
    errors = []
    if category.group_limit is not None and len(members) >= category.group_limit:
        errors.append("Group The group is full.")
    if category.self_signup == "restricted" and not (
        group.course_id and shares_section(work.session, login.user_id, group)
    ):
        name = work.session.users.get(login.user_id).name
        errors.append(f"User {name} does not share a section with the other members of {group.name}.")
    return errors


def _save(work: Work, group: Group, login: Login, membership: GroupMembership | None, *, joins: bool) -> None:
    fresh = GroupMembership(group_id=group.id, user_id=login.user_id)
    draft = work.draft(membership, fresh)
    draft["workflow_state"] = "accepted" if joins else "deleted"
    work.save(work.session.group_memberships, draft, "GroupMembership")
    if joins:
        _leave_siblings(work, group, login)


def _leave_siblings(work: Work, group: Group, login: Login) -> None:
    """Joining a group ends the membership in the other groups of its category, a course's own category excepted."""
    if group.group_category_id is None:
        return
    category = work.session.group_categories.get(group.group_category_id)
    if category.role == "student_organized":
        return
    for other in sibling_memberships(work.session, login.user_id, group):
        work.log("GroupMembership", other.id, other.workflow_state, "deleted")
        other.workflow_state, other.updated_at = "deleted", work.settings.now
        work.session.group_memberships.touch(other)
