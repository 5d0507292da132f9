"""The gate of Canvas's own host: User-Agent, throttle, request ids. Control routes and the web page pass it by."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Response

from pipeline.sandbox.api.answers import JSON_TYPE
from pipeline.sandbox.api.front import Call, Environ, Front, client_of, throttled
from pipeline.sandbox.api.paths import routed_path
from pipeline.sandbox.api.site import Site

__all__ = ["Gate"]

CONTROL = "/sandbox/"
CANVAS_PATHS = re.compile(r"/(api|login|files)/.*|/accounts/[^/]+/files/.*")
TOKEN_ROUTE = "/login/oauth2/token"  # noqa: S105  # a path
NO_USER_AGENT = {
    "error": "Forbidden",
    "message": "You are not authorized to access this site because you have not provided a valid user agent.",
}


class Gate:
    """WSGI application around all routes of Canvas's host. Only those of Canvas have faults and are recorded."""

    def __init__(self, site: Site, app: Any) -> None:
        self.site = site
        self.app = app
        self.front = Front(site, self.gated, "canvas")

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        path = routed_path(environ.get("REQUEST_URI") or environ["PATH_INFO"])
        environ["PATH_INFO"] = path.encode().decode("latin-1")
        if path.startswith(CONTROL):
            return Response.from_app(self.app, environ)(environ, start_response)
        if CANVAS_PATHS.fullmatch(path) is None:
            return self.routed(environ)(environ, start_response)
        return self.front(environ, start_response)

    def gated(self, call: Call) -> Response:
        """The answer of Canvas: User-Agent and throttle first, then its routes."""
        site = self.site
        if site.switches.require_user_agent and not call.environ.get("HTTP_USER_AGENT", "").strip():
            return Response(json.dumps(NO_USER_AGENT, separators=(",", ":")), status=403, content_type=JSON_TYPE)
        if not site.switches.throttle_on:
            return self.marked(self.routed(call.environ))
        client = client_of(call.environ)
        if not site.buckets.admit(client, site.now()):
            response = throttled(site.switches.throttle_status)
            response.headers["x-rate-limit-remaining"] = f"{site.buckets.remaining(client, site.now()):.4f}"
            return self.marked(response)
        start = time.thread_time()
        response = self.routed(call.environ)
        cost = (time.thread_time() - start) * site.switches.throttle_cost_factor
        if call.path == TOKEN_ROUTE:
            cost += site.switches.throttle_token_cost
        site.buckets.settle(client, site.now(), cost)
        response.headers["x-request-cost"] = f"{cost:.16f}".rstrip("0")
        response.headers["x-rate-limit-remaining"] = f"{site.buckets.remaining(client, site.now()):.10f}".rstrip("0")
        return self.marked(response)

    def routed(self, environ: Environ) -> Response:
        """The answer of a route, while nobody empties the account."""
        with self.site.turnstile.inside():
            return Response.from_app(self.app, environ)

    @staticmethod
    def marked(response: Response) -> Response:
        """With the ids by which Canvas's support finds a request."""
        response.headers["x-request-context-id"] = str(uuid.uuid4())
        response.headers["x-session-id"] = uuid.uuid4().hex
        return response
