"""Administrators, observers and changes of SIS ids, as Canvas imports them."""

from typing import Any

from pipeline.checks.predict.speaking import Cells, Crash, Dates, Speaker
from pipeline.checks.predict.structure import check_lengths
from pipeline.checks.predict.world import World

__all__ = ["Admins", "ChangedIds", "Nothing", "Observers"]

ACCOUNT_ROLES = frozenset({"AccountAdmin"})  # what every account has; custom roles are not known from files


class Nothing:
    """A type whose further checks need what no file tells."""

    def __init__(self, _world: World, _speaker: Speaker) -> None:
        """Nothing is kept."""

    def take(self, _cells: Cells, _dates: Dates) -> None:
        """Nothing more can be said of the row."""

    def finish(self) -> None:
        """Nothing is left to do."""


class Admins:
    """admins.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One administrator; changes nothing that other rows depend on."""
        if self.world.is_lenient:
            return
        say, account_id, role = self.speaker.say, cells.get("account_id", ""), cells.get("role", "")
        account = self.world.accounts.get(account_id)
        if account_id and (account is None or account.state == "deleted"):
            say("ADMIN-05", cells)
        elif role and role not in ACCOUNT_ROLES and not cells.get("role_id"):
            say("ADMIN-06", cells)
        elif cells.get("root_account") or self.world.live_login(cells["user_id"]) is None:
            say("ADMIN-08", cells)

    def finish(self) -> None:
        """Nothing is left to do."""


class Observers:
    """user_observers.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One link between an observer and a student."""
        say = self.speaker.say
        observer, student = self.world.live_login(cells["observer_id"]), self.world.live_login(cells["student_id"])
        if observer is None or student is None:
            if not self.world.is_lenient:
                say("OBSERVER-05" if observer is None else "OBSERVER-06", cells)
            return
        if observer.person is student.person:
            say("OBSERVER-07", cells)
            return
        link = (observer.person, student.person)
        if cells["status"].lower() == "active":
            self.world.observers.add(link)
        elif link in self.world.observers:
            self.world.observers.remove(link)
        else:
            say("OBSERVER-08", cells)

    def finish(self) -> None:
        """Nothing is left to do."""


class ChangedIds:
    """change_sis_id.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker
        self.things: dict[str, dict[str, Any]] = {
            "user": world.logins,
            "course": world.courses,
            "section": world.sections,
            "term": world.terms,
            "account": world.accounts,
            "group": world.groups,
            "group_category": world.categories,
        }

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One change, written at once."""
        check_lengths(cells, "new_id", "new_integration_id")
        kind = cells["type"].lower()
        things, integrated = self.things[kind], self.world.integrations[kind]
        shown = {"type": kind, "column": "sis_user_id" if kind == "user" else "sis_source_id"}
        new_id, new_integration = cells.get("new_id", ""), cells.get("new_integration_id", "")
        if new_id and new_id in things and not self.world.is_lenient:
            self.speaker.say("CHANGE-06", cells, **shown)
            return
        if new_integration in integrated and new_integration and not self.world.is_lenient:
            self.speaker.say("CHANGE-07", cells, **shown)
            return
        thing = self._find(cells, things, integrated, shown)
        if thing is None:
            return
        if new_id:
            things.pop(thing.sis_id, None)
            things[new_id] = thing
            thing.sis_id = new_id
        if new_integration:
            old = getattr(thing, "integration_id", "")
            written = "" if new_integration == "<delete>" else new_integration
            self.world.integrate(kind, thing, old, written)
            thing.integration_id = written

    def finish(self) -> None:
        """Nothing is left to do."""

    def _find(self, cells: Cells, things: dict[str, Any], integrated: dict[str, Any], shown: dict[str, str]) -> Any:
        """What the old ids name; says so when they name nothing, or two things."""
        old_id, old_integration = cells.get("old_id", ""), cells.get("old_integration_id", "")
        by_id, by_integration = things.get(old_id), integrated.get(old_integration) if old_integration else None
        if old_id and old_integration:
            if by_id is not by_integration:
                self.speaker.say("CHANGE-08", cells, **shown)
                return None
            if by_id is None and not self.world.is_lenient:
                raise Crash
            return by_id
        found = by_id if old_id else by_integration
        if found is None:
            self.speaker.say("CHANGE-09" if old_id else "CHANGE-10", cells, **shown)
        return found
