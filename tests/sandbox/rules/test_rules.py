"""Every row rule of the reference fires where it should, with Canvas's text, row and order, and with no other message."""

import pytest

from tests.sandbox.engine.account import open_account
from tests.sandbox.rules import group_cases, people_cases, roster_cases, structure_cases, tag_cases
from tests.sandbox.rules.case import Given

MODULES = (structure_cases, people_cases, roster_cases, group_cases, tag_cases)
ALL = [case for module in MODULES for case in module.CASES]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_rule(case):
    with open_account(case.version) as account:
        outcome = None
        for step in case.steps:
            if isinstance(step, Given):
                account.given(**step)
            else:
                outcome = account.imported(step, **case.options)

    assert outcome is not None
    assert outcome.says == list(case.says)
    assert not any(failure for *_, failure in outcome.messages)
    assert outcome.state == ("imported_with_messages" if case.says else "imported")
    if case.counts is not None:
        rows = {key: n for key, n in outcome.counts.items() if not key.endswith("_count")}
        assert rows == dict(case.counts)
