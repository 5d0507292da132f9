from datetime import date, timedelta

import pytest

from pipeline.errors import LedgerError
from pipeline.ledger.rows import Pointer, TimetableKey

NIGHT = TimetableKey("runs", "registrar", date(2026, 11, 21), "02:00")


def test_a_name_that_never_pointed_anywhere_points_nowhere(ledger):
    assert ledger.get_pointer("registrar", "test", "base") is None


def test_a_name_points_to_what_was_set_last(ledger):
    ledger.set_pointer(Pointer("registrar", "test", "base", "a" * 64))

    ledger.set_pointer(Pointer("registrar", "test", "base", "b" * 64))

    assert ledger.get_pointer("registrar", "test", "base").sha256 == "b" * 64
    assert [row.sha256[0] for row in ledger.pointer_history("registrar", "test", "base")] == ["b", "a"]


def test_names_of_other_instances_are_others(ledger):
    ledger.set_pointer(Pointer("registrar", "test", "base", "a" * 64))

    assert ledger.get_pointer("registrar", "production", "base") is None


def test_a_pointer_that_moved_meanwhile_is_not_set(ledger):
    ledger.set_pointer(Pointer("registrar", "test", "base", "a" * 64))

    with pytest.raises(LedgerError, match="changed by another run"):
        ledger.set_pointer(Pointer("registrar", "test", "base", "c" * 64, expected="b" * 64))


def test_a_pointer_may_be_expected_to_point_nowhere(ledger):
    ledger.set_pointer(Pointer("registrar", "test", "base", "a" * 64, expected=""))

    with pytest.raises(LedgerError, match="changed by another run"):
        ledger.set_pointer(Pointer("registrar", "test", "base", "a" * 64, expected=""))


def test_an_entry_of_the_timetable_is_recorded_once_per_date(ledger):
    assert [ledger.record_timetable(NIGHT, result="ran") for _ in range(2)] == [True, False]
    assert ledger.get_timetable(NIGHT).result == "ran"


def test_the_same_entry_on_the_next_date_is_another(ledger):
    ledger.record_timetable(NIGHT)

    assert ledger.record_timetable(TimetableKey("runs", "registrar", date(2026, 11, 22), "02:00"))


def test_a_notice_is_told_once(ledger):
    queued = [ledger.queue_notice("held:r000001", "held", feed="registrar", facts={"rows": 212}) for _ in range(2)]

    assert (queued, len(ledger.notices_due())) == ([True, False], 1)


def test_a_notice_that_could_not_be_delivered_comes_again_later(ledger, clock):
    ledger.queue_notice("held:r000001", "held", feed="registrar", facts={})
    (notice,) = ledger.notices_due()
    ledger.settle_notice(notice.number, "refused", again_after=timedelta(minutes=5))
    at_once = ledger.notices_due()

    clock.forward(300)

    assert (at_once, [row.tries for row in ledger.notices_due()]) == ((), [1])


@pytest.mark.parametrize("result", ["sent", "given up"])
def test_a_settled_notice_does_not_come_again(ledger, clock, result):
    ledger.queue_notice("held:r000001", "held", feed="registrar", facts={})
    (notice,) = ledger.notices_due()
    ledger.settle_notice(notice.number, result)

    clock.forward(86400)

    assert ledger.notices_due() == ()


def test_single_values_are_kept(ledger):
    ledger.set_value("feed:registrar:stopped", {"failures": 2})

    ledger.set_value("feed:registrar:stopped", {"failures": 3})

    assert (ledger.get_value("feed:registrar:stopped"), ledger.get_value("other")) == ({"failures": 3}, None)


def test_an_installation_has_an_id_that_markers_can_begin_with(ledger):
    assert len(ledger.installation_id) == 32
    assert set(ledger.installation_id) <= set("0123456789abcdef")
