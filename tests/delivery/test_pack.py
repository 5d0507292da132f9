"""Packages: CSVs that read back as they were, zips that depend on nothing but the rows, names that carry the marker."""

import csv
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from isal import isal_zlib

from pipeline.delivery.csv_files import csv_blocks
from pipeline.delivery.pack import write_package
from pipeline.delivery.package_hash import PROVENANCE_NAME, require_unaltered
from pipeline.delivery.zip_files import write_zip
from pipeline.errors import LedgerError, PipelineError
from pipeline.model.frames import read_frame, text_frame
from tests.delivery.parts import enrollments, frame, part, users

INSTALLATION = "ab12ffff"


def packed(tmp_path: Path, the_part, *, name: str = "out", installation: str = INSTALLATION):
    folder = tmp_path / name
    folder.mkdir()
    return write_package(the_part, folder, installation=installation)


def texts(package) -> dict[str, str]:
    with zipfile.ZipFile(package.path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def csv_text(columns: dict[str, list[str]]) -> str:
    rows = text_frame(columns)
    return b"".join(csv_blocks(rows, list(columns))).decode()


def test_each_table_is_one_file_named_by_table_and_marker(tmp_path):
    package = packed(tmp_path, part(users=users("S1"), enrollments=enrollments(("BIO-1", "S1"))))

    assert re.fullmatch("ab12[0-9a-f]{12}", package.marker)
    assert list(texts(package)) == [f"enrollments-{package.marker}.csv", f"users-{package.marker}.csv"]


def test_columns_stand_in_canvas_order_without_provenance(tmp_path):
    shuffled = users("00123")[["status", "file_no", "login_id", "line_no", "user_id"]]

    (text,) = texts(packed(tmp_path, part(users=shuffled))).values()

    assert text == "user_id,login_id,status\n00123,00123@example.edu,active\n"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a,b", '"a,b"'),
        ('6" pipe', '"6"" pipe"'),
        ("two\nlines", '"two\nlines"'),
        ("two\rlines", '"two\rlines"'),
        (" in front", '" in front"'),
        ("behind ", '"behind "'),
        ("\ttab", '"\ttab"'),
        ("in between", "in between"),
        ("Muñoz", "Muñoz"),
        ("=1+1", "=1+1"),
        ("00123", "00123"),
        ("7e5", "7e5"),
        ("\ufeffmark", '"\ufeffmark"'),
    ],
)
def test_quotes_stand_where_they_are_needed_and_nowhere_else(cell, written):
    assert csv_text({"user_id": [cell], "login_id": ["x"]}) == f"user_id,login_id\n{written},x\n"


def test_a_single_blank_cell_is_no_blank_line():
    assert csv_text({"user_id": ["", "a"]}) == 'user_id\n""\na\n'


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)] * 3), max_size=8
    )
)
def test_what_is_written_reads_back_the_same(rows):
    columns = {name: [row[place] for row in rows] for place, name in enumerate(("user_id", "login_id", "status"))}

    read = list(csv.reader(io.StringIO(csv_text(columns), newline=""), strict=True))

    assert read == [["user_id", "login_id", "status"], *map(list, rows)]


def test_a_column_that_canvas_does_not_have_is_an_error_not_silence(tmp_path):
    with pytest.raises(PipelineError, match="no column shoe_size in users"):
        packed(tmp_path, part(users=users("S1").assign(shoe_size=text_frame({"x": ["44"]})["x"])))


def test_the_same_part_packed_twice_has_the_same_bytes(tmp_path):
    first = packed(tmp_path, part(users=users("S1", "S2")), name="first")
    second = packed(tmp_path, part(users=users("S1", "S2")), name="second")

    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.sha256, first.marker) == (second.sha256, second.marker)


def test_a_zip_tells_nothing_of_this_machine_or_day(tmp_path):
    package = packed(tmp_path, part(users=users("S1"), enrollments=enrollments(("BIO-1", "S1"))))

    with zipfile.ZipFile(package.path) as archive:
        infos = archive.infolist()
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {(info.create_system, info.external_attr, info.extra, info.comment) for info in infos} == {
        (3, 0o600 << 16, b"", b"")
    }


def test_compression_is_isal_and_reads_back(tmp_path):
    many = enrollments(*[(f"SEC-{n % 97}", f"S{n * 7919 % 100_003}") for n in range(20_000)])

    package = packed(tmp_path, part(enrollments=many))

    with zipfile.ZipFile(package.path) as archive:
        (info,) = archive.infolist()
        assert archive.testzip() is None
    content = texts(package)[info.filename].encode()
    compressor = isal_zlib.compressobj(3, isal_zlib.DEFLATED, -15)
    assert info.compress_size == len(compressor.compress(content) + compressor.flush())
    assert info.compress_size < info.file_size / 2


@pytest.mark.parametrize(
    "other",
    [
        part(users=users("S2")),
        part({"skip_deletes": "true"}, users=users("S1")),
        part(users=users("S1"), enrollments=enrollments(("BIO-1", "S1"))),
    ],
    ids=["rows", "parameters", "tables"],
)
def test_other_rows_tables_or_parameters_have_another_marker_and_hash(other, tmp_path):
    one = packed(tmp_path, part(users=users("S1")), name="one")
    another = packed(tmp_path, other, name="another")

    assert one.marker != another.marker
    assert one.sha256 != another.sha256


def test_another_installation_has_another_marker_for_the_same_rows(tmp_path):
    one = packed(tmp_path, part(users=users("S1")), name="one")
    other = packed(tmp_path, part(users=users("S1")), name="other", installation="cd34")

    assert one.marker[4:] == other.marker[4:]
    assert one.marker[:4] != other.marker[:4]


def test_the_data_set_identifier_names_the_instance_and_is_in_no_hash(tmp_path):
    test = packed(tmp_path, part({"diffing_data_set_identifier": "sis:test"}, users=users("S1")), name="test")
    production = packed(
        tmp_path, part({"diffing_data_set_identifier": "sis:production"}, users=users("S1")), name="production"
    )

    assert (test.sha256, test.marker) == (production.sha256, production.marker)


@pytest.mark.parametrize("installation", ["", "ab1", "../x", "ab-12", "äbcd"])
def test_an_installation_without_four_letters_or_digits_is_refused(installation, tmp_path):
    with pytest.raises(ValueError, match="installation"):
        packed(tmp_path, part(users=users("S1")), installation=installation)


def test_an_empty_table_is_left_out(tmp_path):
    package = packed(tmp_path, part(users=users("S1"), enrollments=enrollments()))

    assert package.rows == {"users": 1}
    assert len(texts(package)) == 1


def test_only_zip_and_provenance_stay_behind(tmp_path):
    package = packed(tmp_path, part(users=users("S1")))

    assert sorted(path.name for path in package.path.parent.iterdir()) == ["package.zip", "provenance.parquet"]


def test_every_record_knows_its_source_line_and_key(tmp_path):
    package = packed(tmp_path, part(users=users("S1", "S2"), enrollments=enrollments(("BIO-1", "S1"))))

    places = read_frame(package.path.parent / PROVENANCE_NAME)

    plain = places[["table", "record", "file_no", "line_no", "key"]].to_dict("records")
    assert plain == [
        {"table": "users", "record": 2, "file_no": 0, "line_no": 2, "key": "S1"},
        {"table": "users", "record": 3, "file_no": 0, "line_no": 3, "key": "S2"},
        {"table": "enrollments", "record": 2, "file_no": 0, "line_no": 10, "key": "BIO-1\x1f\x1fS1\x1fstudent\x1f"},
    ]


def test_rows_without_provenance_have_no_place(tmp_path):
    package = packed(tmp_path, part(users=users("S1").drop(columns=["file_no", "line_no"])))

    places = read_frame(package.path.parent / PROVENANCE_NAME)

    assert list(places["line_no"]) == [-1]


def test_a_million_equal_rows_stay_below_the_ratio_that_canvas_refuses(tmp_path):
    rows = 300_000
    same = frame({"section_id": ["BIO-1"], "user_id": ["S1"], "role": ["student"], "status": ["active"]})
    package = packed(tmp_path, part(enrollments=same.iloc[np.zeros(rows, dtype=int)].reset_index(drop=True)))

    with zipfile.ZipFile(package.path) as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    assert unpacked < 100 * package.path.stat().st_size


def test_each_file_of_a_zip_stays_below_the_ratio(tmp_path):
    (tmp_path / "same").write_bytes(b"x" * 2_000_000)
    (tmp_path / "mixed").write_bytes(bytes(range(256)) * 40)

    write_zip({"same.csv": tmp_path / "same", "mixed.csv": tmp_path / "mixed"}, tmp_path / "out.zip")

    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        types = {info.filename: info.compress_type for info in archive.infolist()}
    assert types == {"mixed.csv": zipfile.ZIP_DEFLATED, "same.csv": zipfile.ZIP_STORED}


def test_an_altered_zip_is_never_sent(tmp_path):
    package = packed(tmp_path, part(users=users("S1")))
    package.path.write_bytes(package.path.read_bytes() + b"x")

    with pytest.raises(LedgerError, match="hash differs"):
        require_unaltered(package)


def test_altered_parameters_are_never_sent(tmp_path):
    from dataclasses import replace

    package = packed(tmp_path, part(users=users("S1")))

    with pytest.raises(LedgerError, match="hash differs"):
        require_unaltered(replace(package, parameters={"override_sis_stickiness": "true"}))


def test_a_missing_package_is_never_sent(tmp_path):
    package = packed(tmp_path, part(users=users("S1")))
    package.path.unlink()

    with pytest.raises(LedgerError, match="cannot be read"):
        require_unaltered(package)
