"""Emptying the account beside requests under way."""

import threading

from pipeline.sandbox.api.turnstile import Turnstile
from tests.sandbox.http import IMPORTS, ROSTER


def test_who_wants_to_be_alone_waits_for_those_inside():
    turnstile, order = Turnstile(), []

    def be_alone():
        with turnstile.alone():
            order.append("alone")

    with turnstile.inside():
        thread = threading.Thread(target=be_alone)
        thread.start()
        order.append("inside")
    thread.join(5)

    assert order == ["inside", "alone"]


def test_requests_beside_a_reset_never_meet_a_broken_account(canvas):
    statuses, is_over = set(), threading.Event()

    def ask():
        while not is_over.is_set():
            statuses.add(canvas.get(IMPORTS).status_code)
            statuses.add(canvas.upload(ROSTER).status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(20):
        canvas.sandbox.site.reset()
    is_over.set()
    asking.join(10)

    assert 500 not in statuses
    assert 200 in statuses
