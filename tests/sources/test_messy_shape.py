"""Entries M23 to M40 of the catalogue of messy inputs."""

import pytest

from pipeline.errors import DropError
from tests.sources.drops import cells, found, lines, read, table

USERS = table("users", "id", "name", optional=("mail",), files=["users*.csv"])


def users(tmp_path, text, **rules):
    return read(tmp_path, {"users.csv": text}, **{"tables": [USERS], **rules})


def error_of(tmp_path, text, **rules):
    with pytest.raises(DropError) as caught:
        users(tmp_path, text, **rules)
    return caught.value


@pytest.mark.parametrize(
    "above",
    ["Fall 2026 roster - printed 24 Aug 2026\n\n", "sep=;\n", "#TYPE System.Data.DataRow\n"],
    ids=["title", "sep", "type"],
)
def test_m23_lines_above_the_header_are_passed_over(tmp_path, above):
    text = above + "id;name\n1;Ada\n"

    tables = users(tmp_path, text)

    assert (cells(tables, "users", "id"), lines(tables, "users")) == (["1"], [above.count("\n") + 2])


def test_m24_a_repeated_header_is_ignored(tmp_path):
    tables = users(tmp_path, "id,name\n1,a\nid,name\n2,b\n")

    assert (cells(tables, "users", "id"), found(tables)) == (["1", "2"], [("heading-repeated", 3)])


def test_m25_a_file_without_header_is_refused(tmp_path):
    with pytest.raises(DropError) as caught:
        read(tmp_path, {"users.csv": "155\tMA0901\tAlgebra I\n"}, tables=[USERS])

    assert caught.value.code == "header-missing"


def test_m25_a_file_without_header_is_read_by_declared_positions(tmp_path):
    spec = table("courses", "school", "code", "title", positions=["school", "code", "title"], files=["autosend*"])

    tables = read(tmp_path, {"autosend_v4.2": "155\tMA0901\tAlgebra I\n160\tMA0902\tAlgebra II\n"}, tables=[spec])

    assert (cells(tables, "courses", "code"), lines(tables, "courses")) == (["MA0901", "MA0902"], [1, 2])


@pytest.mark.parametrize("heading", ["ID", " id ", "Id.", "a_id"])
def test_m26_headings_may_differ_in_case_blanks_and_punctuation(tmp_path, heading):
    assert cells(users(tmp_path, f"{heading},name\n1,a\n"), "users", "id") == ["1"]


def test_m26_a_declared_alias_is_taken(tmp_path):
    spec = table("users", "id", "name", aliases={"id": ["Student ID"]})

    assert cells(users(tmp_path, "student_id,name\n1,a\n", tables=[spec]), "users", "id") == ["1"]


def test_m26_a_misspelt_required_heading_refuses_and_names_the_likely_one(tmp_path):
    spec = table("users", "user_id", "login_id", files=["users.csv"])

    error = error_of(tmp_path, "user_id,lgoin_id\n1,a\n", tables=[spec])

    assert str(error).startswith('users.csv has no column "login_id". There is a column "lgoin_id": is that the one?')


def test_m26_a_misspelt_optional_heading_is_told(tmp_path):
    spec = table("users", "user_id", "login_id", optional=["pronouns"])

    tables = users(tmp_path, "user_id,login_id,pronoun\n1,a,she\n", tables=[spec])

    assert found(tables) == [("column-misspelt", -1)]


def test_m27_columns_are_read_by_name_wherever_they_stand(tmp_path):
    assert cells(users(tmp_path, "name,mail,id\nAda,a@x,1\n"), "users", "id") == ["1"]


def test_m28_a_heading_twice_with_other_values_refuses_the_drop(tmp_path):
    error = error_of(tmp_path, "id,name,name\n1,a,b\n2,c,c\n")

    assert error.code == "column-twice"
    assert "disagree on 1 lines" in str(error)


def test_m28_a_heading_twice_with_the_same_values_is_one_column(tmp_path):
    assert cells(users(tmp_path, "id,name,name\n1,a,a\n"), "users", "name") == ["a"]


@pytest.mark.parametrize("at", [0, 1, 2], ids=["first", "middle", "last"])
def test_m29_one_cell_too_many_refuses_its_row_and_shifts_nothing(tmp_path, at):
    body = ["1,Ada", "2,Ben", "3,Cai"]
    body[at] = "9,Castellanos, Jr."

    tables = users(tmp_path, "\n".join(["id,name", *body, ""]))

    assert found(tables) == [("row-width", at + 2)]
    assert cells(tables, "users", "name") == [name for n, name in enumerate(["Ada", "Ben", "Cai"]) if n != at]


def test_m29_many_torn_rows_refuse_the_file(tmp_path):
    text = "id,name\n" + "1,Ada\n" * 500 + "2,Castellanos, Jr.\n" * 20 + "3,Cai\n"

    assert error_of(tmp_path, text).code == "rows-unreadable"


def test_m30_a_cell_too_few_refuses_its_row(tmp_path):
    tables = users(tmp_path, "id,name,mail\n1,Ada\n2,Ben,b\n")

    assert (cells(tables, "users", "id"), found(tables)) == (["2"], [("row-width", 2)])


def test_m30_missing_optional_cells_at_the_end_are_blank_where_declared(tmp_path):
    tables = users(tmp_path, "id,name,mail\n1,Ada\n2,Ben,b\n3\n4,Dee,d\n", tables=[{**USERS, "short_rows": True}])

    assert cells(tables, "users", "mail") == ["", "b", "d"]
    assert lines(tables, "users") == [2, 3, 5]
    assert found(tables) == [("row-width", 4)]


@pytest.mark.parametrize("header", ["id|name", "id|name|"], ids=["rows only", "header too"])
def test_m31_a_trailing_delimiter_on_every_row_is_no_cell(tmp_path, header):
    tables = users(tmp_path, header + "\n1|Ada|\n2|Ben|\n")

    assert (cells(tables, "users", "id"), cells(tables, "users", "name")) == (["1", "2"], ["Ada", "Ben"])


def test_m31_a_trailing_delimiter_on_some_rows_refuses_those(tmp_path):
    tables = users(tmp_path, "id|name\n1|Ada|\n2|Ben\n3|Cai\n")

    assert (cells(tables, "users", "id"), found(tables)) == (["2", "3"], [("row-width", 2)])


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";", "^"])
def test_m32_the_delimiter_is_found_by_the_columns(tmp_path, delimiter):
    text = f"id{delimiter}name\n1{delimiter}Ada\n"

    assert cells(users(tmp_path, text), "users", "name") == ["Ada"]


def test_m33_quotes_that_are_not_doubled_refuse_their_row_alone(tmp_path):
    tables = users(tmp_path, 'id,name\n1,Ada\n2,"English "Writing" Center"\n3,"Cai, C."\n')

    assert (cells(tables, "users", "id"), found(tables)) == (["1", "3"], [("row-quotes", 3)])


def test_m33_an_open_quote_in_the_middle_refuses_its_row_alone(tmp_path):
    tables = users(tmp_path, 'id,name\n1,"Ada\n2,Ben\n3,Cai\n')

    assert (cells(tables, "users", "id"), found(tables)) == (["2", "3"], [("row-quotes", 2)])


def test_m33_quotes_are_letters_in_tab_text_that_does_not_quote(tmp_path):
    tables = users(tmp_path, 'id\tname\n1\tFern "Mac" McAllister\n2\t5" pipe\n')

    assert cells(tables, "users", "name") == ['Fern "Mac" McAllister', '5" pipe']


def test_m34_a_blank_before_a_quote_refuses_its_row(tmp_path):
    tables = users(tmp_path, 'id,name\n1, "Lee, Ann"\n2,"Ito, Ben"\n')

    assert (cells(tables, "users", "id"), found(tables)) == (["2"], [("row-quotes", 2)])


def test_m34_a_blank_before_every_quote_is_read_as_meant(tmp_path):
    tables = users(tmp_path, 'id,name\n1, "Lee, Ann"\n2, "Ito, Ben"\n')

    assert (cells(tables, "users", "name"), found(tables)) == (["Lee, Ann", "Ito, Ben"], [("blank-before-quotes", -1)])


def test_m36_a_row_broken_in_two_refuses_both_pieces(tmp_path):
    tables = users(tmp_path, "id,name,mail\n1,Ada,a\n2,Be\nn,b\n3,Cai,c\n")

    assert (cells(tables, "users", "id"), found(tables)) == (["1", "3"], [("row-width", 3), ("row-width", 4)])


@pytest.mark.parametrize(
    "footer",
    ["(2 rows affected)", "2 rows selected.", "Total\t2", "-- end of report --", "\nSQL> spool off"],
    ids=range(5),
)
def test_m37_a_footer_is_no_row(tmp_path, footer):
    tables = users(tmp_path, f"id,name\n1,a\n2,b\n\n{footer}\n")

    assert (cells(tables, "users", "id"), found(tables)) == (["1", "2"], [])


def test_m37_a_footer_that_states_another_count_refuses_the_drop(tmp_path):
    error = error_of(tmp_path, "id,name\n1,a\n2,b\n(1,234 rows affected)\n")

    assert str(error).startswith("users.csv says it has 1,234 rows, but 2 were found. It is incomplete.")


def test_m37_a_sum_with_cells_of_its_own_is_no_row(tmp_path):
    assert cells(users(tmp_path, "id,name,mail\n1,a,m\n2,b,m\nTotal,,2\n"), "users", "id") == ["1", "2"]


@pytest.mark.parametrize("rule", ["---,-----", "--------", "---------- ----------"])
def test_m38_dashes_under_the_header_are_no_row(tmp_path, rule):
    assert cells(users(tmp_path, f"id,name\n{rule}\n1,a\n"), "users", "id") == ["1"]


def test_m40_rows_of_nothing_are_no_rows(tmp_path):
    tables = users(tmp_path, "id;name\n1;a\n;\n  ;  \n;;;;\n   \n2;b\n;\n;\n")

    assert (cells(tables, "users", "id"), lines(tables, "users"), tables.files[0].rows) == (["1", "2"], [2, 7], 2)


def test_two_rows_equal_but_for_a_blank_are_equal(tmp_path):
    assert cells(users(tmp_path, "id,name\n1,a\n1,a \n"), "users", "name") == ["a", "a"]
