"""users.csv: people, each with the login that the row names."""

from typing import Any

from pipeline.sandbox.importers.people import People, PersonRow, holder, live_by_name
from pipeline.sandbox.importers.person import save_person
from pipeline.sandbox.importers.removal import delete_enrollments
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.values import NUL, starts_with
from pipeline.sandbox.importers.work import Skip, Work
from pipeline.sandbox.store.records import Login
from pipeline.sandbox.store.table import Table

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = (
    "user_id",
    "login_id",
    "status",
    "integration_id",
    "password",
    "ssha_password",
    "authentication_provider_id",
    "first_name",
    "last_name",
    "full_name",
    "sortable_name",
    "short_name",
    "email",
    "pronouns",
    "declared_user_type",
    "canvas_password_notification",
)
STATUSES = ("active", "suspended", "deleted")


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order, 100 at a time."""
    people = People(work)
    has_nul = any(NUL in text for text in segment.texts)
    people.carry_out(
        segment,
        COLUMNS,
        lambda number, row: _checked(work, number, row, may_have_nul=has_nul),
        lambda row: _apply(people, row),
    )


def _checked(work: Work, number: int, row: dict[str, str | None], *, may_have_nul: bool) -> PersonRow | None:
    """The row after the checks that need nothing but the row; None when it is passed over."""
    if may_have_nul and any(NUL in value for value in work.segment.all_values(number) if value):
        raise Skip("Some of the fields contain NULL character")
    user_id, login_id, status = row["user_id"], row["login_id"], row["status"]
    if user_id is None:
        raise Skip("No user_id given for a user")
    if login_id is None:
        raise Skip(f"No login_id given for user {user_id}")
    if status is None:
        raise Skip(f"No status given for user {user_id}")
    if not starts_with(status, STATUSES):
        raise Skip(f"Improper status for user {user_id}")
    return None if work.drops_deletes(status) else PersonRow(number, user_id, login_id, row)


def _apply(people: People, row: PersonRow) -> bool:
    """Write one person. False: passed over silently, or saved without the address."""
    state = _state(row)
    login = _login_for(people, row, state)
    if login is not None and login.workflow_state == state == "deleted":
        return False
    if login is not None and state == "deleted":
        _leave(people, login, row.user_id)
    return save_person(people, row, login, state)


def _state(row: PersonRow) -> str:
    """What the status means: anything that merely begins with a status word means active."""
    word = (row["status"] or "").lower()
    return word if word in STATUSES else "active"


def _login_for(people: People, row: PersonRow, state: str) -> Login | None:
    """The login that the row is about: the one with its user_id, else a live one with its login_id; None: a new one."""
    logins = people.work.session.logins
    by_user_id = logins.find("sis_id", row.user_id)
    by_name = live_by_name(people, row)
    integration_id = row["integration_id"]
    rival = logins.find("integration_id", integration_id) if integration_id is not None else None
    if rival is not None and rival is not (by_user_id or by_name) and state != "deleted":
        raise Skip(
            f"An existing Canvas user with the {holder(rival)} has already claimed "
            f"{row.user_id}'s requested integration_id, skipping"
        )
    if by_user_id is None:
        return _adoptable(people.work, by_name, row)
    names_differ = by_name is not None and by_name.unique_key != by_user_id.unique_key
    if by_name is not None and by_name is not by_user_id and (state != "deleted" or names_differ):
        raise _claimed(by_name, row)
    return by_user_id


def _adoptable(work: Work, by_name: Login | None, row: PersonRow) -> Login | None:
    """A login found by its name alone gets the row's user_id, if it has none or the import may take it over."""
    if by_name is not None and by_name.sis_id is not None and not work.settings.take_claimed_logins:
        raise _claimed(by_name, row)
    return by_name


def _claimed(by_name: Login, row: PersonRow) -> Skip:
    return Skip(
        f"An existing Canvas user with the {holder(by_name)} has already claimed "
        f"{row.user_id}'s user_id requested login information, skipping"
    )


def _leave(people: People, login: Login, user_id: str) -> None:
    """A person whose last live login goes leaves courses, groups and admin roles."""
    work = people.work
    if login.user_id == work.settings.user_id:
        raise Skip(f"Can't remove yourself user_id '{user_id}'")
    if work.session.logins.exists(live=True, but=login.id, user_id=login.user_id):
        return
    live = work.session.enrollments.where(live=True, user_id=login.user_id)
    delete_enrollments(work, live, records_linked=True)
    tables: tuple[tuple[Table[Any], str], ...] = (
        (work.session.group_memberships, "GroupMembership"),
        (work.session.admins, "AccountUser"),
    )
    for table, class_name in tables:
        for record in table.where(live=True, user_id=login.user_id):
            work.log(class_name, record.id, record.workflow_state, "deleted")
            record.workflow_state, record.updated_at = "deleted", work.settings.now
            table.touch(record)
