"""What comes before an answer on both hosts: the faults that strike it, and the record of every request."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from pipeline.sandbox.api.answers import JSON_TYPE
from pipeline.sandbox.api.paths import routed_path
from pipeline.sandbox.api.requestlog import Received, fingerprint, without_secrets
from pipeline.sandbox.api.server import reset_connection
from pipeline.sandbox.api.site import Site
from pipeline.sandbox.faults import FaultRule, Moment, WhatHappens

__all__ = ["Call", "Front", "bearer_of", "client_of", "throttled"]

PROXY_PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"
Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way through the gate."""

    environ: Environ
    method: str
    path: str
    struck: tuple[FaultRule, ...]

    def at(self, moment: Moment) -> list[WhatHappens]:
        """What goes wrong at this moment."""
        return [rule.what for rule in self.struck if rule.when is moment]


@dataclass(frozen=True, slots=True)
class Front:
    """WSGI application around what answers on one host (`canvas` or `files`)."""

    site: Site
    inner: Callable[[Call], Response]
    server: str

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request, and keep a record of it."""
        path, method = routed_path(environ.get("REQUEST_URI") or environ["PATH_INFO"]), environ["REQUEST_METHOD"]
        call = Call(environ, method, path, tuple(self.site.faults.struck(method, path)))
        size, digest = fingerprint(environ["wsgi.input"], int(environ.get("CONTENT_LENGTH") or 0))
        token_name = self.site.tokens.name_of(bearer_of(environ))
        response = self.answered(call)
        query = environ.get("QUERY_STRING", "")
        self.site.requests.add(
            Received(
                time=self.site.engine.clock.text(),
                method=method,
                path=path,
                query=without_secrets(query),
                size=size,
                sha256=digest,
                status=response.status_code if response else 0,
                token=token_name,
                user_agent=environ.get("HTTP_USER_AGENT"),
                with_token="HTTP_AUTHORIZATION" in environ or "access_token=" in query,
                server=self.server,
            )
        )
        if response is None:
            reset_connection(environ)
            return []
        return response(environ, start_response)

    def answered(self, call: Call) -> Response | None:
        """The answer after all faults; None: the connection is to be reset."""
        for what in call.at(Moment.BEFORE):
            self.done_to(what, call)
            if what.reset:
                return None
            if what.answers:
                return self.finished(own_answer(what, self.site), what)
        fates = [rule.what.fate for rule in call.struck if rule.what.fate]
        call.environ["sandbox.fate"] = fates[-1] if fates else None
        response = self.inner(call)
        for what in call.at(Moment.AFTER) + call.at(Moment.ANSWERING):
            self.done_to(what, call)
            if what.reset:
                return None
            response = self.altered(response, what, call)
        return response

    def done_to(self, what: WhatHappens, call: Call) -> None:
        """The parts of a fault that are not an answer: it waits, the token dies, the environment is overwritten."""
        if what.delay:
            self.site.closing.wait(what.delay)
        if what.revoke_token:
            self.site.tokens.revoke(bearer_of(call.environ))
        if what.refresh:
            self.site.refresh()

    def altered(self, response: Response, what: WhatHappens, call: Call) -> Response:
        """An answer replaced (after the effect) or tampered with (while answering)."""
        tampered = what in call.at(Moment.ANSWERING) and what.body is None and not (what.html or what.redirect)
        if what.answers and not (tampered and what.throttle is None):
            return self.finished(own_answer(what, self.site), what)
        if what.status is not None:
            response.status_code = what.status
        return self.finished(response, what)

    @staticmethod
    def finished(response: Response, what: WhatHappens) -> Response:
        """With the fault's headers, and cut short where it says so."""
        for name, value in what.headers.items():
            response.headers[name] = value
        if what.cut is not None:
            whole = response.get_data()
            response.headers["content-length"] = str(len(whole))
            response.direct_passthrough = False
            response.response = [whole[: what.cut]]
            response.automatically_set_content_length = False
        return response


def own_answer(what: WhatHappens, site: Site) -> Response:
    """The answer that a fault gives in place of Canvas's."""
    if what.throttle is not None:
        return throttled(what.throttle)
    if what.redirect is not None:
        target = what.redirect if "://" in what.redirect else site.url + what.redirect
        return Response("", status=what.status or 302, headers=Headers({"location": target}), content_type="text/html")
    if what.html and what.body is None:
        return Response(PROXY_PAGE, status=what.status or 200, content_type="text/html; charset=utf-8")
    status = what.status or 200
    if isinstance(what.body, (dict, list)):
        return Response(json.dumps(what.body), status=status, content_type=JSON_TYPE)
    kind = "text/html; charset=utf-8" if what.html else "text/plain; charset=utf-8"
    return Response("" if what.body is None else str(what.body), status=status, content_type=kind)


def throttled(status: int) -> Response:
    """The refusal of a full bucket, in the form of its status."""
    return Response(f"{status} Forbidden (Rate Limit Exceeded)\n", status=status, content_type="text/plain")


def bearer_of(environ: Environ) -> str | None:
    """The token of a request: header `Bearer <token>`, written exactly so, else the parameter `access_token`."""
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    if header.startswith("Bearer "):
        return header.removeprefix("Bearer ")
    for pair in str(environ.get("QUERY_STRING", "")).split("&"):
        name, _, value = pair.partition("=")
        if name == "access_token" and value:
            return routed_path(value.replace("+", " ")) if "%" in value else value
    return None


def client_of(environ: Environ) -> str:
    """Whose bucket a request drains: the token's, else the address's."""
    token = bearer_of(environ)
    return hashlib.sha256(token.encode()).hexdigest() if token else str(environ.get("REMOTE_ADDR"))
