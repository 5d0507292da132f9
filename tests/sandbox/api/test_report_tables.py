"""Every file of both reports: whether what was imported comes back row by row."""

import csv
import io
import zipfile

import pytest

from tests.sandbox.api.test_reports import FILES, downloaded, finished, rows_of
from tests.sandbox.http import users_csv


def csv_of(header, *lines):
    return "\n".join([header, *lines, ""])


SIS = {
    "users.csv": users_csv("u1", "u2", "p1"),
    "accounts.csv": csv_of("account_id,parent_account_id,name,status", "a1,,Sciences,active", "a2,a1,Physics,active"),
    "terms.csv": csv_of("term_id,name,status,start_date,end_date", "t1,Fall,active,2026-08-24,2026-12-19"),
    "courses.csv": csv_of(
        "course_id,short_name,long_name,account_id,term_id,status,course_format",
        "c1,BIO,Biology,a1,t1,active,online",
        "c2,CHE,Chemistry,a2,,published,",
    ),
    "sections.csv": csv_of("section_id,course_id,name,status", "s1,c1,Group A,active", "s2,c2,Group B,active"),
    "enrollments.csv": csv_of(
        "course_id,user_id,role,section_id,status,associated_user_id,limit_section_privileges",
        "c1,u1,teacher,s1,active,,true",
        "c1,u2,student,s1,active,,",
        "c1,p1,observer,s1,active,u2,",
        "c2,u2,student,s2,inactive,,",
    ),
    "categories.csv": csv_of("group_category_id,category_name,course_id,status", "k1,Teams,c1,active"),
    "groups.csv": csv_of("group_id,group_category_id,name,status", "g1,k1,Team 1,available"),
    "members.csv": csv_of("group_id,user_id,status", "g1,u2,accepted"),
    "xlists.csv": csv_of("xlist_course_id,section_id,status", "c1,s2,active"),
    "observers.csv": csv_of("observer_id,student_id,status", "p1,u2,active"),
    "admins.csv": csv_of("user_id,account_id,role,status", "u1,a1,AccountAdmin,active"),
}

EXPORTED = {
    "users": {("u1", "active"), ("u2", "active"), ("p1", "active")},
    "accounts": {("a1", ""), ("a2", "a1")},
    "terms": {("t1", "2026-08-24T00:00:00Z")},
    "courses": {("c1", "a1", "t1", "active", "online"), ("c2", "a2", "", "active", "")},
    "sections": {("s1", "c1"), ("s2", "c1")},
    "enrollments": {
        ("c1", "u1", "teacher", "s1", "active", "", "true"),
        ("c1", "u2", "student", "s1", "active", "", "false"),
        ("c1", "p1", "observer", "s1", "active", "u2", "false"),
        ("c1", "u2", "student", "s2", "inactive", "", "false"),
    },
    "groups": {("g1", "k1", "", "c1", "Team 1", "available")},
    "group_membership": {("g1", "u2", "accepted")},
    "group_categories": {("k1", "", "c1", "Teams", "active")},
    "xlist": {("c1", "s2", "active")},
    "user_observers": {("p1", "u2", "active")},
    "admins": {("u1", "a1", "AccountAdmin", "active")},
}
COLUMNS = {
    "users": ("user_id", "status"),
    "accounts": ("account_id", "parent_account_id"),
    "terms": ("term_id", "start_date"),
    "courses": ("course_id", "account_id", "term_id", "status", "course_format"),
    "sections": ("section_id", "course_id"),
    "enrollments": (
        "course_id",
        "user_id",
        "role",
        "section_id",
        "status",
        "associated_user_id",
        "limit_section_privileges",
    ),
    "groups": ("group_id", "group_category_id", "account_id", "course_id", "name", "status"),
    "group_membership": ("group_id", "user_id", "status"),
    "group_categories": ("group_category_id", "account_id", "course_id", "category_name", "status"),
    "xlist": ("xlist_course_id", "section_id", "status"),
    "user_observers": ("observer_id", "student_id", "status"),
    "admins": ("user_id", "account_id", "role", "status"),
}


def picked(rows, columns):
    return {tuple(row[column] for column in columns) for row in rows}


@pytest.fixture
def roster(canvas):
    done = canvas.imported(SIS)
    assert done["workflow_state"] == "imported", done
    return canvas


@pytest.mark.parametrize("table", FILES)
def test_the_sis_export_gives_back_what_was_imported(roster, table):
    assert picked(rows_of(roster, "sis_export_csv", table), COLUMNS[table]) >= EXPORTED[table]


@pytest.mark.parametrize("table", FILES)
def test_provisioning_has_every_row_of_the_sis_export_with_canvas_ids(roster, table):
    rows = rows_of(roster, "provisioning_csv", table)
    shared = [column for column in COLUMNS[table] if column in rows[0]]
    exported = rows_of(roster, "sis_export_csv", table)

    without_status = [column for column in shared if column != "status"]
    assert picked(rows, without_status) >= picked(exported, without_status)
    assert all(row[column] for row in rows for column in row if column == f"canvas_{table.rstrip('s')}_id")


def test_provisioning_tells_published_from_unpublished(roster):
    states = {row["course_id"]: row["status"] for row in rows_of(roster, "provisioning_csv", "courses")}

    assert states == {"c1": "unpublished", "c2": "active"}


def test_default_sections_appear_in_provisioning_only(canvas):
    canvas.imported(
        {"users.csv": users_csv("u1"), "c.csv": csv_of("course_id,short_name,long_name,status", "c1,B,B,active")}
    )
    canvas.imported({"e.csv": csv_of("course_id,user_id,role,status", "c1,u1,student,active")})

    assert rows_of(canvas, "sis_export_csv", "sections") == []
    assert [row["section_id"] for row in rows_of(canvas, "provisioning_csv", "sections")] == [""]
    assert [row["section_id"] for row in rows_of(canvas, "sis_export_csv", "enrollments")] == [""]


def test_of_a_sub_account_only_what_belongs_to_it_is_reported(roster):
    path = "/api/v1/accounts/sis_account_id:a2/reports/sis_export_csv"
    form = {f"parameters[{name}]": "true" for name in FILES}
    run_id = roster.post(path, data=form).json()["id"]
    run = roster.polled(f"{path}/{run_id}", lambda body: body["status"] == "complete")
    archive = zipfile.ZipFile(io.BytesIO(downloaded(roster, run)))
    tables = {name: list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode()))) for name in FILES}

    assert [row["course_id"] for row in tables["courses"]] == ["c2"]
    assert tables["users"] == tables["accounts"] == tables["admins"] == tables["groups"] == []


def test_a_deleted_thing_is_reported_with_its_status_when_asked_for(roster):
    deleted = {
        "users.csv": csv_of("user_id,login_id,full_name,status", "p1,p1,Person p1,deleted"),
        "xlists.csv": csv_of("xlist_course_id,section_id,status", "c1,s2,deleted"),
        "g.csv": csv_of("group_id,group_category_id,name,status", "g1,k1,Team 1,deleted"),
        "admins.csv": csv_of("user_id,account_id,role,status", "u1,a1,AccountAdmin,deleted"),
    }
    roster.imported(deleted)
    roster.imported({"courses.csv": csv_of("course_id,short_name,long_name,status", "c2,CHE,Chemistry,deleted")})

    def states(table, key):
        rows = rows_of(roster, "sis_export_csv", table, include_deleted="true")
        return {row[key]: row["status"] for row in rows}

    assert states("users", "user_id")["p1"] == "deleted"
    assert states("courses", "course_id") == {"c1": "active", "c2": "deleted"}
    assert states("groups", "group_id") == {"g1": "deleted"}
    assert states("admins", "user_id")["u1"] == "deleted"
    assert "p1" not in {row["user_id"] for row in rows_of(roster, "sis_export_csv", "users")}
    assert rows_of(roster, "sis_export_csv", "xlist") == []


def test_pronouns_are_a_column_only_where_the_account_uses_them(canvas):
    canvas.imported({"users.csv": users_csv("u1")})
    without = rows_of(canvas, "sis_export_csv", "users")[0]
    canvas.given(account_settings={"can_add_pronouns": True})
    canvas.imported(
        {"users.csv": csv_of("user_id,login_id,full_name,status,pronouns", "u1,u1,Person u1,active,they/them")}
    )

    assert "pronouns" not in without
    assert rows_of(canvas, "sis_export_csv", "users")[0]["pronouns"] == "they/them"


def test_a_header_may_have_more_names_than_the_rows_have_values(roster):
    roster.faults(**{"reports.fail": "misaligned_header"})
    run = finished(roster, "sis_export_csv", enrollments="1")

    header, *rows = csv.reader(io.StringIO(downloaded(roster, run).decode()))

    assert {len(header) - len(row) for row in rows} == {2}


@pytest.mark.parametrize("term", ["active_terms", "current", "default", "t1,default", "sis_term_id:t1"])
def test_terms_may_be_written_in_every_form(roster, term):
    roster.control("POST", "clock", {"now": "2026-10-01T00:00:00Z"})
    written = term.replace("t1,", "sis_term_id:t1,")

    ids = {row["course_id"] for row in rows_of(roster, "provisioning_csv", "courses", enrollment_term_id=written)}

    expected = {"active_terms": {"c1", "c2"}, "current": {"c1"}, "default": {"c2"}, "t1,default": {"c1", "c2"}}
    assert ids == expected.get(term, {"c1"})
