"""An unmodified client of others drives the sandbox: canvasapi, the Python library for Canvas's API."""

import time
import zipfile

import pytest
from canvasapi import Canvas
from canvasapi.exceptions import InvalidAccessToken, ResourceDoesNotExist

from tests.sandbox.http import ROSTER, users_csv

# plain http is right on loopback
pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly:UserWarning")


@pytest.fixture
def account(canvas):
    library = Canvas(canvas.url, canvas.sandbox.token)
    yield library.get_account(1)
    library._Canvas__requester._session.close()


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in ROSTER.items():
            archive.writestr(name, text)
    return str(path)


def ended(account, sis_import):
    deadline = time.monotonic() + 20
    while (found := account.get_sis_import(sis_import)).workflow_state in ("created", "importing"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_it_creates_an_import_from_a_file_and_reads_its_end(account, roster):
    created = account.create_sis_import(roster)

    done = ended(account, created)

    assert created.workflow_state in ("created", "importing", "imported")
    assert (done.workflow_state, done.data["counts"]["users"]) == ("imported", 3)


def test_it_lists_imports_over_several_pages(account, roster):
    ids = [account.create_sis_import(roster).id for _ in range(12)]

    assert [each.id for each in account.get_sis_imports(per_page=5)] == ids[::-1]


def test_it_aborts_an_import(canvas, account, roster):
    canvas.given(queue="paused")

    assert account.create_sis_import(roster).abort().workflow_state == "aborted"


def test_it_aborts_all_that_wait(canvas, account, roster):
    canvas.given(queue="paused")
    account.create_sis_import(roster)

    assert account.abort_sis_imports_pending() is True


def test_it_restores_states_and_follows_the_progress(account, roster):
    done = ended(account, account.create_sis_import(roster))

    progress = done.restore_states()
    deadline = time.monotonic() + 20
    while progress.query().workflow_state != "completed":
        assert time.monotonic() < deadline
        time.sleep(0.01)

    assert account.get_sis_import(done).workflow_state == "restored"


def test_it_runs_a_report(account, roster):
    ended(account, account.create_sis_import(roster))

    report = account.create_report("provisioning_csv", parameters={"users": True, "courses": True})
    deadline = time.monotonic() + 20
    while (report := account.get_report("provisioning_csv", report.id)).status not in ("complete", "error"):
        assert time.monotonic() < deadline
        time.sleep(0.01)

    assert report.status == "complete"
    assert report.attachment["content-type"] == "application/zip"
    assert "provisioning_csv" in [each.report for each in account.get_reports()]
    assert [each.id for each in account.get_index_of_reports("provisioning_csv")] == [report.id]


def test_it_reads_courses_sections_and_terms(account, roster):
    ended(account, account.create_sis_import(roster))

    (course,) = account.get_courses()

    assert (course.name, course.sis_course_id) == ("Biology", "c1")
    assert "s1" in [section.sis_section_id for section in course.get_sections()]
    assert "t1" in [term.sis_term_id for term in account.get_enrollment_terms()]
    assert "Sciences" in [each.name for each in account.get_subaccounts()]


def test_it_reads_users_over_several_pages(canvas, account):
    canvas.imported({"users.csv": users_csv(*(f"p{n:02}" for n in range(35)))})

    users = list(account.get_users(per_page=10))

    assert len({user.id for user in users}) == len(users) == 36


def test_it_reads_enrollments_over_several_pages(canvas, account, roster):
    ended(account, account.create_sis_import(roster))
    people = [f"p{n:02}" for n in range(35)]
    rows = "".join(f"c1,{each},student,s1,active\n" for each in people)
    canvas.imported({"users.csv": users_csv(*people), "e.csv": f"course_id,user_id,role,section_id,status\n{rows}"})
    (course,) = account.get_courses()

    enrollments = list(course.get_enrollments(per_page=10))

    assert len({each.id for each in enrollments}) == len(enrollments) == 37


def test_it_finds_a_person_by_sis_id_with_logins_and_enrollments(canvas, account, roster):
    ended(account, account.create_sis_import(roster))
    user = Canvas(canvas.url, canvas.sandbox.token).get_user("u2", "sis_user_id")

    assert user.name == "Person u2"
    assert [login.unique_id for login in user.get_user_logins()] == ["u2"]
    assert [each.sis_course_id for each in user.get_enrollments()] == ["c1"]


def test_it_recognises_refusals(canvas, account):
    with pytest.raises(InvalidAccessToken):
        Canvas(canvas.url, "nonsense").get_account(1)
    with pytest.raises(ResourceDoesNotExist):
        account.get_sis_import(999)
