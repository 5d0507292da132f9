"""Creating imports over HTTP: the three ways to send, what the options become, the checks in their order."""

import pytest
import requests

from tests.sandbox.http import IMPORTS, users_csv, zipped

KEYS = [
    "id",
    "created_at",
    "started_at",
    "ended_at",
    "updated_at",
    "progress",
    "workflow_state",
    "data",
    "batch_mode",
    "batch_mode_term_id",
    "multi_term_batch_mode",
    "override_sis_stickiness",
    "add_sis_stickiness",
    "update_sis_id_if_login_claimed",
    "clear_sis_stickiness",
    "diffing_data_set_identifier",
    "diffing_remaster",
    "diffed_against_import_id",
    "diffing_drop_status",
    "diffing_user_remove_status",
    "skip_deletes",
    "change_threshold",
    "diff_row_count_threshold",
    "user",
]
FILES = {"users.csv": users_csv("u1")}
PAUSED = {"queue": "paused"}


def listed(canvas, **params):
    return canvas.get(IMPORTS, params=params).json()["sis_imports"]


def test_a_new_import_has_all_keys_in_order_and_nothing_done(canvas):
    canvas.given(**PAUSED)

    body = canvas.upload(FILES).json()

    assert list(body) == KEYS
    assert body["workflow_state"] == "created"
    assert body["data"] == {"import_type": "instructure_csv"}
    assert (body["progress"], body["started_at"], body["ended_at"]) == (0, None, None)


def test_null_stands_where_canvas_has_null_and_false_where_it_has_false(canvas):
    canvas.given(**PAUSED)

    body = canvas.upload(FILES).json()

    nulls = ("batch_mode", "multi_term_batch_mode", "override_sis_stickiness", "diffing_remaster", "change_threshold")
    assert [body[key] for key in nulls] == [None] * 5
    assert (body["skip_deletes"], body["update_sis_id_if_login_claimed"]) == (False, False)


def test_in_2022_there_is_no_user_remove_status(canvas_2022):
    canvas_2022.given(**PAUSED)

    assert list(canvas_2022.upload(FILES).json()) == [key for key in KEYS if key != "diffing_user_remove_status"]


def test_a_csv_file_is_sent_as_it_is(canvas):
    answer = canvas.post(IMPORTS, files={"attachment": ("people.csv", users_csv("u1", "u2"))})

    assert canvas.ended(answer.json()["id"])["data"]["counts"]["users"] == 2


@pytest.mark.parametrize("media_type", ["application/zip", "application/octet-stream", "application/json", None])
def test_a_raw_body_is_a_zip_unless_its_type_says_otherwise(canvas, media_type):
    answer = canvas.post(IMPORTS, data=zipped(FILES), headers={"Content-Type": media_type} if media_type else {})

    assert canvas.ended(answer.json()["id"])["data"]["counts"]["users"] == 1


@pytest.mark.parametrize("media_type", ["text/csv", "text/plain; charset=UTF-8"])
def test_a_raw_text_is_a_csv(canvas, media_type):
    answer = canvas.post(IMPORTS, data=users_csv("u1").encode(), headers={"Content-Type": media_type})

    assert canvas.ended(answer.json()["id"])["data"]["counts"]["users"] == 1


def test_the_extension_parameter_beats_the_type_and_its_charset(canvas):
    headers = {"Content-Type": "application/zip; charset=latin1"}
    answer = canvas.post(f"{IMPORTS}?extension=csv", data=users_csv("u1").encode(), headers=headers)

    assert canvas.ended(answer.json()["id"])["data"]["counts"]["users"] == 1


def test_parameters_in_a_raw_body_are_not_read(canvas):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = canvas.post(f"{IMPORTS}?skip_deletes=1", data="change_threshold=5", headers=headers).json()

    assert (body["skip_deletes"], body["change_threshold"]) == (True, None)
    assert canvas.ended(body["id"])["workflow_state"] == "failed_with_messages"


def test_a_file_of_another_extension_does_nothing_and_says_nothing(canvas):
    answer = canvas.post(IMPORTS, files={"attachment": ("people.xlsx", b"whatever")})
    body = canvas.ended(answer.json()["id"])

    assert body["workflow_state"] == "imported"
    assert "processing_errors" not in body


def test_a_name_without_extension_takes_it_from_the_parts_type(canvas):
    answer = canvas.post(IMPORTS, files={"attachment": ("people", users_csv("u1"), "text/csv")})

    assert canvas.ended(answer.json()["id"])["data"]["counts"]["users"] == 1


def test_with_the_upload_workflow_the_file_follows_to_another_host_without_token(canvas):
    body = canvas.post(f"{IMPORTS}?pre_attachment[name]=upload.zip&skip_deletes=true").json()
    offer = body["pre_attachment"]

    sent = requests.post(offer["upload_url"], data=offer["upload_params"], files={"file": zipped(FILES)}, timeout=10)

    assert body["workflow_state"] == "initializing"
    assert sent.status_code == 201
    done = canvas.ended(body["id"])
    assert (done["data"]["counts"]["users"], done["skip_deletes"]) == (1, True)


def test_the_upload_workflow_takes_its_options_as_json(canvas):
    asked = {"pre_attachment": {"name": "upload.zip"}, "diffing_data_set_identifier": "x"}
    offer = canvas.post(IMPORTS, json=asked).json()["pre_attachment"]
    requests.post(offer["upload_url"], data=offer["upload_params"], files={"file": zipped(FILES)}, timeout=10)

    assert canvas.ended(1)["diffing_data_set_identifier"] == "x"


def test_an_upload_url_works_once_and_not_after_half_an_hour(canvas):
    offers = [canvas.post(f"{IMPORTS}?pre_attachment[name]=u.zip").json()["pre_attachment"] for _ in range(2)]
    files = {"file": zipped(FILES)}
    first = [requests.post(offers[0]["upload_url"], files=files, timeout=10).status_code for _ in range(2)]
    canvas.advance(1801)

    late = requests.post(offers[1]["upload_url"], files=files, timeout=10).status_code

    assert (first, late) == ([201, 403], 403)


def test_in_2022_there_is_no_upload_workflow(canvas_2022):
    body = canvas_2022.post(f"{IMPORTS}?pre_attachment[name]=upload.zip").json()

    assert "pre_attachment" not in body


@pytest.mark.parametrize(("sent", "stored"), [("5.7", 5), ("abc", 0), ("", None), ("10", 10)])
def test_a_threshold_is_cast_as_a_whole_number(canvas, sent, stored):
    canvas.given(**PAUSED)

    assert canvas.upload(FILES, change_threshold=sent).json()["change_threshold"] == stored


def test_batch_mode_beats_diffing_without_a_word(canvas):
    canvas.given(**PAUSED)
    body = canvas.upload(
        FILES, batch_mode="1", batch_mode_term_id="default", diffing_data_set_identifier="x", multi_term_batch_mode="1"
    ).json()

    assert (body["batch_mode"], body["batch_mode_term_id"]) == (True, 1)
    assert (body["diffing_data_set_identifier"], body["multi_term_batch_mode"]) == (None, None)


def test_multi_term_switches_diffing_off_even_when_false(canvas):
    canvas.given(**PAUSED)
    body = canvas.upload(
        FILES, multi_term_batch_mode="false", change_threshold="0", diffing_data_set_identifier="x"
    ).json()

    assert (body["batch_mode"], body["multi_term_batch_mode"]) == (True, False)
    assert body["diffing_data_set_identifier"] is None


def test_drop_statuses_and_the_row_threshold_are_kept_even_without_diffing(canvas):
    canvas.given(**PAUSED)
    body = canvas.upload(
        FILES, diffing_drop_status="inactive", diffing_user_remove_status="suspended", diff_row_count_threshold="9"
    ).json()

    assert (body["diffing_drop_status"], body["diffing_user_remove_status"]) == ("inactive", "suspended")
    assert (body["diff_row_count_threshold"], body["diffing_data_set_identifier"]) == (9, None)


def test_stickiness_options_count_only_with_override(canvas):
    canvas.given(**PAUSED)

    body = canvas.upload(FILES, add_sis_stickiness="1", clear_sis_stickiness="1").json()

    assert (body["add_sis_stickiness"], body["clear_sis_stickiness"]) == (None, None)


def test_a_row_threshold_that_is_not_positive_is_ignored(canvas):
    canvas.given(**PAUSED)

    body = canvas.upload(FILES, diffing_data_set_identifier="x", diff_row_count_threshold="0").json()

    assert body["diff_row_count_threshold"] is None


def test_batch_mode_without_a_term_is_refused_and_leaves_nothing(canvas):
    answer = canvas.upload(FILES, batch_mode="true")

    assert answer.status_code == 400
    message = "Batch mode specified, but the given batch_mode_term_id cannot be found."
    assert answer.json() == {"message": message}
    assert listed(canvas) == []


def test_an_unknown_batch_term_is_not_found_and_leaves_nothing(canvas):
    assert canvas.upload(FILES, batch_mode="true", batch_mode_term_id="sis_term_id:x").status_code == 404
    assert listed(canvas) == []


@pytest.mark.parametrize(
    ("params", "status", "body"),
    [
        (
            {"multi_term_batch_mode": "true"},
            400,
            {"message": "change_threshold is required to use multi term_batch mode."},
        ),
        ({"diffing_drop_status": "gone"}, 400, {"message": "Invalid diffing_drop_status"}),
        ({"diffing_user_remove_status": "inactive"}, 400, {"message": "Invalid diffing_user_remove_status"}),
        ({"batch_mode_enrollment_drop_status": "x"}, 400, {"message": "Invalid batch_mode_enrollment_drop_status"}),
    ],
)
def test_what_is_refused_late_leaves_an_orphan_that_never_runs(canvas, params, status, body):
    answer = canvas.upload(FILES, **params)
    canvas.imported(FILES)

    assert (answer.status_code, answer.json()) == (status, body)
    orphan = listed(canvas)[1]
    assert (orphan["workflow_state"], orphan["skip_deletes"]) == ("initializing", None)


def test_a_data_set_identifier_may_have_128_characters(canvas):
    canvas.given(**PAUSED)

    assert canvas.upload(FILES, diffing_data_set_identifier="é" * 128).status_code == 200
    refused = canvas.upload(FILES, diffing_data_set_identifier="x" * 129)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["error_code"] == "too_long"
    assert listed(canvas)[0]["workflow_state"] == "initializing"


def test_an_unknown_import_type_crashes_canvas(canvas):
    answer = canvas.upload(FILES, import_type="ims_xml")

    assert answer.status_code == 500
    assert answer.json()["errors"] == [{"message": "An error occurred.", "error_code": "internal_server_error"}]


def test_a_form_without_attachment_is_refused(canvas):
    answer = canvas.post(IMPORTS, files={"file": ("users.csv", b"x")})

    assert (answer.status_code, answer.json()) == (400, {"error": True, "error_message": "Missing attachment"})


def test_in_2022_a_form_without_attachment_is_itself_imported_as_a_broken_zip(canvas_2022):
    answer = canvas_2022.post(IMPORTS, files={"file": ("users.csv", b"x")})

    assert canvas_2022.ended(answer.json()["id"])["workflow_state"] == "failed_with_messages"


def test_an_attachment_that_is_a_text_field_crashes_canvas(canvas):
    assert canvas.post(IMPORTS, files={"attachment": (None, "text")}).status_code == 500


def test_another_charset_than_utf8_is_refused(canvas):
    answer = canvas.post(IMPORTS, data=b"x", headers={"Content-Type": "text/csv; charset=iso-8859-1"})

    assert (answer.status_code, answer.json()) == (400, {"error": "Invalid content type, UTF-8 required"})


def test_a_sub_account_is_no_place_for_imports_and_that_is_said_before_the_token_is_asked_for(canvas):
    canvas.imported({"accounts.csv": "account_id,parent_account_id,name,status\na1,,Sciences,active\n"})

    answer = canvas.get("/api/v1/accounts/sis_account_id:a1/sis_imports", token=None)

    assert answer.status_code == 400
    assert answer.json() == {"errors": ["SIS imports can only be executed on root accounts"]}


def test_imports_that_are_switched_off_are_refused_before_the_permission_is_looked_at(canvas):
    canvas.given(account_settings={"allow_sis_import": False})

    answer = canvas.get(IMPORTS, token=None)

    assert answer.status_code == 403
    assert answer.json() == {"errors": ["SIS imports are not enabled for this account"]}


def test_an_unknown_account_is_not_found_before_anything_else(canvas):
    assert canvas.get("/api/v1/accounts/77/sis_imports", token=None).status_code == 404
