"""Changes by hand of what is there: `manual_…_change` and the settings of group sets."""

from typing import Any

from pipeline.sandbox.given.hand import Hand
from pipeline.sandbox.importers.course import STICKY as COURSE_STICKY
from pipeline.sandbox.importers.course_effects import follow_state
from pipeline.sandbox.importers.move import crosslist, move_section, uncrosslist
from pipeline.sandbox.importers.names import last_name_first
from pipeline.sandbox.importers.removal import delete_enrollments, set_enrollment_states
from pipeline.sandbox.importers.section import STICKY as SECTION_STICKY
from pipeline.sandbox.store.records import Channel, Enrollment, Login, Section, TermOverride, User

__all__ = [
    "change_account",
    "change_course",
    "change_enrollment",
    "change_group",
    "change_section",
    "change_term",
    "change_user",
    "set_category",
]

Wish = dict[str, Any]
COURSE_STATES = {"unpublished": "claimed", "active": "claimed", "published": "available"}
USER_COLUMNS = {"name": "name", "full_name": "name", "sortable_name": "sortable_name", "short_name": "short_name"}


def _renamed(wish: Wish, names: dict[str, str]) -> Wish:
    """The values of a wish under the names of columns; what is not named is left out."""
    return {column: wish[name] for name, column in names.items() if name in wish}


def change_user(hand: Hand, wish: Wish) -> None:
    """The person and the login with this user_id."""
    login: Login = hand.find(hand.session.logins, wish["user_id"], "user")
    user = hand.session.users.get(login.user_id)
    values = _renamed(wish, {**USER_COLUMNS, "pronouns": "pronouns"})
    follows = user.sortable_name == last_name_first(user.name, user.sortable_name)
    if "name" in values and "sortable_name" not in values and follows:
        values["sortable_name"] = last_name_first(values["name"], user.sortable_name)
    hand.set(hand.session.users, user, values, ("name", "sortable_name", "short_name", "pronouns"))
    names = {"login_id": "unique_id", "new_user_id": "sis_id", "integration_id": "integration_id"}
    values = _renamed(wish, {**names, "status": "workflow_state", "declared_user_type": "declared_user_type"})
    if "unique_id" in values:
        values["unique_key"] = values["unique_id"].lower()
    if "password" in wish:
        values["password"] = f"own:{wish['password']}"
    hand.set(hand.session.logins, login, values, ("unique_id", "workflow_state"))
    if values.get("workflow_state") == "deleted":
        _delete_user(hand, user)
    if wish.get("email"):
        _set_email(hand, user, wish["email"])


def _delete_user(hand: Hand, user: User) -> None:
    """Deleting a person by hand deletes the person's own record, all logins and all enrollments."""
    hand.set(hand.session.users, user, {"workflow_state": "deleted"}, ())
    for login in hand.session.logins.where(live=True, user_id=user.id):
        hand.set(hand.session.logins, login, {"workflow_state": "deleted"}, ())
    delete_enrollments(hand.work, hand.session.enrollments.where(live=True, user_id=user.id))


def _set_email(hand: Hand, user: User, address: str) -> None:
    """An address that the person adds comes first from then on."""
    others = hand.session.channels.where(user_id=user.id)
    position = min((channel.position for channel in others), default=1) - 1
    fresh = Channel(user_id=user.id, path=address, position=position, created_at=hand.now, updated_at=hand.now)
    hand.session.channels.add(fresh)


def change_account(hand: Hand, wish: Wish) -> None:
    """The account with this account_id."""
    accounts = hand.session.accounts
    account = hand.find(accounts, wish["account_id"], "account")
    names = {"name": "name", "status": "workflow_state", "integration_id": "integration_id", "new_account_id": "sis_id"}
    values = _renamed(wish, names)
    if "parent_account_id" in wish:
        values["parent_account_id"] = hand.account_id(wish["parent_account_id"])
    hand.set(accounts, account, values, ("name", "parent_account_id"))


def change_term(hand: Hand, wish: Wish) -> None:
    """The term with this term_id, or its dates for one enrollment type."""
    terms = hand.session.terms
    term = hand.find(terms, wish["term_id"], "term")
    dates = {
        column: hand.instant(wish[name])
        for name, column in (("start_date", "start_at"), ("end_date", "end_at"))
        if name in wish
    }
    kinds = dict(wish.get("overrides") or {})
    if kind := wish.get("date_override_enrollment_type"):
        kinds[kind], dates = wish, {}
    for kind, override in kinds.items():
        _change_override(hand, term.id, kind, override)
    names = {"name": "name", "status": "workflow_state", "integration_id": "integration_id", "new_term_id": "sis_id"}
    hand.set(terms, term, {**_renamed(wish, names), **dates}, ("name", "start_at", "end_at"))


def _change_override(hand: Hand, term_id: int, kind: str, wish: Wish) -> None:
    overrides = hand.session.term_overrides
    found = overrides.where(term_id=term_id, enrollment_type=kind)
    override = found[0] if found else overrides.add(TermOverride(term_id=term_id, enrollment_type=kind))
    override.start_at, override.end_at = hand.instant(wish.get("start_date")), hand.instant(wish.get("end_date"))
    override.workflow_state, override.stuck = "active", "end_at,start_at"
    overrides.touch(override)


def change_course(hand: Hand, wish: Wish) -> None:
    """The course with this course_id."""
    courses = hand.session.courses
    course = hand.find(courses, wish["course_id"], "course")
    names = {"name": "name", "long_name": "name", "short_name": "course_code", "integration_id": "integration_id"}
    same = ("course_format", "grade_passback_setting", "homeroom_course", "friendly_name", "restrict_to_dates")
    values = _renamed(wish, {**names, **{name: name for name in same}, "new_course_id": "sis_id"})
    if "account_id" in wish:
        values["account_id"] = hand.account_id(wish["account_id"])
    if "term_id" in wish:
        values["term_id"] = hand.term_id(wish["term_id"])
    for name, column in (("start_date", "start_at"), ("end_date", "conclude_at")):
        if name in wish:
            values[column] = hand.instant(wish[name])
    before = course.workflow_state
    if "status" in wish:
        values["workflow_state"] = COURSE_STATES.get(wish["status"], wish["status"])
    hand.set(courses, course, values, COURSE_STICKY)
    if course.workflow_state != before:
        follow_state(hand.work, course)


def change_section(hand: Hand, wish: Wish) -> None:
    """The section with this section_id; cross-listing by hand protects its course."""
    sections = hand.session.sections
    section: Section = hand.find(sections, wish["section_id"], "section")
    was = section.course_id
    if crosslist_to := wish.get("crosslist_to"):
        crosslist(hand.work, section, hand.find(hand.session.courses, crosslist_to, "course"))
    if wish.get("uncrosslist"):
        uncrosslist(hand.work, section)
    if "course_id" in wish:
        move_section(hand.work, section, hand.find(hand.session.courses, wish["course_id"], "course"))
    now, section.course_id = section.course_id, was
    names = {"name": "name", "status": "workflow_state", "integration_id": "integration_id", "new_section_id": "sis_id"}
    values = _renamed(wish, {**names, "restrict_to_dates": "restrict_to_dates"})
    for name, column in (("start_date", "start_at"), ("end_date", "end_at")):
        if name in wish:
            values[column] = hand.instant(wish[name])
    hand.set(sections, section, {**values, "course_id": now}, SECTION_STICKY)
    if wish.get("status") == "deleted":
        delete_enrollments(hand.work, hand.session.enrollments.where(live=True, section_id=section.id))


def change_group(hand: Hand, wish: Wish) -> None:
    """The group with this group_id."""
    group = hand.find(hand.session.groups, wish["group_id"], "group")
    values = _renamed(wish, {"name": "name", "status": "workflow_state", "new_group_id": "sis_id"})
    hand.set(hand.session.groups, group, values, ("name",))


def change_enrollment(hand: Hand, wish: Wish) -> None:
    """The enrollments of this person in this course; of one role or section when they are named."""
    course = hand.find(hand.session.courses, wish["course_id"], "course")
    same = {"user_id": hand.user_id(wish["user_id"]), "course_id": course.id}
    if "role" in wish:
        same["role_id"] = hand.role(wish["role"], for_accounts=False)[0]
    if wish.get("section_id"):
        same["section_id"] = hand.find(hand.session.sections, wish["section_id"], "section").id
    found = hand.session.enrollments.where(**same)
    if not found:
        raise ValueError(f"no enrollment of {wish['user_id']} in {wish['course_id']}")
    for enrollment in found:
        _change_one(hand, enrollment, wish)


def _change_one(hand: Hand, enrollment: Enrollment, wish: Wish) -> None:
    values: Wish = {
        column: hand.instant(wish[name])
        for name, column in (("start_date", "start_at"), ("end_date", "end_at"))
        if name in wish
    }
    if "limit_section_privileges" in wish:
        values["limit_section_privileges"] = bool(wish["limit_section_privileges"])
    hand.set(hand.session.enrollments, enrollment, values, ("start_at", "end_at"))
    if wish.get("status") == "deleted":
        delete_enrollments(hand.work, [enrollment])
    elif "status" in wish:
        set_enrollment_states(hand.work, [enrollment], wish["status"])


def set_category(hand: Hand, wish: Wish) -> None:
    """Settings of the group set with this group_category_id that only the user interface can make."""
    categories = hand.session.group_categories
    category = hand.find(categories, wish["group_category_id"], "group category")
    category.self_signup = wish.get("self_signup", category.self_signup)
    category.group_limit = wish.get("group_limit", category.group_limit)
    categories.touch(category)
