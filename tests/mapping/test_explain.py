"""Where a column comes from, in words; and examples as tests of a mapping."""

import pytest

from pipeline.errors import SettingsError
from pipeline.mapping import explain, load_mapping, load_preset, run_examples

SMALL = """\
mapping: small
needs:
  people: {{required: [id, name, login]}}
canvas:
  users:
    rows:
      from: people
      columns:
        user_id: {{column: id, then: trim}}
        login_id: {{column: login}}
        full_name: {{column: name}}
        status: {{text: active}}
examples:
  - name: a person becomes a user
    given: {{people: "id,name,login\\n 7 ,Ada,ada\\n"}}
    expect: {{users: "user_id,login_id,status\\n{expected},ada,active\\n"}}
"""


def test_example_that_holds_passes():
    results = run_examples(load_mapping(SMALL.format(expected="7"), "small.yaml"))

    assert [(result.name, result.passed) for result in results] == [("a person becomes a user", True)]


def test_example_that_gives_other_rows_fails_and_shows_both():
    (result,) = run_examples(load_mapping(SMALL.format(expected="8"), "small.yaml"))

    assert not result.passed
    assert "'8'" in result.difference
    assert "'7'" in result.difference


def test_column_is_explained_with_its_operators():
    text = explain(load_mapping(SMALL.format(expected="7"), "small.yaml"), "users.user_id")

    assert text == "users.user_id, from each row of people: column id, trim"


def test_conditions_are_explained_without_internals():
    text = explain(load_preset("oneroster-1.1"), "enrollments.status")

    assert "is before today" in text
    assert "{" not in text


def test_unknown_column_names_the_nearest():
    with pytest.raises(SettingsError, match="login_id"):
        explain(load_preset("oneroster-1.1"), "users.logn_id")
