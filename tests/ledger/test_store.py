import errno
import os
import shutil
import stat
from pathlib import Path

import pytest

from pipeline.errors import LedgerError, TryLater
from pipeline.ledger.store import Store
from pipeline.model.files import bytes_sha256
from tests.model.clocks import HandClock
from tests.model.failing_files import CountedFiles

needs_modes = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


@pytest.fixture
def store(tmp_path, clock):
    return Store(tmp_path / "store", clock)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "users.csv"
    path.write_bytes(b"user_id\nS1\n")
    return path


def stored_file(store: Store, sha256: str):
    return store.folder / "objects" / sha256[:2] / sha256


def test_what_was_put_is_found_by_its_hash(store, source):
    sha256 = store.put(source)

    assert sha256 == bytes_sha256(b"user_id\nS1\n")
    assert store.path(sha256).read_bytes() == b"user_id\nS1\n"


def test_putting_leaves_the_original_alone(store, source):
    store.put(source)

    assert source.read_bytes() == b"user_id\nS1\n"


def test_taking_moves_the_original(store, source):
    sha256 = store.take(source)

    assert not source.exists()
    assert store.path(sha256).read_bytes() == b"user_id\nS1\n"


def test_taking_what_is_there_already_removes_the_original(store, source):
    sha256 = store.put(source)

    assert store.take(source) == sha256
    assert not source.exists()


def test_a_folder_is_one_hash_for_all_its_files(store, tmp_path):
    folder = tmp_path / "desired"
    folder.mkdir()
    (folder / "users.parquet").write_bytes(b"u")
    (folder / "courses.parquet").write_bytes(b"c")

    sha256 = store.take_folder(folder)

    found = {name: path.read_bytes() for name, path in store.folder_paths(sha256).items()}
    assert found == {"courses.parquet": b"c", "users.parquet": b"u"}


def test_the_same_files_in_another_order_are_the_same_hash(store):
    one, two = store.put_bytes(b"1"), store.put_bytes(b"2")

    assert store.put_list({"a": one, "b": two}) == store.put_list({"b": two, "a": one})


def test_an_empty_folder_is_an_empty_list_not_a_missing_one(store, tmp_path):
    (tmp_path / "nothing").mkdir()

    assert store.folder_paths(store.take_folder(tmp_path / "nothing")) == {}


def test_a_missing_file_is_an_error_and_never_empty(store):
    with pytest.raises(LedgerError, match="missing"):
        store.path("a" * 64)


@pytest.mark.parametrize("content", [b"", b"user_id\nS2\n", b"user_id\nS1"], ids=["emptied", "changed", "cut"])
def test_a_damaged_file_is_an_error(store, source, content):
    sha256 = store.put(source)
    stored_file(store, sha256).write_bytes(content)

    with pytest.raises(LedgerError, match="damaged"):
        store.path(sha256)


def test_a_damaged_file_is_mended_by_putting_it_again(store, source):
    sha256 = store.put(source)
    stored_file(store, sha256).write_bytes(b"rubbish")

    store.put(source)

    assert store.read_bytes(sha256) == b"user_id\nS1\n"


@pytest.mark.parametrize("hostile", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_what_is_no_hash_is_never_used_as_a_path(store, hostile):
    with pytest.raises(LedgerError, match="not a hash"):
        store.path(hostile)


def test_a_file_is_not_a_list_of_files(store, source):
    with pytest.raises(LedgerError, match="not a list"):
        store.folder_paths(store.put(source))


def test_a_file_that_another_host_has_just_written_is_waited_for(tmp_path):
    content = b"late"

    class LateClock(HandClock):
        def sleep(self, seconds):
            super().sleep(seconds)
            if self.monotonic() > 1030:
                Store(tmp_path / "store", self).put_bytes(content)

    store = Store(tmp_path / "store", LateClock(), patience_seconds=60)

    assert store.read_bytes(bytes_sha256(content)) == content


def test_a_file_that_never_comes_is_missing_after_a_minute(tmp_path, clock):
    store = Store(tmp_path / "store", clock, patience_seconds=60)

    with pytest.raises(LedgerError, match="missing"):
        store.path("a" * 64)

    assert 1060 <= clock.monotonic() <= 1062


@needs_modes
def test_stored_files_are_for_their_owner_only(store, source):
    source.chmod(0o644)

    one = store.put(source)
    two = store.put_bytes(b"x")
    source.write_bytes(b"other")
    three = store.take(source)

    assert {stat.S_IMODE(stored_file(store, sha256).stat().st_mode) for sha256 in (one, two, three)} == {0o600}
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_bytes_are_on_the_disk_before_they_get_their_name(tmp_path, clock, source):
    files = CountedFiles()
    Store(tmp_path / "store", clock, files=files).put(source)

    names = files.names()

    assert names.index("write") < names.index("sync") < len(names) - 1 - names[::-1].index("replace")
    assert names[-1] == "sync_folder"


@pytest.mark.parametrize("act", ["put", "put_bytes", "take"])
def test_a_full_disk_at_any_operation_leaves_the_store_whole(tmp_path, clock, act):
    for fail_at in range(1, 60):
        folder = tmp_path / f"store{fail_at}"
        source = tmp_path / "source.csv"
        source.write_bytes(b"content")
        files = CountedFiles(fail_at=fail_at)
        store = Store(folder, clock, files=files)
        argument = b"content" if act == "put_bytes" else source
        try:
            getattr(store, act)(argument)
        except TryLater:
            if source.exists() or act == "put_bytes":
                retried = getattr(Store(folder, clock), act)(argument)
            else:
                retried = bytes_sha256(b"content")
            assert Store(folder, clock).read_bytes(retried) == b"content"
        else:
            assert len(files.calls) < fail_at, "the failure was swallowed"
            return
    pytest.fail("it never got through")


def test_an_error_that_does_not_pass_is_not_to_be_tried_again(tmp_path, clock, source):
    store = Store(tmp_path / "store", clock, files=CountedFiles(fail_at=2, number=errno.EROFS))

    with pytest.raises(LedgerError, match="cannot be written"):
        store.put(source)


def test_a_source_file_that_cannot_be_read_now_is_to_be_tried_again(store, tmp_path):
    with pytest.raises(TryLater, match="cannot be read"):
        store.put(tmp_path / "never.csv")


def test_what_interrupted_writers_left_is_removed_and_nothing_else(store, source):
    sha256 = store.put(source)
    (store.folder / "arriving" / "0123456789abcdef").write_bytes(b"half")
    (stored_file(store, sha256).parent / f".{sha256}.partial-abcdef").write_bytes(b"half")

    assert store.remove_partial() == 2
    assert list(store.hashes()) == [sha256]


def test_forgetting_removes_the_bytes(store, source):
    sha256 = store.put(source)

    store.forget(sha256)

    assert not store.holds(sha256)
    assert list(store.hashes()) == []


def test_a_file_on_another_disk_is_copied_and_then_removed(store, source):
    shared_memory = Path("/dev/shm")
    if not os.access(shared_memory, os.W_OK) or shared_memory.stat().st_dev == source.stat().st_dev:
        pytest.skip("needs a second file system")
    other = Store(shared_memory / f"sis-pipeline-test-{os.getpid()}", store._clock)

    try:
        sha256 = other.take(source)

        assert not source.exists()
        assert other.read_bytes(sha256) == b"user_id\nS1\n"
    finally:
        shutil.rmtree(other.folder)


def test_many_files_are_put_side_by_side_in_order(store, tmp_path):
    sources = [tmp_path / f"{number}.csv" for number in range(50)]
    for number, path in enumerate(sources):
        path.write_bytes(str(number % 40).encode())

    hashes = store.put_all(sources)

    assert [store.read_bytes(sha256) for sha256 in hashes] == [path.read_bytes() for path in sources]
    assert list((store.folder / "arriving").iterdir()) == []


def test_one_unreadable_file_among_many_is_told_and_none_is_lost(store, tmp_path):
    sources = [tmp_path / f"{number}.csv" for number in range(50)]
    for path in sources[:-1]:
        path.write_bytes(b"x")

    with pytest.raises(TryLater, match="cannot be read"):
        store.put_all(sources)

    assert all(path.exists() for path in sources[:-1])
