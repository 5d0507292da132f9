"""One export from the drop folder into production, and the exports of the nights after."""

import hashlib
import json
import os
import stat
import zipfile

import pytest

from pipeline.model.states import RunState, Waiting
from tests.runs.school import small_school
from tests.runs.stage import children_here, staged


@pytest.fixture(scope="module")
def promoted(tmp_path_factory):
    """The first export, in production; only looked at."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        children_here(monkeypatch)
        with staged(tmp_path_factory.mktemp("promoted")) as stage, stage.opened():
            stage.all_the_way(small_school())
            yield stage


def test_the_first_plan_of_a_feed_is_held_with_its_numbers(stage, school):
    run = stage.run(school)

    assert run.state is RunState.HELD
    assert run.hold["guard"] == "first plan"
    assert run.hold["counts"]["enrollments"] == {"create": 9}
    assert stage.posts(stage.test) == []


def test_an_approved_plan_goes_to_test_and_waits_there_for_its_promotion(stage, school):
    run = stage.run(school)

    result = stage.approve(run.run_id)

    assert result == "approved"
    assert stage.run_row(run.run_id).state is RunState.ARCHIVED
    assert stage.waiting(run.run_id).waiting is Waiting.PROMOTION
    assert stage.live(stage.test) == nine_enrollments()
    assert stage.posts(stage.production) == []


def test_production_gets_the_bytes_that_were_rehearsed_in_one_import_each(promoted):
    rehearsed, sent = promoted.posts(promoted.test), promoted.posts(promoted.production)

    assert [one["sha256"] for one in rehearsed] == [one["sha256"] for one in sent]
    assert [one["query"] for one in rehearsed] == [one["query"] for one in sent]
    assert len(promoted.imports(promoted.test)) == len(promoted.imports(promoted.production)) == 1
    assert promoted.live() == nine_enrollments()


def test_the_imports_files_in_canvas_are_named_for_the_runs_marker(promoted):
    (run,) = promoted.runs(instance="production")

    (seen,) = promoted.imports(promoted.production)

    names = {file["filename"].partition("_")[2] for file in seen["csv_attachments"]}  # Canvas puts a number before
    tables = ("accounts", "terms", "courses", "sections", "users", "enrollments")
    assert names == {f"{table}-{run.marker}.csv" for table in tables}


def test_the_archive_holds_everything_and_a_manifest_of_right_hashes(promoted):
    run = promoted.runs(instance="production")[0]

    folder = next((promoted.folder / "archive").glob(f"registrar/*/production_{run.run_id}"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    listed = {name: file["sha256"] for name, file in manifest["files"].items()}
    present = {str(path.relative_to(folder)): sha256_of(path) for path in files_below(folder)}
    assert {name: present[name] for name in listed} == listed
    assert set(present) - set(listed) == {"manifest.json"}
    assert {"package.zip", "report.html", "run.json"} <= set(listed)
    assert listed["package.zip"] == promoted.posts(promoted.production)[0]["sha256"]


def test_the_drops_source_is_archived_once_beside_its_runs(promoted):
    (drop,) = (promoted.folder / "archive" / "registrar").iterdir()

    assert sorted(path.name.split("_")[0] for path in drop.iterdir()) == ["production", "source", "test"]
    rows = (drop / "source" / "users.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("file,line,sourcedId")
    assert len(rows) == 1 + 6


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_archive_state_and_store_are_open_to_their_owner_alone(promoted):
    for name in ("archive", ".pipeline"):
        for path in [promoted.folder / name, *(promoted.folder / name).rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), (path, oct(mode))


def test_each_instance_has_a_base_of_the_rows_that_it_took(promoted):
    bases = [promoted.place.ledger.get_pointer("registrar", name, "base") for name in ("test", "production")]

    assert all(base is not None for base in bases)
    assert bases[0].sha256 == bases[1].sha256
    assert promoted.place.ledger.get_pointer("registrar", "", "desired") is not None


def test_the_drop_folder_is_empty_after_a_drop_was_taken(promoted):
    assert files_below(promoted.drop_folder) == []


def test_the_same_export_again_changes_nothing(settled, school):
    before = len(settled.posts(settled.test))

    run = settled.run(school)

    assert run.state is RunState.NOTHING_TO_DO
    assert len(settled.posts(settled.test)) == before


def test_a_changed_export_sends_only_its_changes(settled, school):
    school = school.with_change("users", "P2", familyName="King").without("enrollments", "E-MAT-P3")
    school = school.with_person("P7", "Katherine", "Johnson").with_enrollment("ART", "P7")

    run = settled.run(school)
    settled.promote(run.run_id)

    assert sent_rows(settled, run) == {"users": 2, "enrollments": 2}
    assert run.facts["counts"] == {"users": {"create": 1, "update": 1}, "enrollments": {"create": 1, "delete": 1}}
    assert settled.user("P2")["last_name"] == "King"
    assert settled.live() == nine_enrollments() - {("MAT", "P3")} | {("ART", "P7")}


def test_a_package_does_not_depend_on_the_order_of_rows(settled, school):
    changed = school.with_person("P7", "Katherine", "Johnson").with_person("P8", "Radia", "Perlman")
    first = settled.run(changed)
    changed.tables["users"].reverse()

    second = settled.run(changed)

    assert second.state is RunState.NOTHING_TO_DO
    assert second.facts["kept_holds"] == [settled.waiting(first.run_id).run_id]


def test_a_package_and_its_parameters_are_the_same_in_ledger_and_archive(promoted):
    run = promoted.runs(instance="test")[0]
    package = next((promoted.folder / "archive").glob(f"registrar/*/test_{run.run_id}/package.zip"))

    with zipfile.ZipFile(package) as packed:
        names = packed.namelist()
        dates = {entry.date_time for entry in packed.infolist()}

    assert all(run.marker in name for name in names)
    assert len(dates) == 1


def nine_enrollments():
    return {("BIO", f"P{n}") for n in range(1, 7)} | {("ART", "P2"), ("MAT", "P1"), ("MAT", "P3")}


def sent_rows(stage, run):
    folder = next((stage.folder / "archive").glob(f"registrar/*/{run.instance}_{run.run_id}"))
    with zipfile.ZipFile(folder / "package.zip") as packed:
        return {name.split("-")[0]: len(packed.read(name).splitlines()) - 1 for name in packed.namelist()}


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
