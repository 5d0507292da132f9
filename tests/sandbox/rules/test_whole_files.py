"""Rules about files and uploads as a whole, and crashes."""

import io
import zipfile

import pytest

from pipeline.sandbox.engine import ImportOptions
from pipeline.sandbox.importers import institutional
from pipeline.sandbox.importers.segment import Segment
from pipeline.sandbox.importers.work import ImportSettings, Work
from pipeline.sandbox.store.session import Session
from tests.sandbox.engine.account import (
    abstract_courses,
    accounts,
    changed_ids,
    courses,
    enrollments,
    group_categories,
    logins,
    open_account,
    tag_associations,
    tag_categories,
    tags,
    terms,
    users,
    zipped,
)
from tests.sandbox.rules.case import shows

ADA, BO = "ada,ada,Ada Quill,active,,", "bo,bo,Bo Stone,active,,"
CRASH = "- Error while importing CSV. Please contact support. (Error report 1)"
SET = {"diffing_data_set_identifier": "set"}
LONGEST_RETRY_SECONDS = 600


@pytest.fixture
def account():
    with open_account() as opened:
        yield opened


@pytest.fixture
def account_2022():
    with open_account("2022") as opened:
        yield opened


def settled(account, outcome):
    """The import after all retries of a crash."""
    for _ in range(8):
        account.engine.clock.advance(LONGEST_RETRY_SECONDS)
        assert account.engine.wait_until_idle()
    return account.outcome(outcome.id)


@shows("FILE-01")
def test_one_bad_byte_drops_the_file_and_no_other(account):
    outcome = account.imported(
        {"users.csv": users(ADA)["users.csv"].encode() + b"\xff", "z.csv": users(BO)["users.csv"]}
    )

    assert outcome.messages == [("users.csv", None, "Invalid UTF-8", True)]
    assert outcome.state == "failed_with_messages"
    assert outcome.counts["users"] == 1


@shows("FILE-02")
def test_header_with_a_stray_quote_is_malformed(account):
    outcome = account.imported({"users.csv": 'user_id,lo"gin_id,status\na,a,active\n'})

    assert outcome.messages == [("users.csv", None, "Malformed CSV", True)]


@shows("FILE-03")
def test_last_row_with_a_stray_quote_drops_all_rows(account):
    outcome = account.imported({"users.csv": users(ADA)["users.csv"] + 'bo,bo,B"o,active,,\n'})

    assert outcome.messages == [("users.csv", None, "Malformed CSV", True)]
    assert outcome.data["supplied_batches"] == []
    assert account.rows("users", user_id="ada") == []


@shows("FILE-04")
def test_unknown_header_drops_the_file(account):
    outcome = account.imported({"folder/users.csv": "name,mail\nAda,a@b\n"})

    assert outcome.messages == [("folder/users.csv", None, "Couldn't find Canvas CSV import headers", True)]


@shows("FILE-05")
def test_other_files_are_skipped_with_a_warning(account):
    outcome = account.imported({"readme.txt": "hello", **users(ADA)})

    assert outcome.messages == [("readme.txt", None, "Skipping unknown file type", False)]
    assert outcome.state == "imported_with_messages"


@shows("FILE-06")
def test_broken_zip_fails_without_a_file(account):
    outcome = account.sent(b"not a zip", name="upload.zip")

    assert outcome.messages == [(None, None, CRASH[2:], True)]
    assert outcome.state == "failed_with_messages"
    assert outcome.values["progress"] == 0
    assert outcome.values["ended_at"] is not None


@shows("FILE-06")
def test_zip_of_more_than_a_hundred_times_its_size_fails(account):
    outcome = account.imported({"users.csv": users(*[ADA] * 200_000)["users.csv"]})

    assert outcome.says == [CRASH]


CRASHES = {
    "integration id of another account": accounts("a,,A,active,i", "b,,B,active,i", "c,,C,active,"),
    "integration id of another term": terms("a,A,active,,,,i", "b,B,active,,,,i", "c,C,active,,,,"),
    "term name too long": terms("a,A,active,,,,", f"b,{'W' * 256},active,,,,", "c,C,active,,,,"),
    "NUL outside users.csv": courses("a,A,A,active,,", "b,B,B\0B,active,,", "c,C,C,active,,"),
}


@shows("FILE-06")
@pytest.mark.parametrize("files", CRASHES.values(), ids=CRASHES)
def test_crash_of_a_small_import_settles_late(account, files):
    kind = next(iter(files)).removesuffix(".csv")
    first = account.imported({**files, **users(ADA)})

    last = settled(account, first)

    assert first.state == "imported"
    assert first.messages == []
    assert last.state == "failed_with_messages"
    assert last.says == [CRASH]
    assert [row[f"{kind[:-1]}_id"] for row in account.rows(kind) if row[f"{kind[:-1]}_id"]] == ["a"]
    assert last.counts == {"users": 1, "error_count": 1}


@shows("FILE-06")
def test_two_unknown_old_ids_crash(account):
    outcome = account.imported(changed_ids("x,y,i,j,user"))

    assert settled(account, outcome).says == [CRASH]


@shows("FILE-06")
def test_tag_without_a_place_crashes_where_tags_are_off(account):
    account.given(account_settings={"allow_assign_to_differentiation_tags": True})
    account.imported({**courses("c,C,Course,active,,"), **tags("g,,c,Tag,available")})
    account.given(account_settings={"allow_assign_to_differentiation_tags": False})

    outcome = account.imported(tags("g,,,Tag,available"))

    assert settled(account, outcome).says == [CRASH]


def person_with_all_addresses(account):
    """Ada has a hundred addresses, and two logins without one."""
    account.imported(users("ada,ada,Ada Quill,active,ada@example.edu,"))
    account.imported(logins(*(f"l{n},l{n},ada,l{n}@example.edu" for n in range(45))))
    account.imported(logins(*(f"l{n},l{n},ada,l{n}@example.edu" for n in range(45, 90))))
    account.imported(logins(*(f"l{n},l{n},ada,l{n}@example.edu" for n in range(90, 99)), "over,over,ada,"))


TOO_MANY = "An email did not pass validation (over@example.edu, error: "


@shows("USER-15")
def test_address_too_many_in_the_last_rows_crashes(account):
    person_with_all_addresses(account)

    outcome = account.imported(users("over,over,Ada Quill,active,over@example.edu,"))

    assert settled(account, outcome).says == [CRASH]


@shows("USER-15")
def test_address_too_many_is_told_of_the_row_being_read(account):
    person_with_all_addresses(account)
    others = [f"u{n},u{n},User {n},active,," for n in range(100)]

    outcome = account.imported(users("over,over,Ada Quill,active,over@example.edu,", *others))

    ((_, row, text, _),) = outcome.messages
    assert (row, text.startswith(TOO_MANY)) == (101, True)
    assert outcome.counts["users"] == 100


@shows("LOGIN-13")
def test_address_too_many_of_a_further_login_is_told_of_the_row_being_read(account):
    person_with_all_addresses(account)
    others = [f"m{n},m{n},ada," for n in range(100)]

    outcome = account.imported(logins("more,more,ada,over@example.edu", *others))

    ((_, row, text, _),) = outcome.messages
    assert (row, text.startswith(TOO_MANY)) == (101, True)
    assert account.row("users", user_id="more")["status"] == "active"


@shows("ITAGCAT-01", "ITAG-01", "ITAGASSOC-01")
@pytest.mark.parametrize(
    ("run", "header", "text"),
    [
        (institutional.import_categories, ("category_id", "name", "status"), "k,Kind,active"),
        (institutional.import_tags, ("institutional_tag_id", "category_id", "name"), "g,k,Tag"),
        (institutional.import_associations, ("institutional_tag_id", "user_id"), "g,ada"),
    ],
)
def test_rows_of_institutional_tags_are_refused_once_the_feature_is_off(account, run, header, text):
    settings = ImportSettings(import_id=1, user_id=1, now="2026-01-01T00:00:00Z", today=(2026, 1, 1))
    with account.engine.database.write() as connection:
        work = Work(Session(connection, account.engine.database.last_ids), settings, Segment(header, 2, [text]))

        run(work, work.segment)

    assert [message.text for message in work.messages] == ["Institutional tags are not enabled for this account"]


def test_institutional_tags_are_not_recognised_while_their_feature_is_off(account):
    outcome = account.imported({**tag_categories("k,Kind,,active"), **tag_associations("g,ada,active")})

    assert {text for *_, text, _ in outcome.messages} == {"Couldn't find Canvas CSV import headers"}


@shows("BATCH-01")
def test_other_size_than_the_base_is_imported_whole(account):
    account.imported(users(ADA, BO), **SET)

    outcome = account.imported(users(ADA), change_threshold=5, **SET)

    text = "Diffing not performed because file size difference exceeded threshold"
    assert outcome.messages == [(None, None, text, False)]
    assert outcome.values["diffing_threshold_exceeded"] == 1
    assert outcome.counts["users"] == 1
    assert account.row("users", user_id="bo")["status"] == "active"


@shows("BATCH-02")
def test_more_changed_rows_than_allowed_are_imported_whole(account):
    account.imported(users(ADA), **SET)

    outcome = account.imported(users(ADA, BO, "cy,cy,Cy,active,,"), diff_row_count_threshold=1, **SET)

    assert outcome.says == ["- Diffing not performed because difference row count exceeded threshold"]
    assert outcome.counts["users"] == 3


def batch_mode(account, files, **options):
    return account.imported(files, batch_mode=True, batch_mode_term_id=account.term_id("t"), **options)


def test_threshold_is_compared_with_a_greater_sign_alone(account):
    account.imported(terms("t,Term,active,,,,") | courses("c,C,C,active,,t", "d,D,D,active,,t"))

    outcome = batch_mode(account, courses("c,C,C,active,,t"), change_threshold=50)

    assert outcome.state == "imported"
    assert account.row("courses", course_id="d")["status"] == "deleted"


@shows("BATCH-03")
def test_removal_above_the_threshold_aborts_before_anything_is_removed(account):
    account.imported(terms("t,Term,active,,,,") | courses("c,C,C,active,,t", "d,D,D,active,,t"))

    outcome = batch_mode(account, courses("c,C,Changed,active,,t"), change_threshold=20)

    assert outcome.messages == [(None, None, "1 courses would be deleted and exceeds the set threshold of 20%", False)]
    assert (outcome.state, outcome.values["progress"]) == ("aborted", 100)
    assert outcome.values["ended_at"] is not None
    assert outcome.data["counts"] == {"error_count": 0, "warning_count": 1}
    assert account.row("courses", course_id="c")["name"] == "Changed"
    assert account.row("courses", course_id="d")["status"] == "unpublished"


@shows("BATCH-04")
def test_multi_term_batch_mode_without_terms_is_aborted(account):
    outcome = account.imported(
        courses("c,C,C,active,,"), batch_mode=True, multi_term_batch_mode=True, change_threshold=100
    )

    assert outcome.says == ["- Terms not found. Terms must be included with multi_term_batch_mode"]
    assert outcome.state == "aborted"


@shows("BATCH-05")
def test_2022_does_not_compare_two_files_of_a_type(account_2022):
    account = account_2022
    account.imported({"a.csv": users(ADA)["users.csv"], "b.csv": users(BO)["users.csv"]}, **SET)

    outcome = account.imported(users(ADA), **SET)

    text = "Can't perform diffing against more than one file of the same type"
    assert outcome.messages == [("users.csv", None, text, False)]
    assert account.row("users", user_id="bo")["status"] == "active"


def test_later_versions_pair_several_files_by_name(account):
    account.imported({"a.csv": users(ADA)["users.csv"], "b.csv": users(BO)["users.csv"]}, **SET)

    outcome = account.imported({"a.csv": users()["users.csv"], "b.csv": users(BO)["users.csv"]}, **SET)

    assert (outcome.state, outcome.counts) == ("imported", {"users": 1})
    assert account.row("users", user_id="ada")["status"] == "deleted"


def test_later_versions_refuse_files_that_cannot_be_paired(account):
    account.imported({"a.csv": users(ADA)["users.csv"], "b.csv": users(BO)["users.csv"]}, **SET)

    outcome = account.imported(users(ADA), **SET)

    assert outcome.says == ["- Unable to perform diffing against mismatched previous and current user imports"]


@shows("BATCH-06")
def test_other_columns_than_the_base_are_imported_whole(account):
    account.imported(users(ADA), **SET)

    outcome = account.imported(users("ada,ada,Ada,active", header="user_id,login_id,full_name,status"), **SET)

    text = "Couldn't generate diff: CSV headers do not match, cannot diff"
    assert outcome.messages == [("users.csv", None, text, False)]


@shows("BATCH-06")
def test_group_categories_have_no_key_to_be_compared_by(account):
    account.imported(group_categories("k,,,Clubs,active"), **SET)

    outcome = account.imported(group_categories("k,,,Clubs,active"), **SET)

    assert outcome.says == ["- Couldn't generate diff: At least one primary key field must be present"]


@shows("BATCH-07")
def test_login_whose_name_is_taken_is_not_restored(account):
    account.imported(users(ADA))
    gone = account.imported(users("ada,ada,Ada Quill,deleted,,"))
    account.imported(users("eve,ada,Eve,active,,"))

    account.engine.restore_states(gone.id, batch_mode=False, undelete_only=False, unconclude_only=False)
    assert account.engine.wait_until_idle()

    (message,) = account.outcome(gone.id).messages
    assert message[2].startswith("Couldn't rollback SIS batch data for row - {")
    assert account.row("users", user_id="ada")["status"] == "deleted"


@shows("BATCH-08")
def test_unknown_import_type_fails_without_messages(account):
    import_id = account.engine.save_import(1, None, import_type="other")
    account.engine.start_import(import_id, ImportOptions())
    assert account.engine.wait_until_idle()

    outcome = account.outcome(import_id)

    assert outcome.state == "failed"
    assert outcome.data["error_message"] == "Unrecognized import type"
    assert outcome.messages == []


def test_diff_without_declared_key_fails_the_import(account):
    account.imported(abstract_courses("a,A,Abstract,active"), **SET)

    outcome = account.imported(abstract_courses("a,A,Abstract,active"), **SET)

    assert outcome.state == "failed"
    assert "error_message" in outcome.data
    assert outcome.values["ended_at"] is None


def test_entry_with_a_wrong_checksum_breaks_the_zip(account):
    content = zipped({"users.csv": users(ADA)["users.csv"]})
    info = zipfile.ZipFile(io.BytesIO(content)).getinfo("users.csv")
    broken = bytearray(content)
    broken[info.header_offset + 50] ^= 0xFF

    assert account.sent(bytes(broken), name="upload.zip").says == [CRASH]


def test_drop_status_that_canvas_accepts_and_fails_on(account):
    account.imported(
        terms("t,Term,active,,,,") | courses("c,C,C,active,,t") | users(ADA) | enrollments("c,,ada,ta,active")
    )

    outcome = batch_mode(account, enrollments(), batch_mode_enrollment_drop_status="deleted_last_completed")

    assert (outcome.state, outcome.says) == ("failed", [])
