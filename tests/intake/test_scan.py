import os
import time

import pytest

from pipeline.intake import RemarkKind, Sightings, scan
from pipeline.intake.values import IntakeRules
from tests.intake.kit import THREE, Folder, names, waits

needs_links = pytest.mark.skipif(os.name == "nt", reason="links need rights there")
HOUR = 3600


# Settling.


def test_a_new_file_is_not_taken_at_first_sight(open_folder):
    open_folder.write("users.csv", age=HOUR)

    found = open_folder.scan()

    assert (names(found), waits(found)) == ([], ["settling"])


def test_a_file_that_stands_still_for_the_settle_time_is_taken(open_folder):
    open_folder.write("users.csv")

    assert names(open_folder.settle()) == [["users.csv"]]


def test_a_file_one_second_short_of_the_settle_time_is_not_taken(open_folder):
    open_folder.write("users.csv")
    open_folder.scan()
    open_folder.clock.forward(29)

    assert names(open_folder.scan()) == []


@pytest.mark.parametrize("pause", [1, 10, 29, 30, 31, 59])
def test_a_writer_that_pauses_is_waited_for_as_long_as_it_pauses_less_than_the_settle_time(open_folder, pause):
    taken_at = None
    content = b""
    for number in range(6):
        content += b"row\n"
        open_folder.write("users.csv", content)
        for _ in range(pause):
            if open_folder.scan().ready:
                taken_at = taken_at or number
            open_folder.clock.forward(1)

    assert (taken_at is None) == (pause <= 30)


def test_a_file_of_final_size_that_is_filled_later_is_waited_for(open_folder):
    open_folder.write("users.csv", b"\0" * 10)
    open_folder.scan()
    open_folder.clock.forward(20)
    open_folder.write("users.csv", b"x" * 10)
    open_folder.scan()
    open_folder.clock.forward(20)

    assert names(open_folder.scan()) == []


def test_a_file_that_got_an_older_time_is_a_changed_file(open_folder):
    open_folder.write("users.csv")
    open_folder.scan()
    open_folder.clock.forward(30)
    open_folder.write("users.csv", age=7200)

    assert names(open_folder.scan()) == []


def test_a_clock_that_is_set_back_does_not_make_a_file_settle_sooner_or_later(open_folder):
    open_folder.write("users.csv")
    open_folder.scan()
    open_folder.clock.set_back(7200)
    open_folder.clock.forward(30)

    assert names(open_folder.scan()) == [["users.csv"]]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.csv", "users.csv.tmp", "users.csv.part", "users.csv.filepart", "users.csv.writing", "users.crdownload",
        "~$users.xlsx", "users.csv~", "Thumbs.db", "desktop.ini", ".DS_Store", "._users.csv", "USERS.CSV.TMP", "users.csv:Zone.Identifier",
    ],
)  # fmt: skip
def test_files_that_programs_write_or_leave_behind_are_passed_over(open_folder, name):
    open_folder.write(name)

    found = open_folder.settle()

    assert (names(found), waits(found)) == ([], [])


def test_a_file_is_taken_once_its_temporary_name_was_changed(open_folder):
    open_folder.write("users.csv.filepart")
    open_folder.settle()
    (open_folder.path / "users.csv.filepart").rename(open_folder.path / "users.csv")

    assert names(open_folder.settle()) == [["users.csv"]]


@pytest.mark.parametrize("name", ["_results/report.csv", ".claimed/x/0.file", "old/users.csv"])
def test_folders_inside_are_passed_over(open_folder, name):
    path = open_folder.path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")

    assert names(open_folder.settle()) == []


@needs_links
def test_a_link_is_not_followed(open_folder, tmp_path):
    (tmp_path / "secret.csv").write_bytes(b"x")
    (open_folder.path / "users.csv").symlink_to(tmp_path / "secret.csv")

    assert names(open_folder.settle()) == []


@needs_links
def test_a_linked_urgent_folder_is_not_followed(open_folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "users.csv").write_bytes(b"x")
    (open_folder.path / "urgent").symlink_to(tmp_path / "elsewhere")

    assert names(open_folder.settle()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_pipe_does_not_block_the_scan(open_folder):
    os.mkfifo(open_folder.path / "users.csv")

    assert names(open_folder.settle()) == []


def test_a_closed_file_waits_and_says_how_often_it_was_tried(open_folder, monkeypatch):
    open_folder.write("users.csv")
    monkeypatch.setattr("pipeline.intake.look._is_readable", lambda _path: False)
    open_folder.settle()
    open_folder.scan()

    (wait,) = [wait for wait in open_folder.scan().waits if wait.reason == "unreadable"]

    assert (wait.looks, wait.names) == (3, ("users.csv",))


def test_a_file_that_opens_again_is_taken(open_folder, monkeypatch):
    open_folder.write("users.csv")
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.intake.look._is_readable", lambda _path: False)
        open_folder.settle()

    assert names(open_folder.scan()) == [["users.csv"]]


def test_a_file_that_vanishes_while_it_is_looked_at_is_no_error(open_folder, monkeypatch):
    open_folder.write("users.csv")
    open_folder.write("classes.csv")
    real = os.scandir

    def losing(path):
        entries = real(path)
        (open_folder.path / "users.csv").unlink(missing_ok=True)
        return entries

    monkeypatch.setattr(os, "scandir", losing)

    assert names(open_folder.settle()) == [["classes.csv"]]


def test_a_missing_folder_is_a_wait_that_is_counted(tmp_path, clock):
    rules = IntakeRules("registrar", tmp_path / "gone")
    first = scan(rules, Sightings(), clock)

    second = scan(rules, first.sightings, clock)

    assert [(wait.reason, wait.looks) for wait in second.waits] == [("folder", 2)]


def test_what_was_seen_before_a_share_went_away_is_remembered(open_folder, monkeypatch):
    open_folder.write("users.csv")
    open_folder.scan()
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", lambda _path: (_ for _ in ()).throw(OSError(5, "share")))
        open_folder.clock.forward(15)
        open_folder.scan()
    open_folder.clock.forward(15)

    assert names(open_folder.scan()) == [["users.csv"]]


def test_ten_thousand_files_are_looked_at_within_seconds(open_folder):
    for number in range(10_000):
        (open_folder.path / f"enroll_{number:05}.csv").write_bytes(b"x")
    began = time.monotonic()

    found = open_folder.settle()

    assert len(found.ready[0].files) == 10_000
    assert time.monotonic() - began < 20  # two looks; a minute is promised for all of it


# What makes a set complete.


def test_nothing_is_taken_while_one_expected_file_is_missing(folder):
    for name in THREE[:2]:
        folder.write(name)

    found = folder.settle()

    assert (names(found), waits(found)) == ([], ["missing"])
    assert found.waits[0].names == ("enrollments.csv",)


def test_all_expected_files_are_taken_together(folder):
    for name in THREE:
        folder.write(name)

    assert names(folder.settle()) == [list(THREE)]


def test_nothing_is_taken_while_one_expected_file_still_grows(folder):
    for name in THREE:
        folder.write(name)
    folder.scan()
    folder.clock.forward(30)
    folder.write("enrollments.csv", b"longer than before")

    assert names(folder.scan()) == []


@pytest.mark.parametrize("name", ["Users.CSV", "USERS.csv"])
def test_expected_names_are_the_same_in_capitals(folder, name):
    for other in THREE[1:]:
        folder.write(other)
    folder.write(name)

    assert len(names(folder.settle())) == 1


def test_a_pattern_takes_one_or_more(tmp_path, clock):
    folder = Folder(tmp_path / "drop", clock, expects=("users.csv", "enroll_*.csv"))
    folder.write("users.csv")
    nothing_yet = names(folder.settle())
    folder.write("enroll_202640.csv")
    folder.write("enroll_202710.csv")

    assert nothing_yet == []
    assert sorted(names(folder.settle())[0]) == ["enroll_202640.csv", "enroll_202710.csv", "users.csv"]


def test_one_file_per_term_is_not_two_versions(tmp_path, clock):
    folder = Folder(tmp_path / "drop", clock, expects=("enroll_*.csv",))
    folder.write("enroll_202640.csv")
    folder.write("enroll_202710.csv")

    (candidate,) = folder.settle().ready

    assert candidate.remarks == ()


@pytest.mark.parametrize(
    "copy", ["users (1).csv", "Users - Copy.csv", "Copy of users.csv", "users_FINAL2.csv", "users 2026-11-20.csv"]
)
def test_two_versions_of_one_file_are_held_and_the_newest_is_read(folder, copy):
    for name in THREE[1:]:
        folder.write(name)
    folder.write("users.csv", age=600)
    folder.write(copy)

    (candidate,) = folder.settle().ready

    assert [remark.kind for remark in candidate.remarks if remark.code == "drop-two-versions"] == [RemarkKind.HOLD]
    assert copy in [file.name for file in candidate.files]
    assert "users.csv" in [file.name for file in candidate.unread]


@pytest.mark.parametrize("name", ["users (1).csv", "Users 2026-11-20.csv", "users_FINAL.csv"])
def test_a_changed_name_stands_for_the_expected_one_when_only_one_fits(folder, name):
    for other in THREE[1:]:
        folder.write(other)
    folder.write(name)

    (candidate,) = folder.settle().ready

    assert name in [file.name for file in candidate.files]
    assert candidate.remarks == ()


def test_two_nights_under_one_pattern_are_held(tmp_path, clock):
    folder = Folder(tmp_path / "drop", clock, expects=("users_*.csv",))
    folder.write("users_20261120.csv", age=600)
    folder.write("users_20261121.csv")

    (candidate,) = folder.settle().ready

    assert [remark.code for remark in candidate.remarks] == ["drop-two-versions", "drop-unasked-file"]
    assert [file.name for file in candidate.files] == ["users_20261121.csv"]


def test_files_of_different_nights_are_held(folder):
    folder.write("users.csv", age=70 * HOUR)
    for name in THREE[1:]:
        folder.write(name)

    (candidate,) = folder.settle().ready

    (remark,) = candidate.remarks
    assert (remark.code, remark.kind, remark.file) == ("drop-files-apart", RemarkKind.HOLD, "users.csv")
    assert "70 hours" in remark.message


@pytest.mark.parametrize(("age", "held"), [(6 * HOUR - 1, False), (6 * HOUR + 1, True)])
def test_files_may_be_as_far_apart_as_the_window(folder, age, held):
    folder.write("users.csv", age=age)
    for name in THREE[1:]:
        folder.write(name)

    (candidate,) = folder.settle().ready

    assert bool(candidate.remarks) == held


def test_a_file_that_nothing_asks_for_goes_along_unread(folder):
    for name in (*THREE, "cafeteria.csv"):
        folder.write(name)

    (candidate,) = folder.settle().ready

    assert [file.name for file in candidate.unread] == ["cafeteria.csv"]
    assert [(remark.code, remark.kind) for remark in candidate.remarks] == [("drop-unasked-file", RemarkKind.WARNING)]


def test_a_set_that_stays_incomplete_for_the_whole_window_is_given_up(folder):
    for name in THREE[:2]:
        folder.write(name)
    folder.settle()
    folder.clock.forward(6 * HOUR)

    (candidate,) = folder.scan().ready

    assert candidate.outcome == "incomplete"
    assert [remark.kind for remark in candidate.remarks] == [RemarkKind.REFUSE]
    assert "enrollments.csv" in candidate.remarks[0].message


def test_a_set_is_waited_for_until_the_window_ends(folder):
    for name in THREE[:2]:
        folder.write(name)
    folder.settle()
    folder.clock.forward(6 * HOUR - 61)

    assert folder.scan().ready == ()


def test_a_late_file_within_the_window_completes_the_set(folder):
    for name in THREE[:2]:
        folder.write(name)
    folder.settle()
    folder.clock.forward(5 * HOUR)
    folder.write("enrollments.csv")

    assert names(folder.settle()) == [list(THREE)]


def test_a_set_that_is_incomplete_at_the_deadline_is_given_up(folder):
    folder.write("users.csv")
    folder.settle()

    (candidate,) = folder.scan(is_deadline_past=True).ready

    assert candidate.outcome == "incomplete"


def test_a_complete_set_is_taken_after_the_deadline_too(folder):
    for name in THREE:
        folder.write(name)
    folder.settle()

    (candidate,) = folder.scan(is_deadline_past=True).ready

    assert candidate.outcome == ""


def test_a_file_that_never_stands_still_is_named_when_the_set_is_given_up(folder):
    for name in THREE[:2]:
        folder.write(name)
    folder.settle()
    folder.clock.forward(6 * HOUR)
    folder.write("enrollments.csv")

    (candidate,) = folder.scan().ready

    assert "still being written: enrollments.csv" in candidate.remarks[0].message
    assert [file.name for file in candidate.files] == ["classes.csv", "users.csv"]


def test_a_stray_file_alone_is_told_in_the_end(folder):
    folder.write("enrolments.csv")
    folder.settle()
    folder.clock.forward(6 * HOUR)

    (candidate,) = folder.scan().ready

    assert candidate.outcome == "incomplete"
    assert "enrolments.csv" in candidate.remarks[0].message


def test_an_archive_is_an_export_by_itself(open_folder):
    open_folder.write("one.zip", age=60)
    open_folder.write("two.zip")

    assert names(open_folder.settle()) == [["one.zip"], ["two.zip"]]


def test_without_names_all_files_that_stand_still_are_one_export(open_folder):
    for name in THREE:
        open_folder.write(name)

    assert [sorted(files) for files in names(open_folder.settle())] == [sorted(THREE)]


def test_without_names_nothing_is_taken_while_any_file_moves(open_folder):
    open_folder.write("users.csv")
    open_folder.scan()
    open_folder.clock.forward(30)
    open_folder.write("enrollments.csv")

    assert names(open_folder.scan()) == []


def test_the_oldest_export_comes_first(open_folder):
    for name in ("b.zip", "a.zip"):
        open_folder.write(name)
        open_folder.scan()
        open_folder.clock.forward(60)

    assert names(open_folder.scan()) == [["b.zip"], ["a.zip"]]


# Done-markers.


def test_a_file_is_left_alone_until_its_done_file_is_there(tmp_path, clock):
    folder = Folder(tmp_path / "drop", clock, done=".done")
    folder.write("users.csv")
    before = names(folder.settle())
    folder.write("users.csv.done")

    (candidate,) = folder.settle().ready

    assert before == []
    assert ([file.name for file in candidate.files], [file.name for file in candidate.markers]) == (
        ["users.csv"],
        ["users.csv.done"],
    )


def test_of_expected_files_all_need_their_done_file(tmp_path, clock):
    folder = Folder(tmp_path / "drop", clock, expects=("users.csv", "classes.csv"), done=".done")
    for name in ("users.csv", "classes.csv", "users.csv.done"):
        folder.write(name)
    before = names(folder.settle())
    folder.write("classes.csv.done")

    assert (before, len(folder.settle().ready)) == ([], 1)


def test_one_marker_ends_a_whole_export(tmp_path, clock):
    folder = Folder(tmp_path / "drop", clock, done="EXPORT.OK")
    folder.write("users.csv")
    before = names(folder.settle())
    folder.write("export.ok")

    (candidate,) = folder.settle().ready

    assert (before, [file.name for file in candidate.markers]) == ([], ["export.ok"])


# Manifests.

MANIFEST = (
    b"propertyName,value\r\nmanifest.version,1.0\r\nfile.users,bulk\r\nfile.classes,delta\r\nfile.results,absent\r\n"
)


def test_a_manifest_names_the_files_of_the_export(open_folder):
    open_folder.write("manifest.csv", MANIFEST)
    open_folder.write("users.csv")
    before = names(open_folder.settle())
    open_folder.write("classes.csv")

    (candidate,) = open_folder.settle().ready

    assert before == []
    assert [file.name for file in candidate.files] == ["manifest.csv", "classes.csv", "users.csv"]
    assert candidate.manifest["users.csv"] == "bulk"


def test_a_file_that_the_manifest_declares_absent_is_left_unread(open_folder):
    open_folder.write("manifest.csv", MANIFEST)
    for name in ("users.csv", "classes.csv", "results.csv"):
        open_folder.write(name)

    (candidate,) = open_folder.settle().ready

    assert [file.name for file in candidate.unread] == ["results.csv"]
    assert "declares it absent" in candidate.remarks[0].message


@pytest.mark.parametrize(
    "content",
    [
        MANIFEST.replace(b"\r\n", b"\n"),
        MANIFEST.replace(b"\r\n", b"\r"),
        b"\xef\xbb\xbf" + MANIFEST,
        MANIFEST.replace(b"propertyName,value", b"propertyName,propertyValue"),
        MANIFEST.replace(b"1.0", b"1"),
    ],
    ids=["lf", "cr", "bom", "other header", "version 1"],
)
def test_a_manifest_is_read_in_all_its_forms(open_folder, content):
    open_folder.write("manifest.csv", content)
    for name in ("users.csv", "classes.csv"):
        open_folder.write(name)

    (candidate,) = open_folder.settle().ready

    assert dict(candidate.manifest) == {"users.csv": "bulk", "classes.csv": "delta", "results.csv": "absent"}


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"a\nb\n", b"file.users\n"])
def test_a_manifest_that_names_no_file_ends_as_an_incomplete_set(open_folder, content):
    open_folder.write("manifest.csv", content or b"\n")
    open_folder.write("users.csv")
    open_folder.settle()
    open_folder.clock.forward(6 * HOUR)

    (candidate,) = open_folder.scan().ready

    assert candidate.outcome == "incomplete"


def test_a_manifest_beside_expected_names_is_not_waited_for(folder):
    for name in THREE:
        folder.write(name)
    folder.write("manifest.csv", b"propertyName,value\nfile.orgs,bulk\n")

    (candidate,) = folder.settle().ready

    assert [file.name for file in candidate.files] == list(THREE)


# Urgent deltas.


def test_an_urgent_file_is_an_export_by_itself_and_comes_first(folder):
    for name in THREE:
        folder.write(name, age=HOUR)
    folder.write("urgent/enrollments.csv")

    found = folder.settle()

    assert [(candidate.is_urgent, [file.name for file in candidate.files]) for candidate in found.ready] == [
        (True, ["enrollments.csv"]),
        (False, list(THREE)),
    ]


def test_an_urgent_file_settles_too(folder):
    folder.write("urgent/enrollments.csv")

    assert folder.scan().ready == ()


def test_an_urgent_file_does_not_complete_a_set(folder):
    for name in THREE[:2]:
        folder.write(name)
    folder.write("urgent/enrollments.csv")

    found = folder.settle()

    assert [candidate.is_urgent for candidate in found.ready] == [True]
    assert waits(found) == ["missing"]
