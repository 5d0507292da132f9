"""Notices go out over real HTTP, say counts and commands, and never harm anything when they cannot."""

import http.server
import json
import threading
from contextlib import contextmanager

import pytest

from pipeline.notices.send import send_notice
from pipeline.notices.words import notice_words


@contextmanager
def listening():
    received = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_notice_arrives_with_title_and_text():
    with listening() as (port, received):
        delivered = send_notice(f"json://127.0.0.1:{port}", "registrar: a plan waits for you", "To look: …")

    assert delivered
    assert received[0]["title"] == "registrar: a plan waits for you"


def test_notice_that_nobody_takes_is_not_delivered_and_raises_nothing():
    assert not send_notice("json://127.0.0.1:9", "title", "text")


def test_address_that_is_none_is_not_delivered():
    assert not send_notice("not an address", "title", "text")


@pytest.mark.parametrize("kind", ["held", "failed", "messages", "started", "recovered", "late"])
def test_every_kind_has_words_that_name_the_run(kind):
    title, body = notice_words(kind, "registrar", {"run": "r000007"}, head="")

    assert "registrar" in title
    assert "r000007" in body


def test_held_notice_shows_the_command_that_decides_and_the_head_of_the_decisions():
    _, body = notice_words("held", "registrar", {"run": "r000007", "message": "212 of 1,900 …"}, head="ab" * 32)

    assert "sis-pipeline approve r000007" in body
    assert "abababababababab" in body
