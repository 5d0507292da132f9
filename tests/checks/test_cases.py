import pytest

from pipeline.checks import check_canvas_csvs
from tests.checks.case_files import (
    all_cases,
    differences,
    expected,
    is_decidable,
    predicted,
    refused_rows,
    write_upload,
)

CASES = [case for case in all_cases() if is_decidable(case)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_messages_of_the_last_step_are_foretold(case, tmp_path):
    *before, last = case["steps"]
    known = [write_upload(step, tmp_path / f"known{n}", without=refused_rows(step)) for n, step in enumerate(before)]
    upload = write_upload(last, tmp_path / "last")

    check = check_canvas_csvs([upload], known)

    assert differences(expected(last), predicted(check)) == []
