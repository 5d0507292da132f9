"""Parameters as Canvas reads them."""

import pytest

from pipeline.sandbox.api.params import Params, is_true


@pytest.mark.parametrize("word", ["yes", "Y", "true", "T", "ON", "1", "2", "-1", "7 days"])
def test_true_words_and_numbers_other_than_zero_are_true(word):
    assert is_true(word)


@pytest.mark.parametrize("word", ["no", "N", "False", "f", "off", "0", "", "maybe", "00"])
def test_false_words_and_everything_else_are_false(word):
    assert not is_true(word)


def test_absent_is_false_but_not_there():
    params = Params.of([("multi_term_batch_mode", "")])

    assert "multi_term_batch_mode" in params
    assert not params.flag("multi_term_batch_mode")
    assert "batch_mode" not in params


def test_brackets_make_trees():
    params = Params.of([("parameters[users]", "true"), ("parameters[enrollment_states][]", "active")])

    assert params.branch("parameters").flag("users")
    assert params.branch("parameters").texts("enrollment_states") == ["active"]


def test_repeated_brackets_collect_and_a_repeated_name_replaces():
    params = Params.of([("state[]", "a"), ("state[]", "b"), ("page", "1"), ("page", "2")])

    assert params.texts("state") == ["a", "b"]
    assert params.text("page") == "2"


def test_a_scalar_is_a_list_of_one():
    assert Params.of([("workflow_state", "created")]).texts("workflow_state") == ["created"]


def test_stray_brackets_stand_for_themselves():
    assert Params.of([("a]b[", "1"), ("[]", "2")]).tree == {"a]b[": "1", "[]": "2"}


def test_json_body_goes_over_the_query_and_keeps_its_kinds():
    params = Params.of([("page", "1")], {"page": 2, "parameters": {"users": True}})

    assert params.text("page") == "2"
    assert params.branch("parameters").raw("users") is True
    assert params.branch("parameters").text("users") == "true"
