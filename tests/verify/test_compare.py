"""The one comparison, by tables."""

import pytest

from pipeline.verify.looks import SAMPLED, Extent, Looked
from tests.verify.rosters import base, drift, everything, into, told

USERS = "user_id,login_id,full_name,email,status\nS1,ada,Ada Lovelace,ada@example.edu,active\n"
COURSES = "course_id,short_name,long_name,status\nC1,BIO,Biology,active\nC2,ART,Art,active\n"
SECTIONS = "section_id,course_id,name,status\nX1,C1,Biology,active\nX2,C2,Art,active\n"
ENROLLED = "section_id,course_id,user_id,role,status\nX1,,S1,student,active\nX1,,S2,student,active\n"
SEEN_ENROLLED = (
    "section_id,course_id,user_id,role,status,sis_import_id\nX1,C1,S1,student,active,7\nX1,C1,S2,student,active,7\n"
)


def test_equal_rosters_have_no_differences():
    ours = base(users=USERS, sections=SECTIONS, enrollments=ENROLLED)

    found = drift(ours, {"users": USERS, "sections": SECTIONS, "enrollments": SEEN_ENROLLED}, everything("C1", "C2"))

    assert told(found) == []
    assert {table: (one.looked_at, one.equal) for table, one in found.counts.items()} == {
        "users": (1, 1),
        "sections": (2, 2),
        "enrollments": (2, 2),
    }


def test_a_row_that_canvas_does_not_have_is_missing():
    found = drift(base(users=USERS), {"users": "user_id,login_id\nS9,grace\n"})

    assert ("missing", "S1", "status", "active", "") in told(found)
    assert found.counts["users"].missing == 1
    assert found.counts["users"].equal == 0


def test_a_living_row_that_canvas_shows_as_deleted_is_missing():
    ended = SEEN_ENROLLED.replace("S2,student,active", "S2,student,deleted")

    found = drift(base(sections=SECTIONS, enrollments=ENROLLED), {"enrollments": ended}, everything("C1"))

    assert told(found)[0] == ("missing", "X1 S2 student", "status", "active", "deleted")


def test_a_deleted_row_that_canvas_does_not_have_is_equal():
    found = drift(base(users=USERS.replace(",active", ",deleted")), {"users": "user_id,login_id\n"})

    assert told(found) == []
    assert found.counts["users"].equal == 1


def test_a_deleted_row_that_lives_in_canvas_differs():
    left = ENROLLED.replace("S2,student,active", "S2,student,deleted")

    found = drift(base(sections=SECTIONS, enrollments=left), {"enrollments": SEEN_ENROLLED}, everything("C1"))

    assert ("differs", "X1 S2 student", "status", "deleted", "active") in told(found)
    assert found.counts["enrollments"].differing == 1


def test_a_row_that_the_base_lacks_is_extra():
    found = drift(base(users=USERS), {"users": USERS + "S2,grace,Grace Hopper,grace@example.edu,active\n"})

    assert told(found) == [("extra", "S2", "status", "", "active")]
    assert (found.counts["users"].looked_at, found.counts["users"].extra) == (1, 1)


def test_an_ended_row_that_the_base_lacks_is_no_difference():
    gone = SEEN_ENROLLED + "X1,C1,S3,student,deleted,\n"

    found = drift(base(sections=SECTIONS, enrollments=ENROLLED), {"enrollments": gone}, everything("C1"))

    assert "enrollments" not in set(found.differences["table"])


@pytest.mark.parametrize(("touched_by", "whose"), [("", "by hand"), ("12", "imported"), ("?", "")])
def test_an_extra_row_says_whether_an_import_ever_touched_it(touched_by, whose):
    theirs = SEEN_ENROLLED + f"X1,C1,S3,ta,active,{touched_by}\n"

    found = drift(
        base(enrollments=ENROLLED, sections=SECTIONS), {"enrollments": theirs, "sections": SECTIONS}, everything("C1")
    )

    extra = found.differences[(found.differences["table"] == "enrollments").to_numpy(dtype=bool)]
    assert list(extra["whose"]) == [whose]
    assert found.counts["enrollments"].by_hand == (1 if whose == "by hand" else 0)


def test_a_row_of_another_feed_is_not_extra():
    other = base(users="user_id,login_id,status\nT1,emmy,active\n")

    found = drift(base(users=USERS), {"users": USERS + "T1,emmy,Emmy Noether,?,active\n"}, others=(other.tables,))

    assert told(found) == []


def test_a_row_that_we_deleted_and_another_feed_holds_is_no_difference():
    other = base(users=USERS)

    found = drift(base(users=USERS.replace(",active", ",deleted")), {"users": USERS}, others=(other.tables,))

    assert told(found) == []


@pytest.mark.parametrize(
    ("column", "ours", "canvas"),
    [
        ("full_name", "Ada Lovelace", "Countess Lovelace"),
        ("login_id", "ada", "augusta"),
        ("email", "ada@example.edu", "ada@example.org"),
    ],
)
def test_a_field_that_is_another_in_canvas_differs(column, ours, canvas):
    found = drift(base(users=USERS), {"users": USERS.replace(f",{ours},", f",{canvas},")})

    assert told(found) == [("differs", "S1", column, ours, canvas)]
    assert found.counts["users"].differing == 1


@pytest.mark.parametrize(
    ("ours", "canvas"),
    [
        ("ADA", "ada"),  # logins and addresses know no case
        ("Ada  Lovelace", "Ada Lovelace"),
        ("Zoe\u0308 Ng", "Zo\u00eb Ng"),  # composed and decomposed
    ],
)
def test_spellings_that_canvas_takes_for_the_same_are_equal(ours, canvas):
    column = "login_id" if ours == "ADA" else "full_name"

    found = drift(
        base(users=f"user_id,{column},status\nS1,{ours},active\n"), {"users": f"user_id,{column}\nS1,{canvas}\n"}
    )

    assert told(found) == []


def test_a_name_in_halves_is_compared_as_a_whole():
    ours = base(users="user_id,first_name,last_name,status\nS1,Ada,Lovelace,active\n")

    found = drift(ours, {"users": "user_id,full_name\nS1,Ada King\n"})

    assert told(found) == [("differs", "S1", "full_name", "Ada Lovelace", "Ada King")]


def test_a_blank_cell_of_ours_says_nothing_where_canvas_keeps_what_it_has():
    found = drift(base(users="user_id,short_name,status\nS1,,active\n"), {"users": "user_id,short_name\nS1,Ada\n"})

    assert told(found) == []


def test_a_blank_date_of_ours_says_that_canvas_has_none():
    ours = base(sections=SECTIONS, enrollments="section_id,user_id,role,status,start_date\nX1,S1,student,active,\n")
    theirs = "section_id,course_id,user_id,role,status,start_date\nX1,C1,S1,student,active,2026-09-01T06:00:00Z\n"

    found = drift(ours, {"enrollments": theirs, "sections": SECTIONS}, everything("C1"))

    assert told(found)[0] == ("differs", "X1 S1 student", "start_date", "", "2026-09-01T06:00:00Z")


def test_one_instant_in_two_zones_is_equal():
    ours = base(terms="term_id,name,start_date,status\nT1,Fall,2026-08-24T00:00:00-06:00,active\n")

    found = drift(ours, {"terms": "term_id,name,start_date,status\nT1,Fall,2026-08-24T06:00:00Z,active\n"})

    assert told(found) == []


def test_a_date_without_a_zone_is_named_and_not_compared():
    ours = base(terms="term_id,name,start_date,status\nT1,Fall,2026-08-24,active\n")

    found = drift(ours, {"terms": "term_id,name,start_date,status\nT1,Fall,2026-01-01T06:00:00Z,active\n"})

    assert told(found) == []
    assert found.not_shown == {"terms": ("start_date without a time zone",)}


def test_what_a_way_of_reading_does_not_show_is_named_and_not_compared():
    found = drift(base(users=USERS), {"users": "user_id,login_id,full_name,email\nS1,ada,Ada Lovelace,?\n"})

    assert told(found) == []
    assert found.not_shown == {"users": ("email", "status")}


def test_tables_that_cannot_be_read_are_named():
    found = drift(
        base(users=USERS, admins="user_id,account_id,role,status\nS1,A1,Registrar,active\n"), {"users": USERS}
    )

    assert found.not_read == ("admins",)


@pytest.mark.parametrize(
    ("ours", "canvas", "is_same"),
    [
        ("active", "published", True),
        ("active", "unpublished", True),
        ("published", "unpublished", False),
        ("active", "completed", False),
        ("completed", "published", False),
    ],
)
def test_an_active_course_may_be_published_or_not(ours, canvas, is_same):
    found = drift(base(courses=f"course_id,status\nC1,{ours}\n"), {"courses": f"course_id,status\nC1,{canvas}\n"})

    assert (told(found) == []) is is_same


def test_roles_are_compared_by_meaning_and_custom_roles_by_name():
    ours = ENROLLED.replace("S1,student", "S1,StudentEnrollment").replace("S2,student", "S2,Student worker")
    theirs = SEEN_ENROLLED.replace("S2,student", "S2,Student worker")

    found = drift(
        base(sections=SECTIONS, enrollments=ours), {"enrollments": theirs, "sections": SECTIONS}, everything("C1")
    )

    assert "enrollments" not in set(found.differences["table"])


def test_a_role_named_by_its_canvas_id_is_that_role():
    ours = base(sections=SECTIONS, enrollments="section_id,user_id,role,role_id,status\nX1,S1,,21,active\n")
    theirs = "section_id,course_id,user_id,role,role_id,status\nX1,C1,S1,Tutor,21,active\n"

    found = drift(ours, {"enrollments": theirs, "sections": SECTIONS}, everything("C1"))

    assert "enrollments" not in set(found.differences["table"])


def test_an_ended_enrollment_beside_a_living_one_of_its_identity_counts_for_nothing():
    theirs = SEEN_ENROLLED.replace("X1,C1,S1,student,active,7", "X1,C1,S1,student,deleted,3\nX1,C1,S1,student,active,7")

    found = drift(
        base(sections=SECTIONS, enrollments=ENROLLED), {"enrollments": theirs, "sections": SECTIONS}, everything("C1")
    )

    assert "enrollments" not in set(found.differences["table"])


def test_a_look_into_one_course_says_nothing_of_the_others():
    ours = base(courses=COURSES, sections=SECTIONS, users=USERS)
    theirs = {"courses": "course_id,status\nC1,published\n", "sections": "section_id,course_id,status\nX1,C1,active\n"}

    found = drift(ours, theirs, into("C1"))

    assert told(found) == []
    assert (found.counts["courses"].looked_at, found.counts["courses"].left_out) == (1, 1)
    assert "users" not in found.counts


def test_a_cross_listed_section_is_looked_for_in_the_course_that_shows_it():
    ours = base(courses=COURSES, sections=SECTIONS, xlists="section_id,xlist_course_id,status\nX1,C2,active\n")

    found = drift(ours, {"courses": COURSES.replace("C2,ART,Art,active\n", "")}, into("C1"))

    assert told(found) == []
    assert "sections" not in found.counts or found.counts["sections"].looked_at == 0


def test_a_section_of_a_course_that_was_not_looked_into_is_left_out():
    found = drift(base(courses=COURSES, sections=SECTIONS), {"courses": COURSES}, everything("C1"))

    assert told(found) == [("missing", "X1", "status", "active", "")]
    assert found.counts["sections"].left_out == 1


def test_single_rows_are_compared_and_the_rest_left_alone():
    looked = Looked(Extent.ROWS, rows=(("users", {"user_id": "S1"}),), silent=SAMPLED)
    ours = base(users=USERS + "S2,grace,Grace Hopper,grace@example.edu,active\n", courses=COURSES)

    found = drift(ours, {"users": USERS.replace("Ada", "Augusta")}, looked)

    assert told(found) == [("differs", "S1", "full_name", "Ada Lovelace", "Augusta Lovelace")]
    assert set(found.counts) == {"users"}


def test_the_rows_looked_at_are_equal_missing_or_differing():
    ours = base(
        users=USERS + "S2,grace,Grace Hopper,,active\nS3,mary,Mary Jackson,,active\nS4,emmy,Emmy Noether,,deleted\n"
    )

    found = drift(ours, {"users": USERS + "S3,mary,M. Jackson,,active\n"})

    one = found.counts["users"]
    assert (one.looked_at, one.equal, one.missing, one.differing) == (4, 2, 1, 1)


def test_differences_come_in_one_order_whatever_the_order_of_rows():
    rows = [f"S{n},login{n},Person {n},,active\n" for n in range(9)]
    header = USERS.splitlines()[0] + "\n"
    theirs = {"users": "user_id,login_id\n"}

    forward, backward = (drift(base(users=header + "".join(part)), theirs) for part in (rows, rows[::-1]))

    assert told(forward) == told(backward)
