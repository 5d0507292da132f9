"""Roles as imports name them: custom ones by exact name along the account's parents, built-in ones by loose words."""

from pipeline.sandbox.importers.lookup import account_chain
from pipeline.sandbox.importers.values import leading_number
from pipeline.sandbox.importers.work import Work

__all__ = ["Role", "Roles"]

ACCOUNT_BASE = "AccountMembership"
LOOSE_WORDS = {
    "teacher": "TeacherEnrollment",
    "ta": "TaEnrollment",
    "observer": "ObserverEnrollment",
    "designer": "DesignerEnrollment",
}
Role = tuple[int, str]  # id, base role type


class Roles:
    """The roles that exist while one segment is imported: built-in and active custom ones."""

    def __init__(self, work: Work, *, for_accounts: bool) -> None:
        self._work, self._for_accounts = work, for_accounts
        rows = [row for row in work.session.live_roles() if (row[2] == ACCOUNT_BASE) == for_accounts]
        self._built_in = {name: (id_, base) for id_, name, base, _, state in rows if state == "built_in"}
        self._custom = [
            (id_, name, base, account_id) for id_, name, base, account_id, state in rows if state == "active"
        ]
        self._known: dict[tuple[int, str | None, str | None], Role | None] = {}

    def find(self, account_id: int, role_id: str | None, name: str | None) -> Role | None:
        """The role that a row names in an account: by Canvas id, else by exact name. None: there is none."""
        key = (account_id, role_id, name)
        if key not in self._known:
            self._known[key] = self._found(account_id, role_id, name)
        return self._known[key]

    def find_loosely(self, account_id: int, role_id: str | None, name: str | None) -> Role | None:
        """Like `find`; a name that is no role's is then read as a word for a built-in one."""
        role = self.find(account_id, role_id, name)
        if role is not None or name is None:
            return role
        word = name.lower()
        base = "StudentEnrollment" if word.startswith("student") else LOOSE_WORDS.get(word)
        return self._built_in[base] if base else None

    def _number(self, role_id: str) -> int | None:
        """A Canvas id; of account roles it has to be written as Canvas writes it."""
        number = leading_number(role_id)
        return None if self._for_accounts and str(number) != role_id else number

    def _found(self, account_id: int, role_id: str | None, name: str | None) -> Role | None:
        chain = account_chain(self._work, account_id)
        visible = [role for place in chain for role in self._custom if role[3] == place]
        if role_id is not None:
            number = self._number(role_id)
            by_id = [(id_, base) for id_, _, base, _ in visible if id_ == number]
            by_id += [role for role in self._built_in.values() if role[0] == number]
            if by_id:
                return by_id[0]
        by_name = [(id_, base) for id_, custom, base, _ in visible if custom == name]
        return by_name[0] if by_name else self._built_in.get(name or "")
