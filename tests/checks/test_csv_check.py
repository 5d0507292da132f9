import tracemalloc
import zipfile

import pytest

from pipeline.checks import check_canvas_csvs, exit_code, findings_json
from pipeline.checks.predict.records import Malformed, header_of, read_records
from tests.checks.uploads import check_upload, csv_text, said, upload

USERS = "user_id,login_id,full_name,status\n"
ADA = "U-1,ada,Ada Moreno,active\n"


def rows_of(text):
    records = read_records(text)
    return records.rows.to_dict("records"), list(records.numbers), list(records.lines)


def test_record_numbers_pass_over_empty_lines_and_lines_do_not():
    rows, numbers, lines = rows_of("a,b\n1,2\n\n3,4\n,\n5,6\n")

    assert ([row["a"] for row in rows], numbers, lines) == (["1", "3", "5"], [2, 3, 5], [2, 4, 6])


def test_line_break_inside_quotes_is_one_record():
    rows, numbers, lines = rows_of('a,b\n"1\n1",2\n3,4\n')

    assert ([row["a"] for row in rows], numbers, lines) == (["1\n1", "3"], [2, 3], [2, 4])


def test_doubled_quotes_are_one():
    assert rows_of('a\n"say ""yes"""\n')[0] == [{"a": 'say "yes"'}]


@pytest.mark.parametrize(
    "text",
    ['a,b\n1,x"y\n', 'a,b\n1, "y"\n', 'a,b\n"1"x,2\n', 'a,b\n"1,2\n', "a,b\r\n1,2\n3,4\r\n", "a,b\n1,2\r\n", 'a,b\n"1",2\r\n3,"4"\n'],
    ids=["quote inside", "blank before quote", "text after quote", "never closed", "CRLF then LF", "LF then CRLF", "mixed with quotes"],
)  # fmt: skip
def test_what_canvas_cannot_read_is_malformed(text):
    with pytest.raises(Malformed):
        read_records(text)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_one_line_ending_throughout_is_right(ending):
    assert len(rows_of(ending.join(["a,b", "1,2", '"3",4', ""]))[0]) == 2


def test_short_rows_read_as_empty_and_long_ones_lose_their_end():
    rows, *_ = rows_of("a,b\n1\n2,3,4\n")

    assert rows == [{"a": "1", "b": ""}, {"a": "2", "b": "3"}]


def test_first_of_two_columns_with_one_name_counts():
    assert rows_of("a,A\n1,2\n")[0] == [{"a": "1"}]


def test_byte_order_mark_is_removed_once():
    assert header_of("\ufeffuser_id,login_id\n") == ["user_id", "login_id"]


def test_values_are_trimmed_of_ascii_blanks_and_nul_alone():
    assert rows_of("a,b\n \x0b1\t\0,\u00a02\n")[0] == [{"a": "1", "b": "\u00a02"}]


def test_line_separator_of_unicode_is_no_line_end():
    assert rows_of("a\n1\u2028\u0085x\n")[0] == [{"a": "1\u2028\u0085x"}]


def test_findings_name_the_physical_line_and_the_record(tmp_path):
    result = check_upload(tmp_path, users=USERS + "\n" + ADA + "\nU-2,,Bo,active\n")

    finding = result.findings.iloc[0]
    assert (finding["line_no"], finding["canvas_row"], finding["code"]) == (5, 3, "user-without-login")


def test_file_names_are_paths_inside_the_upload(tmp_path):
    folder = tmp_path / "in"
    upload(folder / "north", users=USERS + "U-2,,Bo,active\n")

    listed = findings_json(*_parts(check_canvas_csvs([folder])))

    assert listed["findings"][0]["file"] == "north/users.csv"


def _parts(result):
    return result.findings, result.files


def test_json_has_the_message_of_canvas_to_the_letter(tmp_path):
    listed = findings_json(*_parts(check_upload(tmp_path, users=USERS + "U-2,,Bo,active\n")))

    assert listed["version"] == 1
    assert listed["findings"][0]["canvas"] == {
        "message": "No login_id given for user U-2",
        "row": 2,
        "severity": "warning",
    }
    assert listed["counts"] == {"error": 1, "hold": 0, "warning": 0, "remark": 0}


def test_json_has_null_where_canvas_says_nothing(tmp_path):
    listed = findings_json(*_parts(check_upload(tmp_path, terms="term_id,name,status,end_date\nT-1,Fall,active,TBD\n")))

    assert [(one["code"], one["canvas"]) for one in listed["findings"]] == [("term-doubtful-date", None)]


@pytest.mark.parametrize(
    ("users", "code"),
    [
        (USERS + ADA, 0),
        (USERS + "U-1,ada,=1+2,active\n", 0),
        (USERS + "U-2,,Bo,active\n", 4),
        (USERS + "12.0,ada,Ada,active\n", 3),
        (USERS + '12.0,a"da,Ada,active\n', 1),
    ],
    ids=["clean", "a remark", "a row refused", "a person decides", "not readable"],
)
def test_exit_code_says_what_became_of_it(tmp_path, users, code):
    assert check_upload(tmp_path, users=users).exit_code == code


def test_exit_code_of_findings_alone_is_the_same(tmp_path):
    result = check_upload(tmp_path, users=USERS + "U-2,,Bo,active\n")

    assert exit_code(result.findings) == result.exit_code


def test_earlier_uploads_are_known(tmp_path):
    known = [{"users": [{}], "courses": [{"account_id": "", "term_id": ""}]}]

    assert said(check_upload(tmp_path, known, enrollments=[{"section_id": ""}])) == []


def test_later_known_uploads_win(tmp_path):
    known = [{"users": [{}]}, {"users": [{"login_id": "other"}]}]

    assert said(check_upload(tmp_path, known, users=[{"user_id": "U-2"}])) == []


def test_known_rows_need_not_be_complete(tmp_path):
    known = [{"sections": [{}]}, {"users": [{}]}]

    assert said(check_upload(tmp_path, known, enrollments=[{}])) == []


def test_one_broken_file_leaves_the_others_readable(tmp_path):
    result = check_upload(tmp_path, users=USERS + 'U-1,a"da,Ada,active\n', terms="term_id,name,status\n,Fall,active\n")

    assert said(result) == [(-1, "Malformed CSV"), (2, "No term_id given for a term")]


def test_zip_inside_a_zip_is_skipped_with_a_word(tmp_path):
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner.zip", b"PK")
        archive.writestr("users.csv", USERS + ADA)

    assert said(check_canvas_csvs([path])) == [(-1, "Skipping unknown file type")]


def test_leftovers_of_other_systems_are_passed_over(tmp_path):
    path = tmp_path / "upload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("__MACOSX/._users.csv", ".hidden.csv", "in/.git/config", "Desktop DB"):
            archive.writestr(name, b"x")

    assert check_canvas_csvs([path]).files == ()


def test_types_are_imported_in_their_order_whatever_the_files_are_called(tmp_path):
    files = {"a": csv_text([{"course_id": "C-1", "user_id": "U-1", "role": "student", "status": "active"}]), "z": USERS + ADA,
             "m": "course_id,short_name,long_name,status\nC-1,C,Course,active\n"}  # fmt: skip

    assert said(check_upload(tmp_path, **files)) == []


def test_a_break_off_names_no_row_and_ends_what_canvas_says_of_the_file(tmp_path):
    terms = f"term_id,name,status\n,Fall,active\nT-1,{'W' * 256},active\n,Fall,active\n"

    result = check_upload(tmp_path, terms=terms)

    assert said(result) == [
        (-1, "Error while importing CSV. Please contact support. (Error report 1)"),
        (2, "No term_id given for a term"),
    ]


def test_a_million_empty_lines_take_no_room(tmp_path):
    path = tmp_path / "users.csv"
    path.write_text(USERS + "\n" * 1_000_000 + "U-2,,Bo,active\n")

    tracemalloc.start()
    result = check_canvas_csvs([path])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert list(result.findings["line_no"]) == [1_000_002]
    assert peak < 20_000_000


def test_five_hundred_columns_are_told_and_read(tmp_path):
    names = ",".join(f"extra_{n}" for n in range(500))
    result = check_upload(
        tmp_path, users=f"user_id,login_id,full_name,status,{names}\n" + ADA.strip() + "," * 500 + "\n"
    )

    assert set(result.findings["code"]) == {"file-unknown-column"}
    assert len(result.findings) <= 20


def test_a_cell_of_a_million_characters_is_a_finding(tmp_path):
    result = check_upload(tmp_path, users=USERS + f"U-1,ada,{'A' * 1_000_000},active\n")

    assert list(result.findings["code"]) == ["user-name-too-long"]
    assert result.findings["value"].str.len().max() <= 1000
