"""Diffing: only what changed since the base is imported."""

import io
import zipfile

import pytest

from tests.sandbox.engine.account import (
    accounts,
    courses,
    enrollments,
    logins,
    sections,
    terms,
    users,
    xlists,
)

SET = {"diffing_data_set_identifier": "set"}
ADA, BO = "ada,ada,Ada,active,,", "bo,bo,Bo,active,,"


def diff_of(account, outcome):
    """The generated difference as text by path."""
    with account.engine.database.read() as cursor:
        content = cursor.execute(
            "SELECT content FROM uploads WHERE id = ?", (outcome.values["generated_diff_id"],)
        ).fetchone()[0]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_first_import_of_a_set_is_whole(account):
    outcome = account.imported(users(ADA, BO), **SET)

    assert outcome.counts == {"users": 2}
    assert outcome.values["generated_diff_id"] is None


def test_changed_and_new_rows_come_first_and_vanished_ones_last(account):
    account.imported(users(ADA, BO, "cy,cy,Cy,active,,"), **SET)

    outcome = account.imported(users("di,di,Di,active,,", "ada,ada,Ada Q,active,,", BO), **SET)

    lines = diff_of(account, outcome)["users.csv"].splitlines()[1:]
    assert lines == ["di,di,Di,active,,", "ada,ada,Ada Q,active,,", "cy,cy,Cy,deleted,,"]
    assert outcome.counts == {"users": 3}


def test_blanks_and_order_of_columns_are_no_change(account):
    account.imported(users("ada,ada,Ada,active", header="user_id,login_id,full_name,status"), **SET)

    outcome = account.imported(users(" active ,Ada,ada,ada", header="status,FULL_NAME,user_id,login_id"), **SET)

    assert (outcome.state, outcome.counts) == ("imported", {})


def test_last_of_several_rows_with_one_key_counts(account):
    account.imported(users("ada,ada,Old,active,,", ADA), **SET)

    outcome = account.imported(users("ada,ada,Other,active,,", ADA), **SET)

    assert outcome.counts == {}


def test_removed_enrollments_get_the_drop_status(account):
    whole = users(ADA) | courses("c,C,C,active,,")
    account.imported(whole | enrollments("c,,ada,student,active"), **SET)

    account.imported(whole | enrollments(), diffing_drop_status="inactive", **SET)

    assert account.row("enrollments")["status"] == "inactive"


@pytest.mark.parametrize(("version", "status"), [("current", "suspended"), ("2022", "deleted")])
def test_removed_users_get_their_status_in_later_versions(request, version, status):
    opened = request.getfixturevalue("account" if version == "current" else "account_2022")
    opened.imported(users(ADA, BO), **SET)

    opened.imported(users(ADA), diffing_user_remove_status="suspended", **SET)

    assert opened.row("users", user_id="bo")["status"] == status


def test_other_role_is_a_new_row_and_a_removed_one(account):
    whole = users(ADA) | courses("c,C,C,active,,")
    account.imported(whole | enrollments("c,,ada,student,active"), **SET)

    outcome = account.imported(whole | enrollments("c,,ada,teacher,active"), **SET)

    assert outcome.counts == {"enrollments": 2}
    assert {row["role"]: row["status"] for row in account.rows("enrollments")} == {
        "student": "deleted",
        "teacher": "active",
    }


def test_type_that_is_new_in_the_set_is_whole(account):
    account.imported(users(ADA), **SET)

    assert account.imported(users(ADA) | courses("c,C,C,active,,"), **SET).counts == {"courses": 1}


def test_removed_login_is_sent_again_with_an_extra_cell(account):
    account.imported(users(ADA) | logins("l,l,ada,"), **SET)

    outcome = account.imported(users(ADA) | logins(), **SET)

    assert diff_of(account, outcome)["logins.csv"].splitlines() == [
        "user_id,login_id,existing_user_id,email",
        "l,l,ada,,deleted",
    ]
    assert outcome.says == ["2 An existing Canvas user with the SIS ID l or login of l already exists, skipping"]


def test_base_is_the_upload_not_its_difference(account):
    account.imported(users(ADA), **SET)
    account.imported(users(ADA, BO), **SET)

    assert account.imported(users(ADA), **SET).counts == {"users": 1}
    assert account.row("users", user_id="bo")["status"] == "deleted"


def test_failed_import_is_no_base(account):
    account.imported(users(ADA, BO), **SET)
    account.imported({**users(ADA), "bad.csv": "x,y\n"}, **SET)

    outcome = account.imported(users(ADA, BO, "cy,cy,Cy,active,,"), **SET)

    assert outcome.data["diffed_against_sis_batch_id"] == 1
    assert outcome.counts == {"users": 1}


def test_import_above_the_threshold_is_no_base(account):
    account.imported(users(ADA, BO), **SET)
    account.imported(users(ADA), change_threshold=1, **SET)

    outcome = account.imported(users(ADA, BO), **SET)

    assert outcome.data["diffed_against_sis_batch_id"] == 1
    assert outcome.counts == {}


def test_other_identifiers_do_not_matter(account):
    account.imported(users(ADA), **SET)

    assert account.imported(users(ADA), diffing_data_set_identifier="SET").counts == {"users": 1}


def test_remaster_is_whole_and_the_next_base(account):
    account.imported(users(ADA, BO), **SET)
    remaster = account.imported(users(ADA), diffing_remaster=True, **SET)

    outcome = account.imported(users(ADA, "cy,cy,Cy,active,,"), **SET)

    assert remaster.counts == {"users": 1}
    assert outcome.data["diffed_against_sis_batch_id"] == remaster.id
    assert account.row("users", user_id="bo")["status"] == "active"


def test_restored_import_is_no_base(account):
    first = account.imported(users(ADA), **SET)
    account.engine.restore_states(first.id, batch_mode=False, undelete_only=False, unconclude_only=False)
    assert account.engine.wait_until_idle()

    outcome = account.imported(users(ADA), **SET)

    assert "diffed_against_sis_batch_id" not in outcome.data


def test_batch_mode_import_is_no_part_of_the_set(account):
    account.imported(terms("t,T,active,,,,"))
    account.imported(users(ADA), batch_mode=True, batch_mode_term_id=account.term_id("t"))

    assert account.imported(users(ADA), **SET).counts == {"users": 1}


def test_five_imports_above_the_threshold_close_the_set_until_a_remaster(account):
    account.imported(users(ADA, BO), **SET)
    for _ in range(5):
        account.imported(users(ADA), change_threshold=1, **SET)

    sixth = account.imported(users(ADA, BO), change_threshold=1, **SET)
    remaster = account.imported(users(ADA), diffing_remaster=True, **SET)
    after = account.imported(users(ADA), **SET)

    assert (sixth.state, sixth.counts) == ("failed_with_messages", {"error_count": 1})
    assert (remaster.state, after.state) == ("imported", "imported")


def test_file_that_is_malformed_after_its_header_crashes_the_comparison(account):
    account.imported(users(ADA), **SET)

    outcome = account.imported({"users.csv": users(ADA)["users.csv"] + 'x"y\n'}, **SET)

    assert outcome.state == "failed"


def test_unrecognised_files_of_the_upload_are_told_of(account):
    account.imported(users(ADA), **SET)

    outcome = account.imported({**users(ADA), "notes.txt": "x", "bad.csv": "x,y\n"}, **SET)

    assert {(file, text) for file, _, text, _ in outcome.messages} == {
        ("notes.txt", "Skipping unknown file type"),
        ("bad.csv", "Couldn't find Canvas CSV import headers"),
    }


def test_skipped_deletes_keep_what_vanished(account):
    account.imported(users(ADA, BO), **SET)

    outcome = account.imported(users(ADA), skip_deletes=True, **SET)

    assert outcome.counts == {}
    assert account.row("users", user_id="bo")["status"] == "active"


@pytest.mark.parametrize("version", ["account", "account_2022"])
def test_difference_leaves_the_state_of_a_direct_import(request, version):
    opened = request.getfixturevalue(version)
    first = (
        accounts("a,,A,active,", "b,a,B,active,")
        | terms("t,T,active,2025-01-01,,,")
        | users(ADA, BO)
        | courses("c,C,C,active,a,t", "d,D,D,active,b,t")
        | sections("s,c,S,active,,,", "r,d,R,active,,,")
        | xlists("x,s,active")
        | enrollments("c,s,ada,student,active", "d,r,bo,teacher,active")
    )
    second = (
        accounts("a,,A2,active,", "b,,B,active,")
        | terms("t,T,active,2025-02-01,,,")
        | users(ADA, "bo,bo,Bo Stone,suspended,,", "cy,cy,Cy,active,,")
        | courses("c,C2,C,published,a,t", "d,D,D,active,b,t")
        | sections("s,c,S2,active,,,", "r,d,R,active,,,")
        | xlists("x,s,active")
        | enrollments("c,s,ada,student,completed", "d,r,bo,teacher,active", "d,r,cy,ta,active")
    )
    opened.imported(first, **SET)
    opened.imported(second, **SET)
    diffed = opened.engine.state()

    opened.engine.reset()
    opened.imported(first)
    opened.imported(second)

    assert diffed == opened.engine.state()
