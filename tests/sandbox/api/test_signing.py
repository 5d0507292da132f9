"""Signed references to files."""

from pipeline.sandbox.api.signing import signed, signed_value

SECRET = b"secret"


def test_a_signed_text_stands_for_its_number_until_it_expires():
    text = signed(SECRET, "verifier", 9010, expires_at=100)

    assert signed_value(SECRET, "verifier", text, now=99) == 9010
    assert signed_value(SECRET, "verifier", text, now=100) is None


def test_it_stands_for_nothing_for_another_purpose_or_with_another_secret():
    text = signed(SECRET, "verifier", 9010, expires_at=100)

    assert signed_value(SECRET, "store", text, now=0) is None
    assert signed_value(b"other", "verifier", text, now=0) is None


def test_a_text_that_was_altered_stands_for_nothing():
    text = signed(SECRET, "verifier", 9010, expires_at=100)

    assert signed_value(SECRET, "verifier", "x" + text, now=0) is None
    assert signed_value(SECRET, "verifier", "", now=0) is None
    assert signed_value(SECRET, "verifier", "né.ant", now=0) is None
