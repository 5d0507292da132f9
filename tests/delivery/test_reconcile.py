"""A lost answer never becomes a second import: section 2 of the guarantees, case by case."""

from datetime import timedelta

import pytest

from pipeline.delivery.reconcile import Verdict, judge_look, reconcile
from pipeline.errors import Because, NotSent, Refused, Request, Unknown
from tests.canvas.scripted import START, StandingClock
from tests.delivery.canvas_list import ListedCanvas, a_watch, an_attempt, an_import, listing, marked

WHERE = Request("production", "GET", "/api/v1/accounts/self/sis_imports")


def nobody(_seen):
    return False


def run(*steps, attempt=None, bound=nobody, **watch):
    clock = StandingClock()
    canvas = ListedCanvas(clock, *steps)
    return reconcile(canvas, attempt or an_attempt(), a_watch(clock, **watch), is_bound=bound), canvas


def ids(imports):
    return [seen.import_id for seen in imports]


CASES = {
    "marker and user fit": (marked(41), "ours"),
    "marker fits, the user is not shown": (marked(41, user=None), "ours"),
    "marker fits, ended already": (marked(41, "imported"), "ours"),
    "marker fits, aborted": (marked(41, "aborted"), "ours"),
    "passwords were filtered from its name": (an_import(41, names=("users-ab12cafe00112233_filtered.csv",)), "ours"),
    "marker fits, another user": (marked(41, user=6), "strangers"),
    "marker fits, older than the attempt, of no attempt": (marked(40), "strangers"),
    "another package": (an_import(41, names=("users-ffff000000000000.csv",)), None),
    "not read yet, created": (an_import(41, "created"), "waiting"),
    "not read yet, importing": (an_import(41, "importing"), "waiting"),
    "not read yet, initializing for a minute": (an_import(41, "initializing"), "waiting"),
    "not read yet, of another user": (an_import(41, "created", user=6), None),
    "not read yet, of an unknown user": (an_import(41, "created", user=None), "waiting"),
    "an orphan": (an_import(41, "initializing", created_at="2026-08-20T02:50:00Z"), None),
    "ended unread": (an_import(41, "aborted"), "unread"),
    "ended unread, of another user": (an_import(41, "failed", user=6), None),
    "older than the attempt, unread": (an_import(40, "aborted"), None),
}


@pytest.mark.parametrize(("seen", "where"), CASES.values(), ids=CASES.keys())
def test_an_import_of_the_list_is_sorted(seen, where):
    look = judge_look(listing(seen), an_attempt(), nobody)

    found = {
        name: ids(getattr(look, name)) for name in ("ours", "waiting", "unread", "strangers") if getattr(look, name)
    }
    assert found == ({where: [seen.import_id]} if where else {})


def test_an_import_of_another_attempt_is_passed_over():
    look = judge_look(listing(marked(41)), an_attempt(), lambda seen: seen.import_id == 41)

    assert look.is_empty
    assert not look.strangers


def test_where_our_own_user_is_unknown_the_marker_alone_decides():
    look = judge_look(listing(marked(41, user=6)), an_attempt(user_id=None), nobody)

    assert ids(look.ours) == [41]


def test_the_list_reaches_back_to_five_minutes_before_the_post():
    _, canvas = run([marked(41)])

    assert canvas.since == [START - timedelta(minutes=5)]


def test_an_import_with_our_marker_is_adopted():
    result, _ = run([marked(41)])

    assert (result.verdict, result.found.import_id) == (Verdict.ADOPT, 41)


def test_an_import_that_appears_late_is_adopted():
    result, canvas = run([], [], [marked(41)])

    assert result.found.import_id == 41
    assert len(canvas.asked) == 3


def test_nothing_is_sent_again_before_two_minutes_three_looks_and_the_posts_deadline():
    result, canvas = run([])

    assert result.verdict is Verdict.SEND_AGAIN
    assert canvas.asked[-1] > START + timedelta(minutes=5)


def test_three_looks_over_two_minutes_are_needed_after_the_deadline_too():
    result, canvas = run([], attempt=an_attempt(deadline_at=START - timedelta(hours=1)))

    assert result.verdict is Verdict.SEND_AGAIN
    assert len(canvas.asked) >= 3
    assert canvas.asked[-1] - canvas.asked[0] >= timedelta(minutes=2)


def test_after_a_takeover_the_old_lease_is_waited_for_and_a_minute_more():
    result, canvas = run([], attempt=an_attempt(old_lease_until=START + timedelta(minutes=20)))

    assert result.verdict is Verdict.SEND_AGAIN
    assert canvas.asked[-1] > START + timedelta(minutes=21)


def test_an_unread_import_is_waited_for_as_long_as_it_lives():
    hours = [[an_import(41, "created")]] * 200
    result, canvas = run(*hours, [marked(41)])

    assert result.found.import_id == 41
    assert canvas.asked[-1] - START > timedelta(hours=2)


def test_looks_count_anew_when_an_unread_import_turned_out_to_be_another():
    other = an_import(41, names=("users-ffff000000000000.csv",))
    result, canvas = run([], [], [an_import(41, "created")], [other], attempt=an_attempt(deadline_at=START))

    assert result.verdict is Verdict.SEND_AGAIN
    assert canvas.asked[-1] - canvas.asked[3] >= timedelta(minutes=2)


def test_an_orphan_does_not_keep_us_waiting():
    result, _ = run([an_import(41, "initializing", created_at="2026-08-20T02:49:00Z")])

    assert result.verdict is Verdict.SEND_AGAIN


def test_an_import_of_ours_that_ended_unread_needs_a_person():
    result, _ = run([an_import(41, "aborted")])

    assert result.verdict is Verdict.PERSON
    assert "41" in result.reason


def test_two_imports_of_one_attempt_need_a_person():
    result, _ = run([marked(41), marked(42)])

    assert result.verdict is Verdict.PERSON
    assert "41, 42" in result.reason


def test_after_the_third_attempt_a_person_decides():
    result, _ = run([], attempt=an_attempt(number=3))

    assert result.verdict is Verdict.PERSON


def test_an_import_with_our_marker_of_a_stranger_is_told_and_not_adopted():
    result, _ = run([marked(41, user=6), marked(42)])

    assert (result.found.import_id, result.strangers) == (42, (41,))


def test_a_look_that_failed_does_not_count_as_empty():
    trouble = [
        Unknown("x", request=WHERE),
        NotSent("x", request=WHERE),
        Refused("x", request=WHERE, because=Because.NOT_CANVAS),
    ] * 20
    told = []
    result, _ = run(*trouble, [marked(41)], on_trouble=told.append, attempt=an_attempt(deadline_at=START))

    assert result.verdict is Verdict.ADOPT
    assert len(told) == 60


def test_a_token_that_died_is_told_and_nothing_decided():
    with pytest.raises(Refused):
        run(Refused("x", request=WHERE, because=Because.TOKEN))


def test_a_process_that_is_to_stop_decides_nothing():
    result, _ = run([], should_stop=lambda: True)

    assert result.verdict is Verdict.STOPPED
