"""No rule of the reference is without a test, but those that nothing can reach, each with its reason."""

from tests.sandbox.rules.coverage import NOT_SHOWN, TABLE, rule_ids, shown, table


def test_every_rule_has_a_test_or_a_reason():
    missing = [rule for rule in rule_ids() if rule not in shown() and rule not in NOT_SHOWN]

    assert missing == []


def test_no_rule_has_a_test_and_a_reason_for_none():
    assert sorted(set(NOT_SHOWN) & set(shown())) == []


def test_every_tested_rule_is_in_the_reference():
    assert sorted(set(shown()) - set(rule_ids())) == []


def test_the_table_of_rules_is_up_to_date():
    assert TABLE.read_text(encoding="utf-8") == table(), "run: python -m tests.sandbox.rules.coverage"
