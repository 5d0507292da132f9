import pytest

from pipeline.checks import codes
from tests.checks.rosters import EVERYTHING, checked, codes_in, known, roster


def example_result(info):
    example = dict(info.example)
    given = example.pop("known", {})
    roles = None if "perhaps" in info.code else ()
    return checked(
        roster(**example), knowing=known(complete=EVERYTHING if info.severity != "hold" else (), roles=roles, **given)
    )


def test_rows_without_fault_have_no_findings():
    result = checked(roster())

    assert codes_in(result) == []


@pytest.mark.parametrize("info", codes(), ids=lambda info: info.code)
def test_the_example_of_a_code_brings_that_finding(info):
    found = example_result(info).findings

    assert info.code in set(found["code"])


@pytest.mark.parametrize("info", codes(), ids=lambda info: info.code)
def test_no_text_of_a_finding_keeps_a_gap(info):
    found = example_result(info).findings
    texts = " ".join(found["message"]) + " ".join(found["remedy"]) + " ".join(found["canvas_message"])

    assert "{" not in texts
    assert "<thing" not in texts
    assert "<name" not in texts


def test_codes_are_unique():
    names = [info.code for info in codes()]

    assert len(names) == len(set(names))
