"""Headers, error bodies and imports read defensively."""

import random
from datetime import UTC, datetime

import pytest

from pipeline.canvas.answers import link_next, read_date, read_json, retry_after, said, same_origin
from pipeline.canvas.backoff import Backoff
from pipeline.canvas.imports import TERMINAL_STATES, SisImport
from tests.canvas.scripted import imported

NOW = datetime(2026, 8, 20, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('<https://c/x?page=2>; rel="next"', "https://c/x?page=2"),
        (
            '<https://c/x?page=1>; rel="current",<https://c/x?page=2>; rel="next",<https://c/x?page=1>; rel="first"',
            "https://c/x?page=2",
        ),
        ('<https://c/x?page=bookmark:WyJhIl0,b>; rel="next"', "https://c/x?page=bookmark:WyJhIl0,b"),
        ("<https://c/x?page=2>; rel=next", "https://c/x?page=2"),
        ('<https://c/x?page=1>; rel="current",<https://c/x?page=1>; rel="last"', None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_next_page_is_found_in_the_link_header(header, expected):
    assert link_next({"Link": header}) == expected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("0", 0.0),
        ("Thu, 20 Aug 2026 03:01:00 GMT", 60.0),
        ("Thu, 20 Aug 2020 03:01:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value, seconds):
    assert retry_after({"Retry-After": value}, now=NOW) == seconds


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"errors":[{"message":"Invalid access token."}]}', "Invalid access token."),
        (
            b'{"errors":["SIS imports are not enabled for this account"]}',
            "SIS imports are not enabled for this account",
        ),
        (b'{"errors":"Invalid as_user_id"}', "Invalid as_user_id"),
        (b'{"message":"Batch mode specified"}', "Batch mode specified"),
        (b'{"error":true,"error_message":"Missing attachment"}', "Missing attachment"),
        (b'{"error":"Invalid content type, UTF-8 required"}', "Invalid content type, UTF-8 required"),
        (b"cannot set both undelete_only and unconclude_only", ""),
        (b"<html>", ""),
        (b'{"errors":[{"message":null}]}', ""),
    ],
)
def test_every_form_of_an_error_body_is_read(body, text):
    assert said(body) == text


def test_a_long_or_unprintable_error_text_becomes_one_short_line():
    text = said(('{"message":"a\\u001b[31m\\n' + "x" * 900 + '"}').encode())

    assert len(text) == 200
    assert text.isprintable()


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'{"a": Infinity}', b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_told_without_quoting_it(body):
    with pytest.raises(ValueError, match=r"^not JSON$"):
        read_json(body)


def test_dates_of_headers_are_instants_in_utc():
    assert read_date({"Date": "Thu, 20 Aug 2026 03:00:00 GMT"}) == NOW
    assert read_date({"Date": "yesterday"}) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://c.example.edu/a", "https://C.example.edu:443/b", True),
        ("https://c.example.edu", "http://c.example.edu", False),
        ("https://c.example.edu", "https://c.example.edu.evil.org", False),
        ("https://c.example.edu", "https://c.example.edu@evil.org", False),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3001", False),
    ],
)
def test_scheme_host_and_port_make_an_origin(one, other, same):
    assert same_origin(one, other) is same


def test_waits_double_up_to_the_longest_and_are_spread():
    backoff, dice = Backoff(), random.Random(1)

    waits = [[backoff.wait(attempt, dice) for _ in range(200)] for attempt in (1, 4, 20)]

    assert [max(some) <= limit for some, limit in zip(waits, (1.0, 8.0, 60.0), strict=True)] == [True] * 3
    assert max(waits[2]) > 50.0
    assert min(waits[2]) < 10.0


def test_a_wait_that_canvas_asks_for_ends_at_a_quarter_of_an_hour():
    assert Backoff().wait(1, random.Random(1), retry_after=86_400.0) == 900.0


@pytest.mark.parametrize("plain", [None, [], "x", {}, {"id": None}, {"id": "7"}, {"id": True}, {"id": 7.5}])
def test_what_has_no_integer_id_is_no_import(plain):
    assert SisImport.from_json(plain) is None


def test_an_import_is_read_with_every_key_absent():
    seen = SisImport.from_json({"id": 7})

    assert seen is not None
    assert (seen.state, seen.counts, seen.attachment_names, seen.errors_file) == ("", {}, (), None)
    assert not seen.is_over


def test_attachment_names_are_read_from_the_flat_and_the_nested_form():
    flat = SisImport.from_json(imported(csv_attachments=[{"display_name": "users-ab.csv"}]))
    nested = SisImport.from_json(imported(csv_attachments=[[{"display_name": "users-ab.csv"}]]))

    assert flat is not None
    assert nested is not None
    assert flat.attachment_names == nested.attachment_names == ("users-ab.csv",)


def test_hostile_values_are_passed_over():
    seen = SisImport.from_json(
        {
            "id": 7,
            "progress": float("1e308"),
            "data": {"counts": {"users": "3", "x": None, "y": [1]}},
            "user": [],
            "processing_errors": ["x"],
        }
    )

    assert seen is not None
    assert seen.counts == {"users": 3}
    assert seen.processing_errors == ()


@pytest.mark.parametrize(
    "state", ["initializing", "created", "importing", "cleanup_batch", "restoring", "", "a word of tomorrow"]
)
def test_states_that_go_on_are_not_over(state):
    assert state not in TERMINAL_STATES
