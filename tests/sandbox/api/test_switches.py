"""Switches: what differs between Canvas's versions, and how to change it."""

import pytest

from pipeline.sandbox.api.switches import SwitchError, changed, switches_of


def test_versions_differ_where_canvas_changed():
    now, then = switches_of("current"), switches_of("2022")

    assert (now.throttle_status, now.permission_status, now.paging_max_per_page) == (429, 403, 100)
    assert (then.throttle_status, then.permission_status, then.paging_max_per_page) == (403, 401, 50)
    assert now.require_user_agent
    assert not then.require_user_agent


def test_a_switch_may_be_written_with_a_dot():
    assert changed(switches_of("current"), {"throttle.status": 403}).throttle_status == 403


@pytest.mark.parametrize(
    "wanted",
    [{"throttle.stats": 403}, {"throttle_status": 418}, {"require_user_agent": "yes"}, {"paging_max_per_page": "many"}],
)
def test_what_a_switch_cannot_be_is_refused(wanted):
    with pytest.raises(SwitchError):
        changed(switches_of("current"), wanted)
