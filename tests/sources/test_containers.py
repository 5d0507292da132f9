"""Workbooks, JSON and columns of fixed width."""

import io
from datetime import date

import openpyxl
import pytest

from pipeline.errors import DropError
from tests.sources.drops import cells, found, lines, read, table, zipped

ROSTER = table("roster", "Student ID", "Last", optional=("Start date",))
PEOPLE = table("people", "id", "name", files=["*.rpt"])


def workbook(*rows, hidden=None, title="Students"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    if hidden:
        extra = book.create_sheet(hidden)
        extra.append(["Student ID", "Last"])
        extra.sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def code_of(tmp_path, name, content, *tables):
    with pytest.raises(DropError) as caught:
        read(tmp_path, {name: content}, tables=list(tables))
    return caught.value.code


def test_a_workbook_is_read_sheet_row_by_sheet_row(tmp_path):
    book = workbook(
        ["Roster, printed today"], [], ["Student ID", "Last", "Start date"], ["00048213", "Okonkwo", date(2026, 8, 24)]
    )

    tables = read(tmp_path, {"roster.xlsx": book}, tables=[ROSTER])

    assert (cells(tables, "roster", "Student ID"), cells(tables, "roster", "Start date")) == (
        ["00048213"],
        ["2026-08-24"],
    )
    assert (lines(tables, "roster"), tables.files[0].name) == ([4], "roster.xlsx › Students")


def test_m41_numbers_among_text_ids_of_a_workbook_are_told(tmp_path):
    rows = [["Student ID", "Last"], ["00048213", "a"], [48214, "b"], [48215, "c"]]

    tables = read(tmp_path, {"roster.xlsx": workbook(*rows)}, tables=[ROSTER])

    assert cells(tables, "roster", "Student ID") == ["00048213", "48214", "48215"]
    assert found(tables) == [("cells-are-numbers", -1)]


def test_m42_a_number_with_more_digits_than_excel_keeps_is_shown_as_such(tmp_path):
    rows = [["Student ID", "Last"], [92000000000001234567, "a"]]

    tables = read(tmp_path, {"roster.xlsx": workbook(*rows)}, tables=[ROSTER])

    assert cells(tables, "roster", "Student ID") == ["9.2000000000E+19"]


def test_a_hidden_sheet_is_left_out_and_told(tmp_path):
    book = workbook(["Student ID", "Last"], ["1", "a"], hidden="old")

    tables = read(tmp_path, {"roster.xlsx": book}, tables=[ROSTER])

    assert (len(tables.files), found(tables)) == (1, [("sheet-hidden", -1)])


def test_a_sheet_that_nothing_asks_for_is_passed_over(tmp_path):
    book = openpyxl.load_workbook(io.BytesIO(workbook(["Student ID", "Last"], ["1", "a"])))
    book.create_sheet("Notes").append(["do not edit"])
    buffer = io.BytesIO()
    book.save(buffer)

    tables = read(tmp_path, {"roster.xlsx": buffer.getvalue()}, tables=[ROSTER])

    assert (cells(tables, "roster", "Last"), found(tables)) == (["a"], [])


def test_a_damaged_workbook_is_refused(tmp_path):
    assert code_of(tmp_path, "roster.xlsx", workbook(["Student ID", "Last"])[:-200], ROSTER) == "archive-damaged"


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path):
    bomb = zipped({"[Content_Types].xml": b" " * 10, "xl/workbook.xml": b" " * 20_000_000})

    assert code_of(tmp_path, "roster.xlsx", bomb, ROSTER) == "archive-too-large"


def test_json_records_keep_their_numbers_and_the_line_they_begin_on(tmp_path):
    text = '[\n {"id": 255901001, "name": "A"},\n {"id": 1e5, "name": null}\n]\n'

    tables = read(tmp_path, {"people.txt": "\ufeff" + text}, tables=[PEOPLE])

    assert (cells(tables, "people", "id"), cells(tables, "people", "name")) == (["255901001", "1e5"], ["A", ""])
    assert lines(tables, "people") == [2, 3]


def test_an_array_inside_a_record_is_a_table_with_the_records_values(tmp_path):
    text = '[{"code": "S1", "birthDate": "x", "students": [{"uid": "1"}, {"uid": "2"}]},\n{"code": "S2", "students": [{"uid": "1"}]}]'
    spec = table("members", "uid", "parent.code")

    tables = read(tmp_path, {"sections.json": text}, tables=[spec])

    rows = tables.tables["members"].rows[["parent.code", "uid", "line_no"]].values.tolist()
    assert rows == [["S1", "1", 1], ["S1", "2", 1], ["S2", "1", 2]]


def test_a_government_number_in_json_is_dropped_by_its_type(tmp_path):
    text = '[{"id": "1", "codes": [{"system": "SSN", "code": "575441977"}, {"system": "Local", "code": "704"}]}]'

    tables = read(tmp_path, {"p.json": text}, tables=[table("codes", "system", "code")])

    assert cells(tables, "codes", "code") == ["704"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": 1}',
        '{"id": 1}',
        '[{"id": NaN}]',
        '[{"id": 1, "id": 2}]',
        "[[1]]",
        '[{"id":1}] [{"id":2}]',
        '[{"a":' * 2000,
    ],
    ids=["cut", "object", "nan", "repeated key", "no record", "two arrays", "deep"],
)
def test_json_that_is_no_array_of_records_is_refused(tmp_path, text):
    assert code_of(tmp_path, "people.json", text, PEOPLE) == "json-unreadable"


RPT = (
    "id         name            mail      \n"
    "---------- --------------- ----------\n"
    "00048213   Okonkwo         a@x.ex    \n"
    "00048214   van der Berg              \n"
    "\n"
    "(2 rows affected)\n"
)


def test_m39_columns_of_fixed_width_are_cut_by_the_dashes(tmp_path):
    tables = read(tmp_path, {"roster.rpt": RPT.replace("\n", "\r\n")}, tables=[PEOPLE])

    assert (cells(tables, "people", "id"), cells(tables, "people", "name")) == (
        ["00048213", "00048214"],
        ["Okonkwo", "van der Berg"],
    )
    assert lines(tables, "people") == [3, 4]


def test_m39_a_row_that_does_not_fit_the_widths_is_refused(tmp_path):
    pushed = "00048299   Wolfeschlegelsteinhausen c@x.ex\n"
    text = RPT.replace("\n\n", "\n" + pushed + "\n").replace("(2 rows", "(3 rows")

    tables = read(tmp_path, {"roster.rpt": text}, tables=[PEOPLE])

    assert (cells(tables, "people", "id"), found(tables)) == (["00048213", "00048214"], [("row-width", 5)])
    assert tables.protections["raw"].tolist() == [pushed.strip()]


def test_fixed_width_by_a_declared_layout(tmp_path):
    layout = [{"name": "id", "start": 1, "width": 8}, {"name": "name", "start": 9, "width": 10}]
    spec = {**PEOPLE, "layout": layout, "files": ["hr*.dat"]}

    tables = read(tmp_path, {"hr01.dat": "00048213Okonkwo   \n00048214Peña      \n"}, tables=[spec])

    assert (cells(tables, "people", "id"), cells(tables, "people", "name")) == (
        ["00048213", "00048214"],
        ["Okonkwo", "Peña"],
    )
    assert lines(tables, "people") == [1, 2]
