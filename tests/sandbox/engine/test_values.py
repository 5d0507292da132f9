"""Cells: dates, truth, addresses, names, passwords."""

import pytest

from pipeline.canvas.file_types import raw_reference
from pipeline.sandbox.importers.dates import BadDate, parsed
from pipeline.sandbox.importers.email import is_address
from pipeline.sandbox.importers.names import halves, last_name_first
from pipeline.sandbox.importers.passwords import password_error
from pipeline.sandbox.importers.values import boolean, is_printable

REFERENCE = raw_reference()
DATES = REFERENCE["global"]["date_parsing"]
EMAIL = REFERENCE["value_tests"]["email"]
TODAY = (2025, 11, 21)


@pytest.mark.parametrize(("text", "instant"), [(str(k), v) for k, v in DATES["accepted_examples"].items()])
def test_dates_of_the_reference_are_read(text, instant):
    assert parsed(text, *TODAY) == instant


@pytest.mark.parametrize("text", [str(text) for text in DATES["silently_null_examples"]])
def test_texts_without_a_date_are_none(text):
    assert parsed(text, *TODAY) is None


@pytest.mark.parametrize("text", [str(text).split(" (", maxsplit=1)[0] for text in DATES["error_examples"]])
def test_numbers_out_of_range_are_bad_dates(text):
    with pytest.raises(BadDate):
        parsed(text, *TODAY)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("01/02/2024", "2024-02-01T00:00:00Z"),
        ("1/2/24", "0001-02-24T00:00:00Z"),
        ("24-08-25", "0024-08-25T00:00:00Z"),
        ("2024-02-30", "2024-03-01T00:00:00Z"),
        ("2023-02-31", "2023-03-03T00:00:00Z"),
        ("10:00", "2025-11-21T10:00:00Z"),
        ("12", "2025-11-12T00:00:00Z"),
        ("Mon", "2025-11-21T00:00:00Z"),
        ("may", "2025-05-01T00:00:00Z"),
        ("2024-238", "2024-11-01T00:00:00Z"),
        ("45529", "0045-11-01T00:00:00Z"),
        ("24-AUG-26", "0026-08-24T00:00:00Z"),
        ("25.12.2024", "2024-12-25T00:00:00Z"),
        ("3rd", "2025-11-03T00:00:00Z"),
        ("Aug 25 2024 3pm EST", "2024-08-25T20:00:00Z"),
        ("2024-08-25T24:00:00Z", "2024-08-26T00:00:00Z"),
        ("2024-08-25T10:15:30.75Z", "2024-08-25T10:15:30Z"),
        ("2024-08-25 10:00 America/Denver", "2024-08-25T10:00:00Z"),
        ("2024-12-31T23:30:00-05:00", "2025-01-01T04:30:00Z"),
        ("8/25", "2025-08-25T00:00:00Z"),
        ("9999-12-31", "9999-12-31T00:00:00Z"),
    ],
)
def test_dates_that_are_silently_something_else(text, instant):
    assert parsed(text, *TODAY) == instant


def test_over_long_text_is_a_bad_date():
    with pytest.raises(BadDate):
        parsed("2024-08-25" + " " * 120, *TODAY)


@pytest.mark.parametrize("address", EMAIL["accepted_examples"])
def test_addresses_of_the_reference_are_accepted(address):
    assert is_address(str(address))


@pytest.mark.parametrize("address", [*EMAIL["rejected_examples"], "a\\b@x.edu", "a@b\n"])
def test_texts_that_are_no_address_are_refused(address):
    assert not is_address(str(address))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Yes", True),
        ("t", True),
        ("on", True),
        ("7up", True),
        ("No", False),
        ("off", False),
        ("0", False),
        ("maybe", False),
    ],
)
def test_truth_has_its_own_words(text, value):
    assert boolean(text) is value


@pytest.mark.parametrize(
    ("text", "value"), [("a b", True), ("zäh\u00a0", True), ("🙂", True), ("a\u0007", False), ("a\u2028b", False)]
)
def test_printable_is_what_ruby_prints(text, value):
    assert is_printable(text) is value


@pytest.mark.parametrize(
    ("name", "sorted_name"),
    [
        ("Ada Quill", "Quill, Ada"),
        ("Otis Brook Jr.", "Brook, Otis Jr."),
        ("Plato", "Plato"),
        ("John Doe, Sr.", "Doe, John Sr."),
        ("Ho, Chi, Min", "Ho, Chi Min"),
        ("Ludwig van Beethoven", "Beethoven, Ludwig van"),
    ],
)
def test_full_names_are_sorted_by_their_last_word(name, sorted_name):
    assert last_name_first(name, None) == sorted_name


def test_former_surname_is_kept_together():
    assert last_name_first("Ludwig van Beethoven", "van Beethoven, L.") == "van Beethoven, Ludwig"


@pytest.mark.parametrize(
    ("name", "parts"), [("Brook, Otis Jr.", ("Otis", "Brook")), ("Platon, ", ("", "Platon")), ("Plato", ("Plato", ""))]
)
def test_sorting_name_has_two_halves(name, parts):
    assert halves(name) == parts


@pytest.mark.parametrize(
    ("password", "policy", "error"),
    [
        ("sevenCh", {}, "password too_short"),
        ("eightCha", {}, None),
        ("x" * 256, {}, "password too_long"),
        ("Password", {"disallow_common_passwords": True}, "password common"),
        ("aaaabcde", {"max_repeats": 3}, "password repeated"),
        ("aaabcxyq", {"max_repeats": 3}, None),
        ("xx4321xx", {"max_sequence": 3}, "password sequence"),
        ("xxqwerxx", {"max_sequence": 3}, "password sequence"),
        ("xx321xxx", {"max_sequence": 3}, None),
    ],
)
def test_passwords_follow_the_policy(password, policy, error):
    assert password_error(password, {"password_policy": policy}) == error
