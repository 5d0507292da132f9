"""Rules of enrollments, admins, grade publishing results and observers."""

from tests.sandbox.engine.account import (
    accounts,
    admins,
    courses,
    enrollments,
    grades,
    logins,
    observers,
    sections,
    users,
)
from tests.sandbox.rules.case import Given, case

LONG = "w" * 256
ADA = users("ada,ada,Ada Quill,active,,i-ada")
BO = users("ada,ada,Ada Quill,active,,i-ada", "bo,bo,Bo Stone,active,,i-bo")
MORE = "user_id,login_id,full_name,status,authentication_provider_id,declared_user_type,password,pronouns"
COURSE = courses("c,C,Course,active,,")
SECTION = COURSE | sections("s,c,Section,active,,,")
FURTHER = "user_id,login_id,existing_user_id,integration_id,authentication_provider_id,password,email"
DATED = "course_id,section_id,user_id,role,status,start_date,end_date"
OBSERVING = "course_id,section_id,user_id,role,status,associated_user_id,temporary_enrollment_source_user_id"
REASON = "Unknown reason: "


def unsaved(user_id: str, reason: str) -> str:
    return f"Could not save the user with user_id: '{user_id}'. {reason}"


def claimed(holder: str, user_id: str, what: str) -> str:
    return f"An existing Canvas user with the {holder} has already claimed {user_id}'s {what}, skipping"


INVALID = "2 An enrollment did not pass validation (course: {0}, section: {1}, user: ada, role: {2}, error: "
AGAIN = "An enrollment did not pass validation (course: {0}, section: {1}, {3})"
ENROLLMENT = [
    case(
        "ENROLLMENT-01",
        "bad date, by course and by section",
        ADA
        | SECTION
        | enrollments("c,,ada,student,active,2025-13-01,", ",s,ada,student,active,2025-13-01,", header=DATED),
        says=["2 Bad date format for user ada in course c", "3 Bad date format for user ada in section s"],
        counts={"users": 1, "courses": 1, "sections": 1, "enrollments": 2},
    ),
    case(
        "ENROLLMENT-02",
        "neither course nor section",
        enrollments(",,ada,student,active"),
        says=["2 No course_id or section_id given for an enrollment"],
    ),
    case("ENROLLMENT-03", "no user", enrollments("c,,,student,active"), says=["2 No user_id given for an enrollment"]),
    case(
        "ENROLLMENT-04",
        "improper status",
        enrollments("c,,ada,student,enrolled", "c,,ada,student,"),
        says=['2 Improper status "enrolled" for an enrollment', '3 Improper status "" for an enrollment'],
    ),
    case(
        "ENROLLMENT-05",
        "unknown user",
        enrollments("c,s,nobody,student,active"),
        says=["2 User not found for enrollment (User ID: nobody, Course ID: c, Section ID: s)"],
    ),
    case(
        "ENROLLMENT-07",
        "nothing given exists",
        ADA | enrollments("c,s,ada,student,active"),
        says=["2 Neither course nor section existed for user enrollment (Course ID: c, Section ID: s, User ID: ada)"],
    ),
    case(
        "ENROLLMENT-08",
        "unknown section of a course, and after a course",
        ADA | COURSE | enrollments("c,s,ada,student,active", "c,,ada,student,active", ",s,ada,student,active"),
        says=[
            "2 An enrollment referenced a non-existent section s",
            "4 An enrollment referenced a non-existent section s",
        ],
    ),
    case(
        "ENROLLMENT-09",
        "unknown course with a section",
        ADA | SECTION | enrollments("x,s,ada,student,active"),
        says=["2 An enrollment referenced a non-existent course x"],
    ),
    case(
        "ENROLLMENT-10",
        "section of another course",
        ADA
        | courses("c,C,Course,active,,", "d,D,Course,active,,")
        | sections("s,c,Section,active,,,")
        | enrollments("d,s,ada,student,active"),
        says=["2 An enrollment listed a section (s) and a course (d) that are unrelated for user (ada)"],
    ),
    case(
        "ENROLLMENT-11",
        "no such role, by name and by id",
        ADA
        | COURSE
        | enrollments(
            "c,,ada,wizard,,active", "c,,ada,,999,active", header="course_id,section_id,user_id,role,role_id,status"
        ),
        says=['2 Improper role "wizard" for an enrollment', '3 Improper role "" for an enrollment'],
    ),
    case(
        "ENROLLMENT-12",
        "no students or observers in a blueprint",
        ADA,
        Given(blueprint_courses=[{"course_id": "b"}]),
        enrollments("b,,ada,student,active", "b,,ada,observer,active", "b,,ada,teacher,active"),
        says=[
            '2 Student enrollment for "ada" not allowed in blueprint course "b"',
            '3 Observer enrollment for "ada" not allowed in blueprint course "b"',
        ],
        counts={"enrollments": 1},
    ),
    case(
        "ENROLLMENT-13",
        "unknown observed student",
        ADA | COURSE | enrollments("c,,ada,observer,active,nobody,", "c,,ada,student,active,nobody,", header=OBSERVING),
        says=["2 An enrollment referenced a non-existent associated user nobody"],
    ),
    case(
        "ENROLLMENT-14",
        "unknown provider of a temporary enrollment",
        ADA | COURSE | enrollments("c,,ada,teacher,active,,nobody", header=OBSERVING),
        says=["2 An enrollment referenced a non-existent temporary enrollment source user nobody"],
    ),
    case(
        "ENROLLMENT-15",
        "deleted login of a person with another one, deleted enrollment",
        ADA | COURSE | logins("ada2,ada2,ada,") | enrollments("c,,ada,student,deleted"),
        users("ada,ada,Ada Quill,deleted,,"),
        enrollments("c,,ada,student,active"),
        says=["2 Attempted enrolling with deleted sis login ada in course c"],
        counts={},
    ),
    case(
        "ENROLLMENT-15",
        "2022 passes it over",
        ADA | COURSE | logins("ada2,ada2,ada,") | enrollments("c,,ada,student,deleted"),
        users("ada,ada,Ada Quill,deleted,,"),
        enrollments("c,,ada,student,active"),
        says=[],
        counts={},
        version="2022",
    ),
    case(
        "ENROLLMENT-16",
        "a deleted person",
        users("ada,ada,Ada Quill,deleted,,") | COURSE | enrollments("c,,ada,student,active"),
        says=["2 Attempted enrolling of deleted user ada in course c"],
        counts={"users": 1, "courses": 1, "enrollments": 1},
    ),
    case(
        "ENROLLMENT-17",
        "a deleted login of a person with another one",
        ADA | COURSE | logins("ada2,ada2,ada,"),
        users("ada,ada,Ada Quill,deleted,,"),
        enrollments("c,,ada,student,active"),
        says=["2 Enrolled a user ada in course c, but referenced a deleted sis login"],
        counts={"enrollments": 1},
    ),
    case(
        "ENROLLMENT-18",
        "deleted course and section",
        ADA | courses("c,C,Course,deleted,,") | sections("s,c,Section,deleted,,,") | enrollments("c,s,ada,ta,active"),
        says=[
            (INVALID + AGAIN).format(
                "c", "s", "ta", "Course is not a valid course,Course section is not a valid section"
            )
        ],
    ),
    case(
        "ENROLLMENT-18",
        "a template course, and observing oneself",
        ADA,
        Given(template_courses=[{"course_id": "t"}]),
        enrollments("t,,ada,observer,active,ada,", header=OBSERVING),
        says=[
            (INVALID + AGAIN).format(
                "t", "", "observer", "Associated user Cannot observe yourself,Course is a template course"
            )
        ],
    ),
]

ADMIN = [
    case("ADMIN-01", "no user", admins(",,AccountAdmin,active"), says=["2 No user_id given for admin"]),
    case("ADMIN-02", "no status", admins("ada,,AccountAdmin,"), says=["2 No status given for admin"]),
    case("ADMIN-03", "no role", admins("ada,,,active"), says=["2 No role_id or role given for admin"]),
    case("ADMIN-04", "improper status", admins("ada,,AccountAdmin,on"), says=["2 Invalid status on for admin"]),
    case(
        "ADMIN-05",
        "unknown or deleted account",
        ADA | accounts("a,,A,deleted,") | admins("ada,x,AccountAdmin,active", "ada,a,AccountAdmin,active"),
        says=["2 Invalid account_id given for admin", "3 Invalid account_id given for admin"],
    ),
    case("ADMIN-06", "unknown role", ADA | admins("ada,,Wizard,active"), says=["2 Invalid role 'Wizard' for admin"]),
    case(
        "ADMIN-07",
        "unknown role id",
        ADA | admins("ada,,999,active", header="user_id,account_id,role_id,status"),
        says=["2 Invalid role_id '999' for admin"],
    ),
    case(
        "ADMIN-08",
        "unknown user",
        admins("nobody,,AccountAdmin,active"),
        says=["2 Invalid or unknown user_id 'nobody' for admin"],
    ),
    case(
        "ADMIN-09",
        "the importing user cannot go",
        Given(token_user_sis_id="robot"),
        admins("robot,,AccountAdmin,deleted"),
        says=["2 Can't remove yourself user_id 'robot'"],
    ),
]

GRADEPUB = [
    case("GRADEPUB-01", "no id", grades(",published,"), says=["2 No enrollment_id given"]),
    case("GRADEPUB-02", "no status", grades("7,,"), says=["2 No grade_publishing_status given for enrollment 7"]),
    case(
        "GRADEPUB-03",
        "improper status",
        grades("7,sent,"),
        says=['2 Improper grade_publishing_status "sent" for enrollment 7'],
    ),
    case("GRADEPUB-04", "unknown enrollment", grades("7,published,"), says=["2 Enrollment 7 doesn't exist"]),
]

OBSERVER = [
    case("OBSERVER-01", "no observer", observers(",ada,active"), says=["2 No observer_id given for a user observer"]),
    case("OBSERVER-02", "no student", observers("bo,,active"), says=["2 No user_id given for a user observer"]),
    case("OBSERVER-03", "oneself", observers("bo,bo,active"), says=["2 Can't observe yourself user bo"]),
    case("OBSERVER-04", "improper status", observers("bo,ada,on"), says=['2 Improper status "on" for a user_observer']),
    case(
        "OBSERVER-05",
        "unknown observer",
        ADA | observers("x,ada,active"),
        says=["2 An observer referenced a non-existent user x"],
    ),
    case(
        "OBSERVER-06",
        "unknown student",
        ADA | observers("ada,x,active"),
        says=["2 A student referenced a non-existent user x"],
    ),
    case(
        "OBSERVER-07",
        "two logins of one person",
        ADA | logins("ada2,ada2,ada,") | observers("ada,ada2,active"),
        says=["2 Can't observe yourself user ada2"],
    ),
    case(
        "OBSERVER-08",
        "no link to delete",
        BO | observers("bo,ada,deleted"),
        says=["2 Can't delete a non-existent observer for observer: bo, student: ada"],
    ),
]

CASES = [*ENROLLMENT, *ADMIN, *GRADEPUB, *OBSERVER]
