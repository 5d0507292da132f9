"""The leaky bucket."""

from pipeline.sandbox.api.throttle import Buckets, ThrottleRules


def test_the_twelfth_request_at_once_is_refused():
    buckets = Buckets(ThrottleRules())

    assert [buckets.admit("t", 0.0) for _ in range(12)] == [True] * 11 + [False]


def test_one_request_after_the_other_is_never_refused():
    buckets = Buckets(ThrottleRules())

    for second in range(1000):
        assert buckets.admit("t", float(second))
        buckets.settle("t", float(second), 1.0)


def test_a_full_bucket_empties_with_time():
    buckets = Buckets(ThrottleRules())
    buckets.admit("t", 0.0)
    buckets.settle("t", 0.0, 790.0)

    assert not buckets.admit("t", 1.0)
    assert buckets.admit("t", 60.0)


def test_remaining_may_be_negative():
    buckets = Buckets(ThrottleRules())
    buckets.admit("t", 0.0)
    buckets.settle("t", 0.0, 700.0)

    assert buckets.remaining("t", 0.0) == -100.0


def test_each_client_has_its_own_bucket():
    buckets = Buckets(ThrottleRules())
    buckets.admit("a", 0.0)
    buckets.settle("a", 0.0, 800.0)

    assert buckets.admit("b", 0.0)


def test_a_clock_set_back_leaks_nothing():
    buckets = Buckets(ThrottleRules())
    buckets.admit("t", 100.0)
    buckets.settle("t", 100.0, 300.0)

    assert buckets.remaining("t", 50.0) == 300.0
