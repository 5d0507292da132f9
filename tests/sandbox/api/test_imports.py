"""Looking at imports, their messages and their Progress; aborting and restoring."""

import pytest

from tests.sandbox.http import IMPORTS, ROSTER, users_csv

BAD_USERS = "user_id,login_id,full_name,status\n" + "".join(f"u{n},,Nobody,active\n" for n in range(30))
COUNTED = ("users", "terms", "accounts", "courses", "sections", "enrollments")
STATISTICS = [
    "total_state_changes",
    "Account",
    "EnrollmentTerm",
    "AbstractCourse",
    "Course",
    "CourseSection",
    "GroupCategory",
    "Group",
    "Pseudonym",
    "CommunicationChannel",
    "Enrollment",
    "GroupMembership",
    "UserObserver",
    "AccountUser",
]


def test_a_finished_import_tells_its_counts_and_statistics(canvas):
    done = canvas.imported(ROSTER)

    assert (done["workflow_state"], done["progress"]) == ("imported", 100)
    assert {key: done["data"]["counts"][key] for key in COUNTED} == dict.fromkeys(COUNTED, 1) | {
        "users": 3,
        "enrollments": 2,
    }
    assert list(done["data"]["statistics"])[:14] == STATISTICS
    assert done["data"]["running_immediately"] is True
    assert "processing_errors" not in done
    assert "errors_attachment" not in done


def test_the_uploaded_files_are_shown_flat_by_their_names(canvas):
    done = canvas.imported({"users_run-7.csv": users_csv("u1"), "terms.csv": ROSTER["terms.csv"]})

    assert sorted(file["display_name"] for file in done["csv_attachments"]) == ["terms.csv", "users_run-7.csv"]


def test_the_user_is_the_one_behind_the_token(canvas):
    user = canvas.imported(ROSTER)["user"]

    assert (user["id"], user["login_id"]) == (1, "sandbox-admin")
    assert user["created_at"].endswith("+00:00")


def test_at_most_24_messages_are_shown_and_the_25th_entry_counts_the_rest(canvas):
    done = canvas.imported({"users.csv": BAD_USERS})

    assert len(done["processing_warnings"]) == 25
    assert done["processing_warnings"][-1] == [
        "and 6 more warnings that were not included",
        "Download the error file to see all warnings.",
    ]


def test_all_messages_come_in_pages_newest_first(canvas):
    done = canvas.imported({"users.csv": BAD_USERS})
    path, rows = f"{IMPORTS}/{done['id']}/errors?per_page=12", []

    while path:
        answer = canvas.get(path)
        rows += answer.json()["sis_import_errors"]
        path = answer.links.get("next", {}).get("url")

    assert len(rows) == 30
    assert [row["row"] for row in rows] == sorted((row["row"] for row in rows), reverse=True)
    assert list(rows[0]) == ["sis_import_id", "file", "message", "row_info", "row"]
    assert 'rel="last"' in answer.headers["link"]


def test_only_errors_are_shown_when_failures_are_asked_for(canvas):
    done = canvas.imported({"users.csv": BAD_USERS, "what.csv": "foo,bar\n1,2\n"})

    failures = canvas.get(f"{IMPORTS}/{done['id']}/errors?failure=1").json()["sis_import_errors"]

    assert [row["message"] for row in failures] == ["Couldn't find Canvas CSV import headers"]


def test_the_messages_of_all_imports_stand_in_one_list(canvas):
    ids = {canvas.imported({"users.csv": BAD_USERS})["id"] for _ in range(2)}

    listed = canvas.get("/api/v1/accounts/self/sis_import_errors?per_page=100").json()["sis_import_errors"]

    assert {row["sis_import_id"] for row in listed} == ids


def test_messages_are_gone_after_30_days_and_the_capped_list_stays(canvas):
    done = canvas.imported({"users.csv": BAD_USERS})
    canvas.advance(31 * 24 * 3600)

    path = f"{IMPORTS}/{done['id']}"
    canvas.polled(f"{path}/errors", lambda body: body["sis_import_errors"] == [])
    assert len(canvas.get(path).json()["processing_warnings"]) == 25


def test_the_list_is_newest_first_and_has_no_last_page(canvas):
    ids = [canvas.imported(ROSTER)["id"] for _ in range(3)]

    answer = canvas.get(f"{IMPORTS}?per_page=2")

    assert [each["id"] for each in answer.json()["sis_imports"]] == ids[:0:-1]
    assert "last" not in answer.links
    assert [each["id"] for each in canvas.get(answer.links["next"]["url"]).json()["sis_imports"]] == ids[:1]


def test_a_page_past_the_end_is_empty_and_a_malformed_one_not_found(canvas):
    assert canvas.get(f"{IMPORTS}?page=99").json() == {"sis_imports": []}
    assert canvas.get(f"{IMPORTS}?page=x").status_code == 404


def test_the_list_is_filtered_by_state_and_unknown_states_do_not_count(canvas):
    canvas.imported(ROSTER)
    canvas.given(queue="paused")
    waiting = canvas.upload(ROSTER).json()["id"]

    def ids(query):
        return [each["id"] for each in canvas.get(f"{IMPORTS}?{query}").json()["sis_imports"]]

    assert ids("workflow_state=created") == [waiting]
    assert ids("workflow_state[]=created&workflow_state[]=nonsense") == [waiting]
    assert len(ids("workflow_state[]=nonsense")) == 2


def test_created_since_is_exclusive_and_ignored_when_unreadable(canvas):
    canvas.imported(ROSTER)
    canvas.advance(100)
    new = canvas.imported(ROSTER)

    def ids(query):
        return [each["id"] for each in canvas.get(f"{IMPORTS}?{query}").json()["sis_imports"]]

    assert ids(f"created_since={new['created_at']}") == []
    assert len(ids(f"created_before={new['created_at']}")) == 1
    assert len(ids("created_since=yesterday")) == 2


def test_importing_shows_what_runs_and_not_what_waits(canvas):
    names = canvas.given(running={})
    canvas.upload(ROSTER)

    running = canvas.get(f"{IMPORTS}/importing").json()["sis_imports"]

    assert [each["id"] for each in running] == [names["running"]]


def test_an_unknown_import_is_not_found(canvas):
    answer = canvas.get(f"{IMPORTS}/999")

    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "The specified resource does not exist."}]}


def test_a_waiting_import_is_aborted_and_its_end_stays_open(canvas):
    canvas.given(queue="paused")
    import_id = canvas.upload(ROSTER).json()["id"]

    body = canvas.put(f"{IMPORTS}/{import_id}/abort").json()

    assert (body["workflow_state"], body["ended_at"]) == ("aborted", None)
    assert canvas.put(f"{IMPORTS}/{import_id}/abort").status_code == 404


def test_a_finished_import_cannot_be_aborted(canvas):
    done = canvas.imported(ROSTER)

    assert canvas.put(f"{IMPORTS}/{done['id']}/abort").status_code == 404


def test_all_that_wait_are_aborted_at_once(canvas):
    canvas.given(queue="paused")
    ids = [canvas.upload(ROSTER).json()["id"] for _ in range(2)]

    assert canvas.put(f"{IMPORTS}/abort_all_pending").json() == {"aborted": True}
    bodies = [canvas.get(f"{IMPORTS}/{import_id}").json() for import_id in ids]
    assert [(body["workflow_state"], body["progress"]) for body in bodies] == [("aborted", 100)] * 2


def test_a_restoration_answers_with_its_progress(canvas):
    done = canvas.imported(ROSTER)

    progress = canvas.put(f"{IMPORTS}/{done['id']}/restore_states").json()
    finished = canvas.polled(f"/api/v1/progress/{progress['id']}", lambda body: body["workflow_state"] == "completed")

    assert (progress["tag"], progress["context_type"], progress["user_id"]) == (
        "sis_batch_state_restore",
        "SisBatch",
        None,
    )
    assert finished["completion"] == 100.0
    assert canvas.ended(done["id"], {"restored"})["progress"] == 100


def test_both_filters_of_a_restoration_exclude_each_other_in_a_body_that_is_no_json(canvas):
    done = canvas.imported(ROSTER)

    answer = canvas.put(f"{IMPORTS}/{done['id']}/restore_states", data={"undelete_only": "1", "unconclude_only": "1"})

    assert answer.status_code == 400
    assert answer.text == "cannot set both undelete_only and unconclude_only"
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(("method", "action"), [("GET", "abort"), ("POST", "abort"), ("GET", "restore_states")])
def test_abort_and_restore_answer_to_put_only(canvas, method, action):
    done = canvas.imported(ROSTER)

    assert canvas.ask(method, f"{IMPORTS}/{done['id']}/{action}").status_code == 404


def test_ids_become_texts_for_those_who_ask_so(canvas):
    done = canvas.imported(ROSTER)

    headers = {"Accept": "application/json+canvas-string-ids, application/json"}
    body = canvas.get(f"{IMPORTS}/{done['id']}", headers=headers).json()

    assert body["id"] == str(done["id"])
    assert body["user"]["id"] == "1"
    assert all(isinstance(each, str) for each in body["data"]["downloadable_attachment_ids"])
    assert body["progress"] == 100


def test_json_may_be_appended_to_any_path(canvas):
    assert canvas.get(f"{IMPORTS}.json").status_code == 200
