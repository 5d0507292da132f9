"""Client and delivery over real HTTP against the sandbox: whatever goes wrong with a POST, there is one import."""

import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.canvas import http
from pipeline.canvas.backoff import Patience
from pipeline.canvas.client import CanvasClient
from pipeline.canvas.http import CanvasHttp, Endpoint
from pipeline.canvas.imports import SisImport
from pipeline.delivery.collect import collect_outcome
from pipeline.delivery.pack import write_package
from pipeline.delivery.package_hash import PROVENANCE_NAME
from pipeline.delivery.poll import PollEnd, Sent, poll_import
from pipeline.delivery.reconcile import Attempt, Verdict, reconcile
from pipeline.delivery.submit import UPLOAD_SECONDS, look_before, submit_package
from pipeline.delivery.trace import trace_messages
from pipeline.delivery.waiting import Pace, Watch
from pipeline.errors import Because, NotSent, Refused, Unknown
from pipeline.model.delivery import Package
from pipeline.model.frames import read_frame
from pipeline.sandbox.embedded import Sandbox, running_sandbox
from tests.delivery.hasty import HastyClock
from tests.delivery.parts import enrollments, frame, part, users

POST = {"method": "POST", "path": "/api/v1/accounts/*/sis_imports"}


@pytest.fixture
def canvas():
    with running_sandbox() as sandbox:
        yield sandbox


def client_of(canvas: Sandbox, clock: HastyClock | None = None, token: str | None = None) -> CanvasClient:
    clock = clock or HastyClock()
    endpoint = Endpoint("test", canvas.url, "sis-pipeline/test (+it@example.edu)")
    reveal = (lambda: token) if token else (lambda: canvas.token)
    return CanvasClient(CanvasHttp(endpoint, reveal, clock=clock), Patience(clock, random.Random(1)))


@dataclass
class Delivered:
    seen: SisImport
    posts: int


def deliver(client: CanvasClient, package: Package, clock: HastyClock) -> Delivered:
    """What the conductor does: look, post, and when the answer is lost find out before anything is sent again."""
    watch = Watch(clock, dice=random.Random(2))
    for number in range(1, 20):
        before = look_before(client)
        deadline_at = clock.now() + timedelta(seconds=UPLOAD_SECONDS)
        try:
            return Delivered(submit_package(client, package, may_start=lambda _: True, may_go_on=lambda: True), number)
        except NotSent:
            clock.sleep(5)
        except Unknown:
            attempt = Attempt(
                1, package.marker, before.canvas_at, before.newest_import_id, deadline_at, user_id=client.who_am_i()
            )
            found = reconcile(client, attempt, watch, is_bound=lambda _: False)
            if found.verdict is Verdict.ADOPT and found.found is not None:
                return Delivered(found.found, number)
            assert found.verdict is Verdict.SEND_AGAIN, found
    raise AssertionError("never delivered")


def packed(tmp_path: Path, *user_ids: str) -> Package:
    return write_package(part(users=users(*(user_ids or ("S1", "S2")))), tmp_path, installation="ab12")


def finished(client: CanvasClient, seen: SisImport, clock: HastyClock) -> SisImport:
    watch = Watch(clock, pace=Pace(0.2, 1.2, 5.0), dice=random.Random(3))
    polled = poll_import(client, Sent(seen.import_id, 2, clock.now(), seen.created_at), watch)
    assert polled.end is PollEnd.OVER
    assert polled.last is not None
    return polled.last


FAULTS = {
    "500 before": {"when": "before", "status": 500},
    "502 before": {"when": "before", "status": 502},
    "throttled as 429": {"when": "before", "throttle": 429, "times": 3},
    "throttled as 403": {"when": "before", "throttle": 403, "times": 3},
    "connection reset before": {"when": "before", "reset": True},
    "redirected before": {"when": "before", "redirect": "/login"},
    "a proxy's page before": {"when": "before", "html": True},
    "500 after": {"when": "after", "status": 500},
    "504 after, a page": {"when": "after", "status": 504, "html": True},
    "connection reset after": {"when": "after", "reset": True},
    "answer cut": {"when": "answering", "cut": 20},
    "answer empty": {"when": "answering", "cut": 0},
    "redirected after": {"when": "after", "redirect": "/login"},
    "redirected after by 307": {"when": "after", "redirect": "/login", "status": 307},
    "a proxy's page after": {"when": "after", "html": True},
    "no id in the answer": {"when": "after", "status": 200, "body": {"ok": True}},
    "too late an answer": {"when": "after", "delay": 1.5},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_whatever_goes_wrong_with_a_post_there_is_one_import(fault, canvas, tmp_path, monkeypatch):
    if "delay" in fault:
        monkeypatch.setattr(http, "READ_SECONDS", 0.5)
    clock = HastyClock()
    client = client_of(canvas, clock)
    package = packed(tmp_path)
    canvas.site.faults.put([{**POST, "times": 1, **fault}])

    delivered = deliver(client, package, clock)

    finished(client, delivered.seen, clock)
    ours = client.list_imports().imports
    assert [seen.import_id for seen in ours] == [delivered.seen.import_id]
    assert ours[0].attachment_names == (f"users-{package.marker}.csv",)


def test_a_foreign_import_in_the_list_is_never_taken_for_ours(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    other, mine = tmp_path / "other", tmp_path / "mine"
    other.mkdir()
    mine.mkdir()
    canvas.site.faults.put([{**POST, "nth": 2, "when": "after", "reset": True}])
    foreign = deliver(client, packed(other, "X1"), clock)

    delivered = deliver(client, packed(mine, "S1"), clock)

    assert delivered.seen.import_id > foreign.seen.import_id
    assert len(client.list_imports().imports) == 2


def test_an_orphan_of_a_refused_post_is_waited_out_and_not_adopted(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    canvas.site.faults.put([{**POST, "times": 1, "when": "after", "status": 500, "import": {"ends": "initializing"}}])
    before = look_before(client)
    package = packed(tmp_path)
    with pytest.raises(Unknown):
        submit_package(client, package, may_start=lambda _: True, may_go_on=lambda: True)
    attempt = Attempt(1, package.marker, before.canvas_at, before.newest_import_id, clock.now())
    started = clock.monotonic()
    watch = Watch(clock, should_stop=lambda: clock.monotonic() - started > 300)

    found = reconcile(client, attempt, watch, is_bound=lambda _: False)

    assert found.verdict is Verdict.STOPPED  # by Canvas's clock ten minutes have not gone by: it waits


def test_the_whole_way_of_a_package(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    people = frame({"user_id": ["S1", "S2"], "login_id": ["s1@example.edu", ""], "status": ["active", "active"]})
    rows = part(users=people, enrollments=enrollments(("BIO-1", "S1")))
    package = write_package(rows, tmp_path, installation="ab12")

    delivered = deliver(client, package, clock)
    ended = finished(client, delivered.seen, clock)
    collected = collect_outcome(client, ended, tmp_path, Watch(clock))
    traced = trace_messages(collected.outcome.messages, read_frame(tmp_path / PROVENANCE_NAME))

    assert collected.notes == ()
    assert list(zip(traced["code"], traced["line_no"], strict=True)) == [
        ("canvas-user-02", 3),
        ("canvas-enrollment-07", 10),
    ]


def test_more_than_24_messages_are_all_collected(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    many = enrollments(*[(f"NONE-{n}", f"S{n}") for n in range(250)])
    package = write_package(part(enrollments=many), tmp_path, installation="ab12")

    ended = finished(client, deliver(client, package, clock).seen, clock)
    collected = collect_outcome(client, ended, tmp_path, Watch(clock))

    assert len(ended.processing_warnings) < 30
    assert len(collected.outcome.messages) == 250
    assert {message.row for message in collected.outcome.messages} == set(range(2, 252))
    assert collected.notes == ()


def test_the_token_never_reaches_the_file_store(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    package = write_package(part(enrollments=enrollments(("NONE", "S1"))), tmp_path, installation="ab12")

    ended = finished(client, deliver(client, package, clock).seen, clock)
    collected = collect_outcome(client, ended, tmp_path, Watch(clock))

    assert collected.errors_file is not None
    asked = [
        request
        for request in canvas.site.requests.shown()
        if "/files/" in request["path"] or "download" in request["path"]
    ]
    assert asked
    assert not any(request["with_token"] for request in asked)


def test_a_file_of_messages_that_leads_to_a_login_page_is_replaced_by_the_list(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    package = write_package(part(enrollments=enrollments(("NONE", "S1"))), tmp_path, installation="ab12")
    canvas.site.faults.put([{"path": "/files/**", "html": True}])

    ended = finished(client, deliver(client, package, clock).seen, clock)
    collected = collect_outcome(client, ended, tmp_path, Watch(clock))

    assert len(collected.outcome.messages) == 1
    assert collected.errors_file is None


def test_an_upload_broken_off_by_us_is_no_import_and_the_next_one_goes(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    large = part(users=users(*[f"S{n * 7919 % 1_000_003}" for n in range(100_000)]))
    package = write_package(large, tmp_path, installation="ab12")
    answers = iter([True] * 4 + [False])
    with pytest.raises(NotSent):
        submit_package(client, package, may_start=lambda _: True, may_go_on=lambda: next(answers))

    assert client.list_imports().imports == ()
    assert deliver(client, package, clock).posts == 1


def test_a_revoked_token_is_told_as_such(canvas, tmp_path):
    with pytest.raises(Refused) as caught:
        submit_package(
            client_of(canvas, token="of-nobody"), packed(tmp_path), may_start=lambda _: True, may_go_on=lambda: True
        )

    assert caught.value.because is Because.TOKEN


def test_trouble_while_watching_is_waited_out(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    seen = deliver(client, packed(tmp_path), clock).seen
    canvas.site.faults.put(
        [
            {"method": "GET", "path": "/api/v1/accounts/*/sis_imports/*", "nth": 1, "status": 503},
            {"method": "GET", "path": "/api/v1/accounts/*/sis_imports/*", "nth": 2, "reset": True},
            {"method": "GET", "path": "/api/v1/accounts/*/sis_imports/*", "nth": 3, "throttle": 403},
            {"method": "GET", "path": "/api/v1/accounts/*/sis_imports/*", "nth": 4, "html": True},
        ]
    )

    assert finished(client, seen, clock).state == "imported"


def test_an_unknown_import_id_means_that_the_instance_was_refreshed(canvas):
    clock = HastyClock()

    polled = poll_import(client_of(canvas, clock), Sent(999, 2, clock.now()), Watch(clock))

    assert polled.end is PollEnd.GONE


def test_an_import_under_way_can_be_stopped(canvas, tmp_path):
    clock = HastyClock()
    client = client_of(canvas, clock)
    canvas.site.faults.put([{**POST, "times": 1, "import": {"stalls_at": 40}}])
    seen = deliver(client, packed(tmp_path), clock).seen

    assert client.abort_import(seen.import_id).state == "aborted"
    assert client.abort_import(seen.import_id).state == "aborted"
