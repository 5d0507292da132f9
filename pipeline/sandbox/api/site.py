"""One sandbox as its routes see it: the engine, who may call, how it behaves, where it is reached."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

from flask import current_app, g, request

from pipeline.sandbox.api.filing import StoredFile
from pipeline.sandbox.api.pages import Link
from pipeline.sandbox.api.params import Params
from pipeline.sandbox.api.pre_upload import PreUploads
from pipeline.sandbox.api.registry import Registry, new_secret
from pipeline.sandbox.api.reporting.runs import FIRST_FILE_ID, ReportRuns
from pipeline.sandbox.api.reporting.work import Worker
from pipeline.sandbox.api.requestlog import RequestLog
from pipeline.sandbox.api.switches import Switches, switches_of
from pipeline.sandbox.api.throttle import Buckets
from pipeline.sandbox.api.turnstile import Turnstile
from pipeline.sandbox.engine import Engine, Fate
from pipeline.sandbox.faults import Faults

__all__ = ["Site", "link_here", "params", "site"]

EXTENSION = "sandbox"
ADMIN_USER_ID = 1
FORM = "application/x-www-form-urlencoded"
UPLOAD_ROUTE = "imports.create_import"


@dataclass(slots=True)
class Site:
    """What all requests of one sandbox share. url and files_url are known once it listens."""

    engine: Engine
    tokens: Registry
    canvas_version: str = "current"
    faults: Faults = field(default_factory=Faults)
    requests: RequestLog = field(default_factory=RequestLog)
    switches: Switches = field(default_factory=Switches)
    buckets: Buckets = field(init=False)
    reports: ReportRuns = field(init=False)
    reports_path: Path | None = None
    token: str = ""
    production: "Site | None" = None
    url: str = ""
    files_url: str = ""
    secret: bytes = b""
    keep_token: Callable[[str], None] = lambda _token: None
    fates: dict[int, Fate] = field(default_factory=dict)
    pre_uploads: PreUploads = field(default_factory=PreUploads)
    report_ids: Iterator[int] = field(default_factory=lambda: count(1))
    turnstile: Turnstile = field(default_factory=Turnstile)
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.switches = switches_of(self.canvas_version)
        self.buckets = Buckets(self.switches.throttle())
        self.engine.fate = self.fates.get
        self.reports = ReportRuns(self.reports_path, now=self.engine.clock.text, work=Worker(self))

    @property
    def is_current(self) -> bool:
        """Whether it behaves as Canvas does today, not as in July 2022."""
        return self.canvas_version != "2022"

    def now(self) -> float:
        """The sandbox's time in seconds since 1970."""
        return self.engine.clock.now().timestamp()

    def next_report_id(self) -> int:
        """The number of the next error report."""
        return next(self.report_ids)

    def report_file(self, file_id: int) -> StoredFile | None:
        """A file of an account report; None when the id is not one of theirs."""
        return self.reports.file(file_id, verified=self.switches.files_verifier == "on")

    def file_content(self, file_id: int) -> bytes | None:
        """The bytes of a file of an import or a report."""
        return self.reports.content(file_id) if file_id >= FIRST_FILE_ID else self.engine.attachment_content(file_id)

    def refresh(self) -> None:
        """Overwrite the environment, as Canvas does with a test instance.

        With a production known: its data and its tokens take the place of these. Otherwise the account is emptied, all
        tokens are dead, and `token` is another one from now on.
        """
        with self.turnstile.alone():
            self.reports.reset()
            if self.production is None:
                self.engine.reset()
                self.tokens.clear()
                self.take_token(new_secret())
                return
            self.engine.copy_from(self.production.engine)
            self.tokens.copy_from(self.production.tokens)
            self.take_token(self.production.token)

    def take_token(self, token: str) -> None:
        """Accept this token, with every right, in the place of the former; it also signs the URLs of files."""
        self.token = token
        self.secret = f"files {token}".encode()
        self.tokens.set_main(token, ADMIN_USER_ID)
        self.keep_token(token)

    def switch(self, switches: Switches) -> None:
        """Behave so from now on."""
        self.switches = switches
        self.buckets.rules = switches.throttle()

    def reset(self) -> None:
        """Empty the account and forget what was set; the sandbox's own token stays."""
        with self.turnstile.alone():
            self.reports.reset()
            self.engine.reset()
            self.tokens.reset()
        self.faults.clear()
        self.fates.clear()
        self.pre_uploads.clear()
        self.requests.clear()
        self.switch(switches_of(self.canvas_version))
        self.buckets.clear()


def site() -> Site:
    """The sandbox that answers the request at hand."""
    return cast("Site", current_app.extensions[EXTENSION])


def params() -> Params:
    """The parameters of the request at hand: query, form, JSON object; of an upload's raw body, none."""
    if "params" not in g:
        pairs, body = list(request.args.items(multi=True)), None
        if request.mimetype == "multipart/form-data" or (request.mimetype == FORM and request.endpoint != UPLOAD_ROUTE):
            pairs += list(request.form.items(multi=True))
        elif request.mimetype == "application/json" and request.content_length:
            body = json_object()
        g.params = Params.of(pairs, body)
    return cast("Params", g.params)


def json_object() -> dict[str, Any] | None:
    """The JSON object in the body; of an upload only if it begins the file-upload workflow."""
    read = request.get_json(silent=True)
    if not isinstance(read, dict) or (request.endpoint == UPLOAD_ROUTE and "pre_attachment" not in read):
        return None
    return read


def link_here() -> Link:
    """Where the list at hand lives, for its paging links."""
    here = site()
    base = here.url.replace("127.0.0.1", "localhost") if here.switches.paging_link_host == "alias" else here.url
    path = str(request.environ.get("REQUEST_URI", request.path)).partition("?")[0]
    return Link(base + path, list(request.args.items(multi=True)))
