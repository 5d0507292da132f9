"""Reading back over REST what was imported."""

import pytest

from tests.sandbox.http import ROSTER, users_csv

COURSE = "/api/v1/courses/sis_course_id:c1"


def csv_of(header, *lines):
    return "\n".join([header, *lines, ""])


def all_pages(canvas, path):
    rows = []
    while path:
        answer = canvas.get(path)
        assert answer.status_code == 200, answer.text
        rows += answer.json()
        path = answer.links.get("next", {}).get("url")
    return rows


def test_an_account_is_addressed_by_its_sis_id_and_the_root_shows_none(canvas):
    canvas.imported(ROSTER)

    account, root = (canvas.get(f"/api/v1/accounts/{each}").json() for each in ("sis_account_id:a1", "self"))

    assert (account["name"], account["sis_account_id"], account["parent_account_id"]) == ("Sciences", "a1", 1)
    assert root["root_account_id"] is None
    assert "sis_account_id" not in root


def test_sub_accounts_are_listed_all_the_way_down_when_asked(canvas):
    canvas.imported({"a.csv": csv_of("account_id,parent_account_id,name,status", "a1,,A,active", "a2,a1,B,active")})

    direct = canvas.get("/api/v1/accounts/self/sub_accounts").json()
    below = canvas.get("/api/v1/accounts/self/sub_accounts?recursive=true")

    assert [each["sis_account_id"] for each in direct] == ["a1"]
    assert [each["sis_account_id"] for each in below.json()] == ["a1", "a2"]
    assert "last" not in below.links


def test_a_term_shows_its_overrides_with_dates(canvas):
    header = "term_id,name,status,start_date,end_date,date_override_enrollment_type"
    lines = ("t1,Fall,active,2026-08-24,2026-12-19,", "t1,Fall,active,2026-08-10,,TeacherEnrollment")
    canvas.imported({"terms.csv": csv_of(header, *lines)})

    body = canvas.get("/api/v1/accounts/self/terms?include[]=overrides").json()
    (term,) = [each for each in body["enrollment_terms"] if each["sis_term_id"] == "t1"]

    assert term["overrides"]["TeacherEnrollment"] == {"start_at": "2026-08-10T00:00:00Z", "end_at": None}


def test_deleted_terms_are_shown_when_all_are_asked_for(canvas):
    canvas.imported({"terms.csv": csv_of("term_id,name,status", "t1,Fall,active")})
    canvas.imported({"terms.csv": csv_of("term_id,name,status", "t1,Fall,deleted")})

    def names(query):
        terms = canvas.get(f"/api/v1/accounts/self/terms{query}").json()["enrollment_terms"]
        return [term["name"] for term in terms]

    assert "Fall" not in names("")
    assert "Fall" in names("?workflow_state[]=all")


def test_a_sub_account_has_no_terms(canvas):
    canvas.imported(ROSTER)

    answer = canvas.get("/api/v1/accounts/sis_account_id:a1/terms")

    assert (answer.status_code, answer.json()) == (400, {"message": "Terms only belong to root_accounts."})


def test_a_course_is_shown_with_its_sis_ids_and_its_term(canvas):
    done = canvas.imported(ROSTER)

    course = canvas.get(f"{COURSE}?include[]=term").json()

    assert (course["name"], course["course_code"], course["workflow_state"]) == ("Biology", "BIO", "unpublished")
    assert (course["sis_course_id"], course["sis_import_id"]) == ("c1", done["id"])
    assert course["term"]["sis_term_id"] == "t1"


def test_sis_ids_are_shown_to_those_who_may_see_them(canvas):
    canvas.imported(ROSTER)
    wish = {"permissions": ["read_course_list", "read_roster"]}
    token = canvas.given(no_permission_token=wish)["no_permission_token"]

    course = canvas.get(COURSE, token=token).json()
    enrollment = canvas.get(f"{COURSE}/enrollments", token=token).json()[0]

    assert not {"sis_course_id", "integration_id", "sis_import_id"} & set(course)
    assert "sis_user_id" not in enrollment
    assert "login_id" not in enrollment["user"]


def test_a_friendly_name_takes_the_place_of_the_name(canvas):
    canvas.given(sub_accounts=[{"account_id": "k5", "elementary": True}])
    header = "course_id,short_name,long_name,account_id,status,friendly_name"
    canvas.imported({"courses.csv": csv_of(header, "c9,MATH,Mathematics 3,k5,active,Maths")})

    course = canvas.get("/api/v1/courses/sis_course_id:c9").json()

    assert (course["name"], course["original_name"]) == ("Maths", "Mathematics 3")


def test_a_deleted_course_is_not_found_but_listed_with_all_states(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"courses.csv": csv_of("course_id,short_name,long_name,status", "c1,BIO,Biology,deleted")})

    listed = canvas.get("/api/v1/accounts/self/courses?state[]=all").json()

    assert canvas.get(COURSE).status_code == 404
    assert canvas.get("/api/v1/accounts/self/courses").json() == []
    assert [(each["sis_course_id"], each["workflow_state"]) for each in listed] == [("c1", "deleted")]


def test_ids_with_slashes_and_dots_are_found_when_escaped(canvas):
    canvas.imported({"courses.csv": csv_of("course_id,short_name,long_name,status", "BIO/101.11,BIO,Biology,active")})

    for written in ("sis_course_id:BIO%2F101%2E11", "hex:sis_course_id:" + b"BIO/101.11".hex()):
        assert canvas.get(f"/api/v1/courses/{written}").json()["sis_course_id"] == "BIO/101.11"


def test_courses_are_filtered_by_term_and_search(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"courses.csv": csv_of("course_id,short_name,long_name,status", "c2,CHE,Chemistry,active")})

    def ids(query):
        return [each["sis_course_id"] for each in canvas.get(f"/api/v1/accounts/self/courses?{query}").json()]

    assert ids("enrollment_term_id=sis_term_id:t1") == ["c1"]
    assert ids("search_term=chem") == ["c2"]
    assert ids("by_subaccounts[]=sis_account_id:a1") == ["c1"]
    assert ids("with_enrollments=true") == ["c1"]


def test_a_cross_listed_section_shows_where_it_is_and_where_it_comes_from(canvas):
    canvas.imported(ROSTER)
    courses = csv_of("course_id,short_name,long_name,status", "c2,CHE,Chemistry,active")
    canvas.imported({"courses.csv": courses, "x.csv": csv_of("xlist_course_id,section_id,status", "c2,s1,active")})
    home = canvas.get(COURSE).json()["id"]

    section = canvas.get("/api/v1/sections/sis_section_id:s1").json()

    assert (section["sis_course_id"], section["nonxlist_course_id"]) == ("c2", home)


def test_sections_tell_how_many_students_they_have(canvas):
    canvas.imported(ROSTER)

    sections = canvas.get(f"{COURSE}/sections?include[]=total_students").json()

    assert {each["sis_section_id"]: each["total_students"] for each in sections}["s1"] == 1


def test_an_enrollment_names_all_its_ids(canvas):
    done = canvas.imported(ROSTER)

    (teacher,) = canvas.get(f"{COURSE}/enrollments?type[]=TeacherEnrollment").json()

    assert (teacher["sis_user_id"], teacher["sis_section_id"], teacher["sis_course_id"]) == ("u1", "s1", "c1")
    assert (teacher["role"], teacher["enrollment_state"], teacher["sis_import_id"]) == (
        "TeacherEnrollment",
        "active",
        done["id"],
    )
    assert (teacher["sis_account_id"], teacher["user"]["login_id"]) == ("a1", "u1")
    assert "grades" not in teacher


def test_ended_enrollments_are_left_out_unless_their_state_is_asked_for(canvas):
    canvas.imported(ROSTER)
    header = "course_id,user_id,role,section_id,status"
    canvas.imported({"e.csv": csv_of(header, "c1,u2,student,s1,completed", "c1,u1,teacher,s1,deleted")})

    every = "state[]=active&state[]=completed&state[]=deleted"

    assert canvas.get(f"{COURSE}/enrollments").json() == []
    assert {e["enrollment_state"] for e in canvas.get(f"{COURSE}/enrollments?{every}").json()} == {
        "completed",
        "deleted",
    }


def test_enrollments_are_picked_by_sis_ids_for_those_who_may(canvas):
    canvas.imported(ROSTER)
    wish = {"permissions": ["read_roster"]}
    token = canvas.given(no_permission_token=wish)["no_permission_token"]
    path = f"{COURSE}/enrollments?sis_user_id[]=u2&sis_user_id[]=u3"

    refused = canvas.get(path, token=token)

    assert [each["sis_user_id"] for each in canvas.get(path).json()] == ["u2"]
    assert refused.status_code == 400
    assert refused.json() == {"message": "Insufficient permissions to filter by SIS fields"}


def test_enrollments_come_in_bookmarked_pages_without_a_last_one(canvas):
    people = [f"p{n}" for n in range(25)]
    rows = [f"c1,{each},student,s1,active" for each in people]
    more = {"users.csv": users_csv(*people), "e.csv": csv_of("course_id,user_id,role,section_id,status", *rows)}
    canvas.imported(ROSTER)
    canvas.imported(more)

    first = canvas.get(f"{COURSE}/enrollments?per_page=10")
    rows = all_pages(canvas, f"{COURSE}/enrollments?per_page=10")

    assert "bookmark" in first.links["next"]["url"]
    assert "last" not in first.links
    assert len({each["id"] for each in rows}) == len(rows) == 27


def test_a_person_has_all_their_enrollments_in_one_list(canvas):
    canvas.imported(ROSTER)

    assert [each["sis_course_id"] for each in canvas.get("/api/v1/users/sis_user_id:u2/enrollments").json()] == ["c1"]


@pytest.mark.parametrize("address", ["sis_user_id:u2", "sis_login_id:U2"])
def test_a_person_is_found_by_sis_id_and_by_login(canvas, address):
    canvas.imported(ROSTER)

    person = canvas.get(f"/api/v1/users/{address}").json()

    assert (person["sis_user_id"], person["name"], person["email"]) == ("u2", "Person u2", "u2@example.edu")


def test_all_logins_of_a_person_are_listed(canvas):
    canvas.imported(ROSTER)
    header = "user_id,login_id,existing_user_id,status"
    canvas.imported({"logins.csv": csv_of(header, "u2-b,second,u2,active")})

    logins = canvas.get("/api/v1/users/sis_user_id:u2/logins").json()

    assert [(each["sis_user_id"], each["unique_id"]) for each in logins] == [("u2", "u2"), ("u2-b", "second")]


def test_people_are_searched_and_paged_without_a_last_page(canvas):
    canvas.imported({"users.csv": users_csv(*(f"p{n}" for n in range(12)))})

    first = canvas.get("/api/v1/accounts/self/users?search_term=p1&per_page=2")

    assert {each["sis_user_id"] for each in all_pages(canvas, first.url)} == {"p1", "p10", "p11"}
    assert "last" not in first.links


def test_roles_are_listed_with_the_built_in_ones(canvas):
    canvas.given(course_roles=[{"name": "Auditor", "base_role_type": "StudentEnrollment"}])

    roles = {
        each["role"]: each["base_role_type"] for each in canvas.get("/api/v1/accounts/self/roles?per_page=50").json()
    }

    assert roles["Auditor"] == "StudentEnrollment"
    assert {"StudentEnrollment", "TeacherEnrollment", "AccountAdmin"} <= set(roles)


def test_permissions_of_the_caller_are_told_one_by_one(canvas):
    token = canvas.given(no_permission_token={"permissions": ["read_sis"]})["no_permission_token"]
    path = "/api/v1/accounts/self/permissions?permissions[]=read_sis&permissions[]=manage_sis"

    assert canvas.get(path, token=token).json() == {"read_sis": True, "manage_sis": False}
    assert canvas.get(path).json() == {"read_sis": True, "manage_sis": True}


def test_administrators_are_listed_with_their_role(canvas):
    canvas.imported(
        {
            "users.csv": users_csv("u1"),
            "admins.csv": csv_of("user_id,account_id,role,status", "u1,,AccountAdmin,active"),
        }
    )

    admins = canvas.get("/api/v1/accounts/self/admins").json()

    assert ("u1", "AccountAdmin") in [(each["user"]["sis_user_id"], each["role"]) for each in admins]


def test_links_may_name_another_host(canvas):
    canvas.faults(**{"paging.link_host": "alias"})

    assert "http://localhost:" in canvas.get("/api/v1/accounts/self/users?per_page=1").headers["link"]


def test_the_largest_page_has_100_rows_today_and_had_50(canvas, canvas_2022):
    sizes = []
    for each in (canvas, canvas_2022):
        each.imported({"users.csv": users_csv(*(f"p{n}" for n in range(105)))})
        sizes.append(len(each.get("/api/v1/accounts/self/users?per_page=1000").json()))

    assert sizes == [100, 50]


def test_an_account_is_found_by_its_uuid(canvas):
    canvas.imported(ROSTER)
    uuid = canvas.get("/api/v1/accounts/sis_account_id:a1").json()["uuid"]

    assert canvas.get(f"/api/v1/accounts/uuid:{uuid}").json()["sis_account_id"] == "a1"
    assert canvas.get("/api/v1/accounts/uuid:nonsense").status_code == 404


def test_the_courses_of_a_person_are_listed(canvas):
    canvas.imported(ROSTER)

    assert [each["sis_course_id"] for each in canvas.get("/api/v1/users/sis_user_id:u2/courses").json()] == ["c1"]
    assert canvas.get("/api/v1/courses").json() == []


def test_groups_are_read_with_members(canvas):
    files = {
        "users.csv": users_csv("u1"),
        "k.csv": csv_of("group_category_id,category_name,status", "k1,Clubs,active"),
        "g.csv": csv_of("group_id,group_category_id,name,status", "g1,k1,Chess,available"),
        "m.csv": csv_of("group_id,user_id,status", "g1,u1,accepted"),
    }
    canvas.imported(files)

    group = canvas.get("/api/v1/groups/sis_group_id:g1").json()
    (category,) = canvas.get("/api/v1/accounts/self/group_categories").json()

    assert (group["name"], group["members_count"], group["context_type"]) == ("Chess", 1, "Account")
    assert category["sis_group_category_id"] == "k1"
    assert [each["sis_group_id"] for each in canvas.get("/api/v1/accounts/self/groups").json()] == ["g1"]
    assert [each["sis_group_id"] for each in canvas.get("/api/v1/group_categories/1/groups").json()] == ["g1"]
    assert [each["sis_user_id"] for each in canvas.get("/api/v1/groups/sis_group_id:g1/users").json()] == ["u1"]
    assert [each["workflow_state"] for each in canvas.get("/api/v1/groups/1/memberships").json()] == ["accepted"]


def test_observers_and_observed_are_read_from_both_ends(canvas):
    canvas.imported(
        {
            "users.csv": users_csv("parent", "child"),
            "o.csv": csv_of("observer_id,student_id,status", "parent,child,active"),
        }
    )

    observees = canvas.get("/api/v1/users/sis_user_id:parent/observees").json()
    observers = canvas.get("/api/v1/users/sis_user_id:child/observers").json()

    assert [each["sis_user_id"] for each in observees] == ["child"]
    assert [each["sis_user_id"] for each in observers] == ["parent"]


def test_the_current_term_is_the_one_that_is_on_if_it_is_the_only_one(canvas):
    canvas.imported(ROSTER)
    canvas.control("POST", "clock", {"now": "2026-10-01T00:00:00Z"})
    during = canvas.get("/api/v1/accounts/self/terms/current").json()
    canvas.control("POST", "clock", {"now": "2027-10-01T00:00:00Z"})

    assert during["sis_term_id"] == "t1"
    assert canvas.get("/api/v1/accounts/self/terms/current").status_code == 404


def test_the_people_of_a_course_are_listed_once_each(canvas):
    canvas.imported(ROSTER)

    every = canvas.get(f"{COURSE}/users").json()
    students = canvas.get(f"{COURSE}/users?enrollment_type[]=student&include[]=email").json()

    assert {each["sis_user_id"] for each in every} == {"u1", "u2"}
    assert [(each["sis_user_id"], each["email"]) for each in students] == [("u2", "u2@example.edu")]


def test_the_people_of_a_sub_account_are_those_of_its_courses(canvas):
    canvas.imported(ROSTER)

    users = canvas.get("/api/v1/accounts/sis_account_id:a1/users?enrollment_type=student").json()

    assert [each["sis_user_id"] for each in users] == ["u2"]


def test_a_search_needs_two_characters(canvas):
    for path in ("users", "courses"):
        assert canvas.get(f"/api/v1/accounts/self/{path}?search_term=x").status_code == 400


def test_the_enrollments_of_a_section_are_listed(canvas):
    canvas.imported(ROSTER)

    rows = canvas.get("/api/v1/sections/sis_section_id:s1/enrollments?role[]=StudentEnrollment").json()

    assert [each["sis_user_id"] for each in rows] == ["u2"]


def test_one_enrollment_is_found_by_its_canvas_id(canvas):
    canvas.imported(ROSTER)
    (student,) = canvas.get(f"{COURSE}/enrollments?type[]=StudentEnrollment").json()

    assert canvas.get(f"/api/v1/accounts/self/enrollments/{student['id']}").json() == student
    assert canvas.get("/api/v1/accounts/self/enrollments/999").status_code == 404


def test_enrollments_of_a_deleted_section_count_as_deleted(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"sections.csv": csv_of("section_id,course_id,name,status", "s1,c1,Group A,deleted")})

    states = "state[]=deleted&state[]=active"

    assert {each["enrollment_state"] for each in canvas.get(f"{COURSE}/enrollments?{states}").json()} <= {"deleted"}
    assert canvas.get("/api/v1/sections/sis_section_id:s1").status_code == 404


def test_one_role_and_one_term_are_shown_by_their_ids(canvas):
    canvas.imported(ROSTER)

    assert canvas.get("/api/v1/accounts/self/roles/1").json()["role"] == "StudentEnrollment"
    assert canvas.get("/api/v1/accounts/self/roles/999").status_code == 404
    assert canvas.get("/api/v1/accounts/self/terms/sis_term_id:t1").json()["name"] == "Fall"


def test_authentication_providers_are_listed_with_the_built_in_one(canvas):
    canvas.given(authentication_providers=[{"auth_type": "saml"}])

    kinds = [each["auth_type"] for each in canvas.get("/api/v1/accounts/self/authentication_providers").json()]

    assert kinds == ["canvas", "saml"]


def test_a_profile_and_the_logins_of_the_account_are_shown(canvas):
    canvas.imported(ROSTER)

    assert canvas.get("/api/v1/users/sis_user_id:u1/profile").json()["primary_email"] == "u1@example.edu"
    assert "u1" in [each["unique_id"] for each in canvas.get("/api/v1/accounts/self/logins").json()]


def test_a_section_is_shown_below_its_own_course_only(canvas):
    canvas.imported(ROSTER)
    canvas.imported({"courses.csv": csv_of("course_id,short_name,long_name,status", "c2,CHE,Chemistry,active")})

    assert canvas.get(f"{COURSE}/sections/sis_section_id:s1").status_code == 200
    assert canvas.get("/api/v1/courses/sis_course_id:c2/sections/sis_section_id:s1").status_code == 404


def test_oneself_may_always_be_seen_and_others_only_with_the_permission(canvas):
    canvas.imported(ROSTER)
    token = canvas.given(no_permission_token={"permissions": []})["no_permission_token"]

    assert canvas.get("/api/v1/users/self", token=token).status_code == 200
    assert canvas.get("/api/v1/users/sis_user_id:u1", token=token).status_code == 403
