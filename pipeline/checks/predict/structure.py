"""Accounts, terms and abstract courses, as Canvas imports them."""

import re

from pipeline.checks.predict.speaking import Cells, Crash, Dates, Speaker
from pipeline.checks.predict.world import DEFAULT_TERM_NAME, Account, Term, World

__all__ = ["AbstractCourses", "Accounts", "Terms", "check_lengths"]

LONGEST = 255  # Canvas's text columns

_KNOWN_STATUS = re.compile("active|deleted", re.IGNORECASE)
_TOO_LONG = "is too long (maximum is 255 characters)"


def check_lengths(cells: Cells, *names: str) -> None:
    """Break off where a value is longer than a column that nothing checks before saving."""
    if any(len(cells.get(name, "")) > LONGEST for name in names):
        raise Crash


class Accounts:
    """accounts.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One account."""
        world, say = self.world, self.speaker.say
        parent_id, account_id, status = cells.get("parent_account_id", ""), cells["account_id"], cells.get("status", "")
        parent = world.accounts.get(parent_id) if parent_id else world.root
        if parent is None and world.is_lenient:
            parent = self._add(parent_id, world.root)
        if parent is None:
            say("ACCOUNT-02", cells)
            return
        if parent.state == "deleted" and self._is_refused_below_deleted(world.accounts.get(account_id), status):
            say("ACCOUNT-03", cells)
            return
        account = world.accounts.get(account_id)
        if account is None and not self._may_be_new(cells):
            return
        state = _state_of(status, account)
        if state == "deleted" and account is not None and not self._may_be_deleted(account, cells):
            return
        self._save(cells, account, parent, state)

    def finish(self) -> None:
        """Nothing is left to do."""

    def _is_refused_below_deleted(self, account: Account | None, status: str) -> bool:
        """Whether a row under a deleted parent is refused: since 2022, unless it says nothing of a living account's status."""
        says_more = bool(status) or account is None or account.state == "deleted"
        return self.world.is_current and not self.world.is_lenient and says_more

    def _may_be_new(self, cells: Cells) -> bool:
        if not cells.get("name"):
            self.speaker.say("ACCOUNT-04", cells)
        elif not _KNOWN_STATUS.match(cells.get("status", "")):
            self.speaker.say("ACCOUNT-05", cells)
        else:
            return True
        return self.world.is_lenient

    def _may_be_deleted(self, account: Account, cells: Cells) -> bool:
        if any(child.state != "deleted" for child in account.children):
            self.speaker.say("ACCOUNT-06", cells)
        elif any(course.state != "deleted" for course in account.courses):
            self.speaker.say("ACCOUNT-07", cells)
        else:
            return True
        return self.world.is_lenient

    def _save(self, cells: Cells, account: Account | None, parent: Account, state: str) -> None:
        account_id, name, integration_id = cells["account_id"], cells.get("name", ""), cells.get("integration_id", "")
        if len(name) > LONGEST:
            self.speaker.say("ACCOUNT-08", cells, _TOO_LONG)
            return
        if account is not None and _is_below(parent, account):
            loop = "Setting account {account_id}'s parent to {parent_account_id} would create a loop"
            self.speaker.say("ACCOUNT-08", cells, loop)
            return
        check_lengths(cells, "account_id", "integration_id")
        holder = self.world.integrations["account"].get(integration_id)
        if holder is not None and holder is not account:
            raise Crash
        account = account or self._add(account_id, parent)
        account.parent.children.discard(account) if account.parent else None
        account.parent = parent
        parent.children.add(account)
        account.name = name or account.name
        account.state = state
        self.world.integrate("account", account, account.integration_id, integration_id)
        account.integration_id = integration_id

    def _add(self, account_id: str, parent: Account) -> Account:
        account = self.world.accounts[account_id] = Account(account_id, parent)
        parent.children.add(account)
        return account


def _state_of(status: str, account: Account | None) -> str:
    """The state that a status gives an account: Canvas looks for the words anywhere in it."""
    folded = status.lower()
    if "active" in folded:
        return "active"
    if "deleted" in folded:
        return "deleted"
    return account.state if account else "active"


def _is_below(parent: Account, account: Account) -> bool:
    """Whether an account's new parent is the account itself or one of its descendants."""
    above: Account | None = parent
    while above is not None:
        if above is account:
            return True
        above = above.parent
    return False


class Terms:
    """terms.csv."""

    def __init__(self, world: World, speaker: Speaker) -> None:
        self.world, self.speaker = world, speaker

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One term, or the override of its dates for one type of enrollment."""
        say, term_id = self.speaker.say, cells["term_id"]
        term = self.world.terms.get(term_id)
        override = cells.get("date_override_enrollment_type", "")
        if override:
            if term is None and not self.world.is_lenient:
                say("TERM-04", cells)
            elif override not in {"StudentEnrollment", "TeacherEnrollment", "TaEnrollment", "DesignerEnrollment"}:
                say("TERM-05", cells)
            return
        if not cells.get("name") and not self.world.is_lenient:
            say("TERM-06", cells)
            return
        self._save(cells, term or Term(term_id))

    def finish(self) -> None:
        """Nothing is left to do."""

    def _save(self, cells: Cells, term: Term) -> None:
        name, integration_id = cells.get("name", ""), cells.get("integration_id", "")
        state = "active" if "active" in cells["status"].lower() else "deleted"
        errors = []
        if state == "deleted" and term.state != "deleted":
            if name == DEFAULT_TERM_NAME:
                errors.append("Workflow state Cannot delete the default term")
            elif any(course.state != "deleted" for course in term.courses):
                errors.append("Workflow state Cannot delete a term with active courses")
        if term.name == DEFAULT_TERM_NAME and name != DEFAULT_TERM_NAME:
            errors.append("Name Cannot change the default term name")
        if errors and not self.world.is_lenient:
            self.speaker.say("TERM-07", cells, errors=", ".join(errors))
            return
        check_lengths(cells, "term_id", "name", "integration_id")
        holder = self.world.integrations["term"].get(integration_id)
        if holder is not None and holder is not term:
            raise Crash
        self.world.terms[term.sis_id] = term
        self.world.integrate("term", term, term.integration_id, integration_id)
        term.name, term.state, term.integration_id = name, state, integration_id


class AbstractCourses:
    """abstract_courses.csv."""

    def __init__(self, world: World, _speaker: Speaker) -> None:
        self.world = world

    def take(self, cells: Cells, _dates: Dates) -> None:
        """One abstract course: an unknown term or account gives no message."""
        check_lengths(cells, "abstract_course_id", "short_name", "long_name")
        world, abstract_id = self.world, cells["abstract_course_id"]
        term = world.terms.get(cells.get("term_id", ""), world.default_term)
        account = world.accounts.get(cells.get("account_id", "")) or world.accounts.get(
            cells.get("fallback_account_id", "")
        )
        before = world.abstract_courses.get(abstract_id)
        world.abstract_courses[abstract_id] = (account or (before[0] if before else world.root), term)

    def finish(self) -> None:
        """Nothing is left to do."""
