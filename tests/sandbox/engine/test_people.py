"""What users.csv and logins.csv do to people, logins and addresses."""

import pytest

from tests.sandbox.engine.account import accounts, admins, courses, enrollments, groups, logins, memberships, users

NAMES = "user_id,login_id,first_name,last_name,full_name,sortable_name,short_name,status"
PROVIDED = "user_id,login_id,full_name,status,authentication_provider_id"
TYPED = "user_id,login_id,full_name,status,declared_user_type,pronouns"


@pytest.mark.parametrize(
    ("cells", "name", "sortable"),
    [
        ("Ada,Quill,,,", "Ada Quill", "Quill, Ada"),
        ("Ada,Quill,Lady Ada,,", "Lady Ada", "Ada, Lady"),
        (",Quill,,,", " Quill", "Quill, "),
        ("Ada,,,,", "Ada ", ", Ada"),
        (",,,,", "ada.login", "ada.login"),
        (",,,,Adi", "Adi", "Adi"),
        (',,,"Quill, Ada",Adi', "Quill, Ada", "Quill, Ada"),
        ('Ada,Quill,,"Q, A",', "Ada Quill", "Q, A"),
    ],
)
def test_names_of_a_new_person_are_inferred(account, cells, name, sortable):
    account.imported(users(f"ada,ada.login,{cells},active", header=NAMES))

    row = account.row("users", user_id="ada")

    assert (row["name"], row["sortable_name"]) == (name, sortable)


def test_row_without_names_keeps_those_that_are_there(account):
    account.imported(users("ada,ada,Ada,Quill,,,Adi,active", header=NAMES))

    account.imported(users("ada,ada,,,,,,active", header=NAMES))

    row = account.row("users", user_id="ada")
    assert (row["name"], row["sortable_name"], row["short_name"]) == ("Ada Quill", "Quill, Ada", "Adi")


def test_short_name_follows_the_name_until_one_is_given(account):
    account.imported(users("ada,ada,Ada Quill,active,,"))

    account.imported(users("ada,ada,Ada Stone,active,,"))

    assert account.row("users", user_id="ada")["short_name"] == "Ada Stone"


def test_status_that_begins_with_a_word_means_active(account):
    account.imported(users("ada,ada,Ada,deleted_2024,,", "bo,bo,Bo,SUSPENDED,,"))

    assert account.row("users", user_id="ada")["status"] == "active"
    assert account.row("users", user_id="bo")["status"] == "suspended"


def test_login_name_may_change_its_letter_case(account):
    account.imported(users("ada,ada,Ada,active,,"))

    account.imported(users("ada,ADA,Ada,active,,"))

    assert account.row("users", user_id="ada")["login_id"] == "ADA"


def test_two_rows_that_swap_login_names_both_conflict(account):
    account.imported(users("ada,a,Ada,active,,", "bo,b,Bo,active,,"))

    outcome = account.imported(users("ada,b,Ada,active,,", "bo,a,Bo,active,,"))

    assert len(outcome.says) == 2


def test_name_that_an_earlier_row_gave_up_is_free(account):
    account.imported(users("ada,a,Ada,active,,", "bo,b,Bo,active,,"))

    outcome = account.imported(users("ada,new,Ada,active,,", "bo,a,Bo,active,,"))

    assert outcome.says == []
    assert account.row("users", user_id="bo")["login_id"] == "a"


def test_claimed_login_is_handed_over_when_the_import_says_so(account):
    account.imported(users("old,ada,Ada,active,,"))

    outcome = account.imported(users("new,ada,Ada,active,,"), update_sis_id_if_login_claimed=True)

    assert outcome.says == []
    assert account.rows("users", user_id="old") == []
    assert account.row("users", user_id="new")["login_id"] == "ada"


def test_same_login_name_is_possible_with_another_provider(account):
    account.given(authentication_providers=[{"auth_type": "saml"}])
    account.imported(users("ada,ada,Ada,active,", header=PROVIDED))

    outcome = account.imported(users("bo,ada,Bo,active,saml", header=PROVIDED))

    assert outcome.says == []
    assert account.row("users", user_id="bo")["authentication_provider_id"] == "saml"


def test_row_without_provider_unties_the_login(account):
    account.given(authentication_providers=[{"auth_type": "saml"}])
    account.imported(users("ada,ada,Ada,active,saml", header=PROVIDED))

    account.imported(users("ada,ada,Ada,active,,"))

    assert account.row("users", user_id="ada")["authentication_provider_id"] is None


def test_provider_may_be_named_by_its_number(account):
    outcome = account.imported(users("ada,ada,Ada,active,1", header=PROVIDED))

    assert outcome.says == []
    assert account.row("users", user_id="ada")["authentication_provider_id"] == "canvas"


def test_integration_id_is_kept_when_the_row_has_none(account):
    account.imported(users("ada,ada,Ada,active,,i"))

    account.imported(users("ada,ada,Ada,active,,"))

    assert account.row("users", user_id="ada")["integration_id"] == "i"


def test_integration_id_of_a_deleted_login_is_taken_still(account):
    account.imported(users("ada,ada,Ada,deleted,,i"))

    outcome = account.imported(users("bo,bo,Bo,active,,i", "cy,cy,Cy,deleted,,i"))

    assert "has already claimed bo's requested integration_id" in outcome.says[0]
    assert outcome.says[1].endswith('Unknown reason: integration_id Integration ID "i" is already in use')


def test_declared_type_is_stored_and_cleared(account):
    account.imported(users("ada,ada,Ada,active,teacher,", "bo,bo,Bo,active,student,", header=TYPED))

    account.imported(users("ada,ada,Ada,active,<delete>,", "bo,bo,Bo,active,,", header=TYPED))

    assert account.row("users", user_id="ada")["declared_user_type"] is None
    assert account.row("users", user_id="bo")["declared_user_type"] == "student"


def test_pronouns_are_not_shown_where_the_account_does_not_allow_them(account):
    account.imported(users("ada,ada,Ada,active,,she/her", header=TYPED))

    assert account.row("users", user_id="ada")["pronouns"] is None


def test_deleted_user_leaves_courses_groups_and_roles(account):
    account.imported(
        users("ada,ada,Ada,active,,")
        | courses("c,C,C,active,,")
        | enrollments("c,,ada,student,active")
        | groups("g,,,,Chess,available")
        | memberships("g,ada,accepted")
        | admins("ada,,AccountAdmin,active")
    )

    account.imported(users("ada,ada,Ada,deleted,,"))

    assert account.row("enrollments")["status"] == "deleted"
    assert account.row("group_memberships")["status"] == "deleted"
    assert account.row("admins", user_id="ada")["status"] == "deleted"


def test_deleted_login_beside_another_one_leaves_enrollments_alone(account):
    account.imported(
        users("ada,ada,Ada,active,,")
        | logins("ada2,ada2,ada,")
        | courses("c,C,C,active,,")
        | enrollments("c,,ada,student,active")
    )

    account.imported(users("ada,ada,Ada,deleted,,"))

    assert account.row("enrollments")["status"] == "active"


def test_unknown_provider_on_a_deletion_has_removed_the_enrollments_already(account):
    account.imported(users("ada,ada,Ada,active,,") | courses("c,C,C,active,,") | enrollments("c,,ada,ta,active"))

    outcome = account.imported(users("ada,ada,Ada,deleted,nowhere", header=PROVIDED))

    assert len(outcome.says) == 1
    assert account.row("enrollments")["status"] == "deleted"
    assert account.row("users", user_id="ada")["status"] == "active"


def test_hand_made_person_is_adopted_and_keeps_the_name(account):
    account.given(canvas_users=[{"login_id": "hand", "name": "Hand Made"}])

    outcome = account.imported(users("ada,hand,Ada Quill,active,,"))

    assert outcome.counts == {"users": 1}
    assert account.row("users", user_id="ada")["name"] == "Hand Made"


def test_further_login_is_of_the_same_person(account):
    outcome = account.imported(users("ada,ada,Ada Quill,active,,") | logins("ada2,ada2,ada,second@example.edu"))

    row = account.row("users", user_id="ada2")
    assert (row["name"], row["same_person_as"], row["email"]) == ("Ada Quill", ["ada"], "second@example.edu")
    assert outcome.counts == {"users": 1, "logins": 1}


def test_further_login_of_another_root_account_vanishes(account):
    account.imported(users("ada,ada,Ada Quill,active,,"))

    outcome = account.imported(
        logins("x,x,ada,other.example.edu", header="user_id,login_id,existing_user_id,root_account")
    )

    assert (outcome.says, outcome.counts) == ([], {})
    assert account.rows("users", user_id="x") == []


def test_further_login_is_found_by_canvas_id(account):
    account.imported(users("ada,ada,Ada Quill,active,,"))

    outcome = account.imported(logins("x,x,2", "y,y,no number", header="user_id,login_id,existing_canvas_user_id"))

    assert outcome.says == ["3 Could not find the existing user for login with SIS ID y, skipping"]
    assert account.row("users", user_id="x")["same_person_as"] == ["ada"]


def test_address_in_other_letter_case_is_the_same_channel(account):
    account.imported(users("ada,ada,Ada,active,Ada@Example.edu,"))

    outcome = account.imported(users("ada,ada,Ada,active,ada@example.edu,"))

    assert outcome.data["statistics"]["total_state_changes"] == 0
    assert account.row("users", user_id="ada")["email"] == "ada@example.edu"


def test_address_is_retired_with_its_login(account):
    account.imported(users("ada,ada,Ada,active,ada@example.edu,"))

    outcome = account.imported(users("ada,ada,Ada,deleted,ada@example.edu,"))

    assert outcome.data["statistics"]["CommunicationChannel"]["deleted"] == 1


def test_blank_address_removes_nothing(account):
    account.imported(users("ada,ada,Ada,active,ada@example.edu,"))

    account.imported(users("ada,ada,Ada,active,,"))

    assert account.row("users", user_id="ada")["email"] == "ada@example.edu"


def test_skipped_deletes_are_neither_counted_nor_told(account):
    account.imported(users("ada,ada,Ada,active,,"))

    outcome = account.imported(users("ada,ada,Ada,deleted,,", "bo,,Bo,deleted,,"), skip_deletes=True)

    assert outcome.says == ["3 No login_id given for user bo"]
    assert account.row("users", user_id="ada")["status"] == "active"


def test_messages_of_applied_rows_come_after_those_of_read_rows(account):
    outcome = account.imported(users("ada,same,Ada,active,,", "bo,same,Bo,active,,", "cy,,Cy,active,,"))

    assert [text.split(" ", 1)[0] for text in outcome.says] == ["4", "3"]


def test_accounts_are_not_confused_with_people(account):
    account.imported(accounts("a,,A,active,") | users("a,a,Ada,active,,"))

    assert account.row("accounts", account_id="a")["name"] == "A"
