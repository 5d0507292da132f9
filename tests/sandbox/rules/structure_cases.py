"""Rules of change_sis_id, accounts, terms, abstract courses, courses, sections and cross-listings."""

from tests.sandbox.engine.account import (
    abstract_courses,
    accounts,
    changed_ids,
    courses,
    sections,
    terms,
    users,
    xlists,
)
from tests.sandbox.rules.case import Given, case

LONG = "W" * 256
ADA = users("ada,ada,Ada Quill,active,,i-ada")
BO = users("ada,ada,Ada Quill,active,,i-ada", "bo,bo,Bo Stone,active,,i-bo")
COURSE_DATES = "course_id,short_name,long_name,status,start_date,end_date"
COURSE_MORE = (
    "course_id,short_name,long_name,status,course_format,grade_passback_setting,blueprint_course_id,account_id"
)
COURSE_IDS = "course_id,short_name,long_name,status,integration_id,abstract_course_id"
HOST = courses("c,C,Course,active,,")

CHANGE = [
    case("CHANGE-01", "no type", ADA, changed_ids("ada,ada2,,,"), says=["2 No type given for change_sis_id"]),
    case(
        "CHANGE-02",
        "no old id",
        ADA,
        changed_ids(",ada2,,,user"),
        says=["2 No old_id or old_integration_id given for change_sis_id"],
    ),
    case(
        "CHANGE-03",
        "no new id",
        ADA,
        changed_ids("ada,,,,user"),
        says=["2 No new_id or new_integration_id given for change_sis_id"],
    ),
    case("CHANGE-04", "unknown type", changed_ids("a,b,,,Robot"), says=["2 Invalid type 'robot' for change_sis_id"]),
    case(
        "CHANGE-05",
        "integration id of a group category",
        changed_ids("a,b,,x,Group_Category"),
        says=["2 Group categories should not have integration IDs."],
    ),
    case(
        "CHANGE-06",
        "new id in use, for users and for others",
        BO | HOST,
        changed_ids("ada,bo,,,user", "ada,ada,,,user", "c,c,,,course"),
        says=[
            "2 A new_id, 'bo', referenced an existing user and the user with sis_user_id 'ada' was not updated",
            "3 A new_id, 'ada', referenced an existing user and the user with sis_user_id 'ada' was not updated",
            "4 A new_id, 'c', referenced an existing course and the course with sis_source_id 'c' was not updated",
        ],
    ),
    case(
        "CHANGE-07",
        "new integration id in use",
        BO,
        changed_ids(",,i-ada,i-bo,user"),
        says=[
            (
                "2 A new_integration_id, 'i-bo', referenced an existing user "
                "and the user with integration_id 'i-ada' was not updated"
            )
        ],
    ),
    case(
        "CHANGE-08",
        "the two old ids are of different users",
        BO,
        changed_ids("ada,x,i-bo,,user"),
        says=["2 An old_id, 'ada', referenced a different user than the old_integration_id, 'i-bo'"],
    ),
    case(
        "CHANGE-09",
        "unknown old id",
        changed_ids("nobody,x,,,user"),
        says=["2 An old_id, 'nobody', referenced a non-existent user and was not changed."],
    ),
    case(
        "CHANGE-10",
        "unknown old integration id",
        changed_ids(",x,i-nobody,,user"),
        says=["2 An old_integration_id, 'i-nobody', referenced a non-existent user and was not changed."],
    ),
]

ACCOUNT = [
    case("ACCOUNT-01", "no id", accounts(",,No Id,active,"), says=["2 No account_id given for an account"]),
    case(
        "ACCOUNT-02",
        "unknown parent",
        accounts("kid,nobody,Kid,active,"),
        says=["2 Parent account didn't exist for kid"],
    ),
    case(
        "ACCOUNT-03",
        "deleted parent",
        accounts("p,,Parent,deleted,"),
        accounts("kid,p,Kid,active,"),
        says=["2 Cannot restore sub_account with ID: kid because parent_account with ID: p has been deleted."],
    ),
    case(
        "ACCOUNT-03",
        "2022 takes a deleted parent",
        accounts("p,,P,deleted,"),
        accounts("k,p,K,active,"),
        says=[],
        version="2022",
    ),
    case("ACCOUNT-04", "no name", accounts("a,,,active,"), says=["2 No name given for account a, skipping"]),
    case(
        "ACCOUNT-05",
        "improper status of a new account",
        accounts("a,,A,open,", "b,,B,,"),
        says=['2 Improper status "open" for account a, skipping', '3 Improper status "" for account b, skipping'],
    ),
    case(
        "ACCOUNT-06",
        "deletion above live accounts",
        accounts("p,,Parent,active,", "k,p,Kid,active,"),
        accounts("p,,Parent,deleted,"),
        says=["2 Cannot delete the sub_account with ID: p because it has active sub accounts."],
    ),
    case(
        "ACCOUNT-07",
        "deletion above live courses",
        accounts("p,,Parent,active,") | courses("c,C,Course,active,p,"),
        accounts("p,,Parent,deleted,"),
        says=["2 Cannot delete the sub_account with ID: p because it has active courses."],
    ),
    case(
        "ACCOUNT-08",
        "a loop, and a name too long",
        accounts("a,,A,active,", "b,a,B,active,"),
        accounts("a,b,A,active,", f"c,,{LONG},active,"),
        says=["2 Setting account a's parent to b would create a loop", "3 is too long (maximum is 255 characters)"],
    ),
]

TERM = [
    case(
        "TERM-01",
        "bad date beside another fault",
        terms("t,Term,active,2025-13-01,,,", ",Term,active,2025-13-01,,,"),
        says=[
            "2 Bad date format for term t",
            "3 Bad date format for term ",
            "3 No term_id given for a term",
        ],
        counts={"terms": 1},
    ),
    case("TERM-02", "no id", terms(",Term,active,,,,"), says=["2 No term_id given for a term"]),
    case(
        "TERM-03",
        "improper status",
        terms("t,Term,open,,,,", "u,Term,,,,,"),
        says=['2 Improper status "open" for term t', '3 Improper status "" for term u'],
    ),
    case(
        "TERM-04",
        "override of an unknown term",
        terms("t,,active,,,TaEnrollment,"),
        says=["2 Cannot set date override on non-existent term"],
    ),
    case(
        "TERM-05",
        "override for an unknown type",
        terms("t,Term,active,,,,", "t,,active,,,ObserverEnrollment,"),
        says=["3 Invalid date_override_enrollment_type"],
    ),
    case("TERM-06", "no name", terms("t,,active,,,,"), says=["2 No name given for term t"]),
    case(
        "TERM-07",
        "live courses, and the default term",
        terms("t,Term,active,,,,", "d,Default Term,active,,,,") | courses("c,C,Course,active,,t"),
        terms("t,Term,deleted,,,,", "d,Default Term,deleted,,,,", "d,Other,active,,,,"),
        says=[
            "2 A term did not pass validation (term: t / Term, error: Workflow state Cannot delete a term with active courses)",
            "3 A term did not pass validation (term: d / Default Term, error: Workflow state Cannot delete the default term)",
            "4 A term did not pass validation (term: d / Other, error: Name Cannot change the default term name)",
        ],
    ),
]

ABSTRACT = [
    case(
        "ABSTRACT-01",
        "no id",
        abstract_courses(",A,Abstract,active"),
        says=["2 No abstract_course_id given for an abstract course"],
    ),
    case(
        "ABSTRACT-02", "no code", abstract_courses("a,,X,active"), says=["2 No short_name given for abstract course a"]
    ),
    case(
        "ABSTRACT-03", "no name", abstract_courses("a,A,,active"), says=["2 No long_name given for abstract course a"]
    ),
    case(
        "ABSTRACT-04",
        "improper status",
        abstract_courses("a,A,X,open"),
        says=['2 Improper status "open" for abstract course a'],
    ),
]

COURSE = [
    case(
        "COURSE-01",
        "bad date, imported all the same",
        courses("c,C,Course,active,2025-13-01,", header=COURSE_DATES),
        says=["2 Bad date format for course c"],
        counts={"courses": 1},
    ),
    case("COURSE-02", "no id", courses(",C,Course,active,,"), says=["2 No course_id given for a course"]),
    case("COURSE-03", "no code", courses("c,,Course,active,,"), says=["2 No short_name given for course c"]),
    case("COURSE-04", "no name", courses("c,C,,active,,"), says=["2 No long_name given for course c"]),
    case(
        "COURSE-05",
        "improper status",
        courses("c,C,Course,open,,", "d,D,Course,,,"),
        says=['2 Improper status "open" for course c', '3 Improper status "" for course d'],
    ),
    case(
        "COURSE-06",
        "invalid format",
        courses("c,C,Course,active,remote,,,", header=COURSE_MORE),
        says=['2 Invalid course_format "remote" for course c'],
    ),
    case(
        "COURSE-07",
        "invalid passback setting",
        courses("c,C,Course,active,,weekly,,", header=COURSE_MORE),
        says=['2 Invalid grade_passback_setting "weekly" for course c'],
    ),
    case(
        "COURSE-08",
        "unknown account",
        courses("c,C,Course,active,nowhere,"),
        says=['2 Account not found "nowhere" for course c'],
    ),
    case(
        "COURSE-09",
        "the course sits in a deleted account",
        accounts("a,,A,active,") | courses("c,C,Course,deleted,a,"),
        accounts("a,,A,deleted,"),
        courses("c,C,Course,active,,"),
        says=["2 Cannot restore course c because the associated account a is deleted"],
    ),
    case(
        "COURSE-10",
        "a copy made by cross-listing would become invalid",
        courses("c,C,Course,active,2025-01-01,2025-02-01", header=COURSE_DATES)
        | sections("s,c,S,active,,,")
        | xlists("x,s,active"),
        courses("c,C2,Course,active,2025-02-01,2025-01-01", header=COURSE_DATES),
        says=[
            (
                "2 A (templated) course did not pass validation (course: c / C2, "
                "error: Conclude at End date cannot be before start date)"
            )
        ],
        counts={},
    ),
    case(
        "COURSE-11",
        "over-long name, end before start, integration id in use",
        courses("c,C,Course,active,ic,", header=COURSE_IDS),
        courses(f"d,D,{LONG},active,,", "e,E,Course,active,ic,", header=COURSE_IDS),
        says=[
            "2 A course did not pass validation (course: d / D, error: Name is too long (maximum is 255 characters))",
            '3 A course did not pass validation (course: e / E, error: Integration Integration ID "ic" is already in use)',
        ],
    ),
    case(
        "COURSE-12",
        "unknown abstract course",
        courses("c,C,Course,active,,nowhere", header=COURSE_IDS),
        says=["- unknown abstract course id nowhere, ignoring abstract course reference"],
        counts={"courses": 1},
    ),
    case(
        "COURSE-13",
        "unknown blueprint",
        courses("c,C,Course,active,,,nowhere,", header=COURSE_MORE),
        says=['- Unknown blueprint course "nowhere" for course "c"'],
        counts={"courses": 1},
    ),
    case(
        "COURSE-14",
        "a blueprint cannot be associated",
        Given(blueprint_courses=[{"course_id": "b"}, {"course_id": "c"}]),
        courses("c,C,Course,active,,,b,", header=COURSE_MORE),
        says=['- Cannot associate course "c" - is a blueprint course'],
        counts={"courses": 1},
    ),
    case(
        "COURSE-15",
        "associated to another blueprint",
        Given(blueprint_courses=[{"course_id": "b"}, {"course_id": "b2"}]),
        courses("c,C,Course,active,,,b,", header=COURSE_MORE),
        courses("c,C,Course,active,,,b2,", header=COURSE_MORE),
        says=['- Cannot associate course "c" - is associated to another blueprint course'],
    ),
    case(
        "COURSE-16",
        "outside the blueprint's account",
        accounts("a,,A,active,"),
        Given(blueprint_courses=[{"course_id": "b", "account": "a"}]),
        courses("c,C,Course,active,,,b,", "d,D,Course,active,,,b,a", header=COURSE_MORE),
        says=['- Cannot associate course "c" - is not in the same or lower account as the blueprint course'],
        counts={"courses": 2},
    ),
]

SECTION = [
    case(
        "SECTION-01",
        "bad date",
        HOST | sections("s,c,Section,active,2025-13-01,,"),
        says=["2 Bad date format for section s"],
        counts={"courses": 1, "sections": 1},
    ),
    case(
        "SECTION-02",
        "no id",
        sections(",c,Section,active,,,"),
        says=["2 No section_id given for a section in course c"],
    ),
    case("SECTION-03", "no course", sections("s,,Section,active,,,"), says=["2 No course_id given for a section s"]),
    case(
        "SECTION-04", "no name", HOST | sections("s,c,,active,,,"), says=["2 No name given for section s in course c"]
    ),
    case(
        "SECTION-05",
        "improper status",
        sections("s,c,Section,open,,,"),
        says=['2 Improper status "open" for section s in course c'],
    ),
    case(
        "SECTION-06",
        "unknown course",
        sections("s,nowhere,Section,active,,,"),
        says=["2 Section s references course nowhere which doesn't exist"],
    ),
    case(
        "SECTION-07",
        "no name for a new deleted section",
        HOST | sections("s,c,,deleted,,,"),
        says=["2 No name given for section s in course c"],
    ),
    case(
        "SECTION-08",
        "end before start",
        HOST | sections("s,c,Section,active,2025-02-01,2025-01-01,"),
        says=[
            (
                "2 A section did not pass validation (section: s / Section, course: c, "
                "error: End at End date cannot be before start date)"
            )
        ],
    ),
]

XLIST = [
    case("XLIST-01", "no course", xlists(",s,active"), says=["2 No xlist_course_id given for a cross-listing"]),
    case("XLIST-02", "no section", xlists("x,,active"), says=["2 No section_id given for a cross-listing"]),
    case("XLIST-03", "improper status", xlists("x,s,open"), says=['2 Improper status "open" for a cross-listing']),
    case(
        "XLIST-04",
        "unknown section",
        xlists("x,nowhere,active"),
        says=["2 A cross-listing referenced a non-existent section nowhere"],
    ),
    case(
        "XLIST-05",
        "a section that cannot be saved cannot be moved",
        HOST | sections("s,c,S,active,,,"),
        Given(manual_section_change={"section_id": "s", "start_date": "2025-02-01", "end_date": "2025-01-01"}),
        xlists("x,s,active"),
        says=["2 An active cross-listing failed: Validation failed: End at End date cannot be before start date"],
    ),
    case(
        "XLIST-06",
        "nor moved back",
        HOST | sections("s,c,S,active,,,") | xlists("x,s,active"),
        Given(manual_section_change={"section_id": "s", "start_date": "2025-02-01", "end_date": "2025-01-01"}),
        xlists("x,s,deleted"),
        says=["2 A deleted cross-listing failed: Validation failed: End at End date cannot be before start date"],
    ),
]

CASES = [*CHANGE, *ACCOUNT, *TERM, *ABSTRACT, *COURSE, *SECTION, *XLIST]
