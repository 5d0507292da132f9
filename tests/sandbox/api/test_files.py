"""Downloads: the verifier that authorises, the store on another host, and the token that must not follow."""

from urllib.parse import urlsplit

from tests.sandbox.http import IMPORTS, ROSTER, users_csv

BAD = {"users.csv": "user_id,login_id,full_name,status\nu1,,Nobody,active\nu2,u2,Somebody,active\n"}
FILE_KEYS = [
    "id",
    "uuid",
    "folder_id",
    "display_name",
    "filename",
    "upload_status",
    "content-type",
    "url",
    "size",
    "created_at",
    "updated_at",
    "unlock_at",
    "locked",
    "hidden",
    "lock_at",
    "hidden_for_user",
    "thumbnail_url",
    "modified_at",
    "mime_class",
    "media_entry_id",
    "locked_for_user",
]


def errors_file(canvas):
    done = canvas.imported(BAD)
    return canvas.polled(f"{IMPORTS}/{done['id']}", lambda body: "errors_attachment" in body)["errors_attachment"]


def followed(canvas, url, **options):
    """The answer to which redirects lead, without the token."""
    answer = canvas.get(url, token=None, **options)
    while answer.is_redirect:
        answer = canvas.get(answer.headers["location"], token=None)
    return answer


def test_a_file_has_all_keys_in_order(canvas):
    assert list(errors_file(canvas)) == FILE_KEYS


def test_the_error_file_has_a_line_for_each_message(canvas):
    file = errors_file(canvas)

    text = followed(canvas, file["url"]).text

    assert file["display_name"] == f"sis_errors_attachment_{canvas.get(IMPORTS).json()['sis_imports'][0]['id']}.csv"
    assert text.splitlines()[0] == "sis_import_id,file,message,row"
    assert len(text.splitlines()) == 2
    assert len(text.encode()) == file["size"]


def test_an_uploaded_file_comes_back_as_it_was_sent(canvas):
    (file,) = canvas.imported({"users.csv": users_csv("u1")})["csv_attachments"]

    assert followed(canvas, file["url"]).text == users_csv("u1")


def test_the_download_leads_to_another_host(canvas):
    answer = canvas.get(errors_file(canvas)["url"], token=None)

    assert answer.status_code == 302
    assert urlsplit(answer.headers["location"]).port != urlsplit(canvas.url).port


def test_the_store_refuses_a_token_and_records_that_it_came(canvas):
    store = canvas.get(errors_file(canvas)["url"], token=None).headers["location"]

    assert canvas.get(store).status_code == 400
    assert canvas.requests()[-1]["server"] == "files"
    assert canvas.requests()[-1]["with_token"] is True


def test_a_verifier_of_the_error_file_expires_after_an_hour_and_then_there_is_a_login_page(canvas):
    url = errors_file(canvas)["url"]
    canvas.advance(3601)

    page = followed(canvas, url)

    assert page.status_code == 200
    assert page.text.startswith("<!DOCTYPE html>")


def test_a_fresh_look_at_the_import_gives_a_fresh_verifier(canvas):
    errors_file(canvas)
    canvas.advance(7200)

    file = canvas.get(IMPORTS).json()["sis_imports"][0]["errors_attachment"]

    assert followed(canvas, file["url"]).text.startswith("sis_import_id")


def test_in_2022_the_verifier_is_permanent(canvas_2022):
    url = errors_file(canvas_2022)["url"]
    canvas_2022.advance(30 * 24 * 3600)

    assert followed(canvas_2022, url).text.startswith("sis_import_id")


def test_a_download_without_verifier_lands_on_the_login_page(canvas):
    url = errors_file(canvas)["url"].partition("&verifier")[0]

    assert followed(canvas, url).text.startswith("<!DOCTYPE html>")


def test_a_url_of_the_store_is_good_for_minutes_only(canvas):
    store = canvas.get(errors_file(canvas)["url"], token=None).headers["location"]
    canvas.advance(301)

    assert canvas.get(store, token=None).status_code == 403


def test_a_file_is_shown_to_those_with_a_token(canvas):
    file = errors_file(canvas)

    shown = canvas.get(f"/api/v1/files/{file['id']}").json()

    assert shown["display_name"] == file["display_name"]
    assert canvas.get(f"/api/v1/files/{file['id']}", token=None).status_code == 401
    assert canvas.get("/api/v1/files/424242").status_code == 404


def test_the_error_file_may_appear_some_time_after_the_end(canvas):
    canvas.faults(errors_file_after=60)
    done = canvas.imported(BAD)
    before = "errors_attachment" in canvas.get(f"{IMPORTS}/{done['id']}").json()
    canvas.advance(61)

    after = canvas.polled(f"{IMPORTS}/{done['id']}", lambda body: "errors_attachment" in body)

    assert not before
    assert after["id"] == done["id"]


def test_an_import_without_messages_has_no_error_file(canvas):
    assert "errors_attachment" not in canvas.imported(ROSTER)
