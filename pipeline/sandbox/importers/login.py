"""logins.csv: further logins of people who are there."""

from pipeline.sandbox.importers.people import People, PersonRow, holder, live_by_name
from pipeline.sandbox.importers.person import save_further_login
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.values import leading_number
from pipeline.sandbox.importers.work import Skip, Work, refuse_nul
from pipeline.sandbox.store.records import Login

__all__ = ["COLUMNS", "import_segment"]

COLUMNS = (
    "user_id",
    "login_id",
    "integration_id",
    "password",
    "ssha_password",
    "authentication_provider_id",
    "existing_user_id",
    "existing_integration_id",
    "existing_canvas_user_id",
    "root_account",
    "email",
)


def import_segment(work: Work, segment: Segment) -> None:
    """Import the rows in order, 100 at a time. A status is never looked at."""
    people = People(work)
    people.carry_out(segment, COLUMNS, _checked, lambda row: _apply(people, row))


def _checked(number: int, row: dict[str, str | None]) -> PersonRow | None:
    """The row after the checks that need nothing but the row."""
    user_id, login_id = row["user_id"], row["login_id"]
    if user_id is None:
        raise Skip("No user_id given for a user")
    if login_id is None:
        raise Skip(f"No login_id given for user {user_id}")
    if row["existing_user_id"] is row["existing_integration_id"] is row["existing_canvas_user_id"] is None:
        raise Skip(f"No existing user provided for login with SIS ID {user_id}")
    return PersonRow(number, user_id, login_id, row)


def _apply(people: People, row: PersonRow) -> bool:
    refuse_nul(row.values.values())
    _refuse_taken(people, row)
    if row["root_account"] is not None:  # only a closed plugin finds people of other accounts
        return False
    login = _existing_login(people.work, row)
    return save_further_login(people, row, people.work.session.users.get(login.user_id))


def _refuse_taken(people: People, row: PersonRow) -> None:
    logins = people.work.session.logins
    there = logins.find("sis_id", row.user_id) or live_by_name(people, row)
    integration_id = row["integration_id"]
    rival = logins.find("integration_id", integration_id) if integration_id is not None else None
    if rival is not None and rival is not there:
        raise Skip(
            f"An existing Canvas user with the {holder(rival)} has already claimed "
            f"{row.user_id}'s requested integration_id, skipping"
        )
    if there is not None:
        raise Skip(
            f"An existing Canvas user with the SIS ID {row.user_id} or login of {row.login_id} already exists, skipping"
        )


def _existing_login(work: Work, row: PersonRow) -> Login:
    """The live login with the ids that the row gives of the person; all that are given have to be on it."""
    logins = work.session.logins
    user_id, integration_id = row["existing_user_id"], row["existing_integration_id"]
    canvas_id = row["existing_canvas_user_id"]
    canvas_user_id = None if canvas_id is None else leading_number(canvas_id)
    found = [
        logins.find("sis_id", user_id) if user_id is not None else None,
        logins.find("integration_id", integration_id) if integration_id is not None else None,
        *(logins.where(user_id=canvas_user_id) if canvas_user_id is not None else ()),
    ]
    login: Login | None = next((one for one in found if one is not None and one.workflow_state != "deleted"), None)
    if login is None:
        raise Skip(f"Could not find the existing user for login with SIS ID {row.user_id}, skipping")
    given = ((user_id, login.sis_id), (integration_id, login.integration_id), (canvas_user_id, login.user_id))
    if any(wanted is not None and wanted != there for wanted, there in given):
        raise Skip(
            f"An existing user does not match existing user ids provided for login with SIS ID {row.user_id}, skipping"
        )
    return login
