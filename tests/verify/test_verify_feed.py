"""Verifying a feed after its imports: whole, one course, and the sample that is taken by itself."""

import json

import pytest
import requests

from pipeline.errors import CouldNotLook, PipelineError, TryLater
from pipeline.model.states import RunState
from pipeline.runs import sampling
from pipeline.runs.conductor import advance
from pipeline.runs.taking import take_drop
from pipeline.runs.verifying import last_verified, verify_feed
from tests.runs.school import small_school
from tests.runs.stage import FEED, children_here, staged

PEOPLE = ("Lovelace", "Turing", "Countess", "P2", "P3")


def given(stage, **wishes):
    stage.production.engine.given(wishes)


def verified(stage, **options):
    return verify_feed(stage.place, FEED, "production", **options)


def told(found):
    return {(each["what"], each["table"], each["column"], each["ours"], each["canvas"]) for each in found.differences}


def test_canvas_is_equal_after_an_import(settled):
    found = verified(settled)

    assert found.is_equal
    assert found.not_shown == {"users": ("declared_user_type", "status")}
    assert {table: counts["equal"] for table, counts in found.counts.items()} == {
        "accounts": 1,
        "terms": 2,
        "courses": 3,
        "sections": 3,
        "users": 6,
        "enrollments": 9,
    }


def test_it_is_equal_again_after_changes_and_deletes(settled, school):
    changed = school.with_change("users", "P2", familyName="King").without("enrollments", "E-MAT-P3")
    settled.run(changed.with_person("P7", "Katherine", "Johnson").with_enrollment("ART", "P7"))

    assert verify_feed(settled.place, FEED, "test").is_equal


def test_a_hand_edit_is_a_differing_field(settled):
    given(settled, manual_user_change={"user_id": "P2", "name": "Countess Lovelace"})

    found = verified(settled)

    assert told(found) == {("differs", "users", "full_name", "Ada Lovelace", "Countess Lovelace")}
    assert found.differences[0]["key"] == {"user_id": "P2"}


def test_hand_edits_of_all_tables_are_found(settled):
    given(
        settled,
        manual_course_change={"course_id": "BIO", "long_name": "Botany"},
        manual_section_change={"section_id": "BIO", "name": "Lab"},
        manual_term_change={"term_id": "T1", "name": "Fall"},
        manual_account_change={"account_id": "O1", "name": "Oak School"},
        manual_user_change={"user_id": "P3", "login_id": "enigma"},
        manual_enrollment_change=[
            {"course_id": "MAT", "user_id": "P3", "start_date": "2026-10-01T06:00:00Z"},
            {"course_id": "ART", "user_id": "P2", "status": "inactive"},
        ],
    )

    assert {(each["what"], each["table"], each["column"]) for each in verified(settled).differences} == {
        ("differs", "courses", "long_name"),
        ("differs", "sections", "name"),
        ("differs", "terms", "name"),
        ("differs", "accounts", "name"),
        ("differs", "users", "login_id"),
        ("differs", "enrollments", "start_date"),
        ("differs", "enrollments", "status"),
    }


def test_a_hand_made_enrollment_is_extra_and_never_counted_as_ours(settled):
    given(settled, manual_enrollments=[{"course_id": "ART", "section_id": "ART", "user_id": "P4", "role": "ta"}])

    found = verified(settled)

    counts = found.counts["enrollments"]
    assert (counts["looked_at"], counts["equal"], counts["extra"], counts["by_hand"]) == (9, 9, 1, 1)
    assert [(each["what"], each["whose"], each["key"]["user_id"]) for each in found.differences] == [
        ("extra", "by hand", "P4")
    ]


def test_an_enrollment_deleted_by_hand_is_missing(settled):
    given(settled, manual_enrollment_change={"course_id": "MAT", "user_id": "P3", "status": "deleted"})

    assert told(verified(settled)) == {("missing", "enrollments", "status", "active", "deleted")}


def test_a_row_that_we_deleted_is_found_when_somebody_revives_it(settled, school):
    settled.run(school.without("enrollments", "E-MAT-P3"))

    settled.test.engine.given({"manual_enrollment_change": {"course_id": "MAT", "user_id": "P3", "status": "active"}})

    found = verify_feed(settled.place, FEED, "test")
    assert told(found) == {("differs", "enrollments", "status", "deleted", "active")}


def test_one_course_is_compared_alone(settled):
    given(settled, manual_course_change=[{"course_id": name, "long_name": "Other"} for name in ("BIO", "MAT")])

    found = verified(settled, course="BIO")

    assert [(each["table"], each["key"]) for each in found.differences] == [("courses", {"course_id": "BIO"})]
    assert found.counts["enrollments"]["looked_at"] == 6


def test_a_course_that_the_base_does_not_have_is_told(settled):
    with pytest.raises(PipelineError, match="no living course NOPE"):
        verified(settled, course="NOPE")


def test_a_read_that_breaks_in_the_middle_could_not_look_and_records_nothing(settled):
    settled.fault(
        settled.production, {"method": "GET", "path": "/api/v1/courses/*/enrollments", "nth": [2, 3, 4], "status": 500}
    )
    settled.fault(
        settled.production, {"method": "GET", "path": "/api/v1/courses/sis_course_id:MAT/enrollments", "status": 500}
    )

    with pytest.raises(CouldNotLook) as caught:
        verified(settled)

    assert caught.value.exit_code == 75
    assert last_verified(settled.place, FEED, "production") == ()


def test_an_instance_without_a_base_has_nothing_to_compare(stage):
    with pytest.raises(PipelineError, match="nothing to compare"):
        verified(stage)


def test_while_an_import_of_ours_runs_nothing_is_compared(settled, school):
    settled.drop(school.with_person("P7", "Katherine", "Johnson"))
    run = take_drop(settled.place, FEED, [])
    while run.state is not RunState.IMPORTING:
        run = advance(settled.place, run.run_id)

    with pytest.raises(TryLater):
        verify_feed(settled.place, FEED, "test")


def test_the_numbers_are_kept_and_nothing_of_people(settled):
    given(settled, manual_user_change={"user_id": "P2", "name": "Countess Lovelace"})

    verified(settled)
    verified(settled, course="BIO")

    kept = last_verified(settled.place, FEED, "production")
    assert [(one["with"], one["course"], one["counts"]["users"]["differing"]) for one in kept] == [
        ("rest", None, 1),
        ("rest", "BIO", 1),
    ]
    assert not any(name in json.dumps(kept) for name in PEOPLE)
    assert [path for path in (settled.folder / ".pipeline" / "work").rglob("*") if path.is_file()] == []


# The sample after each import.


def test_a_sample_is_looked_up_after_each_import(settled, school):
    run = settled.run(school.with_person("P7", "Katherine", "Johnson"))

    assert run.outcome["sample"]["counts"]["users"] == {
        "looked_at": 1, "equal": 1, "missing": 0, "differing": 0, "extra": 0, "by_hand": 0, "left_out": 6,
    }  # fmt: skip
    assert run.outcome["notes"] == []


def test_a_sample_costs_thirty_requests_at_most(settled, school):
    for n in range(40):
        school = school.with_person(f"Q{n}", f"Given{n}", f"Family{n}")

    run = settled.run(school)

    assert 15 <= run.outcome["sample"]["requests"] <= sampling.MOST_REQUESTS


def test_what_a_sample_finds_stands_in_the_report_without_anybodys_name(settled, school):
    change = {"user_id": "P2", "name": "Countess Lovelace"}
    settled.test.engine.given({"manual_user_change": change})  # sticky: the import cannot change it back

    run = settled.run(school.with_change("users", "P2", familyName="King"))

    (note,) = run.outcome["notes"]
    assert "users.full_name 1×" in note
    assert not any(name in note for name in (*PEOPLE, "King"))
    page = next((settled.folder / "archive").glob(f"registrar/*/test_{run.run_id}/report.html"))
    assert "not as recorded" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", [{"status": 500}, {"html": True}], ids=["in trouble", "a page of a proxy"])
def test_a_failure_to_read_never_fails_the_run(settled, school, fault):
    settled.fault(settled.test, {"method": "GET", "path": "/api/v1/users/sis_user_id:P7/**", **fault})

    run = settled.run(school.with_person("P7", "Katherine", "Johnson"))

    assert run.state is RunState.ARCHIVED
    assert run.outcome["state"] == "imported"
    assert "could not be looked into" in run.outcome["notes"][0]


def test_a_token_that_may_not_read_is_noted_once(settled, school):
    only_imports(settled)

    first = settled.run(school.with_person("P7", "Katherine", "Johnson"))
    second = settled.run(school.with_person("P7", "Katherine", "Johnson").with_person("P8", "Radia", "Perlman"))

    assert ["may not read" in note for note in first.outcome["notes"]] == [True]
    assert second.outcome["notes"] == []
    assert "sample" not in second.outcome


def only_imports(stage):
    """Give the instance `test` a token for reading that has no right to."""
    wish = {"tokens": [{"name": "importer", "permissions": ["import_sis"]}]}
    token = requests.post(f"{stage.test.url}/sandbox/given", json=wish, timeout=10).json()["importer"]
    path = stage.folder / "reader.token"
    path.write_text(token, encoding="utf-8")
    path.chmod(0o600)
    instance = stage.place.settings.instances["test"]
    credential = type(instance).model_validate({"kind": "test", "url": instance.url, "token": f"file:{path}"}).token
    stage.place.settings.instances["test"] = instance.model_copy(update={"read_token": credential})


@pytest.fixture
def school():
    return small_school()


@pytest.fixture
def stage(tmp_path, monkeypatch):
    children_here(monkeypatch)
    with staged(tmp_path) as stage, stage.opened():
        yield stage
