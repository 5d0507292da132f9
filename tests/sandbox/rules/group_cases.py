"""Rules of group categories, groups and their members."""

from tests.sandbox.engine.account import (
    accounts,
    courses,
    enrollments,
    group_categories,
    groups,
    memberships,
    sections,
    users,
)
from tests.sandbox.rules.case import Given, case

LONG = "W" * 256
ADA = users("ada,ada,Ada Quill,active,,")
BO = users("ada,ada,Ada Quill,active,,", "bo,bo,Bo Stone,active,,")
COURSE = courses("c,C,Course,active,,")
TWO = courses("c,C,Course,active,,", "d,D,Course,active,,")
ENROLLED = ADA | COURSE | enrollments("c,,ada,student,active")
TAGS_ON = Given(account_settings={"allow_assign_to_differentiation_tags": True})
FEATURE_ON = Given(account_settings={"institutional_tags": True})
OFF = "Differentiation Tags are not enabled for Account 1."

GROUPCAT = [
    case("GROUPCAT-01", "no id", group_categories(",,,Clubs,active"), says=["2 No sis_id given for a group category"]),
    case("GROUPCAT-02", "no name", group_categories("k,,,,active"), says=["2 No name given for group category k"]),
    case("GROUPCAT-03", "no status", group_categories("k,,,Clubs,"), says=["2 No status given for group category k"]),
    case(
        "GROUPCAT-04",
        "improper status",
        group_categories("k,,,Clubs,open"),
        says=['2 Improper status "open" for group category k, skipping'],
    ),
    case(
        "GROUPCAT-05",
        "two contexts",
        group_categories("k,a,c,Clubs,active"),
        says=["2 Only one context is allowed and both course_id and account_id where provided for group category k."],
    ),
    case(
        "GROUPCAT-06",
        "unknown or deleted account",
        accounts("a,,A,deleted,") | group_categories("k,x,,Clubs,active", "k,a,,Clubs,active"),
        says=[
            '2 Account with id "x" didn\'t exist for group category k',
            '3 Account with id "a" didn\'t exist for group category k',
        ],
    ),
    case(
        "GROUPCAT-07",
        "unknown course",
        group_categories("k,,x,Clubs,active"),
        says=['2 Course with id "x" didn\'t exist for group category k'],
    ),
    case(
        "GROUPCAT-08",
        "moving with groups in it",
        COURSE | group_categories("k,,,Clubs,active") | groups("g,k,,,Chess,available"),
        group_categories("k,,c,Clubs,active"),
        says=["2 Cannot move group category k because it has groups in it."],
    ),
    case(
        "GROUPCAT-09",
        "names in use, reserved and too long",
        COURSE
        | group_categories(
            "k,,,Clubs,active",
            "l,,,Clubs,active",
            "m,,,Communities,active",
            "n,,c,Student Groups,active",
            f"o,,,{LONG},active",
        ),
        says=[
            "3 A group category did not pass validation (group category: l, error: Name Clubs is already in use.)",
            "4 A group category did not pass validation (group category: m, error: Name Communities is a reserved name.)",
            "5 A group category did not pass validation (group category: n, error: Name Student Groups is a reserved name.)",
            "6 A group category did not pass validation (group category: o, error: Name Enter a shorter category name)",
        ],
        counts={"courses": 1, "group_categories": 1},
    ),
]

GROUP = [
    case("GROUP-01", "no id", groups(",,,,Chess,available"), says=["2 No group_id given for a group."]),
    case("GROUP-02", "no name", groups("g,,,,,available"), says=["2 No name given for group g."]),
    case("GROUP-03", "improper status", groups("g,,,,Chess,active"), says=['2 Improper status "active" for group g.']),
    case(
        "GROUP-04",
        "two contexts",
        groups("g,,a,c,Chess,available"),
        says=["2 Only one context is allowed and both course_id and account_id where provided for group g."],
    ),
    case(
        "GROUP-05",
        "unknown account",
        groups("g,,x,,Chess,available"),
        says=["2 Account with sis id x didn't exist for group g."],
    ),
    case(
        "GROUP-06",
        "unknown course",
        groups("g,,,x,Chess,available"),
        says=["2 Course with sis id x didn't exist for group g."],
    ),
    case(
        "GROUP-07",
        "category not of the account",
        accounts("a,,A,active,") | group_categories("k,,,Clubs,active") | groups("g,k,a,,Chess,available"),
        says=["2 Group Category k didn't exist in account a for group g."],
    ),
    case(
        "GROUP-08",
        "category not of the course",
        COURSE | group_categories("k,,,Clubs,active") | groups("g,k,,c,Chess,available"),
        says=["2 Group Category k didn't exist in course c for group g."],
    ),
    case(
        "GROUP-09",
        "unknown category",
        groups("g,x,,,Chess,available"),
        says=["2 Group Category x didn't exist for group g."],
    ),
    case(
        "GROUP-10",
        "moving with members",
        ENROLLED | groups("g,,,c,Chess,available") | memberships("g,ada,accepted"),
        TWO | groups("g,,,d,Chess,available"),
        says=["2 Cannot move group g because it has group_memberships."],
    ),
    case(
        "GROUP-11",
        "name too long",
        groups(f"g,,,,{LONG},available"),
        says=["2 A group did not pass validation (group: g, error: Name Enter a shorter group name)"],
    ),
]

CHESS = groups("g,,,,Chess,available")
GROUPMEMBER = [
    case("GROUPMEMBER-01", "no group", memberships(",ada,accepted"), says=["2 No group_id given for a group user"]),
    case("GROUPMEMBER-02", "no user", memberships("g,,accepted"), says=["2 No user_id given for a group user"]),
    case(
        "GROUPMEMBER-03",
        "improper status",
        memberships("g,ada,invited"),
        says=['2 Improper status "invited" for a group user'],
    ),
    case(
        "GROUPMEMBER-04",
        "unknown user",
        CHESS | memberships("g,nobody,accepted"),
        says=["2 User nobody didn't exist for group user"],
    ),
    case(
        "GROUPMEMBER-05",
        "unknown group",
        ADA | memberships("x,ada,accepted"),
        says=["2 Group x didn't exist for group user"],
    ),
    case(
        "GROUPMEMBER-06",
        "not in the course",
        ADA | COURSE | groups("g,,,c,Chess,available") | memberships("g,ada,accepted", "g,ada,deleted"),
        says=[
            "2 User ada doesn't have an enrollment in the course of group g.",
            "3 User ada doesn't have an enrollment in the course of group g.",
        ],
    ),
    case(
        "GROUPMEMBER-07",
        "the group is full",
        BO | group_categories("k,,,Clubs,active") | groups("g,k,,,Chess,available"),
        Given(group_category_settings={"group_category_id": "k", "group_limit": 1}),
        memberships("g,ada,accepted", "g,ada,accepted", "g,bo,accepted"),
        says=["4 A group user did not pass validation (user: bo, group: g, error: Group The group is full.)"],
        counts={"group_memberships": 2},
    ),
    case(
        "GROUPMEMBER-07",
        "members of other sections",
        BO
        | COURSE
        | sections("s,c,S,active,,,", "t,c,T,active,,,")
        | enrollments("c,s,ada,student,active", "c,t,bo,student,active")
        | group_categories("k,,c,Clubs,active")
        | groups("g,k,,,Chess,available"),
        Given(group_category_settings={"group_category_id": "k", "self_signup": "restricted"}),
        memberships("g,ada,accepted", "g,bo,accepted"),
        says=[
            (
                "3 A group user did not pass validation (user: bo, group: g, "
                "error: User Bo Stone does not share a section with the other members of Chess.)"
            )
        ],
    ),
]

CASES = [*GROUPCAT, *GROUP, *GROUPMEMBER]
