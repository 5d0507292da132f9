"""A person's hand in Canvas: finding objects by SIS id, and changing them so that SIS may not change them back."""

from collections.abc import Iterable
from typing import Any

from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import ImportSettings, Work, joined_columns, stuck_columns
from pipeline.sandbox.store.session import Session
from pipeline.sandbox.store.table import Table

__all__ = ["Hand", "listed"]


class Hand:
    """One transaction of changes by hand. now: the instant (text) of the changes."""

    def __init__(self, session: Session, now: str) -> None:
        year, month, day = (int(part) for part in now[:10].split("-"))
        settings = ImportSettings(import_id=0, user_id=0, now=now, today=(year, month, day))
        self.session, self.now = session, now
        self.work = Work(session, settings, Segment((), 2, []))

    def find(self, table: Table[Any], sis_id: Any, what: str) -> Any:
        """The object with a SIS id. Errors: ValueError when there is none."""
        record = table.find("sis_id", sis_id)
        if record is None:
            raise ValueError(f"no {what} has the SIS id {sis_id}")
        return record

    def set(self, table: Table[Any], record: Any, values: dict[str, Any], sticky: Iterable[str]) -> None:
        """Change columns; those among the sticky ones that become another are protected from now on."""
        changed = {column for column, value in values.items() if getattr(record, column) != value}
        for column, value in values.items():
            if column in ("sis_id", "integration_id"):
                table.set_key(record, column, value)
            else:
                setattr(record, column, value)
        record.updated_at = self.now
        if protected := changed & set(sticky):
            record.stuck = joined_columns(stuck_columns(record.stuck) | protected)
        table.touch(record)

    def instant(self, text: Any) -> str | None:
        """A date as Canvas reads it."""
        return None if text is None else self.work.date(str(text))

    def account_id(self, sis_id: Any) -> int:
        """The Canvas id of an account by SIS id; None and `root` are the root account."""
        return 1 if sis_id in (None, "root") else int(self.find(self.session.accounts, sis_id, "account").id)

    def term_id(self, sis_id: Any) -> int:
        """The Canvas id of a term by SIS id; None is the default term."""
        return 1 if sis_id is None else int(self.find(self.session.terms, sis_id, "term").id)

    def user_id(self, sis_id: Any) -> int:
        """The Canvas id of the person with a login of this SIS id."""
        return int(self.find(self.session.logins, sis_id, "user").user_id)

    def role(self, name: Any, *, for_accounts: bool) -> tuple[int, str]:
        """A role by name, in words as loose as those of imports. Errors: ValueError."""
        from_words = {"student": "StudentEnrollment", "teacher": "TeacherEnrollment", "ta": "TaEnrollment"}
        from_words |= {"designer": "DesignerEnrollment", "observer": "ObserverEnrollment"}
        wanted = from_words.get(str(name).lower(), str(name))
        for id_, role_name, base, *_ in self.session.live_roles():
            if role_name == wanted and (base == "AccountMembership") == for_accounts:
                return id_, base
        raise ValueError(f"no role is called {name}")


def listed(wish: Any) -> list[dict[str, Any]]:
    """One object, or a list of objects, as a list."""
    return [dict(entry) for entry in (wish if isinstance(wish, list) else [wish])]
