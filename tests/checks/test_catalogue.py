import pytest

from pipeline.checks import codes
from pipeline.checks.catalogue import rule_facts
from tests.checks.file_examples import FILE_EXAMPLES
from tests.checks.rosters import EVERYTHING, RULES, checked, codes_in, known, roster
from tests.checks.uploads import check_upload

CODES = {info.code: info for info in codes()}


@pytest.fixture(scope="module")
def findings_of(tmp_path_factory):
    """The findings of a code's own example, worked out once."""
    done = {}

    def findings(code):
        if code not in done:
            done[code] = example_findings(CODES[code], tmp_path_factory.mktemp(code))
        return done[code]

    return findings


def example_findings(info, tmp_path):
    """By the check that the code belongs to."""
    if not info.table:
        return FILE_EXAMPLES[info.code](tmp_path).findings
    example = dict(info.example)
    given = example.pop("known", {})
    if info.is_of_csv:
        steps = [{table.strip(): rows} for table, rows in given.items()]
        return check_upload(tmp_path, steps, **example).findings
    roles = None if "perhaps" in info.code else ()
    complete = EVERYTHING if info.severity != "hold" else ()
    return checked(roster(**example), knowing=known(complete=complete, roles=roles, **given), rules=RULES).findings


def test_rows_without_fault_have_no_findings():
    assert codes_in(checked(roster(), rules=RULES)) == []


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_a_code_brings_that_finding(code, findings_of):
    assert code in set(findings_of(code)["code"])


@pytest.mark.parametrize("code", CODES)
def test_no_text_of_a_finding_keeps_a_gap(code, findings_of):
    found = findings_of(code)
    texts = " ".join(found["message"]) + " ".join(found["remedy"]) + " ".join(found["canvas_message"])

    assert "{" not in texts
    assert "<" not in texts.replace("<delete>", "")


@pytest.mark.parametrize("code", [code for code, info in CODES.items() if info.rule and info.table])
def test_the_message_of_canvas_is_that_of_the_rule(code, findings_of):
    found = findings_of(code)

    spoken = found[found["code"] == code]["canvas_message"]
    assert (spoken != "").all()


def test_codes_are_unique():
    assert len(CODES) == len(codes())


def test_every_rule_named_by_a_code_exists():
    assert {info.rule for info in codes() if info.rule} <= set(rule_facts())
