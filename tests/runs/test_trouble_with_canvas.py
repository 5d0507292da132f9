"""Whatever a Canvas does to a run: one import in the end, nothing given up that may be there, and words for people."""

from datetime import timedelta

import pytest

from pipeline.canvas import http
from pipeline.errors import TryLater
from pipeline.model.states import RunState, Waiting
from pipeline.sandbox.api.registry import Grant

POST = {"method": "POST", "path": "/api/v1/accounts/*/sis_imports"}
SHOW = {"method": "GET", "path": "/api/v1/accounts/*/sis_imports/*"}
LIST = {"method": "GET", "path": "/api/v1/accounts/*/sis_imports"}


@pytest.fixture
def changed(school):
    """An export with one new person."""
    return school.with_person("P7", "Katherine", "Johnson")


LOST = {
    "a reset after Canvas stored it": {"when": "after", "reset": True},
    "a trouble page after Canvas stored it": {"when": "after", "status": 502, "html": True},
    "an answer that comes too late": {"when": "after", "delay": 1.0},
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_an_import_whose_answer_was_lost_is_adopted_not_sent_twice(fault, settled, changed, monkeypatch):
    if "delay" in fault:
        monkeypatch.setattr(http, "READ_SECONDS", 0.4)
    settled.fault(settled.test, {**POST, "times": 1, **fault})

    run = settled.run(changed)

    assert run.state is RunState.ARCHIVED
    assert len(settled.imports(settled.test)) == 2  # the first night's, and this one
    assert [attempt.result for attempt in settled.place.ledger.attempts(run.run_id)] == ["adopted"]
    assert settled.user("P7", settled.test)["status"] == "active"


def test_a_post_that_certainly_did_not_arrive_is_sent_again(settled, changed):
    settled.fault(settled.test, {**POST, "times": 1, "when": "before", "reset": True})

    run = settled.run(changed)

    assert run.state is RunState.ARCHIVED
    assert [attempt.result for attempt in settled.place.ledger.attempts(run.run_id)] == ["given_up", "accepted"]
    assert len(settled.imports(settled.test)) == 2  # the first night's, and this one


@pytest.mark.parametrize("status", [403, 429])
def test_a_throttled_post_waits_and_is_sent_once(status, settled, changed):
    settled.fault(settled.test, {**POST, "times": 2, "throttle": status})

    run = settled.run(changed)
    while run.state is RunState.PACKAGED:
        assert run.waiting is Waiting.INSTANCE
        settled.clock.sleep(60)
        run = settled.run()

    assert run.state is RunState.ARCHIVED
    assert [one["status"] for one in settled.posts(settled.test)] == [status, status, 200]
    assert len(settled.imports(settled.test)) == 2


def test_a_revoked_token_is_waited_for_and_the_run_goes_on_with_the_new_one(settled, changed):
    settled.test.site.take_token("another-token")

    run = settled.run(changed)
    assert (run.state, run.waiting) == (RunState.PACKAGED, Waiting.TOKEN)
    assert "put a new one in place" in run.remedy

    with settled.opened():  # the token is looked up anew: by now the right one is in its place
        run = settled.run()
    assert run.state is RunState.ARCHIVED
    assert run.error == ""


def test_a_token_that_is_revoked_between_post_and_end_gives_nothing_up(settled, changed):
    settled.fault(settled.test, {**SHOW, "times": 1, "revoke_token": True})

    run = settled.run(changed)
    assert run.state is RunState.IMPORTING
    assert "put a new one in place" in run.remedy

    settled.test.site.take_token("another-token")
    settled.clock.sleep(120)
    with settled.opened():
        run = settled.run()
    assert run.state is RunState.ARCHIVED
    assert len(settled.posts(settled.test)) == 1


def test_a_token_that_is_revoked_while_an_answer_is_looked_for_sends_nothing_twice(settled, changed):
    settled.fault(
        settled.test,
        {**POST, "times": 1, "when": "after", "reset": True},
        {**LIST, "nth": 2, "revoke_token": True},  # the first look is the one before the POST
    )

    run = settled.run(changed)
    assert run.state is RunState.SUBMITTING

    settled.test.site.take_token("another-token")
    settled.clock.sleep(120)
    with settled.opened():
        run = settled.run()
    assert run.state is RunState.ARCHIVED
    assert len(settled.posts(settled.test)) == 1


def test_a_canvas_that_cannot_be_reached_is_waited_for(settled, changed):
    settled.fault(settled.test, {"path": "/api/**", "reset": True})

    run = settled.run(changed)
    assert (run.state, run.waiting) == (RunState.PACKAGED, Waiting.INSTANCE)
    assert run.due_at - settled.place.ledger.now() < timedelta(minutes=2)

    settled.fault(settled.test)
    assert settled.run().state is RunState.ARCHIVED


def test_a_page_in_canvass_place_is_waited_out(settled, changed):
    settled.fault(settled.test, {"path": "/api/**", "html": True})

    run = settled.run(changed)
    assert (run.state, run.waiting) == (RunState.PACKAGED, Waiting.INSTANCE)
    assert "proxy" in run.remedy

    settled.fault(settled.test)
    assert settled.run().state is RunState.ARCHIVED


def test_a_token_without_the_right_is_told_as_such(settled, changed):
    settled.tokens["TEST_TOKEN"] = settled.test.site.tokens.grant(Grant("no rights", 1, []))[0]
    with settled.opened():
        run = settled.run(changed)

    assert (run.state, run.waiting) == (RunState.PACKAGED, Waiting.TOKEN)
    assert "SIS Data - import" in run.remedy


def test_a_missing_token_is_waited_for(settled, changed):
    settled.tokens["TEST_TOKEN"] = ""
    with settled.opened():
        run = settled.run(changed)

    assert (run.state, run.waiting) == (RunState.PACKAGED, Waiting.TOKEN)
    assert "TEST_TOKEN" in run.error


def test_a_wrong_account_ends_the_run_with_the_reason(settled, changed):
    settled.fault(settled.test, {**LIST, "status": 404, "body": {"errors": [{"message": "does not exist"}]}})

    run = settled.run(changed)

    assert run.state is RunState.FAILED
    assert "Check host and account" in run.remedy


def test_a_failed_run_is_planned_again_when_asked(settled, changed):
    settled.fault(settled.test, {**LIST, "status": 404, "body": {"errors": [{"message": "does not exist"}]}})
    settled.run(changed)
    settled.fault(settled.test)

    run = settled.run()

    assert run.state is RunState.ARCHIVED
    assert settled.user("P7", settled.test)["status"] == "active"


def test_an_import_that_canvas_no_longer_knows_ends_the_run_as_refreshed(settled, changed):
    settled.fault(settled.test, {**SHOW, "status": 404, "body": {"errors": [{"message": "does not exist"}]}})

    run = settled.run(changed)

    assert run.state is RunState.FAILED
    assert "refreshed" in run.remedy


@pytest.mark.parametrize("state", ["failed", "failed_with_messages", "aborted"])
def test_an_import_that_did_not_end_well_is_recorded_and_not_promoted(state, settled, changed):
    settled.fault(settled.test, {**POST, "times": 1, "import": {"ends": state}})

    run = settled.run(changed)

    assert run.state is RunState.ARCHIVED
    assert run.outcome["state"] == state
    assert settled.runs(parent_run_id=run.run_id) == ()


def test_what_waits_for_an_instance_is_told_to_the_next_run_not_waited_for(settled, changed, school):
    settled.fault(settled.test, {"path": "/api/**", "reset": True})
    settled.run(changed)

    with pytest.raises(TryLater, match="waits behind") as caught:
        settled.run(school.with_person("P8", "Radia", "Perlman"))

    assert "cannot be reached" in str(caught.value) or "broke" in str(caught.value)
