import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from pipeline.errors import DropError
from tests.sources.drops import cells, read, table, zipped

USERS = table("users", "id", "name")
TEXT = "id,name\n1,Ada\n"


def code_of(tmp_path, content, name="export.zip"):
    with pytest.raises(DropError) as caught:
        read(tmp_path, {name: content}, tables=[USERS])
    return caught.value.code


def with_entry(info: zipfile.ZipInfo, content: str = TEXT) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "path",
    [
        "../../users.csv",
        "/etc/users.csv",
        "C:/users.csv",
        "a/../../users.csv",
        "..\\users.csv",
        "con.csv",
        "a/NUL/users.csv",
    ],
)
def test_a_name_that_points_outside_refuses_the_archive(tmp_path, path):
    assert code_of(tmp_path, zipped({path: TEXT})) == "archive-path"


def test_a_link_inside_refuses_the_archive(tmp_path):
    info = zipfile.ZipInfo("users.csv")
    info.external_attr = 0o120777 << 16

    assert code_of(tmp_path, with_entry(info, "/etc/passwd")) == "archive-link"


def test_an_encrypted_archive_is_refused(tmp_path):
    content = bytearray(zipped({"users.csv": TEXT}))
    content[6] |= 1
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1

    assert code_of(tmp_path, bytes(content)) == "archive-encrypted"


def test_a_wrong_checksum_refuses_the_archive(tmp_path):
    content = zipped({"users.csv": TEXT}, zipfile.ZIP_STORED).replace(b"Ada", b"Bob")

    assert code_of(tmp_path, content) == "archive-damaged"


@pytest.mark.parametrize("keep", [10, 40, 80, -1])
def test_a_cut_archive_is_refused(tmp_path, keep):
    assert code_of(tmp_path, zipped({"users.csv": TEXT})[:keep]) == "archive-damaged"


def test_an_archive_in_an_archive_is_refused(tmp_path):
    assert code_of(tmp_path, zipped({"inner.zip": zipped({"users.csv": TEXT})})) == "archive-nested"


def test_the_same_name_in_two_folders_is_refused(tmp_path):
    twice = {"Autumn/users.csv": TEXT, "Autumn/old/Users.csv": TEXT}

    assert code_of(tmp_path, zipped(twice)) == "archive-twins"


def test_more_than_100_entries_are_refused(tmp_path):
    assert code_of(tmp_path, zipped({f"{n}.csv": TEXT for n in range(101)})) == "archive-too-many"


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path):
    bomb = zipped({"users.csv": b"0" * 50_000_000})
    tracemalloc.start()

    code = code_of(tmp_path, bomb)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (code, peak < 20_000_000) == ("archive-too-large", True)


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path):
    bomb = bytearray(zipped({"users.csv": b"0" * 5_000_000}))
    directory = bomb.rfind(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = struct.pack("<I", 100)
    bomb[22:26] = struct.pack("<I", 100)

    assert code_of(tmp_path, bytes(bomb)) in {"archive-damaged", "archive-too-large"}


def test_folders_and_leftovers_of_operating_systems_are_passed_over(tmp_path):
    entries = {
        "Autumn/users.csv": TEXT,
        "__MACOSX/Autumn/._users.csv": b"\0\0",
        "Autumn/.DS_Store": b"\0",
        "Thumbs.db": b"\0",
        "users.csv:Zone.Identifier": b"[ZoneTransfer]",
        "~$roster.xlsx": b"x",
    }
    del entries["users.csv:Zone.Identifier"]

    tables = read(tmp_path, {"export.zip": zipped(entries)}, tables=[USERS])

    assert [file.name for file in tables.files] == ["export.zip › Autumn/users.csv"]


def test_leftovers_beside_the_files_are_passed_over(tmp_path):
    tables = read(
        tmp_path, {"users.csv": TEXT, "users.csv:Zone.Identifier": "[ZoneTransfer]", ".DS_Store": b"\0"}, tables=[USERS]
    )

    assert len(tables.files) == 1


def test_a_gzip_file_is_read_as_the_file_in_it(tmp_path):
    tables = read(tmp_path, {"users.csv.gz": gzip.compress(TEXT.encode())}, tables=[USERS])

    assert cells(tables, "users", "name") == ["Ada"]


def test_a_cut_gzip_file_is_refused(tmp_path):
    assert code_of(tmp_path, gzip.compress(TEXT.encode() * 100)[:-10], "users.csv.gz") == "archive-damaged"


def test_a_gzip_bomb_is_refused(tmp_path):
    assert code_of(tmp_path, gzip.compress(b"0" * 20_000_000), "users.csv.gz") == "archive-too-large"


def test_a_damaged_deflate_stream_is_refused(tmp_path):
    content = bytearray(zipped({"users.csv": TEXT * 50}))
    content[45:60] = zlib.compress(b"x")[:15].ljust(15, b"\xff")

    assert code_of(tmp_path, bytes(content)) == "archive-damaged"
