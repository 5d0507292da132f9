"""Fault rules: which request they strike, and what they refuse to mean."""

import pytest

from pipeline.sandbox.faults import FaultRuleError, Faults, read_rules

CREATE = ("POST", "/api/v1/accounts/self/sis_imports")


def put(*rules):
    faults = Faults()
    faults.put(list(rules))
    return faults


def test_only_the_nth_matching_request_is_struck():
    faults = put({"method": "POST", "path": "/api/v1/accounts/*/sis_imports", "nth": 2, "status": 502})

    assert [len(faults.struck(*request)) for request in (CREATE, ("GET", CREATE[1]), CREATE, CREATE)] == [0, 0, 1, 0]


def test_a_rule_is_spent_after_so_many_times():
    faults = put({"times": 2, "status": 503})

    assert [len(faults.struck(*CREATE)) for _ in range(4)] == [1, 1, 0, 0]


def test_one_star_stays_within_a_segment_and_two_cross():
    faults = put({"path": "/api/*/sis_imports", "status": 500}, {"path": "/api/**/sis_imports", "status": 501})

    assert [rule.what.status for rule in faults.struck(*CREATE)] == [501]


def test_the_same_seed_strikes_the_same_requests():
    rule = {"probability": 0.5, "seed": 7, "status": 500}
    once, again = put(rule), put(rule)

    pattern = [len(once.struck(*CREATE)) for _ in range(50)]
    assert pattern == [len(again.struck(*CREATE)) for _ in range(50)]
    assert 0 < sum(pattern) < 50


def test_it_is_shown_how_often_a_rule_fired():
    faults = put({"nth": 1, "status": 500})
    faults.struck(*CREATE)
    faults.struck(*CREATE)

    assert faults.shown() == [{"nth": 1, "status": 500, "seen": 2, "fired": 1}]


@pytest.mark.parametrize(
    "rules",
    [
        "no list",
        [{"path": "/x"}],
        [{"status": "500"}],
        [{"statsu": 500}],
        [{"status": 500, "when": "later"}],
        [{"throttle": 420}],
        [{"import": {"end": "failed"}}],
        [{"reset": 1}],
        [7],
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(rules):
    with pytest.raises(FaultRuleError):
        read_rules(rules)


def test_a_refused_list_leaves_the_rules_as_they_were():
    faults = put({"status": 500})

    with pytest.raises(FaultRuleError):
        faults.put([{"status": 500}, {"nonsense": 1}])

    assert len(faults.shown()) == 1


def test_every_problem_is_named():
    with pytest.raises(FaultRuleError) as found:
        read_rules([{"statsu": 500}, {"status": 1, "when": "never"}])

    assert len(found.value.problems) == 3
