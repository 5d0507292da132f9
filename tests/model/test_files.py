import errno
import os
import stat
from pathlib import Path

import pytest

from pipeline.model.files import (
    copy_durably,
    file_sha256,
    is_temporary,
    make_folder,
    move_durably,
    move_folder_durably,
    remove_durably,
    temporary_beside,
    write_durably,
)
from tests.model.failing_files import CountedFiles

needs_modes = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_synced_before_it_gets_its_name_and_the_folder_after(tmp_path):
    files = CountedFiles()

    write_durably(tmp_path / "a.txt", [b"one", b"two"], files=files)

    assert files.names() == ["create", "write", "write", "sync", "replace", "sync_folder"]


def test_what_was_written_is_what_is_summed(tmp_path):
    written = write_durably(tmp_path / "a.txt", [b"one", b"two"])

    assert (written.size, written.sha256) == (6, file_sha256(tmp_path / "a.txt"))


@pytest.mark.parametrize("fail_at", range(1, 7))
def test_the_old_file_stays_whole_when_any_operation_fails_for_lack_of_space(tmp_path, fail_at):
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")

    with pytest.raises(OSError, match="injected"):
        write_durably(target, [b"one", b"two"], files=CountedFiles(fail_at=fail_at))

    assert target.read_bytes() == (b"onetwo" if fail_at == 6 else b"old")


@pytest.mark.parametrize("fail_at", range(1, 7))
def test_a_failed_write_leaves_no_temporary_file(tmp_path, fail_at):
    with pytest.raises(OSError, match="injected"):
        write_durably(tmp_path / "a.txt", [b"one", b"two"], files=CountedFiles(fail_at=fail_at))

    assert [path.name for path in tmp_path.iterdir() if is_temporary(path)] == []


@needs_modes
def test_a_file_is_for_its_owner_only(tmp_path):
    write_durably(tmp_path / "a.txt", b"x")

    assert mode_of(tmp_path / "a.txt") == 0o600


@needs_modes
def test_a_copy_does_not_take_over_wide_permissions(tmp_path):
    source = tmp_path / "open.csv"
    source.write_bytes(b"x")
    source.chmod(0o644)

    copy_durably(source, tmp_path / "copy.csv")

    assert mode_of(tmp_path / "copy.csv") == 0o600


@needs_modes
def test_new_folders_are_for_their_owner_only_all_the_way_down(tmp_path):
    make_folder(tmp_path / "a" / "b" / "c")

    assert {mode_of(tmp_path / name) for name in ("a", "a/b", "a/b/c")} == {0o700}


def test_a_file_that_grows_while_it_is_copied_is_not_copied(tmp_path):
    source = tmp_path / "growing.csv"
    source.write_bytes(b"x" * 10)

    class Growing(CountedFiles):
        def sync(self, file):
            with source.open("ab") as more:
                more.write(b"y")
            super().sync(file)

    with pytest.raises(OSError, match="changed") as caught:
        copy_durably(source, tmp_path / "copy.csv", files=Growing())

    assert caught.value.errno == errno.EAGAIN
    assert not (tmp_path / "copy.csv").exists()


def test_a_file_short_on_disk_is_refused(tmp_path):
    class Losing(CountedFiles):
        def sync(self, file):
            super().sync(file)
            os.truncate(file.name, 1)

    with pytest.raises(OSError, match="shorter"):
        write_durably(tmp_path / "a.txt", b"three", files=Losing())

    assert not (tmp_path / "a.txt").exists()


def test_moving_syncs_the_bytes_before_the_name(tmp_path):
    (tmp_path / "from").write_bytes(b"x")
    files = CountedFiles()

    move_durably(tmp_path / "from", tmp_path / "to", files=files)

    assert files.names() == ["sync", "replace", "sync_folder"]


def test_a_folder_is_moved_only_after_everything_in_it_is_on_the_disk(tmp_path):
    (tmp_path / "new" / "deep").mkdir(parents=True)
    (tmp_path / "new" / "deep" / "a").write_bytes(b"x")
    (tmp_path / "new" / "b").write_bytes(b"x")
    files = CountedFiles()

    move_folder_durably(tmp_path / "new", tmp_path / "final", files=files)

    assert files.names() == ["sync", "sync_folder", "sync", "sync_folder", "rename", "sync_folder"]
    assert (tmp_path / "final" / "deep" / "a").read_bytes() == b"x"


def test_removing_what_is_gone_is_no_error(tmp_path):
    remove_durably(tmp_path / "never.csv")


def test_a_temporary_name_is_known_again_after_a_crash(tmp_path):
    assert is_temporary(temporary_beside(tmp_path / "a.parquet"))
    assert not is_temporary(tmp_path / "a.parquet")


def test_a_very_long_name_still_has_a_temporary_one(tmp_path):
    write_durably(tmp_path / ("n" * 250), b"x")

    assert (tmp_path / ("n" * 250)).read_bytes() == b"x"
