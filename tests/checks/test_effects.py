import re

import pytest

from pipeline.canvas.effects import Became, effects, match_message, table_of_file
from pipeline.canvas.file_types import raw_reference


def rules():
    reference = raw_reference()
    return [
        *reference["file_rules"],
        *reference["batch_rules"],
        *(rule for kind in reference["types"] for rule in kind["rules"]),
    ]


def spoken(message):
    """A message as Canvas would print it: every gap filled, the first of two choices taken."""
    filled = re.sub(r"\{([^}|]*)\|[^}]*\}", r"\1", message)
    return re.sub(r"\{[^}]*\}", "X-1", filled)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["id"])
def test_every_rule_has_an_effect(rule):
    assert rule["id"] in effects()


@pytest.mark.parametrize("rule", [r for r in rules() if r["id"] != "ACCOUNT-08"], ids=lambda rule: rule["id"])
def test_a_message_finds_its_rule_again(rule):
    effect = effects()[rule["id"]]

    found = match_message(spoken(rule["message"]), effect.table or None).effect

    assert (found.became, found.fields, found.status) == (effect.became, effect.fields, effect.status)


@pytest.mark.parametrize(
    "text",
    [
        "Setting account A-1's parent to A-2 would create a loop",
        'SIS ID "A-1" is already in use',
        "is too long (maximum is 255 characters)",
    ],
)
def test_texts_without_a_fixed_part_are_known(text):
    assert match_message(text, "accounts").effect.rule == "ACCOUNT-08"


def test_a_message_that_no_rule_explains_is_unknown():
    assert match_message("Something quite new", "users").effect.became is Became.UNKNOWN


def test_a_bad_email_leaves_the_person_in_without_it():
    found = match_message("The email address associated with user 'U-1' is invalid (email: 'None')", "users")

    assert (found.effect.became, found.effect.fields, found.values["user_id"]) == (
        Became.WITHOUT_FIELD,
        ("email",),
        "U-1",
    )


def test_an_enrollment_of_a_deleted_person_is_in_as_deleted():
    found = match_message("Attempted enrolling of deleted user U-1 in course C-1", "enrollments")

    assert (found.effect.became, found.effect.status) == (Became.OTHER_STATUS, "deleted")


def test_a_file_that_cannot_be_read_is_not_in():
    assert match_message("Malformed CSV", "users").effect.became is Became.NOT_IN


def test_a_crash_is_unknown():
    message = "Error while importing CSV. Please contact support. (Error report 17)"

    assert match_message(message, "terms").effect.became is Became.UNKNOWN


def test_messages_without_a_row_number_say_so():
    assert not match_message('Unknown blueprint course "B" for course "C"', "courses").effect.has_row


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("enrollments-abcd0123456789ab.csv", "enrollments"),
        ("in/a/folder/users-abcd0123456789ab.csv", "users"),
        ("users-abcd0123456789ab_deduplicated.csv", "users"),
        ("notes.txt", None),
        (None, None),
    ],
)
def test_the_table_of_a_file_is_in_its_name(name, table):
    assert table_of_file(name) == table
