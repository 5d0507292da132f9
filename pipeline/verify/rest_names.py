"""SIS ids of the objects that Canvas's REST API names by its own ids: learnt from lists, else asked for, each once."""

from collections.abc import Callable
from typing import Any

from pipeline.canvas.reading import CanvasReader, Entry
from pipeline.verify.rest_rows import shown_sis_id

__all__ = ["SisNames"]


class SisNames:
    """SIS ids by Canvas id. Each answer: "" for an object without one (the root account, the default term), None if unknown."""

    def __init__(self, reader: CanvasReader) -> None:
        self._reader = reader
        self._accounts: dict[Any, str | None] = {}
        self._terms: dict[Any, str | None] = {}
        self._courses: dict[Any, str | None] = {}
        self._users: dict[Any, str | None] = {}

    def learn_accounts(self) -> list[Entry]:
        """All accounts below the root account, from now on known by name."""
        entries = list(self._reader.accounts())
        self._accounts |= {entry.get("id"): shown_sis_id(entry, "sis_account_id") for entry in entries}
        return entries

    def learn_terms(self) -> list[Entry]:
        """All terms, from now on known by name."""
        entries = list(self._reader.terms())
        self._terms |= {entry.get("id"): shown_sis_id(entry, "sis_term_id") for entry in entries}
        return entries

    def learn_course(self, canvas_id: Any, course_id: str) -> None:
        """Remember a course."""
        self._courses[canvas_id] = course_id

    def learn_user(self, entry: Entry) -> None:
        """Remember a person."""
        self._users[entry.get("id")] = shown_sis_id(entry, "sis_user_id")

    def account(self, canvas_id: Any) -> str | None:
        """The SIS id of an account."""
        return self._known(self._accounts, canvas_id, self._reader.account, "sis_account_id")

    def term(self, canvas_id: Any) -> str | None:
        """The SIS id of a term."""
        return self._known(self._terms, canvas_id, self._reader.term, "sis_term_id")

    def course(self, canvas_id: Any) -> str | None:
        """The SIS id of a course."""
        return self._known(self._courses, canvas_id, self._reader.course, "sis_course_id")

    def user(self, canvas_id: Any) -> str | None:
        """The SIS id of a person."""
        return self._known(self._users, canvas_id, self._reader.user, "sis_user_id")

    def _known(
        self, known: dict[Any, str | None], canvas_id: Any, ask: Callable[[str], Entry | None], key: str
    ) -> str | None:
        if canvas_id is None:
            return None
        if canvas_id not in known:
            entry = ask(str(canvas_id))
            if entry is None:
                known[canvas_id] = None
            else:  # the root account never shows one
                is_root = key == "sis_account_id" and entry.get("root_account_id") is None
                known[canvas_id] = "" if is_root else shown_sis_id(entry, key)
        return known[canvas_id]
