"""HTTP to Canvas: the only module that knows `requests`. One attempt per call; who may repeat what is decided elsewhere.

The token goes into the header `Authorization` of requests to the configured scheme and host, and nowhere else: no redirect is
followed with it, no `.netrc` replaces it, no cookie is kept.
"""

import ipaddress
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from pipeline.canvas.answers import Answer, same_origin
from pipeline.canvas.verdict import Asked, Reply, judge_reply
from pipeline.errors import Because, NotSent, Refused, Request, Unknown
from pipeline.model.clock import Clock

__all__ = ["CanvasHttp", "Endpoint", "Query", "is_loopback"]

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
ANSWER_SECONDS = 180.0  # for a request in all
UPLOAD_SECONDS = 300.0  # for a POST in all, its body and the wait for the answer included
DOWNLOAD_SECONDS = 1800.0
MAX_ANSWER_BYTES = 256 * 1024 * 1024  # an import's JSON is kilobytes; a page of messages with rows at most megabytes
BLOCK_BYTES = 64 * 1024
MAX_REDIRECTS = 5
UPLOAD_TYPE = "application/zip"

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one instance is. url: scheme and host, and the port if it is unusual; ca_file: its own certificate authority."""

    instance: str
    url: str
    user_agent: str
    ca_file: Path | None = None


class UploadStopped(Exception):
    """The sender itself broke the upload off, in the middle of the body: Canvas has no import of it."""


class _UnusableToken(Exception):
    """The token is empty, or holds what cannot stand in a header."""


class _TokenAuth(AuthBase):
    """Puts the token into requests to one scheme and host. The mere presence of an auth object keeps `.netrc` out."""

    def __init__(self, base_url: str, reveal_token: Callable[[], str]) -> None:
        self._base_url = base_url
        self._reveal_token = reveal_token

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        if same_origin(prepared.url or "", self._base_url):
            token = self._reveal_token()
            if not (token.isascii() and token.isprintable() and token and " " not in token):
                raise _UnusableToken  # else the header is refused with an error that quotes it
            prepared.headers["Authorization"] = f"Bearer {token}"
        return prepared


class _NoAuth(AuthBase):
    """Puts nothing into a request, and keeps `.netrc` from doing so."""

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        return prepared


class _WatchedBody:
    """A file as a request body, read in blocks; before each block the sender is asked whether it may go on."""

    def __init__(self, file: BinaryIO, size: int, may_go_on: Callable[[], bool]) -> None:
        self._file = file
        self._size = size
        self._left = size
        self._may_go_on = may_go_on

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK_BYTES):
            yield block

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """The next block; UploadStopped when the sender may not go on and the body is not yet complete."""
        if self._left == 0:
            return b""
        if not self._may_go_on():
            raise UploadStopped
        block = self._file.read(min(max(size, 1), self._left))
        if not block:
            raise UploadStopped  # the file became shorter: what is announced can no longer be sent
        self._left -= len(block)
        return block


class CanvasHttp:
    """Requests to one instance over one session."""

    def __init__(
        self, endpoint: Endpoint, reveal_token: Callable[[], str], *, clock: Clock, adapter: BaseAdapter | None = None
    ) -> None:
        """adapter: what carries the requests; by default the network. reveal_token is asked anew for each request."""
        self.endpoint = endpoint
        self._clock = clock
        self._auth = _TokenAuth(endpoint.url, reveal_token)
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.update({"User-Agent": endpoint.user_agent, "Accept": "application/json"})
        self._session.trust_env = not is_loopback(endpoint.url)  # proxies are for the world outside this machine
        if endpoint.ca_file is not None:
            self._session.verify = str(endpoint.ca_file)
        if adapter is not None:
            self._session.mount("https://", adapter)
            self._session.mount("http://", adapter)

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def ask(self, method: str, path: str, query: Query = ()) -> Answer:
        """Send a request without a body, once. path: below the host, or the whole URL of a next page."""
        asked = self._asked(method, path)
        give_up_at = self._clock.monotonic() + ANSWER_SECONDS
        response = self._send(asked, path, {"params": list(query)}, total=ANSWER_SECONDS)
        return judge_reply(asked, self._reply(asked, response, give_up_at))

    def upload(self, path: str, query: Query, file: Path, *, may_go_on: Callable[[], bool]) -> Answer:
        """POST a file as the raw body, streamed from disk, once; all of it within five minutes.

        may_go_on: asked before each block. NotSent also when it said no, or time ran out, before the body was complete.
        """
        asked = self._asked("POST", path, creates=True)
        give_up_at = self._clock.monotonic() + UPLOAD_SECONDS

        def in_time() -> bool:
            return self._clock.monotonic() < give_up_at and may_go_on()

        with file.open("rb") as opened:
            body = _WatchedBody(opened, file.stat().st_size, in_time)
            arguments = {"params": list(query), "data": body, "headers": {"Content-Type": UPLOAD_TYPE}}
            try:
                response = self._send(asked, path, arguments, total=UPLOAD_SECONDS)
            except UploadStopped:
                raise NotSent(
                    f"The upload to {self.endpoint.instance} was broken off before it was complete.",
                    request=asked.request,
                    remedy="Canvas makes no import of a part. It is sent again when this run is free to send.",
                ) from None
        return judge_reply(asked, self._reply(asked, response, give_up_at))

    def download(self, url: str, *, max_bytes: int) -> Iterator[bytes]:
        """The bytes of a file that Canvas linked to, in blocks. The token stays here; redirects are followed without it."""
        response = self._opened_file(urljoin(self.endpoint.url, url))
        asked = self._asked("GET", urlsplit(response.url or url).path)
        give_up_at = self._clock.monotonic() + DOWNLOAD_SECONDS
        with response:
            yield from self._blocks(asked, response, give_up_at, max_bytes)

    def _opened_file(self, url: str) -> requests.Response:
        for _ in range(MAX_REDIRECTS):
            asked = self._asked("GET", urlsplit(url).path)
            response = self._send(asked, url, {"headers": {"Accept": "*/*"}}, total=DOWNLOAD_SECONDS, auth=_NoAuth())
            if not response.is_redirect:
                break
            response.close()
            url = urljoin(url, response.headers["Location"])
        if response.is_redirect or not response.ok:
            judge_reply(asked, self._reply(asked, response, self._clock.monotonic() + ANSWER_SECONDS))
        return response

    def _asked(self, method: str, path: str, *, creates: bool = False) -> Asked:
        request = Request(self.endpoint.instance, method, urlsplit(path).path)
        return Asked(request, self.endpoint.url, self._clock.now(), creates=creates)

    def _send(
        self, asked: Asked, path: str, arguments: dict[str, Any], *, total: float, auth: AuthBase | None = None
    ) -> requests.Response:
        url = urljoin(self.endpoint.url, path)
        if urlsplit(url).scheme != "https" and not is_loopback(url):
            raise Refused(
                f"An address of Canvas ({asked.request.instance}) is not protected by https.",
                request=asked.request,
                because=Because.NOT_CANVAS,
                remedy="Write `url` as https:// and the host name. Nothing was sent there.",
            )
        try:
            return self._session.request(
                asked.request.method,
                url,
                auth=auth or self._auth,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS, total=total),  # type: ignore[arg-type]  # requests takes it, its stubs do not know
                allow_redirects=False,
                stream=True,
                **arguments,
            )
        except _UnusableToken:
            raise NotSent(
                f"The token of {self.endpoint.instance} holds characters that no token has.",
                request=asked.request,
                remedy="Put the token into its place again, without spaces or line breaks.",
            ) from None
        except requests.exceptions.RequestException as exc:
            _judge_failure(asked, exc)

    def _reply(self, asked: Asked, response: requests.Response, give_up_at: float) -> Reply:
        with response:
            body = b"".join(self._blocks(asked, response, give_up_at, MAX_ANSWER_BYTES))
        return Reply(response.status_code, response.headers, body)

    def _blocks(self, asked: Asked, response: requests.Response, give_up_at: float, max_bytes: int) -> Iterator[bytes]:
        """The decoded body; Unknown when it breaks off, takes too long or exceeds the limit."""
        size = 0
        try:
            for block in response.iter_content(BLOCK_BYTES):
                size += len(block)
                if size > max_bytes or self._clock.monotonic() > give_up_at:
                    raise Unknown(
                        f"The answer of Canvas ({self.endpoint.instance}) is too large or too slow.",
                        request=asked.request,
                        remedy="It is asked again. If it stays so, look for a proxy between here and Canvas.",
                    )
                yield block
        except requests.exceptions.RequestException as exc:
            _judge_failure(asked, exc)


def _judge_failure(asked: Asked, exc: requests.exceptions.RequestException) -> NoReturn:
    """NotSent when no connection came about; Unknown in every other case."""
    who = f"Canvas ({asked.request.instance})"
    if isinstance(exc, requests.exceptions.SSLError) and _was_caused_by(exc, ssl.SSLCertVerificationError):
        raise NotSent(
            f"The certificate of {who} cannot be verified.",
            request=asked.request,
            remedy="Check the host name and this machine's clock; name your own authority's file as `ca_file`.",
        ) from exc
    if _was_caused_by(exc, NewConnectionError, ConnectTimeoutError):
        raise NotSent(
            f"{who} cannot be reached.",
            request=asked.request,
            remedy="Check the `url` of this instance, the network and the proxy settings. It is tried again by itself.",
        ) from exc
    if isinstance(exc, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)):
        raise Refused(
            f"The address of {who} is no web address.",
            request=asked.request,
            because=Because.NOT_CANVAS,
            remedy="Write `url` as https:// and the host name.",
        ) from exc
    raise Unknown(
        f"The connection to {who} broke before its answer was complete.",
        request=asked.request,
        remedy="Canvas is asked what became of it before anything is sent again."
        if asked.creates
        else "It is tried again by itself.",
    ) from exc


def _was_caused_by(exc: BaseException, *kinds: type[BaseException]) -> bool:
    """Whether this error wraps one of such a kind, as its cause, reason or argument.

    Its context is not looked at: it may be an older error that somebody is just handling.
    """
    waiting: list[BaseException] = [exc]
    while waiting:
        error = waiting.pop()
        if isinstance(error, kinds):
            return True
        near = (error.__cause__, getattr(error, "reason", None), *error.args)
        waiting += [other for other in near if isinstance(other, BaseException) and other is not error]
    return False


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
