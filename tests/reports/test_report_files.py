"""Lists of refused rows, run.json, and the archive's folders."""

import csv
import io
import json
import stat
from pathlib import Path

import pandas as pd
import pytest

from pipeline.model.files import FileOperations
from pipeline.model.findings import no_findings
from pipeline.model.frames import text_frame
from pipeline.reports.archive import check_manifest, write_archive_folder
from pipeline.reports.pages import write_report_files
from pipeline.reports.refused_rows import safe_cells, write_refused_rows
from pipeline.reports.run_json import run_json
from pipeline.reports.source_copy import write_reduced_source
from tests.reports.invented import HOSTILE, a_clean_report, a_report, finding


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-", "-2", "@x", "\t=1", "\rx", "\nx", "\0x", "  =1", " \t +x", "＝1", "－x", "\0=1", "\u00a0=1"],
)
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(cell):
    assert list(safe_cells(text_frame({"x": [cell]})["x"])) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["", "plain", "a=b", "1-2", "O'Brien", "00123", "שרה", "x\n=1", " x"])
def test_any_other_cell_stays_as_it_is(cell):
    assert list(safe_cells(text_frame({"x": [cell]})["x"])) == [cell]


def test_each_file_with_refused_rows_has_its_list(tmp_path):
    written = write_refused_rows(a_report(), tmp_path)

    assert {path.name: words for path, words in written.items()} == {
        "refused-1.csv": "users.csv (8)",
        "refused-3.csv": "enrollments.csv (35)",
    }


def test_a_refused_row_stands_there_with_its_line_reason_remedy_and_cells(tmp_path):
    write_refused_rows(a_report(), tmp_path)

    first = rows_of(tmp_path / "refused-1.csv")[0]
    assert first == {
        "line": "41",
        "refused by": "us",
        "reason": "The login ada@example.edu belongs to two people of this export.",
        "remedy": "Give one of them another login.",
        "sourcedId": "S0041",
        "givenName": "Ada",
        "familyName": "Lovelace",
        "email": "ada@example.edu",
    }


def test_rows_refused_by_canvas_stand_in_the_same_list(tmp_path):
    write_refused_rows(a_report(), tmp_path)

    by = [row["refused by"] for row in rows_of(tmp_path / "refused-3.csv")]
    assert (by.count("us"), by.count("Canvas")) == (32, 3)


def test_warnings_are_in_no_list_of_refused_rows(tmp_path):
    write_refused_rows(a_report(), tmp_path)

    assert not (tmp_path / "refused-2.csv").exists()


def test_a_row_with_two_reasons_is_one_line_with_both(tmp_path):
    both = pd.concat(
        [
            finding("a", [5], 0, message="First.", remedy="Mend."),
            finding("b", [5], 0, message="Second.", remedy="Mend."),
        ],
        ignore_index=True,
    )

    write_refused_rows(a_report(findings=both, messages=no_findings()), tmp_path)

    (row,) = rows_of(tmp_path / "refused-1.csv")
    assert (row["reason"], row["remedy"]) == ("First. | Second.", "Mend.")


def test_hostile_cells_and_headers_are_safe_to_open(tmp_path):
    names = ["=cmd", "line", "reason"]
    original = text_frame({name: list(HOSTILE) for name in names})
    numbered = original.assign(
        file_no=pd.Series([0] * 6, dtype="int32"), line_no=pd.Series(range(50, 56), dtype="int32")
    )

    write_refused_rows(a_report(originals={0: numbered}, messages=no_findings()), tmp_path)

    rows = list(
        csv.reader(io.StringIO((tmp_path / "refused-1.csv").read_text(encoding="utf-8-sig"), newline=""), strict=True)
    )
    assert rows[0] == ["line", "refused by", "reason", "remedy", "'=cmd", "line (in the file)", "reason (in the file)"]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_findings_about_no_row_have_a_list_of_their_own(tmp_path):
    about_nothing = pd.concat(
        [finding("drop-empty", [-1], -1, message="Empty."), finding("x", [-1], 99, message="Gone.")]
    )

    write_refused_rows(a_report(findings=about_nothing, messages=no_findings()), tmp_path)

    assert {row["reason"] for row in rows_of(tmp_path / "refused-other.csv")} == {"Empty.", "Gone."}


def test_a_clean_run_has_no_lists(tmp_path):
    written = write_report_files(a_clean_report(), tmp_path)

    assert [path.name for path in written] == ["run.json", "report.html"]


def test_all_files_of_a_report_are_for_their_owner_alone(tmp_path):
    for path in write_report_files(a_report(), tmp_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_page_links_to_every_list_beside_it(tmp_path):
    written = write_report_files(a_report(), tmp_path)

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(f'href="{path.name}"' in page for path in written if path.suffix == ".csv")


def test_run_json_counts_every_cause_and_holds_nobodys_row():
    text = run_json(a_report())

    plain = json.loads(text)
    assert plain["version"] == 1
    assert {"code": "enrollment-unknown-section", "table": "enrollments", "refused": True, "rows": 31} in plain[
        "causes"
    ]["us"]
    assert plain["outcome"]["tone"] == "messages"
    assert "ada@example.edu" not in text
    assert "S0301" not in text


def archived(tmp_path: Path, **changes) -> Path:
    (tmp_path / "package.zip").write_bytes(b"PK")
    entries = {"package.zip": tmp_path / "package.zip", "canvas/errors.csv": b"a,b\n", **changes}
    return write_archive_folder(tmp_path / "archive" / "registrar" / "d1" / "test_r1", entries, {"run": "r1"})


def test_an_archived_folder_has_a_manifest_that_fits(tmp_path):
    target = archived(tmp_path)

    manifest = json.loads((target / "manifest.json").read_text())
    assert manifest["run"] == "r1"
    assert sorted(manifest["files"]) == ["canvas/errors.csv", "package.zip"]
    assert check_manifest(target) == ()


def test_an_archive_is_for_its_owner_alone(tmp_path):
    target = archived(tmp_path)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in target.rglob("*") if path.is_file()}
    folders = {
        stat.S_IMODE(path.stat().st_mode) for path in (target, target / "canvas", target.parent, target.parent.parent)
    }
    assert (modes, folders) == ({0o600}, {0o700})


def test_archiving_again_changes_nothing(tmp_path):
    target = archived(tmp_path)

    archived(tmp_path, **{"package.zip": b"other"})

    assert (target / "package.zip").read_bytes() == b"PK"


@pytest.mark.parametrize("failing", ["create", "write", "sync", "rename", "make_folder"])
def test_a_full_disk_leaves_nothing_under_the_final_name(failing, tmp_path):
    class Failing(FileOperations):
        calls = 0

    def fail(self, *arguments):
        Failing.calls += 1
        if Failing.calls > 2 or failing == "rename":
            raise OSError(28, "full")
        return getattr(FileOperations, failing)(self, *arguments)

    setattr(Failing, failing, fail)
    target = tmp_path / "archive" / "x"

    with pytest.raises(OSError, match="full"):
        write_archive_folder(target, {"a": b"1", "b": b"2", "c/d": b"3"}, {}, files=Failing())

    assert not target.exists()
    assert not target.parent.exists() or list(target.parent.iterdir()) == []


def test_what_a_killed_process_left_is_removed(tmp_path):
    target = tmp_path / "archive" / "test_r1"
    partial = tmp_path / "archive" / ".test_r1.partial-abc123abc123"
    partial.mkdir(parents=True)
    (partial / "half").write_bytes(b"x")

    write_archive_folder(target, {"a": b"1"}, {})

    assert [path.name for path in target.parent.iterdir()] == ["test_r1"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/b/c", "..", "", "a//b", "manifest.json", "a\\b"])
def test_a_name_that_leads_elsewhere_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match="plain name"):
        write_archive_folder(tmp_path / "t", {name: b"x"}, {})


def test_a_manifest_notices_what_was_altered_lost_or_added(tmp_path):
    target = archived(tmp_path, gone=b"1")
    (target / "package.zip").write_bytes(b"PX")
    (target / "gone").unlink()
    (target / "foreign").write_bytes(b"")

    assert check_manifest(target) == ("gone is missing", "package.zip was altered", "foreign is not in the manifest")


def source_rows(file_nos: list[int], lines: list[int], **columns: list[str]) -> pd.DataFrame:
    frame = text_frame(columns)
    return frame.assign(file_no=pd.Series(file_nos, dtype="int32"), line_no=pd.Series(lines, dtype="int32"))


def test_a_drops_rows_are_kept_to_the_letter_with_their_lines(tmp_path):
    rows = source_rows([0, 0, 1], [2, 4, 2], id=["00123", "=1", "x"], name=['O"B, x', "two\nlines", ""])

    written = write_reduced_source({"users": rows}, tmp_path)

    read = list(csv.reader(io.StringIO(written["1.csv"].read_text(encoding="utf-8"), newline=""), strict=True))
    assert read == [["line", "id", "name"], ["2", "00123", 'O"B, x'], ["4", "=1", "two\nlines"]]
    assert sorted(written) == ["1.csv", "2.csv"]


def test_two_tables_of_one_file_have_two_copies(tmp_path):
    one, two = source_rows([0], [2], a=["1"]), source_rows([0], [9], b=["2"])

    assert sorted(write_reduced_source({"one": one, "two": two}, tmp_path)) == ["1-2.csv", "1.csv"]
