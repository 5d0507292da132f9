"""Logins by name, and the authentication providers that a login may be tied to."""

from collections.abc import Iterable

from pipeline.sandbox.store.questions import logins_named
from pipeline.sandbox.store.records import Login
from pipeline.sandbox.store.session import Session

__all__ = ["LoginNames", "Providers"]


class LoginNames:
    """Which logins have a name. Names are compared in lower case; several logins may have one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._by_key: dict[str, list[Login]] = {}

    def load(self, keys: Iterable[str]) -> None:
        """Look many names up at once. keys: lower case."""
        missing = {key for key in keys if key not in self._by_key}
        if not missing:
            return
        self._by_key.update((key, []) for key in missing)
        for login in logins_named(self._session, missing):
            self._by_key[login.unique_key].append(login)

    def live(self, key: str) -> Login | None:
        """The first login of this name that is not deleted."""
        self.load((key,))
        return next((login for login in self._by_key[key] if login.workflow_state != "deleted"), None)

    def rivals(self, key: str, provider: int | None) -> list[Login]:
        """The live logins of this name with just this provider (None: with none)."""
        self.load((key,))
        return [
            login
            for login in self._by_key[key]
            if login.workflow_state != "deleted" and login.authentication_provider_id == provider
        ]

    def renamed(self, login: Login, old_key: str | None) -> None:
        """Take note of a login's new name. old_key: its former one, None for a new login."""
        if old_key is not None and login in self._by_key.get(old_key, ()):
            self._by_key[old_key].remove(login)
        if login.unique_key in self._by_key and login not in self._by_key[login.unique_key]:
            self._by_key[login.unique_key].append(login)


class Providers:
    """The active authentication providers of the account."""

    def __init__(self, session: Session) -> None:
        rows = session.active_providers()
        self._ids = {str(id_): id_ for id_, _ in rows}
        self._types: dict[str, int] = {}
        for id_, auth_type in rows:
            self._types.setdefault(auth_type, id_)

    def find(self, text: str) -> int | None:
        """The provider with this id, else the first with this very type name."""
        return self._ids.get(text) or self._types.get(text)
