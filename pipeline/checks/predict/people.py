"""People and their logins, as Canvas imports them."""

from dataclasses import dataclass

from pipeline.checks.predict.speaking import Cells, Crash, Dates, Speaker
from pipeline.checks.predict.structure import LONGEST
from pipeline.checks.predict.world import Login, Person, World
from pipeline.checks.values import is_email, is_printable

__all__ = ["Logins", "Users"]

LONGEST_LOGIN = 100
SHORTEST_PASSWORD = 8  # Canvas's default policy
PROVIDERS = frozenset({"canvas"})  # what an account has from the start
DECLARED_TYPES = frozenset({"administrative", "observer", "staff", "student", "student_other", "teacher", "<delete>"})
STATES = frozenset({"active", "suspended", "deleted"})

_NUMBER = "1"  # stands for the number of Canvas's error report, which nobody can foretell
_REASON = "Could not save the user with user_id: '{user_id}'. Unknown reason: {reason}"


class Users:
    """users.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One person."""
        world, status = self.world, cells["status"].lower()
        status = status if status in STATES else "active"
        login = world.logins.get(cells["user_id"])
        named = self._named(cells)
        chosen = login or named
        if not self._may_have(cells, chosen, named, status) and not world.is_lenient:
            return
        if chosen is not None and status == "deleted":
            if chosen.state == "deleted":
                return
            self._end_all(chosen)
        provider = cells.get("authentication_provider_id", "")
        if provider and provider not in PROVIDERS and not world.is_lenient:
            self.speaker.say("USER-10", cells)
            return
        holder = _integrated(world, cells)
        tested = Tested(
            _names(cells, is_new=chosen is None),
            _new_password(cells, chosen),
            is_integration_taken=holder is not None and holder is not chosen,
        )
        if not _can_be_saved(cells, self.speaker, "USER", tested) and not world.is_lenient:
            return
        self._save(cells, chosen, status)
        _check_email(cells, self.speaker, "USER-14")

    def finish(self) -> None:
        """Nothing is left to do."""

    def _named(self, cells: Cells) -> Login | None:
        provider = cells.get("authentication_provider_id", "")
        wanted = provider if provider in PROVIDERS else ""
        found = self.world.live_logins_named(cells["login_id"])
        if provider:
            found = [login for login in found if login.provider == wanted]
        return found[0] if found else None

    def _may_have(self, cells: Cells, chosen: Login | None, named: Login | None, status: str) -> bool:
        """Whether nobody else has the integration id and the login of a row; says so otherwise."""
        holder = _integrated(self.world, cells)
        if holder is not None and holder is not chosen and status != "deleted":
            said = "An existing Canvas user with the {who} has already claimed {user_id}'s requested integration_id, skipping"
            self.speaker.say("USER-05", cells, said, who=_who(holder))
            return False
        if chosen is None:
            return True
        if chosen.sis_id and chosen.sis_id != cells["user_id"]:
            self.speaker.say("USER-06", cells, existing_sis_id=chosen.sis_id)
            return False
        if named is None:
            return True
        differs = chosen is not named and status != "deleted"
        if differs or chosen.name.lower() != cells["login_id"].lower():
            said = "An existing Canvas user with the {who} has already claimed {user_id}'s user_id requested login information, skipping"
            self.speaker.say("USER-07", cells, said, who=_who(named))
            return False
        return True

    def _save(self, cells: Cells, login: Login | None, status: str) -> None:
        world, user_id = self.world, cells["user_id"]
        if login is None:
            person = Person()
            login = Login(user_id, cells["login_id"], person)
            person.logins.append(login)
        login.sis_id = user_id
        world.logins[user_id] = login
        world.rename_login(login, cells["login_id"])
        login.state = status
        login.provider = cells.get("authentication_provider_id", "")
        login.password = cells.get("password", "") or login.password
        if integration_id := cells.get("integration_id", ""):
            world.integrate("user", login, login.integration_id, integration_id)
            login.integration_id = integration_id

    def _end_all(self, login: Login) -> None:
        """What a person loses with the last login: enrollments and memberships."""
        person = login.person
        if any(other.state != "deleted" for other in person.logins if other is not login):
            return
        for key in person.enrollments:
            self.world.enrollments[key] = "deleted"
        for group in (*self.world.groups.values(), *self.world.tags.values()):
            group.members.discard(person)


class Logins:
    """logins.csv: further logins of people who have one."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One further login."""
        world, say = self.world, self.speaker.say
        if any("\0" in value for value in cells.values()):
            raise Crash
        named = world.live_logins_named(cells["login_id"])
        chosen = world.logins.get(cells["user_id"]) or (named[0] if named else None)
        holder = _integrated(world, cells)
        if holder is not None and holder is not chosen:
            said = "An existing Canvas user with the {who} has already claimed {user_id}'s requested integration_id, skipping"
            say("LOGIN-04", cells, said, who=_who(holder))
            return
        if chosen is not None:
            say("LOGIN-05", cells)
            return
        existing = self._existing(cells)
        if existing is None:
            return
        provider = cells.get("authentication_provider_id", "")
        if provider and provider not in PROVIDERS:
            say("LOGIN-08", cells)
            return
        if _can_be_saved(cells, self.speaker, "LOGIN", Tested((), cells.get("password", ""))):
            self._save(cells, existing)
            _check_email(cells, self.speaker, "LOGIN-12")

    def finish(self) -> None:
        """Nothing is left to do."""

    def _existing(self, cells: Cells) -> Login | None:
        """The login of the person that the existing_* columns name; says what is wrong with them."""
        world = self.world
        user_id, integration_id = cells.get("existing_user_id", ""), cells.get("existing_integration_id", "")
        found = world.live_login(user_id) if user_id else None
        if found is None and integration_id:
            holder = world.integrations["user"].get(integration_id)
            found = holder if isinstance(holder, Login) and holder.state != "deleted" else None
        if found is None and world.is_lenient:
            return Login(user_id, "", Person())
        if found is None or cells.get("root_account"):
            if not cells.get("root_account"):
                self.speaker.say("LOGIN-06", cells)
            return None
        if (user_id and found.sis_id != user_id) or (integration_id and found.integration_id != integration_id):
            self.speaker.say("LOGIN-07", cells)
            return None
        return found

    def _save(self, cells: Cells, existing: Login) -> None:
        login = Login(cells["user_id"], cells["login_id"], existing.person)
        existing.person.logins.append(login)
        self.world.logins[login.sis_id] = login
        self.world.rename_login(login, login.name)
        if integration_id := cells.get("integration_id", ""):
            self.world.integrate("user", login, "", integration_id)
            login.integration_id = integration_id


def _integrated(world: World, cells: Cells) -> Login | None:
    holder = world.integrations["user"].get(cells.get("integration_id", "") or "\0")
    return holder if isinstance(holder, Login) else None


def _who(login: Login) -> str:
    return f"SIS ID {login.sis_id}" if login.sis_id else "Canvas ID 1"


def _new_password(cells: Cells, login: Login | None) -> str:
    """The password that Canvas would set, "" where it sets none."""
    password = cells.get("password", "")
    return "" if login is not None and login.password == password else password


@dataclass(frozen=True, slots=True)
class Tested:
    """What Canvas tests before it saves, besides the row's own values.

    names: by attribute; password: the one it would set; is_integration_taken: another login has the integration id (which a
    row that deletes comes to only here).
    """

    names: tuple[tuple[str, str], ...]
    password: str
    is_integration_taken: bool = False


def _can_be_saved(cells: Cells, speaker: Speaker, kind: str, tested: Tested) -> bool:
    """Whether person and login pass Canvas's own tests; says the first that fails."""
    reason = _first_fault(cells, tested)
    unforeseen = len(cells.get("integration_id", "")) > LONGEST or len(cells.get("pronouns", "")) > LONGEST
    if reason == "unique_id is invalid":
        speaker.say(f"{kind}-{'11' if kind == 'USER' else '09'}", cells)
    elif reason:
        speaker.say(f"{kind}-{'12' if kind == 'USER' else '10'}", cells, _REASON, reason=reason)
    elif unforeseen:
        speaker.say(f"{kind}-{'13' if kind == 'USER' else '11'}", cells, number=_NUMBER)
    return not reason and not unforeseen


def _first_fault(cells: Cells, tested: Tested) -> str:
    """The first of Canvas's tests that a person and a login fail, "" for none."""
    too_long = "is too long (maximum is 255 characters)"
    login, password, declared = cells["login_id"], tested.password, cells.get("declared_user_type", "")
    integration_id = cells.get("integration_id", "")
    faults = (
        *((len(value) > LONGEST, f"{name} {too_long}") for name, value in tested.names),
        (tested.is_integration_taken, f'integration_id Integration ID "{integration_id}" is already in use'),
        (len(login) > LONGEST_LOGIN, f"unique_id is too long (maximum is {LONGEST_LOGIN} characters)"),
        (len(cells["user_id"]) > LONGEST, f"sis_user_id {too_long}"),
        (not is_printable(login), "unique_id is invalid"),
        (bool(declared) and declared not in DECLARED_TYPES, "declared_user_type is not included in the list"),
        (bool(password) and len(password) < SHORTEST_PASSWORD, "password too_short"),
        (len(password) > LONGEST, "password too_long"),
    )
    return next((text for is_so, text in faults if is_so), "")


def _names(cells: Cells, *, is_new: bool) -> tuple[tuple[str, str], ...]:
    """The names that Canvas would store; one that it has stays where the row gives none."""
    first, last, full = cells.get("first_name", ""), cells.get("last_name", ""), cells.get("full_name", "")
    sortable, short = cells.get("sortable_name", ""), cells.get("short_name", "")
    both, turned = (f"{first} {last}", f"{last}, {first}") if first or last else ("", "")
    name = full or both or ((sortable or short or cells["login_id"]) if is_new else "")
    return (("name", name), ("sortable_name", sortable or ("" if full else turned)), ("short_name", short))


def _check_email(cells: Cells, speaker: Speaker, rule: str) -> None:
    email = cells.get("email", "")
    if not email:
        return
    if not is_email(email):
        speaker.say(rule, cells)
    elif len(email) > LONGEST:
        raise Crash
