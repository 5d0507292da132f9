"""What `inspect` shows: never a private value, never a refusal without a reason."""

import zipfile

from pipeline.sources import TableRules, inspect_file

PRESETS = {"invented": (TableRules("people", ("id", "name")),)}


def test_table_of_a_preset_is_recognised(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("ID;Name\n7;Ada\n8;Grace\n", encoding="utf-8")

    (seen,) = inspect_file(path, PRESETS)

    assert (seen.delimiter, seen.rows, seen.recognised) == (";", 2, ("invented: people",))


def test_every_file_of_an_archive_is_seen(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "id,name\n1,Ada\n")
        archive.writestr("b.csv", "x,y\n1,2\n")

    seen = inspect_file(path, PRESETS)

    assert [one.container for one in seen] == ["archive", "archive"]
    assert [one.recognised for one in seen] == [("invented: people",), ()]


def test_private_column_is_named_and_its_values_are_not_shown(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,name,password,note\n7,Ada,hunter2hunter2,078-05-1120\n", encoding="utf-8")

    (seen,) = inspect_file(path, PRESETS)

    shown = str(seen.sample)
    assert "hunter2hunter2" not in str(seen)
    assert "078-05-1120" not in shown
    assert "Ada" in shown


def test_file_that_cannot_be_read_says_why(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(b"id,name\n7,A\x00da\n")

    (seen,) = inspect_file(path, PRESETS)

    assert "NUL" in seen.problem
