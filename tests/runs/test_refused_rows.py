"""A row that is refused on its way never becomes a delete, and what it stands for is sent again once it is mended."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pipeline.model.states import RunState
from pipeline.runs.roster_files import load_tables
from tests.runs.school import School


@dataclass(frozen=True)
class Broken:
    """A way in which one person's row, or enrollment, is broken in an export."""

    broken: Callable[[School], School]
    code: str


def with_torn_row(school: School) -> School:
    """A name with a comma that nobody quoted: the row has a cell too many."""
    cells = school.row("users", "P2").values()
    torn = ",".join(cells).replace("Lovelace", "Lovelace, Jr.", 1)
    school = school.without("users", "P2")
    school.torn["users"] = [torn]
    return school


def with_torn_enrollment(school: School) -> School:
    school = school.without("enrollments", "E-BIO-P2")
    school.torn["enrollments"] = ["E-BIO-P2,active,2026-09-01T06:00:00.000Z,BIO,O1,P2,student,one cell too many"]
    return school


BROKEN = {
    "a person's status that nobody knows": Broken(lambda s: s.with_change("users", "P2", status="?"), "code-unknown"),
    "a blank login": Broken(lambda s: s.with_change("users", "P2", username="", email=""), "user-without-login"),
    "a torn row": Broken(with_torn_row, "row-width"),
    "a person without an id": Broken(lambda s: s.with_change("users", "P2", sourcedId=""), "key-blank"),
    "a login that two people have": Broken(
        lambda s: s.with_change("users", "P2", username="alan.turing"), "user-shared-login"
    ),
    "an enrollment's status that nobody knows": Broken(
        lambda s: s.with_change("enrollments", "E-BIO-P2", status="?"), "code-unknown"
    ),
    "a role that nobody knows": Broken(
        lambda s: s.with_change("enrollments", "E-BIO-P2", role="tutor"), "code-unknown"
    ),
    "a torn enrollment": Broken(with_torn_enrollment, "row-width"),
    "an enrollment without a class": Broken(
        lambda s: s.with_change("enrollments", "E-BIO-P2", classSourcedId=""), "key-blank"
    ),
}


@pytest.fixture
def strict(settled):
    """The small school is in production, and who is missing from an export is deleted."""
    settled.configure(users="deleted")
    with settled.opened():
        yield settled


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
def test_what_a_refused_row_stands_for_stays_as_it_was(case, strict, school):
    before = strict.live()

    run = strict.run(case.broken(school))

    assert refused_codes(strict, run) == [case.code]
    assert run.state in {RunState.NOTHING_TO_DO, RunState.HELD}  # held: what a row without its key may stand for
    assert strict.live(strict.test) == strict.live() == before
    assert strict.user("P2")["status"] == "active"


def test_a_row_that_is_missing_and_not_refused_is_deleted(strict, school):
    run = strict.run(school.without("enrollments", "E-BIO-P2"))
    strict.promote(run.run_id)

    assert ("BIO", "P2") not in strict.live()


@pytest.mark.parametrize("name", ["a blank login", "a torn row", "a person without an id"])
def test_a_refused_row_that_is_mended_is_sent_again(name, strict, school):
    strict.run(BROKEN[name].broken(school))
    mended = school.with_change("users", "P2", familyName="King")

    run = strict.run(mended)
    strict.promote(run.run_id)

    assert run.facts["counts"] == {"users": {"update": 1}}
    assert strict.user("P2")["last_name"] == "King"


def test_a_move_into_a_class_that_nobody_knows_keeps_the_old_place(strict, school):
    run = strict.run(school.with_change("enrollments", "E-MAT-P3", classSourcedId="MATx"))
    promoted = strict.promote(run.run_id)

    assert promoted.outcome["not_in"] == 1
    assert ("MAT", "P3") in strict.live()


def test_a_row_that_canvas_refused_is_sent_again_when_it_is_mended(strict, school):
    with_login_made_by_hand(strict, "katherine.johnson")
    newcomer = school.with_person("P7", "Katherine", "Johnson").with_enrollment("ART", "P7")
    first = strict.promote(strict.run(newcomer).run_id)
    assert first.outcome["not_in"] == 2
    assert ("ART", "P7") not in strict.live()

    run = strict.run(newcomer.with_change("users", "P7", username="kjohnson"))
    strict.promote(run.run_id)

    assert strict.user("P7")["status"] == "active"
    assert ("ART", "P7") in strict.live()


def test_a_row_that_canvas_refused_is_named_by_its_line_in_the_export(strict, school):
    with_login_made_by_hand(strict, "katherine.johnson")

    run = strict.run(school.with_person("P7", "Katherine", "Johnson"))

    messages = tables_of(strict, run.facts["messages_folder"])["messages"]
    names = [file["name"] for file in run.facts["numbers"]["files"]]
    places = zip(messages["file_no"], messages["line_no"], strict=True)
    assert [(names[file_no], line_no) for file_no, line_no in places] == [("users.csv", 8)]


def with_login_made_by_hand(stage, login):
    """Both Canvases have a person with this login, of whom no export knows."""
    for sandbox in (stage.test, stage.production):
        sandbox.engine.given({"canvas_users": [{"login_id": login, "user_id": "X1", "name": "By Hand"}]})


def refused_codes(stage, run):
    """Codes of the findings that refused a row of the drop."""
    findings = tables_of(stage, run.facts["folders"]["findings"])["findings"]
    return sorted(set(findings[findings["severity"] == "error"]["code"]))


def tables_of(stage, sha256):
    return load_tables(stage.place.stored(sha256))[0]
