"""Writing one person and one login: names, states, provider, password, address, and the checks before."""

import hashlib

from pipeline.sandbox.importers.email import is_address
from pipeline.sandbox.importers.names import inferred_name, inferred_sortable_name
from pipeline.sandbox.importers.passwords import password_error
from pipeline.sandbox.importers.people import People, PersonRow
from pipeline.sandbox.importers.values import boolean, is_printable
from pipeline.sandbox.importers.work import NOTHING, Draft, Skip, Work
from pipeline.sandbox.store.records import Login, User

__all__ = ["save_further_login", "save_person"]

USER_STICKY = frozenset({"name", "sortable_name", "short_name", "pronouns"})
LOGIN_STICKY = frozenset({"unique_id", "workflow_state"})
DECLARED_TYPES = ("administrative", "observer", "staff", "student", "student_other", "teacher")
CLEAR = "<delete>"
MAX_LOGIN = 100
MAX_TEXT = 255
GENERATED = "machine:"  # a password that no person chose


def save_person(people: People, row: PersonRow, login: Login | None, state: str) -> bool:
    """Write a row of users.csv. login: the one it is about, None for a new person; False: saved without its address."""
    work = people.work
    found = None if login is None else work.session.users.get(login.user_id)
    user = work.draft(found, User())
    _name(user, row)
    user["workflow_state"] = _user_state(user, row)
    draft = work.draft(login, Login())
    _fill_login(people, draft, row, state)
    _validate(people, user, draft, row)
    _save_user(work, user)
    if user.is_new:
        people.addresses.know_new(user.record.id)
    return _save_login(people, user.record, draft, row)


def save_further_login(people: People, row: PersonRow, user: User) -> bool:
    """Write a row of logins.csv: a new login of a person who is there. False: saved without its address."""
    draft = Draft(Login(), is_new=True, stuck=NOTHING)
    _fill_login(people, draft, row, "active")
    _validate(people, Draft(user, is_new=False, stuck=NOTHING), draft, row)
    return _save_login(people, user, draft, row)


def _name(user: Draft, row: PersonRow) -> None:
    present = None if user.is_new else user.record
    name = inferred_name(row.values, present and present.name)
    user.offer("name", name)
    user.offer("sortable_name", inferred_sortable_name(row.values, present and present.sortable_name, user["name"]))
    if row["short_name"] is not None:
        user.offer("short_name", row["short_name"])
    pronouns = row["pronouns"]
    if pronouns is not None:  # stored in any case; an account that does not allow pronouns does not show them
        user.offer("pronouns", None if pronouns == CLEAR else pronouns)


def _user_state(user: Draft, row: PersonRow) -> str:
    """Registered; a new person who is to set a password first is pre-registered."""
    notice = row["canvas_password_notification"]
    is_asked = user.is_new and row["email"] is not None and row["authentication_provider_id"] == "canvas"
    return "pre_registered" if is_asked and notice is not None and boolean(notice) else "registered"


def _fill_login(people: People, draft: Draft, row: PersonRow, state: str) -> None:
    provider_text = row["authentication_provider_id"]
    provider = None
    if provider_text is not None:
        provider = people.providers.find(provider_text)
        if provider is None:
            raise Skip(f"unrecognized authentication provider {provider_text} for {row.user_id}, skipping")
    draft.offer("unique_id", row.login_id)
    draft["unique_key"] = draft["unique_id"].lower()
    draft["sis_id"] = row.user_id
    if row["integration_id"] is not None:
        draft["integration_id"] = row["integration_id"]
    draft["authentication_provider_id"] = provider
    draft.offer("workflow_state", state)
    if row["declared_user_type"] is not None:
        draft["declared_user_type"] = None if row["declared_user_type"] == CLEAR else row["declared_user_type"]
    _set_password(draft, row)


def _set_password(draft: Draft, row: PersonRow) -> None:
    """Only a new login, or one whose password no person chose, takes a password."""
    if draft.is_new:
        draft["password"] = GENERATED
    given = row["password"] or row["ssha_password"]
    if given is not None and draft["password"].startswith(GENERATED):
        draft["password"] = GENERATED + hashlib.sha256(given.encode()).hexdigest()


def _validate(people: People, user: Draft, login: Draft, row: PersonRow) -> None:
    """The first error of the user, else of the login, refuses the row; so does what only the database refuses."""
    failed = f"Could not save the user with user_id: '{row.user_id}'. "
    error = _user_error(user) or _login_error(people, login, row)
    if error == "unique_id is invalid":
        raise Skip(f"{failed}Invalid login_id: '{row.login_id}'")
    if error is not None:
        raise Skip(f"{failed}Unknown reason: {error}")
    if _is_refused_by_the_database(people, user, login):
        number = people.work.session.next_error_report()
        reason = f"Something broke with this user. Contact Support with ErrorReport id: {number}"
        raise Skip(f"{failed}Unknown reason: {reason}")


def _is_refused_by_the_database(people: People, user: Draft, login: Draft) -> bool:
    """Whether a text is too long for its column, or the integration id is another login's."""
    texts = (login["integration_id"], user["pronouns"])
    if any(text is not None and len(text) > MAX_TEXT for text in texts):
        return True
    if login["integration_id"] is None:
        return False
    other = people.work.session.logins.find("integration_id", login["integration_id"])
    return other is not None and other is not login.record


def _user_error(user: Draft) -> str | None:
    for column in ("name", "short_name", "sortable_name"):
        if user[column] is not None and len(user[column]) > MAX_TEXT:
            return f"{column} is too long (maximum is {MAX_TEXT} characters)"
    return None


def _login_error(people: People, login: Draft, row: PersonRow) -> str | None:
    name = login["unique_id"]
    if error := _clash(people, login):
        return error
    if len(name) > MAX_LOGIN:
        return f"unique_id is too long (maximum is {MAX_LOGIN} characters)"
    if len(row.user_id) > MAX_TEXT:
        return f"sis_user_id is too long (maximum is {MAX_TEXT} characters)"
    if login["declared_user_type"] not in (None, *DECLARED_TYPES):
        return "declared_user_type is not included in the list"
    if not is_printable(name):
        return "unique_id is invalid"
    is_set = "password" in login.changed() and login["password"] != GENERATED and row["password"] is not None
    return password_error(row["password"] or "", people.work.settings.account) if is_set else None


def _clash(people: People, login: Draft) -> str | None:
    """What is looked at before anything else: whether another login has the name or the integration id."""
    account = people.work.settings.account
    is_live = login["workflow_state"] != "deleted"
    if is_live and account.get("email_pseudonyms") and not is_address(login["unique_id"]):
        return "unique_id not_email"
    rivals = people.names.rivals(login["unique_key"], login["authentication_provider_id"])
    if is_live and any(rival is not login.record for rival in rivals):
        return "unique_id ID already in use for this account and authentication provider"
    integration_id = login["integration_id"]
    holds = integration_id and people.work.session.logins.find("integration_id", integration_id)
    if holds and holds is not login.record:
        return f'integration_id Integration ID "{integration_id}" is already in use'
    return None


def _save_user(work: Work, user: Draft) -> None:
    changed, record = user.changed(), user.record
    for column, value in user.staged.items():
        setattr(record, column, value)
    if changed:
        record.updated_at = work.settings.now
        work.mark_sticky(record, changed & USER_STICKY)
    if user.is_new:
        record.created_at = work.settings.now
        work.session.users.add(record)
    elif changed:
        work.session.users.touch(record)


def _save_login(people: People, user: User, draft: Draft, row: PersonRow) -> bool:
    work = people.work
    old_key = None if draft.is_new else draft.record.unique_key
    draft["user_id"] = user.id
    changed = work.save(work.session.logins, draft, "Pseudonym")
    work.mark_sticky(draft.record, changed & LOGIN_STICKY)
    login: Login = draft.record
    people.names.renamed(login, old_key)
    return _set_address(people, login, row)


def _set_address(people: People, login: Login, row: PersonRow) -> bool:
    address = row["email"]
    if address is None:
        return True
    if not is_address(address):
        text = f"The email address associated with user '{row.user_id}' is invalid (email: '{address}')"
        people.work.warn(row.number, text)
        return False
    if login.workflow_state == "deleted":
        people.addresses.retire(login, address)
    else:
        people.addresses.attach(login, address)
    return True
