"""Reading people, courses, sections and enrollments through Canvas's REST API: JSON objects as they come, at a pace that leaves room.

Single objects are addressed by SIS id. The paths of such requests, and so the errors about them, may name a person: who calls
tells people in words of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.canvas.answers import Answer
from pipeline.canvas.client import PER_PAGE, CanvasClient
from pipeline.canvas.http import Query
from pipeline.errors import Because, Refused
from pipeline.model.clock import Clock

__all__ = ["CanvasReader", "Entry", "sis_reference"]

Entry = Mapping[str, Any]
"""One object as Canvas shows it."""

ACCOUNT = "/api/v1/accounts/self"
PLAIN_ID = re.compile(r"[A-Za-z0-9_-]+")
LOW_QUOTA, GOOD_QUOTA = 150.0, 300.0  # of 600; other programs that share the token need some too
QUOTA_A_SECOND = 10.0  # canvas-lms `app/middleware/request_throttle.rb`: what flows back
LONGEST_REST_SECONDS = 60.0
STATES = ("active", "invited", "creation_pending", "inactive", "completed", "deleted", "rejected")
"""All states of an enrollment: without them Canvas leaves completed and deleted ones out of its lists."""


def sis_reference(kind: str, sis_id: str) -> str:
    """A path segment that names an object by its SIS id. kind: `user`, `course`, `section`, `term`, `account`.

    An id with a slash, a dot or the like is written in hexadecimal: proxies change escaped slashes, and an unescaped dot ends
    the segment.
    """
    name = f"sis_{kind}_id"
    return f"{name}:{sis_id}" if PLAIN_ID.fullmatch(sis_id) else f"hex:{name}:{sis_id.encode().hex()}"


class CanvasReader:
    """What one token sees of one instance. Errors: `CanvasError`, as the client sorts them."""

    def __init__(self, client: CanvasClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self.requests = 0

    @property
    def instance(self) -> str:
        """The instance's name in the configuration."""
        return self._client.instance

    def permissions(self, names: Sequence[str]) -> dict[str, bool]:
        """Which of these permissions on the root account the token's user has."""
        answer = self._client.get(f"{ACCOUNT}/permissions", [("permissions[]", name) for name in names])
        self._counted(answer)
        plain = answer.body if isinstance(answer.body, Mapping) else {}
        return {name: plain.get(name) is True for name in names}

    def accounts(self) -> Iterator[Entry]:
        """All accounts below the root account that are not deleted."""
        return self._list(f"{ACCOUNT}/sub_accounts", [("recursive", "true")])

    def terms(self) -> Iterator[Entry]:
        """All terms, deleted ones too."""
        return self._list(f"{ACCOUNT}/terms", [("workflow_state[]", "all")], key="enrollment_terms")

    def courses(self) -> Iterator[Entry]:
        """All courses of all accounts, deleted ones too."""
        return self._list(f"{ACCOUNT}/courses", [("state[]", "all")])

    def users(self) -> Iterator[Entry]:
        """All people with a login that is not deleted, each once, with the e-mail address if it may be seen."""
        return self._list(f"{ACCOUNT}/users", [("include[]", "email")])

    def sections(self, course: str) -> Iterator[Entry]:
        """The living sections of a course. course: a Canvas id or `sis_reference`."""
        return self._list(f"/api/v1/courses/{course}/sections", [])

    def course_enrollments(self, course: str, user_ids: Sequence[str] = ()) -> Iterator[Entry]:
        """The enrollments of a course in every state; of these people alone, if any are named by SIS id."""
        return self._enrollments(f"/api/v1/courses/{course}/enrollments", user_ids)

    def section_enrollments(self, section: str, user_ids: Sequence[str] = ()) -> Iterator[Entry]:
        """The enrollments of a section in every state; of these people alone, if any are named by SIS id."""
        return self._enrollments(f"/api/v1/sections/{section}/enrollments", user_ids)

    def logins(self, user: str) -> list[Entry] | None:
        """The living logins of a person; None when there is no such person."""
        try:
            return list(self._list(f"/api/v1/users/{user}/logins", []))
        except Refused as error:
            self._note_absent(error)
            return None

    def account(self, account: str) -> Entry | None:
        """One account; None when there is none."""
        return self._one(f"/api/v1/accounts/{account}")

    def term(self, term: str) -> Entry | None:
        """One term; None when there is none, or it is deleted."""
        return self._one(f"{ACCOUNT}/terms/{term}")

    def course(self, course: str) -> Entry | None:
        """One course; None when there is none, or it is deleted."""
        return self._one(f"/api/v1/courses/{course}")

    def section(self, section: str) -> Entry | None:
        """One section; None when there is none, or it is deleted."""
        return self._one(f"/api/v1/sections/{section}")

    def user(self, user: str) -> Entry | None:
        """One person; None when there is none."""
        return self._one(f"/api/v1/users/{user}")

    def _enrollments(self, path: str, user_ids: Sequence[str]) -> Iterator[Entry]:
        states = [("state[]", state) for state in STATES]
        return self._list(path, [*states, *(("sis_user_id[]", user_id) for user_id in user_ids)])

    def _one(self, path: str) -> Entry | None:
        try:
            answer = self._client.get(path)
        except Refused as error:
            self._note_absent(error)
            return None
        self._counted(answer)
        return answer.body if isinstance(answer.body, Mapping) else None

    def _list(self, path: str, query: Query, *, key: str | None = None) -> Iterator[Entry]:
        for answer in self._client.pages(path, [*query, ("per_page", str(PER_PAGE))]):
            yield from (entry for entry in self._client.listed(answer, key) if isinstance(entry, Mapping))
            self._counted(answer)

    def _counted(self, answer: Answer) -> None:
        """Count a request, and wait where the token's allowance runs low."""
        self.requests += 1
        if answer.quota is not None and answer.quota < LOW_QUOTA:
            self._clock.sleep(min((GOOD_QUOTA - answer.quota) / QUOTA_A_SECOND, LONGEST_REST_SECONDS))

    def _note_absent(self, error: Refused) -> None:
        """Count a request that found nothing; any other refusal goes on."""
        self.requests += 1
        if error.because is not Because.MISSING:
            raise error
