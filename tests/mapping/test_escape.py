"""Tables by SQL and by Python."""

import pytest

from pipeline.errors import SettingsError
from pipeline.mapping import load_mapping
from tests.mapping.rosters import mapped, roster_of, rows
from tests.sources.drops import codes

TEXT = """\
mapping: test
needs:
  people: {required: [id, name], optional: [mail]}
tables:
  wanted:
    %s
    returns: [id, login]
canvas:
  users:
    rows: {from: wanted, columns: {user_id: id, login_id: login}}
"""
PEOPLE = {"people.csv": "id,name\n1,Ada\n2,Ben\n3,Cai\n"}


def test_sql_over_the_source_tables_keeps_the_provenance_with_row(tmp_path):
    query = "sql: SELECT id, lower(name) AS login, _row FROM people WHERE id <> '2'"

    roster = mapped(TEXT % query, tmp_path, PEOPLE)

    assert rows(roster, "users", "user_id", "login_id", "line_no") == [["1", "ada", 2], ["3", "cai", 4]]
    assert (roster.sums[0].used, roster.sums[0].filtered, len(roster.findings)) == (2, 1, 0)


def test_sql_without_row_says_that_the_provenance_is_lost(tmp_path):
    roster = mapped(TEXT % "sql: SELECT max(id) AS id, 'x' AS login FROM people", tmp_path, PEOPLE)

    assert rows(roster, "users", "user_id", "file_no", "line_no") == [["3", -1, -1]]
    assert codes(roster.findings) == [("provenance-lost", -1)]
    assert all(sums.adds_up for sums in roster.sums)


@pytest.mark.parametrize(
    "query", ["SELECT * FROM read_csv('/etc/passwd')", "SELECT nme FROM people", "DROP TABLE people"]
)
def test_sql_that_cannot_be_run_is_a_mistake_of_the_mapping(tmp_path, query):
    with pytest.raises(SettingsError, match='table "wanted"'):
        mapped(TEXT % f"sql: {query}", tmp_path, PEOPLE)


def test_sql_that_lacks_a_promised_column_is_a_mistake_of_the_mapping(tmp_path):
    with pytest.raises(SettingsError, match="has no column login"):
        mapped(TEXT % "sql: SELECT id FROM people", tmp_path, PEOPLE)


def own(tmp_path, body, name="ours.py:wanted"):
    (tmp_path / "ours.py").write_text(f"def wanted(tables):\n{body}\n")
    mapping = load_mapping(TEXT % f"python: {name}", str(tmp_path / "mapping.yaml"))
    return roster_of(mapping, tmp_path, PEOPLE)


def test_a_function_gets_frames_and_keeps_the_provenance_with_row(tmp_path):
    roster = own(
        tmp_path,
        "    people = tables['people']\n    return people[people['id'] != '2'].assign(login=people['name'].str.lower())",
    )

    assert rows(roster, "users", "user_id", "login_id", "line_no") == [["1", "ada", 2], ["3", "cai", 4]]


@pytest.mark.parametrize(
    ("body", "name", "message"),
    [
        ("    return tables['people'].iloc[0]['nme']", "ours.py:wanted", r"failed \(KeyError\)"),
        ("    return 1", "ours.py:wanted", "returned no DataFrame"),
        ("    return tables['people']", "ours.py:wantd", 'has no function "wantd"'),
        ("    return tables['people']", "our.py:wanted", 'there is no file "our.py"'),
    ],
)
def test_a_function_that_fails_is_told_without_its_text(tmp_path, body, name, message):
    with pytest.raises(SettingsError, match=message):
        own(tmp_path, body, name)
