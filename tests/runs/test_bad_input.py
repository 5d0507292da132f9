"""Exports as they should not be, through the real drop folder: each ends with a reason, nothing of it is half imported,
and the next export goes its way."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipeline.errors import TryLater
from pipeline.ledger.store import Store
from pipeline.model.states import RunState
from pipeline.runs.taking import FolderWatch, take_ready
from tests.model.failing_files import CountedFiles
from tests.runs.school import School


@dataclass(frozen=True)
class Bad:
    """What is done to a dropped export, how its run ends, and what the reason names."""

    spoil: Callable[[Path], object]
    ends: frozenset[RunState]
    says: str


FAILS = frozenset({RunState.FAILED})
HELD = frozenset({RunState.HELD})


def rewritten(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def header_only(content: bytes) -> bytes:
    return content.splitlines(keepends=True)[0]


def cut_in_the_last_line(content: bytes) -> bytes:
    return content.rstrip()[:-12]


UNUSABLE = {
    "an empty file": Bad(rewritten("users.csv", lambda _: b""), FAILS | HELD, "users"),
    "a header and no rows": Bad(rewritten("enrollments.csv", header_only), HELD, "enrollments"),
    "a binary file": Bad(rewritten("users.csv", lambda _: bytes(range(256)) * 40), FAILS, "users.csv"),
    "a zip under a csv's name": Bad(rewritten("users.csv", lambda _: b"PK\x03\x04" + b"\0" * 200), FAILS, "users.csv"),
    "a last line that is cut": Bad(rewritten("enrollments.csv", cut_in_the_last_line), FAILS, "enrollments.csv"),
    "a quote that is never closed": Bad(
        rewritten("users.csv", lambda content: content + b'P9,"never closed\r\n'), FAILS | HELD, "users"
    ),
    "the header of another table": Bad(
        rewritten("users.csv", lambda _: b"isbn,shelf\r\n978-3,A\r\n"), FAILS | HELD, "users"
    ),
    "the same content under two names": Bad(
        lambda folder: (folder / "classes.csv").write_bytes((folder / "courses.csv").read_bytes()), FAILS, "classes.csv"
    ),
}


@pytest.mark.parametrize("bad", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_export_ends_with_a_reason_and_the_next_goes_its_way(bad, settled, school):
    before, sent = settled.live(), len(settled.posts(settled.test))
    settled.drop(school)
    bad.spoil(settled.drop_folder)

    run = settled.run()

    assert run.state in bad.ends
    assert bad.says in run.error + str(run.hold.get("message", ""))
    assert run.remedy or run.hold.get("remedy")
    assert len(settled.posts(settled.test)) == sent
    assert settled.live() == settled.live(settled.test) == before
    assert settled.files_in_drop_folder() == []
    assert the_next_goes_its_way(settled, school)


def test_a_file_that_nobody_asked_for_goes_along_unread(settled, school):
    settled.drop(school.with_person("P7", "Katherine", "Johnson"))
    (settled.drop_folder / "lunch-menu.csv").write_text("day,dish\r\nmonday,soup\r\n", encoding="utf-8")

    run = settled.run()

    assert run.state is RunState.ARCHIVED
    assert "lunch-menu.csv" in " ".join(told_about_drop(settled, run))
    assert settled.files_in_drop_folder() == []


def test_a_set_that_lacks_a_file_is_not_taken_before_its_time(settled, school):
    settled.drop(school)
    (settled.drop_folder / "users.csv").unlink()

    with pytest.raises(TryLater, match=r"missing: users\.csv"):
        settled.run()

    assert len(settled.runs()) == 2  # the first night's


def test_a_set_that_stays_incomplete_is_recorded_and_moved_out_of_the_way(settled, school):
    settled.drop_incomplete(school)
    with settled.opened():
        settled.clock.sleep(60)
        run = settled.run()

        assert run.state is RunState.INCOMPLETE
        assert "users.csv" in run.error
        assert "taken together or not at all" in run.remedy
        assert settled.files_in_drop_folder() == []
        assert settled.place.ledger.get_drop(run.drop_id).outcome == "incomplete"
        assert the_next_goes_its_way(settled, school)


def test_a_folder_in_a_files_place_is_no_file(settled, school):
    settled.drop(school)
    (settled.drop_folder / "users.csv").unlink()
    (settled.drop_folder / "users.csv").mkdir()

    with pytest.raises(TryLater, match=r"missing: users\.csv"):
        settled.run()

    (settled.drop_folder / "users.csv").rmdir()
    assert the_next_goes_its_way(settled, school)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom modes bind")
def test_a_file_that_may_not_be_read_is_waited_for(settled, school):
    settled.drop(school)
    (settled.drop_folder / "users.csv").chmod(0)

    with pytest.raises(TryLater, match="cannot be opened"):
        settled.run()


def test_a_file_that_another_program_keeps_to_itself_is_waited_for(settled, school, monkeypatch):
    monkeypatch.setattr("pipeline.intake.look._is_readable", lambda path: path.name != "users.csv")
    settled.drop(school)

    with pytest.raises(TryLater, match="another program keeps it"):
        settled.run()

    monkeypatch.undo()
    assert len(settled.files_in_drop_folder()) == 6


def test_two_exports_in_one_folder_are_held(settled, school):
    settled.drop(school.with_person("P7", "Katherine", "Johnson"))
    older = school.text("users").encode()
    (settled.drop_folder / "users (1).csv").write_bytes(older)
    os.utime(settled.drop_folder / "users (1).csv", (1_700_000_000, 1_700_000_000))

    run = settled.run()

    assert run.state is RunState.HELD
    assert "users (1).csv" in run.hold["message"]
    assert settled.user("P7", settled.test) is None
    assert the_next_goes_its_way(settled, school)


def test_files_of_different_nights_are_held(settled, school):
    settled.drop(school.with_person("P7", "Katherine", "Johnson"))
    os.utime(settled.drop_folder / "classes.csv", (1_700_000_000, 1_700_000_000))

    run = settled.run()

    assert run.state is RunState.HELD
    assert "classes.csv" in run.hold["message"]
    assert settled.user("P7", settled.test) is None


def test_a_full_disk_leaves_everything_where_it_was_and_the_drop_is_taken_later(settled, school):
    settled.drop(school.with_person("P7", "Katherine", "Johnson"))
    full = CountedFiles(fail_at=1, stays=True)
    there = replace(settled.place, store=Store(settled.place.store.folder, settled.clock, files=full))
    watch = FolderWatch("registrar")
    take_ready(there, watch)  # nothing has settled yet
    settled.clock.sleep(2)
    with pytest.raises(TryLater):
        take_ready(there, watch)

    run = settled.run()

    assert run.state is RunState.ARCHIVED
    assert settled.user("P7", settled.test)["status"] == "active"
    assert settled.files_in_drop_folder() == []


def the_next_goes_its_way(stage, school: School) -> bool:
    """Whether an export in order, dropped now, reaches test."""
    good = school.with_person("P8", "Radia", "Perlman").with_enrollment("ART", "P8")
    run = stage.run(good)
    return run.state is RunState.ARCHIVED and ("ART", "P8") in stage.live(stage.test)


def told_about_drop(stage, run):
    return [str(remark["message"]) for remark in stage.place.ledger.get_drop(run.drop_id).remarks]
