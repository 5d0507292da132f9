from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.rows import DecisionKind, NewDecision
from tests.ledger.kit import ledger_url
from tests.model.clocks import START

HASH = "f" * 64


def said(
    kind: DecisionKind = DecisionKind.APPROVE, *, reason: str = "they moved to the new campus", **more
) -> NewDecision:
    return NewDecision(kind, "Ada Example", reason, **{"subject_hash": HASH, **more})


def change(ledger: Ledger, statement: str) -> None:
    with ledger._database.write() as connection:
        connection.execute(sa.text(statement))


def test_a_decision_is_pending_until_it_was_carried_out(ledger):
    decision = ledger.record_decision(said())
    pending = ledger.pending_decisions()

    ledger.carry_out_decision(decision.number, "approved")

    assert (pending, ledger.pending_decisions()) == ((decision,), ())
    assert ledger.decisions()[0].result == "approved"


def test_a_decision_is_carried_out_once(ledger):
    number = ledger.record_decision(said()).number

    assert [ledger.carry_out_decision(number, "approved") for _ in range(2)] == [True, False]


def test_an_approval_is_for_one_hash_only(ledger):
    ledger.record_decision(said())

    assert ledger.approval_of(HASH) is not None
    assert ledger.approval_of("e" * 64) is None


def test_an_approval_expires(ledger, clock):
    ledger.record_decision(said(expires_at=START + timedelta(hours=72)))
    clock.forward(72 * 3600 - 1)
    before = ledger.approval_of(HASH)

    clock.forward(1)

    assert (before is not None, ledger.approval_of(HASH)) == (True, None)


def test_a_later_discard_ends_an_approval(ledger):
    ledger.record_decision(said())

    ledger.record_decision(said(DecisionKind.DISCARD))

    assert ledger.approval_of(HASH) is None


def test_a_blank_hash_is_never_approved(ledger):
    ledger.record_decision(said(subject_hash=""))

    assert ledger.approval_of("") is None


def test_an_untouched_chain_fits(ledger):
    for number in range(5):
        ledger.record_decision(said(reason=f"reason {number}", details={"keys": [str(number)]}))

    audit = ledger.audit(ledger.decisions_head())

    assert (audit.decisions, audit.broken_at, audit.holds_head) == (5, None, True)


def test_an_empty_chain_has_a_head_that_it_holds_later(ledger):
    head = ledger.decisions_head()

    ledger.record_decision(said())

    assert ledger.audit(head).holds_head is True


@pytest.mark.parametrize(
    "statement",
    [
        "update decisions set reason = 'something else' where number = 3",
        "update decisions set \"by\" = 'Somebody Else' where number = 3",
        "update decisions set details = '{}' where number = 3",
        "update decisions set subject_hash = 'x' where number = 3",
        "update decisions set made_at = '2020-01-01 00:00:00.000000' where number = 3",
        "update decisions set record_hash = 'x' where number = 3",
        "update decisions set head = 'x' where number = 3",
    ],
)
def test_a_changed_decision_breaks_the_chain_there(ledger, statement):
    for _ in range(5):
        ledger.record_decision(said(details={"keys": ["S1"]}))

    change(ledger, statement)

    assert ledger.audit().broken_at == 3


def test_a_removed_decision_breaks_the_chain(ledger):
    for _ in range(5):
        ledger.record_decision(said())

    change(ledger, "delete from decisions where number = 3")

    assert ledger.audit().broken_at == 4


def test_a_truncated_chain_no_longer_holds_the_head_that_was_kept(ledger):
    for _ in range(5):
        ledger.record_decision(said())
    head = ledger.decisions_head()

    change(ledger, "delete from decisions where number >= 4")

    audit = ledger.audit(head)
    assert (audit.broken_at, audit.holds_head) == (None, False)


def test_erasing_texts_does_not_break_the_chain(ledger):
    numbers = [ledger.record_decision(said(details={"keys": ["S1"]})).number for _ in range(3)]
    head = ledger.decisions_head()

    ledger.erase_decision(numbers[1])

    erased = ledger.decisions()[1]
    assert (erased.reason, erased.by, erased.details, erased.is_erased) == ("", "", {}, True)
    assert (ledger.audit(head).broken_at, ledger.audit(head).holds_head) == (None, True)


def test_an_erased_text_cannot_be_guessed_back_from_what_stays(ledger):
    number = ledger.record_decision(said()).number
    ledger.erase_decision(number)

    with ledger._database.read() as connection:
        row = connection.execute(sa.text("select salt from decisions")).one()

    assert row.salt == ""


def test_decisions_from_many_hands_at_once_make_one_chain(tmp_path, clock):
    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: ledger.record_decision(said()), range(18)))

        audit = ledger.audit()

    assert (audit.decisions, audit.broken_at) == (18, None)


def test_a_decision_that_does_not_exist_cannot_be_erased(ledger):
    with pytest.raises(LedgerError, match="no decision 7"):
        ledger.erase_decision(7)
