"""What is made by hand: people, courses, enrollments, administrators, roles, providers, settings."""

import json
from typing import Any

from pipeline.sandbox.given.hand import Hand
from pipeline.sandbox.importers.course import STICKY as COURSE_STICKY
from pipeline.sandbox.importers.names import last_name_first
from pipeline.sandbox.importers.places import Places
from pipeline.sandbox.importers.work import joined_columns
from pipeline.sandbox.store.records import Account, Admin, Channel, Course, Enrollment, Login, User

__all__ = [
    "add_account_role",
    "add_admin",
    "add_blueprint",
    "add_course",
    "add_course_role",
    "add_enrollment",
    "add_provider",
    "add_template",
    "add_user",
    "name_token_user",
    "set_account",
    "set_sub_account",
]

Wish = dict[str, Any]
TOKEN_USER_ID = 1
COURSE_STATES = {"unpublished": "claimed", "active": "claimed", "published": "available"}


def add_user(hand: Hand, wish: Wish) -> None:
    """A person with a login, made by hand; without SIS id unless the wish has one."""
    name = str(wish.get("name") or wish["login_id"])
    sortable = wish.get("sortable_name") or last_name_first(name, None)
    user = User(name=name, sortable_name=sortable, short_name=wish.get("short_name"), stuck="name,sortable_name")
    user.created_at = user.updated_at = hand.now
    hand.session.users.add(user)
    login = Login(user_id=user.id, unique_id=wish["login_id"], unique_key=wish["login_id"].lower())
    login.created_at = login.updated_at = hand.now
    login.sis_id, login.integration_id = wish.get("user_id"), wish.get("integration_id")
    login.workflow_state, login.stuck = wish.get("status", "active"), "unique_id,workflow_state"
    login.password = "own:"  # noqa: S105  # a mark, not a password
    hand.session.logins.add(login)
    if wish.get("email"):
        channel = Channel(user_id=user.id, path=wish["email"], position=1)
        channel.created_at = channel.updated_at = hand.now
        hand.session.channels.add(channel)


def add_course(hand: Hand, wish: Wish) -> None:
    """A course made by hand: everything about it is protected from SIS."""
    found = hand.session.courses.find("sis_id", wish["course_id"]) if wish.get("course_id") else None
    if found is not None:
        raise ValueError(f"a course has the SIS id {wish['course_id']}")
    state = str(wish.get("status", "unpublished"))
    course = Course(
        sis_id=wish.get("course_id"),
        name=wish.get("name") or wish.get("long_name") or "Unnamed Course",
        course_code=wish.get("short_name") or wish.get("name") or "Unnamed",
        account_id=hand.account_id(wish.get("account_id", wish.get("account"))),
        term_id=hand.term_id(wish.get("term_id")),
        workflow_state=COURSE_STATES.get(state, state),
        integration_id=wish.get("integration_id"),
        stuck=joined_columns(COURSE_STICKY - {"grade_passback_setting"}),
        created_at=hand.now,
        updated_at=hand.now,
    )
    course.start_at, course.conclude_at = hand.instant(wish.get("start_date")), hand.instant(wish.get("end_date"))
    hand.session.courses.add(course)


def add_blueprint(hand: Hand, wish: Wish) -> None:
    """A blueprint course with this SIS id; a course that exists is turned into one."""
    _of_kind(hand, wish).is_blueprint = True


def add_template(hand: Hand, wish: Wish) -> None:
    """A course template with this SIS id; a course that exists is turned into one."""
    _of_kind(hand, wish).is_template = True


def _of_kind(hand: Hand, wish: Wish) -> Course:
    courses = hand.session.courses
    course = courses.find("sis_id", wish["course_id"])
    if course is None:
        name = wish.get("name") or wish["course_id"]
        account_id = hand.account_id(wish.get("account"))
        course = Course(sis_id=wish["course_id"], name=name, course_code=name, account_id=account_id, term_id=1)
        course.workflow_state, course.created_at, course.updated_at = "available", hand.now, hand.now
        course.stuck = joined_columns(COURSE_STICKY - {"grade_passback_setting"})
        courses.add(course)
    courses.touch(course)
    return course


def add_enrollment(hand: Hand, wish: Wish) -> None:
    """An enrollment made by hand: no import ever touched it."""
    session = hand.session
    role_id, base = hand.role(wish.get("role", "student"), for_accounts=False)
    course = hand.find(session.courses, wish["course_id"], "course")
    section_id = wish.get("section_id")
    if section_id:
        section = hand.find(session.sections, section_id, "section")
    else:
        section = Places(hand.work).default_section(course)
    associated = wish.get("associated_user_id")
    enrollment = Enrollment(
        user_id=hand.user_id(wish["user_id"]),
        course_id=section.course_id,
        section_id=section.id,
        type=base,
        role_id=role_id,
        associated_user_id=hand.user_id(associated) if associated else 0,
        workflow_state=wish.get("status", "active"),
        start_at=hand.instant(wish.get("start_date")),
        end_at=hand.instant(wish.get("end_date")),
        created_at=hand.now,
        updated_at=hand.now,
    )
    session.enrollments.add(enrollment)


def add_admin(hand: Hand, wish: Wish) -> None:
    """An account role given by hand, which SIS does not manage."""
    role_id, _ = hand.role(wish.get("role", "AccountAdmin"), for_accounts=True)
    admin = Admin(account_id=hand.account_id(wish.get("account_id")), user_id=hand.user_id(wish["user_id"]))
    admin.role_id, admin.workflow_state = role_id, wish.get("status", "active")
    admin.created_at = admin.updated_at = hand.now
    hand.session.admins.add(admin)


def add_course_role(hand: Hand, wish: Wish) -> None:
    """A custom course role of the root account, or of the sub-account named."""
    _add_role(hand, wish, wish.get("base_role_type") or "StudentEnrollment")


def add_account_role(hand: Hand, wish: Wish) -> None:
    """A custom account role; a built-in name stands for the built-in role."""
    _add_role(hand, wish, "AccountMembership")


def _add_role(hand: Hand, wish: Wish, base: str) -> None:
    account_id = hand.account_id(wish.get("account_id"))
    hand.session.add_role(wish["name"], base, account_id, wish.get("workflow_state", "active"), hand.now)


def add_provider(hand: Hand, wish: Wish) -> None:
    """An authentication provider of the account."""
    hand.session.add_provider(wish["auth_type"])


def set_account(hand: Hand, wish: Wish) -> None:
    """Settings of the root account."""
    account = hand.session.accounts.get(1)
    account.settings = json.dumps({**json.loads(account.settings), **wish})
    hand.session.accounts.touch(account)


def set_sub_account(hand: Hand, wish: Wish) -> None:
    """A sub-account with settings of its own (elementary); it is made when it does not exist."""
    accounts = hand.session.accounts
    account = accounts.find("sis_id", wish["account_id"])
    if account is None:
        account = Account(sis_id=wish["account_id"], name=wish.get("name") or wish["account_id"])
        account.parent_account_id = hand.account_id(wish.get("parent_account_id"))
        account.created_at = account.updated_at = hand.now
        accounts.add(account)
    own = {name: value for name, value in wish.items() if name not in ("account_id", "parent_account_id", "name")}
    account.settings = json.dumps({**json.loads(account.settings), **own})
    accounts.touch(account)


def name_token_user(hand: Hand, column: str, value: str) -> None:
    """Give the user behind the token a SIS id or a login name. column: sis_id or unique_id."""
    login = hand.session.logins.where(user_id=TOKEN_USER_ID)[0]
    values = {column: value} if column == "sis_id" else {"unique_id": value, "unique_key": value.lower()}
    hand.set(hand.session.logins, login, values, ())
