"""restore_states: only states come back."""

import pytest

from tests.sandbox.engine.account import courses, enrollments, groups, memberships, sections, terms, users

PEOPLE = users("ada,ada,Ada,active,ada@example.edu,", "bo,bo,Bo,active,,")
WHOLE = (
    PEOPLE
    | courses("c,C,C,active,,", "d,D,D,active,,")
    | sections("s,c,S,active,,,")
    | enrollments("c,s,ada,student,active", "c,s,bo,student,active")
)


def restored(account, outcome, **filters):
    progress_id = account.engine.restore_states(
        outcome.id, **{"batch_mode": False, "undelete_only": False, "unconclude_only": False, **filters}
    )
    assert account.engine.wait_until_idle()
    with account.engine.database.read() as cursor:
        progress = dict(cursor.execute("SELECT * FROM progresses WHERE id = ?", (progress_id,)).fetchone())
    return account.outcome(outcome.id), progress


def test_what_an_import_created_is_deleted(account):
    outcome = account.imported(WHOLE)

    after, progress = restored(account, outcome)

    assert after.state == "restored"
    assert (progress["workflow_state"], progress["completion"]) == ("completed", 100.0)
    for table in ("courses", "sections", "enrollments"):
        assert {row["status"] for row in account.rows(table)} == {"deleted"}
    assert account.row("users", user_id="ada")["status"] == "deleted"
    assert account.row("users", user_id="ada")["email"] is None


def test_only_states_come_back(account):
    account.imported(WHOLE)
    outcome = account.imported(courses("c,NEW,New,completed,,"))

    restored(account, outcome)

    row = account.row("courses", course_id="c")
    assert (row["status"], row["name"]) == ("unpublished", "New")


def test_undeleting_leaves_conclusions_and_new_objects(account):
    account.imported(WHOLE)
    outcome = account.imported(
        courses("d,D,D,completed,,", "e,E,E,active,,")
        | enrollments("c,s,ada,student,deleted", "c,s,bo,student,completed")
    )

    after, _ = restored(account, outcome, undelete_only=True)

    assert after.state == "partially_restored"
    assert [row["status"] for row in account.rows("enrollments")] == ["active", "completed"]
    assert account.row("courses", course_id="e")["status"] == "unpublished"
    assert after.data["statistics"]["Enrollment"]["restored"] == 1


def test_state_before_the_whole_import_comes_back(account):
    account.imported(WHOLE)
    outcome = account.imported(courses("c,C,C,published,,", "c,C,C,completed,,", "c,C,C,deleted,,"))

    restored(account, outcome)

    assert account.row("courses", course_id="c")["status"] == "unpublished"


def test_second_restoration_has_nothing_left_to_do(account):
    account.imported(WHOLE)
    outcome = account.imported(enrollments("c,s,ada,student,deleted"))
    restored(account, outcome)
    account.imported(enrollments("c,s,ada,student,deleted"))

    restored(account, outcome)

    assert account.row("enrollments", user_id="ada")["status"] == "deleted"


def test_group_memberships_come_back_with_an_undeletion(account):
    account.imported(WHOLE | groups("g,,,c,Team,available") | memberships("g,ada,accepted"))
    outcome = account.imported(enrollments("c,s,ada,student,deleted"))

    restored(account, outcome, undelete_only=True)

    assert account.row("group_memberships")["status"] == "accepted"


def test_batch_mode_filter_undoes_the_clean_up_alone(account):
    account.imported(terms("t,T,active,,,,") | courses("c,C,C,active,,t", "d,D,D,active,,t"))
    outcome = account.imported(courses("c,C,C,completed,,t"), batch_mode=True, batch_mode_term_id=account.term_id("t"))

    restored(account, outcome, batch_mode=True)

    assert account.row("courses", course_id="c")["status"] == "completed"
    assert account.row("courses", course_id="d")["status"] == "unpublished"


@pytest.mark.parametrize(("days", "status"), [(29, "active"), (31, "deleted")])
def test_after_thirty_days_there_is_nothing_to_restore(account, days, status):
    account.imported(WHOLE)
    outcome = account.imported(enrollments("c,s,ada,student,deleted", ",,ada,student,active"))
    account.engine.clock.advance(days * 86400)
    assert account.engine.wait_until_idle()

    after, _ = restored(account, outcome)

    assert account.row("enrollments", user_id="ada")["status"] == status
    assert len(after.messages) == (1 if days < 30 else 0)
