"""Uploads: zips and single files, names, types by header, numbers of rows, segments, results."""

import io
import zipfile

import pytest

from tests.sandbox.engine.account import accounts, courses, enrollments, sections, users, zipped

ADA = "ada,ada,Ada,active,,"
HEADER = "user_id,login_id,full_name,status"


def test_single_csv_is_imported_under_its_own_name(account):
    outcome = account.sent(b"user_id,login_id,full_name,status\n,x,X,active\n", name="north/people.CSV")

    assert outcome.messages == [("people.CSV", 2, "No user_id given for a user", False)]


@pytest.mark.parametrize("name", ["users.txt", "users", "users.csv.gz"])
def test_other_extension_imports_nothing_and_says_nothing(account, name):
    outcome = account.sent(users(ADA)["users.csv"].encode(), name=name)

    assert (outcome.state, outcome.messages, outcome.counts) == ("imported", [], {})


def test_hidden_and_desktop_files_are_ignored_silently(account):
    outcome = account.imported(
        {
            ".hidden.csv": "x",
            "folder/.hidden.csv": "x",
            ".git/users.csv": "x",
            "__MACOSX/users.csv": "x",
            "Desktop DB": "x",
            "empty.csv": "",
            "blank.csv": "\n\n",
            **users(ADA),
        }
    )

    assert (outcome.state, outcome.counts) == ("imported", {"users": 1})


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_unsafe_and_repeated_entries_are_dropped_silently(account):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../users.csv", f"{HEADER}\nx,x,X,active\n")
        archive.writestr("users.csv", f"{HEADER}\nada,ada,Ada,active\n")
        archive.writestr("users.csv", f"{HEADER}\nbo,bo,Bo,active\n")
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "users.csv")

    outcome = account.sent(buffer.getvalue(), name="upload.zip")

    assert (outcome.messages, outcome.counts) == ([], {"users": 1})
    assert account.row("users", user_id="ada")["name"] == "Ada"


def test_files_of_one_type_are_imported_in_the_order_of_their_paths(account):
    outcome = account.imported(
        {"b.csv": f"{HEADER}\nada,ada,From b,active\n", "B.csv": f"{HEADER}\nada,ada,From B,active\n"}
    )

    assert outcome.counts == {"users": 2}
    assert account.row("users", user_id="ada")["name"] == "From b"


def test_types_are_imported_in_canvas_order_whatever_the_names(account):
    outcome = account.imported(
        {
            "1.csv": enrollments("c,s,ada,student,active")["enrollments.csv"],
            "2.csv": users(ADA)["users.csv"],
            "3.csv": sections("s,c,S,active,,,")["sections.csv"],
            "4.csv": courses("c,C,C,active,a,")["courses.csv"],
            "5.csv": accounts("a,,A,active,")["accounts.csv"],
        }
    )

    assert outcome.messages == []
    assert outcome.data["supplied_batches"] == ["account", "course", "section", "user", "enrollment"]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("user_id,login_id,course_id", "user"),
        ("USER_ID, Login_Id ,extra", "user"),
        ("old_id,user_id,login_id", "change_sis_id"),
        ("section_id,name,term_id", "term"),
        ("section_id,name,course_id,user_id", "section"),
        ("group_id,user_id,course_id", "enrollment"),
        ("group_id,user_id,account_id", "admin"),
        ("group_id,user_id", "group_membership"),
        ("user_id,login_id,existing_user_id", "login"),
        ("tag_id,name", "differentiation_tag"),
    ],
)
def test_header_decides_the_type(account, header, kind):
    assert account.imported({"any.csv": f"{header}\n"}).data["supplied_batches"] == [kind]


@pytest.mark.parametrize(
    "header", ["account_id,name", "user_id;login_id", "user_id\tlogin_id", " , \nuser_id,login_id"]
)
def test_header_of_no_type_is_told(account, header):
    assert account.imported({"any.csv": f"{header}\n"}).says == ["- Couldn't find Canvas CSV import headers"]


def test_2022_knows_no_tags(account_2022):
    outcome = account_2022.imported({"any.csv": "tag_id,name\n"})

    assert outcome.says == ["- Couldn't find Canvas CSV import headers"]
    assert "differentiation_tags" not in outcome.data["counts"]


def test_first_of_two_columns_of_one_name_counts(account):
    account.imported({"users.csv": f"{HEADER},full_name\nada,ada,First,active,Second\n"})

    assert account.row("users", user_id="ada")["name"] == "First"


def test_short_and_long_rows_are_read(account):
    outcome = account.imported(
        {"users.csv": "user_id,login_id,status,full_name\nada,ada,active\nbo,bo,active,Bo,x,y\n"}
    )

    assert (outcome.messages, outcome.counts) == ([], {"users": 2})


def test_rows_are_numbered_as_records(account):
    content = f'{HEADER}\n\n"a\nb",x,X,active\n\n,,,\n  \n,y,Y,active\n'

    outcome = account.imported({"users.csv": content})

    assert outcome.says == ["5 No user_id given for a user"]


def test_unicode_blanks_alone_are_null_and_at_the_ends_kept(account):
    outcome = account.imported({"users.csv": f"{HEADER}\n\u00a0,x,X,active\nada\u00a0,ada,\u2003,active\n"})

    assert outcome.says == ["2 No user_id given for a user"]
    assert account.row("users", user_id="ada\u00a0")["name"] == "ada"


def test_nul_at_the_ends_is_trimmed(account):
    account.imported({"users.csv": f"{HEADER}\n\0ada\0,ada,Ada,active\n"})

    assert account.row("users", user_id="ada")["login_id"] == "ada"


def test_hundred_duplicates_are_taken_out_first(account):
    rows = ["ada,ada,Ada,active,,", "bad,,Bad,active,,", *["bo,bo,Bo,active,,"] * 101]

    outcome = account.imported(users(*rows))

    assert outcome.messages == [("users_deduplicated.csv", 3, "No login_id given for user bad", False)]
    assert outcome.counts["users"] == 2


def test_ninety_nine_duplicates_stay(account):
    outcome = account.imported(users(*["bo,bo,Bo,active,,"] * 100))

    assert outcome.counts["users"] == 100


def test_repeated_header_moves_to_its_last_place_and_spoils_the_file(account):
    content = users(*["bo,bo,Bo,active,,"] * 100)["users.csv"]

    outcome = account.imported({"users.csv": users(ADA)["users.csv"] + content})

    assert outcome.messages == [("users_deduplicated.csv", None, "Couldn't find Canvas CSV import headers", True)]


def test_2022_keeps_duplicates(account_2022):
    assert account_2022.imported(users(*["bo,bo,Bo,active,,"] * 200)).counts["users"] == 200


@pytest.mark.parametrize(("rows", "file", "immediate"), [(49, "north/users.csv", True), (50, "users.csv", False)])
def test_small_imports_name_the_path_and_larger_ones_the_bare_name(account, rows, file, immediate):
    lines = [f"u{n},u{n},U,active,," for n in range(rows - 1)]

    outcome = account.imported({"north/users.csv": users(*lines, ",x,X,active,,")["users.csv"]})

    assert outcome.messages == [(file, rows + 1, "No user_id given for a user", False)]
    assert outcome.data["running_immediately"] is immediate


def test_json_holds_24_messages_of_a_kind_and_a_summary(account):
    outcome = account.imported(users(*[f",x{n},X,active,," for n in range(30)]))

    shown = outcome.values["processing_warnings"]
    assert shown.count("No user_id given") == 24
    assert 'and 6 more warnings that were not included", "Download the error file to see all warnings."' in shown
    assert outcome.values["processing_errors"] is None


def test_error_file_holds_every_message(account):
    outcome = account.imported(users(*[f",x{n},X,active,," for n in range(30)]))

    lines = account.engine.attachment_content(outcome.values["errors_attachment_id"]).decode().splitlines()

    assert lines[0] == "sis_import_id,file,message,row"
    assert lines[1] == f"{outcome.id},users.csv,No user_id given for a user,2"
    assert len(lines) == 31


def test_statistics_count_changes_of_state(account):
    account.imported(users(ADA, "bo,bo,Bo,active,bo@example.edu,") | courses("c,C,C,active,,"))

    outcome = account.imported(users("bo,bo,Bo,deleted,,") | courses("c,C,C,completed,,", "d,D,D,active,,"))

    figures = outcome.data["statistics"]
    assert figures["total_state_changes"] == 3
    assert figures["Pseudonym"] == {"created": 0, "restored": 0, "deleted": 1}
    assert figures["Course"] == {"created": 1, "restored": 0, "concluded": 1, "deleted": 0}
    assert list(figures)[1:4] == ["Account", "EnrollmentTerm", "AbstractCourse"]


def test_unpacked_files_can_be_downloaded_without_passwords(account):
    files = {
        "a/users.csv": "user_id,login_id,password,status\nada,ada,secret-word,active\n",
        **courses("c,C,C,active,,"),
    }

    outcome = account.imported(files)

    with account.engine.database.read() as cursor:
        rows = cursor.execute("SELECT * FROM attachments WHERE import_id = ? ORDER BY id", (outcome.id,)).fetchall()
    content = {row["display_name"]: account.engine.attachment_content(row["id"]) for row in rows}
    assert content["users_filtered.csv"] == b"user_id,login_id,status\nada,ada,active\n"
    assert content["courses.csv"] == courses("c,C,C,active,,")["courses.csv"].encode()
    assert outcome.data["downloadable_attachment_ids"] == [row["id"] for row in rows]


def test_row_with_a_message_is_kept_as_csv_with_its_number(account):
    outcome = account.imported(accounts('a,"no, one",A,active,'))

    with account.engine.database.read() as cursor:
        info = cursor.execute("SELECT row_info FROM messages WHERE import_id = ?", (outcome.id,)).fetchone()[0]
    assert info == 'a,"no, one",A,active,,2\n'


def test_zip_of_exactly_a_hundred_times_its_size_is_unpacked(account):
    content = zipped({"users.csv": users(ADA)["users.csv"], "fill.txt": "x"})

    assert account.sent(content, name="upload.zip").state == "imported_with_messages"
