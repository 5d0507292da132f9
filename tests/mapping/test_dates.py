from datetime import date
from zoneinfo import ZoneInfo

import pytest

from pipeline.errors import DropError
from pipeline.mapping.dates import Moment, canvas_time, parse_date
from pipeline.mapping.language import DateRule
from tests.mapping.rosters import mapped, protected, rows
from tests.sources.drops import codes

DENVER = ZoneInfo("America/Denver")
ISO = ("YYYY-MM-DD",)
US = ("MM/DD/YYYY", "MM/DD/YY")
ORACLE = ("DD-MON-YY",)


@pytest.mark.parametrize(
    ("formats", "text", "expected"),
    [
        (ISO, "2026-08-24", date(2026, 8, 24)),
        (ISO, "2022-2-01", date(2022, 2, 1)),
        (ISO, "2026/08/24", date(2026, 8, 24)),
        (ISO, "2026-08-24 00:00:00.000", date(2026, 8, 24)),
        (ISO, "2026-08-24T00:00:00.000Z", date(2026, 8, 24)),
        (ISO, "2026-02-30", None),
        (ISO, "2026-13-01", None),
        (ISO, "TBD", None),
        (ISO, "Fall 2026", None),
        (ISO, "SEP", None),
        (ISO, "46258", None),
        (ISO, "0/0/0", None),
        (ISO, "9999-12-31", None),
        (US, "7/9/2010", date(2010, 7, 9)),
        (US, "08/24/26", date(2026, 8, 24)),
        (US, "8/9/2026", date(2026, 8, 9)),
        (("DD/MM/YYYY",), "8/9/2026", date(2026, 9, 8)),
        (ORACLE, "24-AUG-26", date(2026, 8, 24)),
        (ORACLE, "24-Aug-26", date(2026, 8, 24)),
        (("DD-MON-YYYY",), "24-AUG-2026", date(2026, 8, 24)),
        (("MON DD YYYY",), "Aug 24, 2026", date(2026, 8, 24)),
        (("YYYYMMDD",), "20260824", date(2026, 8, 24)),
        (("excel",), "46258", date(2026, 8, 24)),
        (("unidata",), "21421", date(2026, 8, 24)),
    ],
)
def test_a_date_is_read_only_as_declared(formats, text, expected):
    found = parse_date(text, DateRule(formats=formats))

    assert (found.day if found else None) == expected


@pytest.mark.parametrize(("text", "year"), [("31-DEC-69", 2069), ("31-DEC-70", 1970), ("31-DEC-99", 1999)])
def test_m62_two_digit_years_follow_the_pivot(text, year):
    found = parse_date(text, DateRule(formats=ORACLE))

    assert found is not None
    assert found.day.year == year


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("start", "2026-12-11T00:00:00-07:00"),
        ("end", "2026-12-11T23:59:59-07:00"),
        ("before", "2026-12-10T23:59:59-07:00"),
        ("time", "2026-12-11T00:00:00-07:00"),
        ("end_time", "2026-12-11T23:59:59-07:00"),
    ],
)
def test_a_day_is_written_with_the_zones_offset(at, expected):
    assert canvas_time(Moment(date(2026, 12, 11)), DENVER, at) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-08-24 12:08:00", "2026-08-24T12:08:00-06:00"),
        ("2026-08-24T12:08:00Z", "2026-08-24T06:08:00-06:00"),
        ("2026-08-24T12:08:00-05:00", "2026-08-24T11:08:00-06:00"),
        ("2026-08-24 1:08 PM", "2026-08-24T13:08:00-06:00"),
    ],
)
def test_a_time_of_day_is_kept_where_it_is_asked_for(text, expected):
    moment = parse_date(text, DateRule(formats=ISO))

    assert moment is not None
    assert canvas_time(moment, DENVER, "time") == expected


def test_the_offset_is_that_of_the_day_across_the_change_of_clocks():
    days = [canvas_time(Moment(date(2026, 11, day)), DENVER, "start")[-6:] for day in (1, 2)]

    assert days == ["-06:00", "-07:00"]


TERMS = """\
mapping: test
needs:
  terms: {required: [id, name, first]}
dates:
  day: {formats: [MM/DD/YYYY], none: [0/0/0]}
canvas:
  terms:
    rows:
      from: terms
      columns:
        term_id: id
        name: name
        status: {text: active}
        start_date: {column: first, then: {date: day}}
"""


def test_m61_a_date_that_contradicts_the_declared_order_stops_the_drop(tmp_path):
    with pytest.raises(DropError) as caught:
        mapped(TERMS, tmp_path, {"terms.csv": "id,name,first\n1,a,8/9/2026\n2,b,24/8/2026\n"})

    assert caught.value.code == "dates-contradict"
    assert '"24/8/2026" cannot be MM/DD/YYYY' in str(caught.value)


@pytest.mark.parametrize("text", ["TBD", "2/30/2026", "46258"])
def test_m63_to_m65_what_is_no_date_refuses_its_row_and_keeps_what_canvas_has(tmp_path, text):
    roster = mapped(TERMS, tmp_path, {"terms.csv": f"id,name,first\n1,a,8/9/2026\n2,b,{text}\n"})

    assert rows(roster, "terms", "term_id") == [["1"]]
    assert codes(roster.findings) == [("date-unreadable", 3)]
    assert protected(roster, "table", "term_id") == [["terms", "2"]]


def test_m69_a_declared_placeholder_is_no_date(tmp_path):
    roster = mapped(TERMS, tmp_path, {"terms.csv": "id,name,first\n1,a,0/0/0\n"})

    assert rows(roster, "terms", "start_date") == [[""]]
