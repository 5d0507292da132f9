"""What users.csv and logins.csv share: finding logins, writing a person with a login, and the order of their messages.

Rows are checked as they are read; those that pass wait until there are 100 and are then carried out together, so that
the messages of the second part come after those of the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.sandbox.importers.addresses import Addresses, BadChannel
from pipeline.sandbox.importers.logins import LoginNames, Providers
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import Skip, Work
from pipeline.sandbox.store.records import Login

__all__ = ["People", "PersonRow", "holder", "live_by_name"]

BATCH_ROWS = 100


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One row that passed its first checks: number, ids, and its values by column name."""

    number: int
    user_id: str
    login_id: str
    values: Mapping[str, str | None]

    def __getitem__(self, column: str) -> str | None:
        return self.values.get(column)

    @property
    def key(self) -> str:
        """The login id as it is compared."""
        return self.login_id.lower()


class People:
    """The logins, providers and addresses that the rows of one segment are about."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.names = LoginNames(work.session)
        self.providers = Providers(work.session)
        self.addresses = Addresses(work)

    def carry_out(
        self,
        segment: Segment,
        columns: tuple[str, ...],
        check: Callable[[int, dict[str, str | None]], PersonRow | None],
        apply: Callable[[PersonRow], bool],
    ) -> None:
        """Read the rows, and apply those that `check` lets through, 100 at a time."""
        waiting: list[PersonRow] = []
        for number, row in segment.rows(columns):
            try:
                person = check(number, dict(zip(columns, row, strict=True)))
                if person is None:
                    continue
                waiting.append(person)
                if len(waiting) >= BATCH_ROWS:
                    self._apply_all(waiting, apply)
            except (Skip, BadChannel) as refusal:
                self.work.warn(number, str(refusal), _info(row, columns) if isinstance(refusal, Skip) else None)
        self._apply_all(waiting, apply)

    def _apply_all(self, waiting: list[PersonRow], apply: Callable[[PersonRow], bool]) -> None:
        """Apply the rows that wait. A refused channel leaves the rest waiting and goes to the row being read."""
        self.prefetch(waiting)
        while waiting:
            person = waiting.pop(0)
            try:
                self.work.count += apply(person)
            except Skip as refusal:
                self.work.warn(person.number, str(refusal))

    def prefetch(self, rows: list[PersonRow]) -> None:
        """Look up at once what the rows need."""
        logins = self.work.session.logins
        logins.load("sis_id", (row.user_id for row in rows))
        logins.load("integration_id", (row["integration_id"] for row in rows))
        self.names.load(row.key for row in rows)
        found = [login for row in rows if (login := logins.find("sis_id", row.user_id)) is not None]
        self.work.session.users.get_all(login.user_id for login in found)
        self.addresses.load(login.user_id for login in found)


def holder(login: Login) -> str:
    """How a message names the one who has a login: by SIS id if there is one, else by Canvas id."""
    return f"SIS ID {login.sis_id}" if login.sis_id is not None else f"Canvas ID {login.user_id}"


def live_by_name(people: People, row: PersonRow) -> Login | None:
    """The live login of the row's login_id: any, or of the row's provider; of none when there is no such provider."""
    provider_text = row["authentication_provider_id"]
    if provider_text is None:
        return people.names.live(row.key)
    return next(iter(people.names.rivals(row.key, people.providers.find(provider_text))), None)


def _info(row: tuple[str | None, ...], columns: tuple[str, ...]) -> str:
    """A printed list of named values."""
    cells = ", ".join(f':{name}=>"{value}"' for name, value in zip(columns, row, strict=True) if value is not None)
    return f"[{{{cells}}}]"
