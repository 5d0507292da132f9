"""Account reports: runs, their states, their files."""

import csv
import io
import zipfile

import pytest

from tests.sandbox.http import ROSTER, users_csv

REPORTS = "/api/v1/accounts/self/reports"
FILES = [
    "users",
    "accounts",
    "terms",
    "courses",
    "sections",
    "enrollments",
    "groups",
    "group_membership",
    "group_categories",
    "xlist",
    "user_observers",
    "admins",
]
OVER = {"complete", "error", "aborted"}


def started(canvas, report, **parameters):
    form = {f"parameters[{name}]": value for name, value in parameters.items()}
    return canvas.post(f"{REPORTS}/{report}", data=form)


def finished(canvas, report, **parameters):
    answer = started(canvas, report, **parameters)
    assert answer.status_code == 200, answer.text
    return canvas.polled(f"{REPORTS}/{report}/{answer.json()['id']}", lambda body: body["status"] in OVER)


def downloaded(canvas, run):
    answer = canvas.get(run["attachment"]["url"])
    return canvas.get(answer.headers["location"], token=None).content


def rows_of(canvas, report, name, **parameters):
    run = finished(canvas, report, **{name: "true"}, **parameters)
    assert run["status"] == "complete", run
    return list(csv.DictReader(io.StringIO(downloaded(canvas, run).decode())))


def test_the_reports_are_listed_with_their_last_run(canvas):
    before = {each["report"]: each["last_run"] for each in canvas.get(REPORTS).json()}
    run = finished(canvas, "provisioning_csv", terms="1")
    after = {each["report"]: each["last_run"] for each in canvas.get(REPORTS).json()}

    assert {"provisioning_csv", "sis_export_csv"} <= set(before)
    assert (before["provisioning_csv"], after["provisioning_csv"]["id"]) == (None, run["id"])


def test_a_run_goes_from_created_to_complete(canvas):
    first = started(canvas, "provisioning_csv", users="true", skip_message="true").json()
    run = canvas.polled(f"{REPORTS}/provisioning_csv/{first['id']}", lambda body: body["status"] in OVER)

    assert (first["status"], first["progress"], first["file_url"], "attachment" in first) == ("created", 0, None, False)
    assert (run["status"], run["progress"]) == ("complete", 100)
    assert run["parameters"] == {
        "users": "true",
        "skip_message": "true",
        "extra_text": "Term: All Terms; Reports: users ",
    }


def test_one_file_is_a_csv_and_several_are_a_zip_in_their_order(canvas):
    canvas.imported(ROSTER)
    one = finished(canvas, "sis_export_csv", users="true")
    all_ = finished(canvas, "sis_export_csv", **dict.fromkeys(reversed(FILES), "true"))

    assert one["attachment"]["content-type"] == "text/csv"
    assert all_["attachment"]["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(downloaded(canvas, all_))).namelist()
    assert names == [f"{name}.csv" for name in FILES]


def test_no_file_chosen_ends_in_error(canvas):
    run = finished(canvas, "provisioning_csv", users="false")

    assert (run["status"], run["progress"], "attachment" in run) == ("error", 100, False)
    assert run["parameters"]["extra_text"].startswith("Failed,")


@pytest.mark.parametrize("table", FILES)
def test_a_header_is_there_even_without_rows(canvas, table):
    run = finished(canvas, "sis_export_csv", **{table: "true"})

    assert downloaded(canvas, run).decode().count("\n") == 1


def test_what_was_imported_comes_back_in_the_sis_export(canvas):
    canvas.imported(ROSTER)

    users = rows_of(canvas, "sis_export_csv", "users")
    enrollments = rows_of(canvas, "sis_export_csv", "enrollments")
    (course,) = rows_of(canvas, "sis_export_csv", "courses")

    assert [row["user_id"] for row in users] == ["u1", "u2", "u3"]
    assert (users[0]["full_name"], users[0]["sortable_name"], users[0]["password"]) == ("Person u1", "u1, Person", "")
    assert [(row["course_id"], row["user_id"], row["role"], row["section_id"]) for row in enrollments] == [
        ("c1", "u1", "teacher", "s1"),
        ("c1", "u2", "student", "s1"),
    ]
    assert (course["account_id"], course["term_id"], course["status"]) == ("a1", "t1", "active")


def test_provisioning_names_canvas_ids_and_what_sis_touched(canvas):
    canvas.imported(ROSTER)

    users = rows_of(canvas, "provisioning_csv", "users")

    assert {row["login_id"]: row["created_by_sis"] for row in users} == {
        "sandbox-admin": "false",
        "u1": "true",
        "u2": "true",
        "u3": "true",
    }
    assert len({row["canvas_user_id"] for row in users}) == 4


def test_created_by_sis_filters_whatever_its_text_says(canvas):
    canvas.imported(ROSTER)

    users = rows_of(canvas, "provisioning_csv", "users", created_by_sis="false")

    assert [row["user_id"] for row in users] == ["u1", "u2", "u3"]


def test_deleted_and_completed_rows_come_only_when_asked_for(canvas):
    canvas.imported(ROSTER)
    header = "course_id,user_id,role,section_id,status"
    canvas.imported({"e.csv": f"{header}\nc1,u1,teacher,s1,deleted\nc1,u2,student,s1,completed\n"})

    without = rows_of(canvas, "sis_export_csv", "enrollments")
    with_ = rows_of(canvas, "sis_export_csv", "enrollments", include_deleted="true")

    assert without == []
    assert {row["user_id"]: row["status"] for row in with_} == {"u1": "deleted", "u2": "concluded"}


def test_a_term_limits_courses_and_not_people(canvas):
    canvas.imported(ROSTER)

    users = rows_of(canvas, "sis_export_csv", "users", enrollment_term_id="default")
    courses = rows_of(canvas, "sis_export_csv", "courses", enrollment_term_id="default")
    of_term = rows_of(canvas, "sis_export_csv", "courses", enrollment_term_id="sis_term_id:t1")

    assert (len(users), len(courses), len(of_term)) == (3, 0, 1)


def test_an_unknown_term_is_refused_today_and_ended_in_error_before(canvas, canvas_2022):
    now = started(canvas, "provisioning_csv", courses="1", enrollment_term_id="999")
    then = finished(canvas_2022, "provisioning_csv", courses="1", enrollment_term_id="999")

    assert (now.status_code, now.json()) == (400, {"error": "invalid enrollment_term_id '999'"})
    assert then["status"] == "error"


def test_enrollment_states_and_types_are_filtered(canvas):
    canvas.imported(ROSTER)

    students = rows_of(canvas, "provisioning_csv", "enrollments", enrollment_filter="StudentEnrollment")
    nobody = rows_of(canvas, "provisioning_csv", "enrollments", enrollment_filter="Nonsense")
    completed = rows_of(canvas, "provisioning_csv", "enrollments", enrollment_states="completed")

    assert ([row["user_id"] for row in students], nobody, completed) == (["u2"], [], [])


def test_dates_of_courses_and_sections_are_shown_only_where_they_restrict(canvas):
    header = "course_id,short_name,long_name,status,start_date,end_date"
    canvas.imported({"courses.csv": f"{header}\nc1,A,A,active,2026-08-24,2026-12-19\nc2,B,B,active,,\n"})

    rows = {row["course_id"]: row["start_date"] for row in rows_of(canvas, "provisioning_csv", "courses")}

    assert rows == {"c1": "2026-08-24T00:00:00Z", "c2": ""}


def test_a_cross_listed_section_appears_in_the_other_course_and_in_xlist(canvas):
    canvas.imported(ROSTER)
    courses = "course_id,short_name,long_name,status\nc2,CHE,Chemistry,active\n"
    canvas.imported({"courses.csv": courses, "x.csv": "xlist_course_id,section_id,status\nc2,s1,active\n"})

    (section,) = rows_of(canvas, "sis_export_csv", "sections")
    (link,) = rows_of(canvas, "provisioning_csv", "xlist")

    assert section["course_id"] == "c2"
    assert (link["xlist_course_id"], link["section_id"], link["nonxlist_course_id"]) == ("c2", "s1", "c1")


def test_provisioning_has_more_columns_today_than_in_2022(canvas, canvas_2022):
    headers = []
    for each in (canvas, canvas_2022):
        run = finished(each, "provisioning_csv", courses="1")
        answer = each.get(run["attachment"]["url"])
        headers.append(each.get(answer.headers["location"], token=None).text.splitlines()[0].split(","))

    assert set(headers[0]) - set(headers[1]) == {"canvas_blueprint_course_id"}


def test_a_report_file_needs_the_token_on_canvas_and_none_at_the_store(canvas):
    run = finished(canvas, "provisioning_csv", users="1")

    without = canvas.get(run["attachment"]["url"], token=None)
    with_ = canvas.get(run["attachment"]["url"])

    assert without.headers["location"].endswith("/login/canvas")
    assert canvas.get(with_.headers["location"]).status_code == 400


def test_with_verifiers_on_a_report_file_needs_no_token(canvas):
    canvas.faults(**{"files.verifier": "on"})
    run = finished(canvas, "provisioning_csv", users="1")

    assert not canvas.get(run["attachment"]["url"], token=None).headers["location"].endswith("/login/canvas")


def test_reports_need_their_permission_and_a_known_name(canvas):
    token = canvas.given(no_permission_token={"permissions": ["manage_sis"]})["no_permission_token"]

    assert canvas.get(REPORTS, token=token).status_code == 403
    assert canvas.get(f"{REPORTS}/nonsense_csv").status_code == 404


def test_runs_are_listed_newest_first_without_deleted_ones(canvas):
    ids = [finished(canvas, "provisioning_csv", users="1")["id"] for _ in range(3)]
    deleted = canvas.ask("DELETE", f"{REPORTS}/provisioning_csv/{ids[1]}").json()

    listed = [each["id"] for each in canvas.get(f"{REPORTS}/provisioning_csv").json()]

    assert deleted["status"] == "deleted"
    assert listed == [ids[2], ids[0]]
    assert canvas.get(f"{REPORTS}/provisioning_csv/{ids[1]}").status_code == 404


def test_a_finished_run_cannot_be_aborted(canvas):
    run = finished(canvas, "provisioning_csv", users="1")

    assert canvas.put(f"{REPORTS}/provisioning_csv/{run['id']}/abort").status_code == 404


def test_a_run_is_aborted_while_it_runs(canvas):
    canvas.imported({"users.csv": users_csv(*(f"p{n}" for n in range(2100)))})
    canvas.faults(**{"reports.rows_per_second": 2000})
    path = f"{REPORTS}/provisioning_csv/{started(canvas, 'provisioning_csv', users='1').json()['id']}"
    canvas.polled(path, lambda body: body["current_line"])

    body = canvas.put(f"{path}/abort").json()

    assert (body["status"], body["parameters"]["extra_text"]) == ("aborted", "Report has been aborted")
    assert canvas.get(path).json()["status"] == "aborted"


@pytest.mark.parametrize("failure", ["error", "vanish", "truncated_file", "wrong_size", "translated_header"])
def test_a_report_fails_as_is_switched_on(canvas, failure):
    canvas.imported(ROSTER)
    canvas.faults(**{"reports.fail": failure})
    path = f"{REPORTS}/provisioning_csv/{started(canvas, 'provisioning_csv', users='1').json()['id']}"

    if failure == "vanish":
        canvas.polled(path, lambda body: "errors" in body)
        return
    run = canvas.polled(path, lambda body: body["status"] in OVER)

    assert (run["status"] == "error") is (failure == "error")
    if "attachment" in run:
        content = downloaded(canvas, run)
        assert (len(content) != run["attachment"]["size"]) is (failure in ("truncated_file", "wrong_size"))
        assert ("übersetzt" in content.decode()) is (failure == "translated_header")


def test_the_report_on_tokens_tells_when_they_end(canvas):
    canvas.given(tokens=[{"name": "robot", "expires_in": 3600}])
    run = finished(canvas, "user_access_tokens_csv")

    rows = list(csv.DictReader(io.StringIO(downloaded(canvas, run).decode())))

    assert [row["expiration"] == "never" for row in rows] == [True, False]
