import json
import os
import stat
from dataclasses import replace

import pytest

from pipeline.errors import DropError, TryLater
from pipeline.intake import RemarkKind, adopt_claimed, claim, drop_of_files, release_claim, take_files
from pipeline.ledger.store import Store
from tests.intake.kit import THREE, Folder
from tests.model.clocks import HandClock
from tests.model.failing_files import CountedFiles

needs_modes = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


def fill(folder: Folder, *names: str):
    for name in names or THREE:
        folder.write(name)
    (candidate,) = folder.settle().ready
    return candidate


def content_of(taken) -> dict[str, bytes]:
    return {file.name: file.path.read_bytes() for file in taken.drop.files}


ALL = {name: name.encode() for name in THREE}


def test_a_claimed_drop_is_in_the_store_and_out_of_the_folder(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)

    assert content_of(taken) == ALL
    assert folder.left() == []


def test_files_of_a_drop_are_sorted_by_name(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)

    assert [file.name for file in taken.drop.files] == sorted(THREE)


def test_the_originals_stay_claimed_until_the_drop_is_released(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)
    claimed = sorted(path.name for path in taken.folder.iterdir())

    release_claim(taken)

    assert claimed == ["0.file", "1.file", "2.file", "claim.json"]
    assert list((folder.path / ".claimed").iterdir()) == []


def test_releasing_twice_is_harmless(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)
    release_claim(taken)

    release_claim(taken)


def test_the_same_bytes_under_other_names_are_the_same_drop_hash(folder, store, clock, tmp_path):
    first = claim(fill(folder), folder.rules, store, clock)
    other = Folder(tmp_path / "other", clock)
    for name in THREE:
        other.write(f"x_{name}", name.encode())
    (candidate,) = other.settle().ready

    second = claim(candidate, other.rules, store, clock)

    assert second.drop.sha256 == first.drop.sha256
    assert second.drop.drop_id != first.drop.drop_id


def test_one_changed_byte_is_another_drop_hash(folder, store, clock):
    first = claim(fill(folder), folder.rules, store, clock)
    for name in THREE:
        folder.write(name)
    folder.write("users.csv", b"users.csw")
    (candidate,) = folder.settle().ready

    assert claim(candidate, folder.rules, store, clock).drop.sha256 != first.drop.sha256


def test_a_file_that_was_written_since_the_scan_is_not_taken(folder, store):
    candidate = fill(folder)
    folder.write("users.csv", b"a newer export")

    assert claim(candidate, folder.rules, store, folder.clock) is None
    assert folder.left() == sorted(THREE)


def test_a_file_that_vanished_since_the_scan_puts_the_others_back(folder, store):
    candidate = fill(folder)
    (folder.path / "enrollments.csv").unlink()

    assert claim(candidate, folder.rules, store, folder.clock) is None
    assert folder.left() == ["classes.csv", "users.csv"]


def test_a_file_written_through_an_open_handle_while_claimed_is_put_back(folder, store):
    candidate = fill(folder)
    writer = (folder.path / "users.csv").open("ab")

    class Writing(CountedFiles):
        def rename(self, source, target):
            super().rename(source, target)
            writer.write(b"more rows")
            writer.flush()

    taken = claim(candidate, folder.rules, store, folder.clock, files=Writing())
    writer.close()

    assert taken is None
    assert folder.left() == sorted(THREE)


def test_a_file_that_the_system_keeps_leaves_everything_where_it_was(folder, store):
    candidate = fill(folder)

    class Locked(CountedFiles):
        def rename(self, source, target):
            if source.name == "enrollments.csv":
                raise PermissionError(13, "in use")
            super().rename(source, target)

    with pytest.raises(TryLater, match="cannot be moved"):
        claim(candidate, folder.rules, store, folder.clock, files=Locked())

    assert folder.left() == sorted(THREE)
    assert list((folder.path / ".claimed").iterdir()) == []


def test_nothing_is_claimed_on_a_disk_without_room(folder, store):
    candidate = fill(folder)

    with pytest.raises(TryLater, match="needs 200 MB"):
        claim(candidate, folder.rules, store, folder.clock, files=CountedFiles(free=100 * 2**20))

    assert folder.left() == sorted(THREE)


def test_files_that_go_along_unread_are_kept_but_are_not_in_the_drop(folder, store):
    taken = claim(fill(folder, *THREE, "cafeteria.csv"), folder.rules, store, folder.clock)

    assert sorted(content_of(taken)) == sorted(THREE)
    assert folder.left() == []
    assert store.holds(drop_of_files("x", [taken.folder / "3.file"], now=folder.clock.now()).files[0].sha256)


def test_a_row_count_in_a_done_file_is_handed_on(tmp_path, clock, store):
    folder = Folder(tmp_path / "drop", clock, done=".done")
    folder.write("users.csv")
    folder.write("users.csv.done", b"1412\n")
    (candidate,) = folder.settle().ready

    taken = claim(candidate, folder.rules, store, clock)

    (remark,) = taken.remarks
    assert (remark.code, remark.file, remark.message) == ("drop-row-count", "users.csv", "1412")
    assert list(content_of(taken)) == ["users.csv"]


def test_two_versions_with_the_same_bytes_hold_nothing(folder, store):
    for name in THREE:
        folder.write(name)
    folder.write("users (1).csv", b"users.csv", age=600)
    (candidate,) = folder.settle().ready

    taken = claim(candidate, folder.rules, store, folder.clock)

    assert RemarkKind.HOLD not in {remark.kind for remark in taken.remarks}


def test_two_versions_with_other_bytes_are_held(folder, store):
    for name in THREE:
        folder.write(name)
    folder.write("users (1).csv", b"another list", age=600)
    (candidate,) = folder.settle().ready

    taken = claim(candidate, folder.rules, store, folder.clock)

    assert [remark.code for remark in taken.remarks if remark.kind is RemarkKind.HOLD] == ["drop-two-versions"]


def test_the_same_content_under_two_expected_names_refuses_the_drop(folder, store):
    folder.write("users.csv", b"same")
    folder.write("classes.csv", b"same")
    folder.write("enrollments.csv")
    (candidate,) = folder.settle().ready

    taken = claim(candidate, folder.rules, store, folder.clock)

    assert [remark.code for remark in taken.remarks if remark.kind is RemarkKind.REFUSE] == ["drop-same-content"]


def test_two_empty_files_are_not_taken_for_the_same_content(folder, store):
    for name in THREE:
        (folder.path / name).write_bytes(b"")
    (candidate,) = folder.settle().ready

    assert claim(candidate, folder.rules, store, folder.clock).remarks == ()


def test_an_incomplete_set_is_moved_aside_into_the_store(folder, store):
    folder.write("users.csv")
    folder.settle()
    (candidate,) = folder.scan(is_deadline_past=True).ready

    taken = claim(candidate, folder.rules, store, folder.clock)

    assert (taken.outcome, list(content_of(taken)), folder.left()) == ("incomplete", ["users.csv"], [])


def test_the_next_set_is_unhindered_by_one_that_was_given_up(folder, store):
    folder.write("users.csv", b"of last night")
    folder.settle()
    (candidate,) = folder.scan(is_deadline_past=True).ready
    release_claim(claim(candidate, folder.rules, store, folder.clock))

    taken = claim(fill(folder), folder.rules, store, folder.clock)

    assert (taken.outcome, content_of(taken)) == ("", ALL)


@pytest.mark.parametrize(
    "name",
    [
        "-rf.csv",
        "$(touch x).csv",
        "a;b.csv",
        "new\nline.csv",
        "tab\t.csv",
        "'quote\".csv",
        "Ünïcödé 学生.csv",
        "x" * 200 + ".csv",
        "%00.csv",
    ],
)
def test_hostile_names_are_taken_and_shown_escaped(tmp_path, clock, store, name):
    folder = Folder(tmp_path / "drop", clock)
    try:
        folder.write(name, b"content")
    except OSError:
        pytest.skip("this file system does not allow the name")
    (candidate,) = folder.settle().ready

    taken = claim(candidate, folder.rules, store, clock)

    assert list(content_of(taken).values()) == [b"content"]
    assert "\n" not in taken.drop.files[0].name
    assert "\t" not in taken.drop.files[0].name


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names are text there")
def test_a_name_that_is_not_text_is_taken_and_shown_escaped(tmp_path, clock, store):
    folder = Folder(tmp_path / "drop", clock)
    (folder.path / os.fsdecode(b"Mu\xf1oz.csv")).write_bytes(b"content")
    (candidate,) = folder.settle().ready

    taken = claim(candidate, folder.rules, store, clock)
    taken.drop.files[0].name.encode("utf-8")

    assert list(content_of(taken).values()) == [b"content"]


@needs_modes
def test_claimed_files_and_folders_are_for_their_owner_only(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)

    assert stat.S_IMODE(taken.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(taken.folder.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((taken.folder / "claim.json").stat().st_mode) == 0o600


def test_everything_is_on_the_disk_before_the_originals_go(folder, clock, tmp_path):
    files = CountedFiles()
    taken = claim(fill(folder), folder.rules, Store(tmp_path / "store", clock, files=files), clock, files=files)

    release_claim(taken, files)

    renames = [number for number, (name, _) in enumerate(files.calls) if name == "rename"]
    listed = next(
        number for number, (name, path) in enumerate(files.calls) if name == "replace" and path.endswith("claim.json")
    )
    last_stored = max(
        number for number, (name, path) in enumerate(files.calls) if name == "replace" and "objects" in path
    )
    assert listed < renames[0] < renames[2] < last_stored < renames[3]
    assert files.calls[renames[3] + 1][0] == "sync_folder"


# After a crash.


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def crash_everywhere(tmp_path):
    """Every operation on disk of a claim, by number, with a folder and a store of its own."""
    for number in range(1, 200):
        clock = HandClock()
        folder = Folder(tmp_path / f"drop{number}", clock, expects=THREE)
        yield number, folder, Store(tmp_path / f"store{number}", clock)


def test_a_claim_killed_at_any_operation_is_carried_on_or_put_back_whole(tmp_path):
    for number, folder, store in crash_everywhere(tmp_path):
        candidate = fill(folder)

        class Dying(CountedFiles):
            def _count(self, name, path, action):
                self.calls.append((name, str(path)))
                if len(self.calls) == number:  # noqa: B023
                    raise Killed
                return action()

        files = Dying()
        dying_store = Store(store.folder, folder.clock, files=files)
        try:
            taken = claim(candidate, folder.rules, dying_store, folder.clock, files=files)
        except Killed:
            pass
        else:
            assert taken is not None
            return

        adopted = adopt_claimed(folder.rules, store)
        found = adopted or (claim(folder.settle().ready[0], folder.rules, store, folder.clock),)

        assert [content_of(one) for one in found] == [ALL], number
    pytest.fail("it never got through")


def test_a_full_disk_at_any_operation_loses_nothing_and_takes_the_drop_in_the_end(tmp_path):
    for number, folder, store in crash_everywhere(tmp_path):
        candidate = fill(folder)
        files = CountedFiles(fail_at=number)
        full = Store(store.folder, folder.clock, files=files)
        try:
            taken = claim(candidate, folder.rules, full, folder.clock, files=files)
        except TryLater:
            adopted = adopt_claimed(folder.rules, store)
            found = adopted or (claim(folder.settle().ready[0], folder.rules, store, folder.clock),)
            assert [content_of(one) for one in found] == [ALL], number
        else:
            assert content_of(taken) == ALL
            if len(files.calls) < number:
                return
    pytest.fail("it never got through")


def test_an_adopted_drop_keeps_its_id_time_and_remarks(folder, store):
    taken = claim(fill(folder, *THREE, "cafeteria.csv"), folder.rules, store, folder.clock)
    folder.clock.forward(3600)

    (adopted,) = adopt_claimed(folder.rules, store)

    assert adopted == taken


def test_adopting_twice_gives_the_same(folder, store):
    claim(fill(folder), folder.rules, store, folder.clock)

    assert adopt_claimed(folder.rules, store) == adopt_claimed(folder.rules, store)


def test_a_drop_that_was_released_is_not_adopted(folder, store):
    release_claim(claim(fill(folder), folder.rules, store, folder.clock))

    assert adopt_claimed(folder.rules, store) == ()


def test_a_release_killed_half_way_is_not_adopted_in_part(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)
    released = taken.folder.with_name(f"released-{taken.folder.name}")
    taken.folder.rename(released)
    (released / "0.file").unlink()

    assert adopt_claimed(folder.rules, store) == ()
    assert folder.left() == []


def test_a_half_claimed_set_of_which_a_newer_file_came_is_put_back_beside_it(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)
    (taken.folder / "2.file").rename(folder.path / "enrollments.csv")
    folder.write("users.csv", b"the next export")
    folder.write("enrollments.csv", b"the next export")

    assert adopt_claimed(folder.rules, store) == ()
    assert folder.left() == ["classes.csv", "enrollments.csv", "users (1).csv", "users.csv"]


def test_files_in_a_claim_that_no_list_names_are_left_aside_and_told(folder, store):
    stray = folder.path / ".claimed" / "20261121T090000-aaaaaa"
    stray.mkdir(parents=True)
    (stray / "0.file").write_bytes(b"rows")

    adopted = adopt_claimed(folder.rules, store)

    assert adopted == ()
    assert (folder.path / ".claimed" / f"unclear-{stray.name}" / "0.file").read_bytes() == b"rows"
    assert [wait.reason for wait in folder.scan().waits] == ["unclear"]


def test_a_list_that_cannot_be_read_is_told_and_nothing_is_deleted(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)
    (taken.folder / "claim.json").write_text("{", encoding="utf-8")

    adopt_claimed(folder.rules, store)

    assert len(list((folder.path / ".claimed" / f"unclear-{taken.folder.name}").glob("*.file"))) == 3


def test_a_claim_that_makes_no_sense_does_not_hinder_the_others(folder, store):
    stray = folder.path / ".claimed" / "0-first"
    stray.mkdir(parents=True)
    (stray / "0.file").write_bytes(b"rows")
    taken = claim(fill(folder), folder.rules, store, folder.clock)

    assert adopt_claimed(folder.rules, store) == (taken,)


def test_a_claim_that_the_system_keeps_is_adopted_again_later(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)
    release_claim(taken, CountedFiles(fail_at=1, number=13))

    assert adopt_claimed(folder.rules, store) == (taken,)


def test_a_disk_that_stays_full_leaves_nothing_half_taken(folder, store):
    for number in range(1, 12):
        candidate = fill(folder)
        with pytest.raises(TryLater):
            claim(candidate, folder.rules, store, folder.clock, files=CountedFiles(fail_at=number, stays=True))

        taken = adopt_claimed(folder.rules, store)
        for one in taken:
            assert content_of(one) == ALL
            release_claim(one)
        assert bool(taken) or folder.left() == sorted(THREE)


def test_nothing_is_claimed_when_the_store_has_no_room(folder, tmp_path):
    candidate = fill(folder)
    full = Store(tmp_path / "store", folder.clock, files=CountedFiles(free=100 * 2**20))

    with pytest.raises(TryLater, match="100 MB left"):
        claim(candidate, folder.rules, full, folder.clock)


def test_a_list_holds_no_more_than_it_needs(folder, store):
    taken = claim(fill(folder), folder.rules, store, folder.clock)

    listed = json.loads((taken.folder / "claim.json").read_text(encoding="utf-8"))

    assert {member["from"] for member in listed["members"]} == set(THREE)
    assert not any(str(folder.path) in json.dumps(listed) for _ in range(1))


def test_two_who_claim_the_same_files_do_not_both_get_them(folder, store):
    candidate = fill(folder)

    first = claim(candidate, folder.rules, store, folder.clock)
    second = claim(candidate, folder.rules, store, folder.clock)

    assert (first is not None, second) == (True, None)


# Files that a person hands over.


def test_files_handed_over_are_copied_and_stay(tmp_path, store, clock):
    path = tmp_path / "users.csv"
    path.write_bytes(b"rows")

    taken = take_files("registrar", [path], store, clock)

    assert path.read_bytes() == b"rows"
    assert taken.drop.files[0].path.is_relative_to(store.folder)
    assert (taken.folder, taken.drop.is_urgent) == (None, False)


def test_a_delta_handed_over_is_urgent(tmp_path, store, clock):
    (tmp_path / "users.csv").write_bytes(b"rows")

    assert take_files("registrar", [tmp_path / "users.csv"], store, clock, is_delta=True).drop.is_urgent


@pytest.mark.parametrize("name", ["never.csv", "folder"])
def test_what_cannot_be_read_is_a_drop_error(tmp_path, store, clock, name):
    (tmp_path / "folder").mkdir()

    with pytest.raises(DropError, match=name):
        take_files("registrar", [tmp_path / name], store, clock)


def test_no_file_at_all_is_a_drop_error(store, clock):
    with pytest.raises(DropError, match="No file"):
        take_files("registrar", [], store, clock)


def test_a_file_that_changes_while_it_is_handed_over_is_refused(tmp_path, store, clock):
    path = tmp_path / "users.csv"
    path.write_bytes(b"rows")

    class Late:
        def put_all(self, sources):
            sources[0].write_bytes(b"other rows")
            return store.put_all(sources)

        def path(self, sha256):
            return store.path(sha256)

    with pytest.raises(DropError, match="changed while"):
        take_files("registrar", [path], Late(), clock)


def test_a_drop_of_files_can_be_made_without_a_store(tmp_path, clock):
    path = tmp_path / "users.csv"
    path.write_bytes(b"rows")

    drop = drop_of_files("command line", [path], now=clock.now())

    assert (drop.files[0].path, drop.files[0].size, drop.received_at) == (path, 4, clock.now())


def test_a_candidate_keeps_its_urgency(folder, store):
    folder.write("urgent/enrollments.csv")
    (candidate,) = folder.settle().ready

    taken = claim(replace(candidate), folder.rules, store, folder.clock)

    assert taken.drop.is_urgent
    assert not (folder.path / "urgent" / "enrollments.csv").exists()
