"""A function posing as the network, and a clock that only moves when somebody waits."""

import io
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter

from pipeline.canvas.backoff import Patience
from pipeline.canvas.client import CanvasClient
from pipeline.canvas.http import CanvasHttp, Endpoint

URL = "https://canvas.example.edu"
TOKEN = "secret-of-the-registrar"  # invented
START = datetime(2026, 8, 20, 3, 0, tzinfo=UTC)


class StandingClock:
    """Time that passes only by sleeping."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.counter = 1000.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.counter

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.counter += seconds
        self.at += timedelta(seconds=seconds)


class Network(BaseAdapter):
    """Carries each request to a function, which returns a response or raises what requests would."""

    def __init__(self, answer: Callable[[requests.PreparedRequest], requests.Response]) -> None:
        super().__init__()
        self.answer = answer
        self.requests: list[requests.PreparedRequest] = []
        self.bodies: list[bytes] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        self.requests.append(request)
        body = request.body
        self.bodies.append(b"".join(body) if body is not None and not isinstance(body, (str, bytes)) else b"")
        return self.answer(request)

    def close(self) -> None:
        pass


def reply(
    request: requests.PreparedRequest,
    body: Any = b"",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    at: datetime = START,
) -> requests.Response:
    """A response; a body that is not bytes is JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = requests.Response()
    response.status_code = status
    response.url = request.url or ""
    response.request = request
    response.headers.update({"date": format_datetime(at, usegmt=True), **(headers or {})})
    response.raw = urllib3.HTTPResponse(io.BytesIO(content), status=status, preload_content=False)
    return response


def query(request: requests.PreparedRequest) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.url or "").query))


def path(request: requests.PreparedRequest) -> str:
    return urlsplit(request.url or "").path


def in_turn(*steps: Any) -> Callable[[requests.PreparedRequest], requests.Response]:
    """Each request gets the next step: an exception is raised, a function is called, anything else is a JSON body."""
    left = iter(steps)

    def answer(request: requests.PreparedRequest) -> requests.Response:
        step = next(left)
        if isinstance(step, Exception):
            raise step
        return step(request) if callable(step) else reply(request, step)

    return answer


def client_over(network: Network, *, clock: StandingClock | None = None, token: str = TOKEN) -> CanvasClient:
    clock = clock or StandingClock()
    http = CanvasHttp(
        Endpoint("production", URL, "sis-pipeline/test (+it@example.edu)"), lambda: token, clock=clock, adapter=network
    )
    return CanvasClient(http, Patience(clock, random.Random(7), seconds=120.0))


def imported(import_id: int = 7, state: str = "imported", **others: Any) -> dict[str, Any]:
    """An import as Canvas shows it."""
    return {"id": import_id, "workflow_state": state, "progress": 100, "created_at": "2026-08-20T03:00:04Z", **others}
