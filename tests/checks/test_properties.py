"""What holds of any roster: every row is accounted for, a second check refuses nothing more, and Canvas takes what goes on."""

import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.checks import CheckRules, check, check_canvas_csvs
from pipeline.model.roster import Known, Roster
from tests.checks.invented import ORDINARY, good_start, invent_rows
from tests.checks.rosters import EVERYTHING, frame
from tests.checks.uploads import csv_text

LIGHT = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
EVERYTHING_KNOWN = Known({}, frozenset(EVERYTHING), ())
STANDS_FOR_IT = ("-repeated", "enrollment-gone-and-active")  # codes of rows that another row stands for


def invented_roster(seed):
    """Some good rows and some invented ones of each ordinary table."""
    pick = random.Random(seed).choice
    start = good_start()
    tables = {table: start.get(table, []) + invent_rows(pick, table, pick([0, 1, 3, 6])) for table in ORDINARY}
    return Roster({table: frame(rows) for table, rows in tables.items() if rows}, files=("export.csv",))


def left_behind(found):
    """Lines of one table's findings whose rows do not go on."""
    codes = found["code"]
    stands = codes.str.endswith(STANDS_FOR_IT[0]) | (codes == STANDS_FOR_IT[1])
    return set(found[(found["consequence"] == "refused") | stands]["line_no"])


@LIGHT
@given(seed=st.integers(0, 1 << 32))
def test_every_row_goes_on_or_leaves_with_a_finding(seed):
    given_roster = invented_roster(seed)

    checked = check(given_roster, EVERYTHING_KNOWN, CheckRules())

    for table, rows in given_roster.tables.items():
        gone = left_behind(checked.findings[checked.findings["table"] == table])
        stayed = set(checked.roster.tables[table]["line_no"])
        assert gone | stayed == set(rows["line_no"])
        assert not gone & stayed


@LIGHT
@given(seed=st.integers(0, 1 << 32))
def test_every_refused_row_leaves_a_protection(seed):
    given_roster = invented_roster(seed)

    checked = check(given_roster, EVERYTHING_KNOWN, CheckRules())

    refused = checked.findings[checked.findings["consequence"] == "refused"]
    protected = checked.roster.protections
    assert set(zip(refused["table"], refused["line_no"], strict=True)) == set(
        zip(protected["table"], protected["line_no"], strict=True)
    )


@LIGHT
@given(seed=st.integers(0, 1 << 32))
def test_a_second_check_refuses_nothing_more(seed):
    once = check(invented_roster(seed), EVERYTHING_KNOWN, CheckRules())

    twice = check(Roster(once.roster.tables, once.roster.files), EVERYTHING_KNOWN, CheckRules())

    assert list(twice.findings[twice.findings["severity"] == "error"]["message"]) == []


@LIGHT
@given(seed=st.integers(0, 1 << 32))
def test_canvas_takes_what_goes_on(tmp_path_factory, seed):
    checked = check(invented_roster(seed), EVERYTHING_KNOWN, CheckRules())
    folder = tmp_path_factory.mktemp("upload")
    for table, rows in checked.roster.tables.items():
        listed = sorted(rows.drop(columns=["file_no", "line_no"]).to_dict("records"), key=lambda row: depth(row, rows))
        (folder / f"{table}.csv").write_text(
            csv_text(listed or [dict.fromkeys(rows.columns, "")]), encoding="utf-8", newline=""
        )

    predicted = check_canvas_csvs([folder]).findings

    known_beforehand = set(checked.findings["canvas_message"])
    unforeseen = [text for text in predicted["canvas_message"] if text and text not in known_beforehand]
    assert unforeseen == []


def depth(row, rows):
    """Parents before their children, and terms before overrides of their dates, as the packing sorts them."""
    if row.get("date_override_enrollment_type"):
        return 1
    parents = (
        dict(zip(rows["account_id"], rows["parent_account_id"], strict=True)) if "parent_account_id" in rows else {}
    )
    steps, at = 0, row.get("parent_account_id", "")
    while at:
        steps, at = steps + 1, parents.get(at, "")
    return steps


@pytest.mark.parametrize("rows", [0, 1])
def test_tiny_tables_are_no_trouble(rows):
    tables = {table: frame(good_start()[table]).iloc[:rows].reset_index(drop=True) for table in good_start()}

    assert set(check(Roster(tables, files=("x",)), EVERYTHING_KNOWN, CheckRules()).roster.tables) == set(tables)
