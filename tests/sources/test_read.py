import pytest

from pipeline.errors import DropError
from tests.sources.drops import cells, found, lines, make_drop, read, table, zipped

USERS = table("users", "id", "name", optional=("mail",), files=["users*.csv"])


@pytest.mark.parametrize(
    "value",
    [
        "00123",
        "7e5",
        "1_000",
        "1234567890123456789",
        "Null",
        "NA",
        "None",
        "True",
        "O'Brien",
        "Muñoz",
        "=Smith",
        "-",
        "😀",
        "علي",
        "x" * 300,
    ],
)
def test_a_value_comes_through_as_it_was_typed(tmp_path, value):
    tables = read(tmp_path, {"users.csv": f"id,name\n{value},{value}\n"}, tables=[USERS])

    assert (cells(tables, "users", "id"), cells(tables, "users", "name")) == ([value], [value])


def test_every_row_knows_its_physical_line_after_quoted_line_breaks_and_blank_lines(tmp_path):
    text = 'id,name\r\n1,"Topics:\r\nSpecial"\r\n\r\n2,b\r\n3,"c"\r\n'

    tables = read(tmp_path, {"users.csv": text}, tables=[USERS])

    assert lines(tables, "users") == [2, 5, 6]


def test_lines_are_counted_past_blank_lines_in_a_file_without_quotes(tmp_path):
    tables = read(tmp_path, {"users.csv": "id,name\n1,a\n\n\n2,b\n"}, tables=[USERS])

    assert lines(tables, "users") == [2, 5]


def test_only_the_columns_asked_for_are_read(tmp_path):
    tables = read(tmp_path, {"users.csv": "id,race,name,shoe\n1,x,Ada,39\n"}, tables=[USERS])

    assert list(tables.tables["users"].rows.columns) == ["id", "name", "file_no", "line_no"]


def test_files_of_one_kind_become_one_table_in_the_order_of_their_names(tmp_path):
    files = {"users-2.csv": "id,name,mail\n2,b,m\n", "users-1.csv": "id,name\n1,a\n"}

    tables = read(tmp_path, files, tables=[USERS])

    rows = tables.tables["users"].rows
    assert rows[["id", "mail", "file_no"]].values.tolist() == [["1", "", 0], ["2", "m", 1]]


def test_a_file_inside_an_archive_is_named_with_it(tmp_path):
    tables = read(tmp_path, {"export.zip": zipped({"autumn/users.csv": "id,name\n1,a\n"})}, tables=[USERS])

    assert [file.name for file in tables.files] == ["export.zip › autumn/users.csv"]


def test_a_torn_row_is_a_finding_and_a_protection_with_its_raw_text(tmp_path):
    tables = read(tmp_path, {"users.csv": "id,name\n1,a\n2,Castellanos, Jr.\n3,c\n"}, tables=[USERS])

    assert cells(tables, "users", "id") == ["1", "3"]
    assert lines(tables, "users") == [2, 4]
    assert found(tables) == [("row-width", 3)]
    assert tables.protections[["table", "raw", "reason", "line_no"]].values.tolist() == [
        ["*", "2,Castellanos, Jr.", "row-width", 3]
    ]


def test_a_files_rows_are_those_read_and_those_refused(tmp_path):
    tables = read(tmp_path, {"users.csv": "id,name\n1,a\n2,b,c\n3,c\n\n"}, tables=[USERS])

    assert tables.files[0].rows == 3
    assert tables.refused is not None
    assert tables.refused["line_no"].tolist() == [3]


def test_a_file_that_nothing_asks_for_is_told_and_not_read(tmp_path):
    tables = read(tmp_path, {"users.csv": "id,name\n1,a\n", "menu.csv": "dish,price\nsoup,3\n"}, tables=[USERS])

    assert found(tables) == [("file-not-asked-for", -1)]
    assert tables.files[0].rows == 1


def test_without_rules_every_file_is_a_table_under_its_own_name(tmp_path):
    tables = read(tmp_path, {"roster.txt": "A\tB\n1\t2\n"})

    assert cells(tables, "roster", "B") == ["2"]


def test_unknown_reading_rules_are_refused(tmp_path):
    with pytest.raises(ValueError, match="encodng"):
        read(tmp_path, {}, encodng="utf-8")


def test_a_drop_without_files_is_refused(tmp_path):
    with pytest.raises(DropError) as caught:
        read(tmp_path, {})

    assert caught.value.code == "drop-empty"


def test_a_file_that_vanished_is_told_as_unreadable(tmp_path):
    from pipeline.sources import SourceRules, read_drop

    drop = make_drop(tmp_path, {"users.csv": "id,name\n1,a\n"})
    drop.files[0].path.unlink()

    with pytest.raises(DropError) as caught:
        read_drop(drop, SourceRules.from_plain({}), work=tmp_path)

    assert caught.value.code == "file-unreadable"


def test_a_cell_of_200000_characters_is_read_whole(tmp_path):
    long = "x" * 200_000

    tables = read(tmp_path, {"users.csv": f"id,name\n1,{long}\n2,b\n"}, tables=[USERS])

    assert len(cells(tables, "users", "name")[0]) == 200_000


def test_a_record_longer_than_a_readers_block_is_read_whole(tmp_path):
    long = "x" * 9_000_000

    tables = read(tmp_path, {"users.csv": f"id,name\n1,{long}\n2,b\n"}, tables=[USERS])

    assert [len(cell) for cell in cells(tables, "users", "name")] == [9_000_000, 1]
