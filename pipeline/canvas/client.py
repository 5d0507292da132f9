"""Canvas's SIS import API: one class, each method one question to Canvas or one effect on it.

Questions are repeated while Canvas is slow, throttles or answers brokenly; the POST that creates an import is sent once.
Errors come as `pipeline.errors` sorts them: NotSent, Unknown, Refused.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.canvas.answers import Answer
from pipeline.canvas.backoff import Patience, patiently
from pipeline.canvas.http import CanvasHttp, Endpoint, Query
from pipeline.canvas.imports import ListedError, SisImport, listed_error
from pipeline.errors import Because, PipelineError, Refused, Request, Unknown
from pipeline.model.clock import Clock
from pipeline.model.files import write_durably

__all__ = ["ERRORS_HEADER", "CanvasClient", "Listing", "connect"]

ERRORS_HEADER = "sis_import_id,file,message,row"
MAX_ERRORS_FILE_BYTES = 2 * 1024**3  # a message for each of ten million rows
PER_PAGE = 100  # Canvas's maximum since 2023; older ones clamp it to 50
MAX_PAGES = 100_000
IMPORTS = "/api/v1/accounts/self/sis_imports"


@dataclass(frozen=True, slots=True)
class Listing:
    """Imports as Canvas lists them, newest first, and Canvas's own time when it did."""

    at: datetime
    imports: tuple[SisImport, ...]

    @property
    def newest_id(self) -> int | None:
        """The highest import id listed; None when there is none."""
        return max((seen.import_id for seen in self.imports), default=None)


class CanvasClient:
    """The root account of one instance, as one token sees it."""

    def __init__(self, http: CanvasHttp, patience: Patience) -> None:
        self._http = http
        self._patience = patience

    @property
    def instance(self) -> str:
        """The instance's name in the configuration."""
        return self._http.endpoint.instance

    @property
    def url(self) -> str:
        """The instance's scheme and host."""
        return self._http.endpoint.url

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def with_patience(self, seconds: float) -> "CanvasClient":
        """The same client, which repeats its questions for so long; 0 asks once."""
        return CanvasClient(self._http, replace(self._patience, seconds=seconds))

    def probe(self) -> datetime:
        """Canvas's own time, if host, token, permission and account allow SIS imports; else the error that says why not."""
        return self.newest_import().at

    def newest_import(self) -> Listing:
        """The newest import of the account, by one request: at most one in the listing."""
        answer = self.get(IMPORTS, [("per_page", "1")])
        return Listing(self._at(answer), tuple(self._imports(answer, IMPORTS)[:1]))

    def list_imports(self, *, created_since: datetime | None = None) -> Listing:
        """All imports of the account, or those made after an instant; all pages."""
        query = [("per_page", str(PER_PAGE))]
        if created_since is not None:
            query.append(("created_since", created_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
        at: datetime | None = None
        found: dict[int, SisImport] = {}
        for answer in self.pages(IMPORTS, query):
            at = at or self._at(answer)
            found |= {seen.import_id: seen for seen in self._imports(answer, IMPORTS)}
        return Listing(at or self._patience.clock.now(), tuple(found.values()))

    def show_import(self, import_id: int) -> SisImport:
        """One import as it is now. Refused with `Because.MISSING` when the account has none of that id."""
        path = f"{IMPORTS}/{import_id}"
        return self._import(self.get(path), "GET", path)

    def create_import(
        self, package: Path, parameters: Mapping[str, str], *, may_go_on: Callable[[], bool] = lambda: True
    ) -> SisImport:
        """POST a zip as a new import, once. Unknown means: look for it before sending again.

        parameters: of the import, in Canvas's names; they stand in the query, since Canvas parses no body here.
        """
        refuse_contradictions(parameters)
        query = [("import_type", "instructure_csv"), ("extension", "zip"), *sorted(parameters.items())]
        return self._import(self._http.upload(IMPORTS, query, package, may_go_on=may_go_on), "POST", IMPORTS)

    def abort_import(self, import_id: int) -> SisImport:
        """Stop an import, and return it as it is then; one that had ended before stays as it is."""
        path = f"{IMPORTS}/{import_id}/abort"
        try:
            return self._import(patiently(lambda: self._http.ask("PUT", path), self._patience), "PUT", path)
        except Refused as error:
            if error.because is not Because.MISSING:
                raise
        return self.show_import(import_id)

    def import_errors(self, import_id: int, *, fatal_only: bool = False) -> Iterator[ListedError]:
        """Every message of an import in Canvas's order of making them; with fatal_only those that Canvas calls errors.

        Canvas forgets them after 30 days.
        """
        query = [("per_page", str(PER_PAGE))] + ([("failure", "1")] if fatal_only else [])
        listed: list[ListedError] = []
        for answer in self.pages(f"{IMPORTS}/{import_id}/errors", query):
            entries = self.listed(answer, "sis_import_errors")
            listed += [error for error in map(listed_error, entries) if error is not None]
        return reversed(listed)  # Canvas lists the newest first

    def download_errors(self, seen: SisImport, target: Path) -> int:
        """Write an import's file of all messages to `target`, as it is, and return its size in bytes.

        Refused when what comes is not that file, e.g. a page to log in. The link lives an hour: show the import anew first.
        """
        assert seen.errors_file is not None
        blocks = self._http.download(seen.errors_file.url, max_bytes=MAX_ERRORS_FILE_BYTES)
        return write_durably(target, self._checked_header(blocks)).size

    def who_am_i(self) -> int | None:
        """The Canvas id of the token's user; None when the token may not ask for it."""
        try:
            plain = self.get("/api/v1/users/self").body
        except Refused as error:
            if error.because is Because.TOKEN:
                raise
            return None
        found = plain.get("id") if isinstance(plain, Mapping) else None
        return found if type(found) is int else None

    def accounts(self) -> tuple[Mapping[str, str], ...]:
        """The SIS accounts below the root account: account_id, name, parent_account_id ("" directly below the root)."""
        query = [("recursive", "true"), ("per_page", str(PER_PAGE))]
        entries = self._entries("/api/v1/accounts/self/sub_accounts", query, None)
        sis_ids = {entry.get("id"): _text(entry.get("sis_account_id")) for entry in entries}
        return tuple(
            {
                "account_id": sis_ids[entry.get("id")],
                "name": _text(entry.get("name")),
                "parent_account_id": sis_ids.get(entry.get("parent_account_id"), ""),
            }
            for entry in entries
            if sis_ids[entry.get("id")]
        )

    def terms(self) -> tuple[Mapping[str, str], ...]:
        """The SIS terms of the account: term_id, name, status (`active` or `deleted`), start_date, end_date as Canvas has them."""
        query = [("workflow_state[]", "all"), ("per_page", str(PER_PAGE))]
        entries = self._entries("/api/v1/accounts/self/terms", query, "enrollment_terms")
        return tuple(
            {
                "term_id": _text(entry.get("sis_term_id")),
                "name": _text(entry.get("name")),
                "status": _text(entry.get("workflow_state")),
                "start_date": _text(entry.get("start_at")),
                "end_date": _text(entry.get("end_at")),
            }
            for entry in entries
            if entry.get("sis_term_id")
        )

    def roles(self) -> tuple[str, ...]:
        """Names of the account's own active roles, by which enrollments and admins may name them; without the built-in ones."""
        entries = self._entries("/api/v1/accounts/self/roles", [("per_page", str(PER_PAGE))], None)
        own = [entry for entry in entries if entry.get("role") != entry.get("base_role_type")]
        return tuple(_text(entry.get("label") or entry.get("role")) for entry in own)

    def get(self, path: str, query: Query = ()) -> Answer:
        """The answer to a GET, asked again while it is not sent or its answer is lost."""
        return patiently(lambda: self._http.ask("GET", path, query), self._patience)

    def pages(self, path: str, query: Query = ()) -> Iterator[Answer]:
        """All pages of a list, by Canvas's own links."""
        answer = self.get(path, query)
        yield answer
        seen: set[str] = set()
        while answer.next_url is not None:
            if answer.next_url in seen or len(seen) >= MAX_PAGES:
                raise self._not_canvas("GET", path, "a list whose pages lead in a circle")
            seen.add(answer.next_url)
            next_url = answer.next_url
            answer = self.get(next_url)
            yield answer

    def listed(self, answer: Answer, key: str | None = None) -> list[Any]:
        """The entries of one page: the body itself, or what it holds under a key. Refused when there is no such list."""
        plain = answer.body.get(key) if key is not None and isinstance(answer.body, Mapping) else answer.body
        if not isinstance(plain, list):
            raise self._not_canvas("GET", "a list", "something else in place of a list")
        return plain

    def _entries(self, path: str, query: Query, key: str | None) -> list[Mapping[str, Any]]:
        entries = [entry for answer in self.pages(path, query) for entry in self.listed(answer, key)]
        return [entry for entry in entries if isinstance(entry, Mapping)]

    def _imports(self, answer: Answer, path: str) -> list[SisImport]:
        read = [SisImport.from_json(entry) for entry in self.listed(answer, "sis_imports")]
        found = [seen for seen in read if seen is not None]
        if len(found) != len(read):
            raise self._not_canvas("GET", path, "imports without an id")
        return found

    def _import(self, answer: Answer, method: str, path: str) -> SisImport:
        seen = SisImport.from_json(answer.body)
        if seen is None:
            raise Unknown(
                f"Canvas ({self.instance}) answered without the id of an import.",
                request=Request(self.instance, method, path),
                remedy="Canvas is asked what became of it before anything is sent again.",
            )
        return seen

    def _at(self, answer: Answer) -> datetime:
        return answer.at or self._patience.clock.now()

    def _checked_header(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        head = b""
        for block in blocks:
            head += block
            if b"\n" in head or len(head) > len(ERRORS_HEADER) + 8:
                break
        if head.removeprefix(b"\xef\xbb\xbf").split(b"\n")[0].rstrip(b"\r") != ERRORS_HEADER.encode():
            raise self._not_canvas("GET", "the file of messages", "another page in place of the file of messages")
        yield head
        yield from blocks

    def _not_canvas(self, method: str, path: str, what: str) -> Refused:
        return Refused(
            f"Canvas ({self.instance}) answered with {what}.",
            request=Request(self.instance, method, path),
            because=Because.NOT_CANVAS,
            remedy="Check the `url` of this instance, and whether a proxy answers in its place.",
        )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def refuse_contradictions(parameters: Mapping[str, str]) -> None:
    """PipelineError for parameters that Canvas would silently take for something else."""
    if "multi_term_batch_mode" in parameters and parameters["multi_term_batch_mode"] != "true":
        raise PipelineError(
            "multi_term_batch_mode may only be sent as true: Canvas takes any other value for batch mode without diffing."
        )
    batch = parameters.get("batch_mode") == "true" or "multi_term_batch_mode" in parameters
    if batch and parameters.get("diffing_data_set_identifier"):
        raise PipelineError("Batch mode and diffing were asked for together: Canvas would silently drop diffing.")
    if parameters.get("batch_mode") == "true" and "batch_mode_term_id" not in parameters:
        raise PipelineError("Batch mode was asked for without a term.")


def connect(endpoint: Endpoint, reveal_token: Callable[[], str], *, clock: Clock) -> CanvasClient:
    """A client for one instance. reveal_token: asked anew for each request, so that a renewed token is taken up."""
    http = CanvasHttp(endpoint, reveal_token, clock=clock)
    return CanvasClient(http, Patience(clock, random.Random()))  # noqa: S311  # spreads waits, hides nothing
