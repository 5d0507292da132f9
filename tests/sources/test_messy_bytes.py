"""Entries M01 to M22 of the catalogue of messy inputs, as far as reading decides them."""

import pytest

from pipeline.errors import DropError
from tests.sources.drops import cells, found, lines, read, table

USERS = table("users", "id", "name", optional=("mail", "status"), files=["users*.csv"])


def error_of(tmp_path, files, **rules):
    with pytest.raises(DropError) as caught:
        read(tmp_path, files if isinstance(files, dict) else {"users.csv": files}, **{"tables": [USERS], **rules})
    return caught.value


def code_of(tmp_path, files, **rules):
    return error_of(tmp_path, files, **rules).code


def users(tmp_path, content, **rules):
    return read(tmp_path, {"users.csv": content}, **{"tables": [USERS], **rules})


def test_m02_a_cut_last_line_refuses_the_drop(tmp_path):
    error = error_of(tmp_path, "id,name,mail\n1,Ada,a@x\n2,Be")

    assert error.code == "file-cut"
    assert str(error).startswith("users.csv ends in the middle of line 3, with 2 of 3 values.")


def test_m02_a_quoted_cell_that_never_closes_at_the_end_refuses_the_drop(tmp_path):
    assert code_of(tmp_path, 'id,name\n1,Ada\n2,"Be') == "file-cut"


def test_m02_a_row_count_that_does_not_fit_refuses_the_drop(tmp_path):
    assert code_of(tmp_path, "id,name\n1,Ada\n", row_counts={"users.csv": 2}) == "row-count"


@pytest.mark.parametrize("cut", range(1, 31))
def test_m02_a_file_cut_anywhere_in_its_last_two_lines_is_refused_or_its_last_row_protected(tmp_path, cut):
    whole = "id,name,mail\n1,Ada,a@x.example\n2,Ben,b@x.example\n3,Cai,c@x.example\n"
    text = whole[:-cut]

    try:
        tables = users(tmp_path, text)
    except DropError:
        assert code_of(tmp_path, text) == "file-cut"
        return

    kept = cells(tables, "users", "id")
    complete = [line.split(",")[0] for line in whole.split("\n")[1:] if line and line + "\n" in text]
    assert kept == complete
    last = text.rsplit("\n", 1)[-1]
    assert tables.protections["raw"].tolist() == ([last] if last else [])


def test_g5_a_missing_final_line_end_refuses_when_the_file_before_had_one(tmp_path):
    assert code_of(tmp_path, "id,name\n1,Ada", previous={"users.csv": {"ends_with_newline": True}}) == "file-cut"


def test_g5_a_file_that_never_ends_in_a_line_end_is_used_whole_when_its_last_line_is_the_same_again(tmp_path):
    first = users(tmp_path, "id,name\n1,Ada\n2,Ben")
    facts = {"ends_with_newline": False, "last_line": first.files[0].last_line_sha256}

    second = users(tmp_path, "id,name\n1,Ada\n2,Ben", previous={"users.csv": facts})

    assert cells(first, "users", "id") == ["1"]
    assert cells(second, "users", "id") == ["1", "2"]


def test_g5_a_footer_with_the_right_count_vouches_for_the_last_line(tmp_path):
    tables = users(tmp_path, "id,name\n1,Ada\n2,Ben\n(2 rows affected)")

    assert (cells(tables, "users", "id"), found(tables)) == (["1", "2"], [])


def test_g5_in_a_delta_a_doubtful_last_line_holds(tmp_path):
    tables = users(tmp_path, "id,name\n1,Ada\n2,Ben", is_delta=True)

    assert tables.findings.loc[tables.findings["code"] == "last-line-open", "severity"].tolist() == ["hold"]


def test_g5_commands_without_a_feed_warn_and_use_the_last_line(tmp_path):
    tables = users(tmp_path, "id,name\n1,Ada\n2,Ben", unterminated="trust")

    assert (cells(tables, "users", "id"), found(tables)) == (["1", "2"], [("last-line-open", -1)])


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"\n\r\n\n", b"\x1a"], ids=["nothing", "bom", "lines", "control-z"]
)
def test_m03_an_empty_file_refuses_the_drop(tmp_path, content):
    assert code_of(tmp_path, content) == "file-empty"


def test_m04_a_header_without_rows_holds_a_full_export(tmp_path):
    tables = users(tmp_path, "id,name\n")

    assert tables.findings[["code", "severity"]].values.tolist() == [["file-no-rows", "hold"]]
    assert cells(tables, "users", "id") == []


def test_m04_a_header_without_rows_is_only_a_remark_in_a_delta(tmp_path):
    tables = users(tmp_path, "id,name", is_delta=True)

    assert tables.findings["severity"].tolist() == ["remark"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 ...", "a PDF document"),
        (
            b"<!DOCTYPE html><html><title>Your session has expired</title>",
            'a web page, not a table ("Your session has expired")',
        ),
        (b"<?xml version='1.0'?><enterprise/>", "XML"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"Rar!\x1a\x07", "an archive of a kind"),
    ],
    ids=["pdf", "html", "xml", "png", "elf", "rar"],
)
def test_m10_a_wrong_thing_is_told_by_what_it_is(tmp_path, content, said):
    error = error_of(tmp_path, content)

    assert error.code == "file-wrong-kind"
    assert said in str(error)


@pytest.mark.parametrize(
    "line",
    ["ORA-01555: snapshot too old", "SP2-0310: unable to open file", "Msg 208, Level 16, State 1", "Query timed out"],
)
def test_m11_a_database_error_in_the_rows_refuses_the_drop(tmp_path, line):
    error = error_of(tmp_path, f"id,name\n1,Ada\n{line}\n")

    assert error.code == "file-database-error"
    assert "line 3" in str(error)


def test_m11_a_value_that_only_holds_such_a_word_is_a_value(tmp_path):
    tables = users(tmp_path, "id,name\n1,Course ORA-10 advanced\n")

    assert cells(tables, "users", "name") == ["Course ORA-10 advanced"]


def test_m12_a_counter_or_date_in_the_name_does_not_hide_the_file(tmp_path):
    tables = read(tmp_path, {"users (1).csv": "id,name\n1,Ada\n"}, tables=[table("staff", "id", "name"), USERS])

    assert list(tables.tables) == ["users"]


def test_m14_windows_1252_is_converted_and_told_once(tmp_path):
    tables = users(tmp_path, "id,name\n1,Peña\n2,Writer’s\n".encode("cp1252"))

    assert cells(tables, "users", "name") == ["Peña", "Writer’s"]
    assert found(tables) == [("encoding-converted", -1)]


def test_m14_a_declared_encoding_is_used_without_a_word(tmp_path):
    tables = users(tmp_path, "id,name\n1,Muñoz\n".encode("cp1252"), encoding="cp1252")

    assert (cells(tables, "users", "name"), found(tables)) == (["Muñoz"], [])


def test_m14_a_byte_that_the_declared_encoding_lacks_refuses_the_drop(tmp_path):
    assert code_of(tmp_path, b"id,name\n1,\x81\n", encoding="cp1252") == "encoding-undecodable"


def test_m14_letters_that_look_wrong_in_windows_1252_hold(tmp_path):
    tables = users(tmp_path, "id,name\n1,Renée\n2,José\n3,Zoë\n".encode("mac_roman"))

    assert tables.findings["code"].tolist() == ["encoding-uncertain"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""], ids=["mark", "no mark"])
def test_m15_utf_16_is_converted(tmp_path, encoding, mark):
    tables = users(tmp_path, (mark + "id\tname\r\n1\tThị Minh\r\n").encode(encoding))

    assert cells(tables, "users", "name") == ["Thị Minh"]


def test_m16_mixed_encodings_refuse_the_drop_and_name_the_line(tmp_path):
    error = error_of(tmp_path, "id,name\n1,Peña\n".encode() + "2,Muñoz\n".encode("cp1252"))

    assert error.code == "encoding-mixed"
    assert "line 3" in str(error)


@pytest.mark.parametrize(
    "text",
    ["\ufeffid,name\n1,Ada\n", "\ufeff\ufeffid,name\n1,Ada\n", "id,name\n\ufeff1,Ada\n"],
    ids=["one", "two", "inside"],
)
def test_m17_byte_order_marks_are_stripped(tmp_path, text):
    assert cells(users(tmp_path, text), "users", "id") == ["1"]


def test_m18_every_mixture_of_line_ends_is_read(tmp_path):
    tables = users(tmp_path, "id,name\r\n1,a\n2,b\r3,c\r\n\x1a")

    assert (cells(tables, "users", "id"), lines(tables, "users")) == (["1", "2", "3"], [2, 3, 4])


def test_m18_control_z_says_that_the_writer_came_to_its_end(tmp_path):
    assert cells(users(tmp_path, "id,name\n1,a\n2,b\x1a"), "users", "id") == ["1", "2"]


def test_m19_letters_lost_upstream_are_told_and_sent(tmp_path):
    tables = users(tmp_path, "id,name\n1,Nguy?n\n2,Why?\n")

    assert (cells(tables, "users", "name"), found(tables)) == (["Nguy?n", "Why?"], [("letters-lost", 2)])


def test_m20_double_encoded_names_hold(tmp_path):
    tables = users(tmp_path, "id,name\n1,JosÃ©\n")

    assert tables.findings[["code", "severity"]].values.tolist() == [["letters-doubled", "hold"]]


def test_m21_invisible_characters_around_an_id_are_cleaned_and_told(tmp_path):
    tables = users(tmp_path, "id,name\n00048213\u00a0,a\n\u200b7,b\n8\t,c\n")

    assert cells(tables, "users", "id") == ["00048213", "7", "8"]
    assert found(tables) == [("invisible-characters", 2)]


def test_m21_blanks_around_a_value_are_trimmed_without_a_word(tmp_path):
    tables = users(tmp_path, "id , name\n 1,Ada \n")

    assert (cells(tables, "users", "id"), cells(tables, "users", "name"), found(tables)) == (["1"], ["Ada"], [])


def test_a_nul_character_refuses_the_drop(tmp_path):
    assert code_of(tmp_path, "id,name\n1,A\0da\n2,b\n3,c\n4,d\n") == "file-nul"


def test_m90_the_same_bytes_under_two_names_refuse_the_drop(tmp_path):
    assert code_of(tmp_path, {"users.csv": "id,name\n1,a\n", "users2.csv": "id,name\n1,a\n"}) == "file-copied"


def test_m92_a_private_column_is_not_read_and_named_once(tmp_path):
    spec = table("users", "id", optional=("password", "DOB"))

    tables = users(tmp_path, "id,password,DOB\n1,secret,2001-01-01\n", tables=[spec])

    assert list(tables.tables["users"].rows.columns) == ["id", "file_no", "line_no"]
    assert tables.findings["column"].tolist() == ["password", "DOB"]
    assert not tables.findings.astype(str).apply(lambda column: column.str.contains("secret")).to_numpy().any()


def test_m92_a_private_column_that_the_configuration_allows_is_read(tmp_path):
    tables = users(
        tmp_path, "id,password\n1,x\n", tables=[table("users", "id", optional=("password",))], allowed=["password"]
    )

    assert cells(tables, "users", "password") == ["x"]
