"""Entries of the catalogue of messy inputs that the mapping decides; those on single Canvas rows are decided by the checks."""

from tests.mapping.rosters import mapped, protected, rows
from tests.mapping.test_oneroster import make
from tests.sources.drops import codes, found, read, table

PEOPLE = """\
mapping: test
needs:
  people: {required: [id, name], optional: [mail]%s}
canvas:
  users:
    rows:
      from: people
      columns: {user_id: id, login_id: name, email: mail, status: {text: active}}
"""


def people(tmp_path, text, more=""):
    return mapped(PEOPLE % more, tmp_path, {"people.csv": text})


def test_m12_two_versions_of_one_list_hold(tmp_path):
    rows_of = [f"{n},p{n}" for n in range(10)]
    files = {
        "users.csv": "\n".join(["id,name", *rows_of, ""]),
        "users (1).csv": "\n".join(["id,name", *rows_of[:8], "99,x", ""]),
    }

    tables = read(tmp_path, files, tables=[table("users", "id", "name", files=["users*.csv"])])

    assert [code for code, _ in found(tables)] == ["files-alike"]


def test_m12_one_file_per_term_is_fine(tmp_path):
    files = {"e1.csv": "id,term\n1,A\n2,A\n", "e2.csv": "id,term\n1,B\n2,B\n"}

    tables = read(tmp_path, files, tables=[table("e", "id", "term")])

    assert found(tables) == []


def test_m27_a_mail_column_without_addresses_holds(tmp_path):
    roster = people(tmp_path, "id,name,mail\n" + "".join(f"{n},l{n},Okonkwo\n" for n in range(30)))

    assert ("mails-doubtful", -1) in codes(roster.findings)


def test_m35_a_line_break_in_a_name_becomes_a_blank(tmp_path):
    roster = people(tmp_path, 'id,name\n1,"Topics:\nSpecial"\n2,b\n')

    assert rows(roster, "users", "user_id", "login_id", "line_no") == [["1", "Topics: Special", 2], ["2", "b", 4]]
    assert codes(roster.findings) == [("line-break", 2)]


def test_m35_a_line_break_in_a_key_refuses_its_row(tmp_path):
    roster = people(tmp_path, 'id,name\n"1\n2",a\n3,b\n')

    assert rows(roster, "users", "user_id") == [["3"]]
    assert ("key-line-break", 2) in codes(roster.findings)


def test_m45_a_declared_word_for_nothing_is_blank_and_a_surname_null_stays(tmp_path):
    roster = people(
        tmp_path, "id,name,mail\n1,Null,NULL\nNo ID,b,b@x\n", ", blank_words: {mail: ['NULL'], id: [No ID]}"
    )

    assert rows(roster, "users", "user_id", "login_id", "email") == [["1", "Null", ""]]
    assert codes(roster.findings) == [("key-blank", 3)]


def test_m46_a_row_without_its_key_is_refused_and_protects_its_table(tmp_path):
    roster = people(tmp_path, "id,name\n,Abdi\n1,b\n")

    assert codes(roster.findings) == [("key-blank", 2)]
    assert protected(roster, "table", "user_id") == [["users", ""]]


def test_m50_the_same_person_twice_with_the_same_data_is_one_row(tmp_path):
    roster = people(tmp_path, "id,name,mail\n1,a,m\n1,a,m\n")

    assert (len(roster.tables["users"]), roster.sums[0].identical, len(roster.findings)) == (1, 1, 0)


def test_m51_the_same_person_twice_with_other_data_is_left_as_it_is(tmp_path):
    roster = people(tmp_path, "id,name,mail\n1,Pena,m\n1,Pena-Rivera,m\n")

    assert len(roster.tables["users"]) == 0
    assert protected(roster, "user_id") == [["1"], ["1"]]


def test_m56_an_unknown_status_word_of_a_handful_refuses_them(tmp_path):
    roster = make(tmp_path, enrollments=["E1,act ive,,K1,P1,student,,,"])

    assert codes(roster.findings) == [("code-unknown", 2)]


def test_m58_an_unmapped_role_refuses_its_rows(tmp_path):
    roster = make(tmp_path, enrollments=["E1,,,K1,P1,Waitlist Student,,,"])

    assert codes(roster.findings) == [("code-unknown", 2)]


def test_m59_neither_yes_nor_no_refuses_its_row(tmp_path):
    roster = make(tmp_path, users=["P1,,,maybe,student,ada,Ada,Vale,001,,"])

    assert ("code-unknown", 2) in codes(roster.findings)


def test_m70_half_given_dates_are_left_out(tmp_path):
    roster = make(tmp_path, options={"enrollment_dates": "yes"}, enrollments=["E1,,,K1,P1,student,,,2027-06-04"])

    assert rows(roster, "enrollments", "start_date", "end_date") == [["", ""]]


def test_m75_a_session_that_names_itself_is_told(tmp_path):
    sessions = ["T1,,,Fall,semester,2026-08-17,2026-12-18,T1,2027"]

    roster = make(tmp_path, academicSessions=sessions)

    told = roster.findings.loc[roster.findings["code"] == "parent-circle", "message"].tolist()
    assert told == [
        '"T1" in academicSessions names itself as a parent, at once or by way of others. It was treated as having none.'
    ]


def test_m79_dropped_and_enrolled_again_is_enrolled(tmp_path):
    roster = make(tmp_path, enrollments=["E1,active,,K1,P1,student,,,", "E2,tobedeleted,,K1,P1,student,,,"])

    assert rows(roster, "enrollments", "user_id", "status") == [["P1", "active"]]
    told = roster.findings.loc[roster.findings["code"] == "rows-merged", "message"].tolist()
    assert told == ['enrollments "K1 / P1 / student" comes more than once and differs: the row of line 2 was used.']


def test_m82_a_person_observing_themselves_is_no_pair(tmp_path):
    people_of = ["P1,,,true,student,ada,Ada,Vale,001,,", "G1,,,true,guardian,hel,Helena,Vale,,,G1"]

    roster = make(tmp_path, users=people_of)

    assert len(roster.tables["user_observers"]) == 0


def test_m84_the_same_term_once_per_school_becomes_one_by_option(tmp_path):
    sessions = ["A,,,Fall,semester,2026-08-17,2026-12-18,,2027", "B,,,Fall,semester,2026-08-17,2026-12-18,,2027"]
    classes = ["K1,,,a,C1,x,scheduled,S,A", "K2,,,b,C1,y,scheduled,S,B"]

    roster = make(tmp_path, options={"terms": "by_title"}, academicSessions=sessions, classes=classes)

    assert rows(roster, "terms", "term_id") == [["Fall 2026-08-17 2026-12-18"]]
    assert {row[0] for row in rows(roster, "courses", "term_id")} == {"Fall 2026-08-17 2026-12-18"}


def test_m90_a_manifest_of_version_1_and_another_heading_is_read(tmp_path):
    from pipeline.mapping import load_preset
    from tests.mapping.rosters import roster_of
    from tests.mapping.test_oneroster import HEADS, ROWS

    files = {name: "\n".join([HEADS[name], *lines, ""]) for name, lines in ROWS.items()}
    files["manifest.csv"] = "propertyName,propertyValue\nmanifest.version,1\nfile.users,bulk\n"

    roster = roster_of(load_preset("oneroster-1.1"), tmp_path, files)

    assert codes(roster.findings) == []
