"""Rules of differentiation tags and institutional tags."""

from tests.sandbox.engine.account import (
    courses,
    enrollments,
    institutional_tags,
    tag_associations,
    tag_categories,
    tag_memberships,
    tag_sets,
    tags,
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

TAGSET = [
    case("TAGSET-01", "no id", tag_sets(",c,Set,active"), says=["2 No sis_id given for a differentiation tag set"]),
    case("TAGSET-02", "no name", tag_sets("k,c,,active"), says=["2 No name given for differentiation tag set k"]),
    case("TAGSET-03", "no status", tag_sets("k,c,Set,"), says=["2 No status given for differentiation tag set k"]),
    case(
        "TAGSET-04",
        "improper status",
        tag_sets("k,c,Set,on"),
        says=['2 Improper status "on" for differentiation tag set k, skipping'],
    ),
    case(
        "TAGSET-05",
        "unknown course",
        tag_sets("k,x,Set,active"),
        says=['2 Course with id "x" didn\'t exist for differentiation tag set k'],
    ),
    case(
        "TAGSET-06", "no course", tag_sets("k,,Set,active"), says=["2 No course_id given for differentiation tag set k"]
    ),
    case("TAGSET-07", "tags are off", COURSE | tag_sets("k,c,Set,active"), says=[f"2 {OFF}"]),
    case(
        "TAGSET-08",
        "moving with tags in it",
        TAGS_ON,
        TWO | tag_sets("k,c,Set,active") | tags("g,k,,Tag,available"),
        tag_sets("k,d,Set,active"),
        says=["2 Cannot move differentiation tag set k because it has tags in it."],
    ),
    case(
        "TAGSET-09",
        "name in use",
        TAGS_ON,
        COURSE | tag_sets("k,c,Set,active", "l,c,Set,active"),
        says=[
            (
                "3 A differentiation tag set did not pass validation "
                "(differentiation tag set: l, error: Name Set is already in use.)"
            )
        ],
    ),
]

TAG = [
    case("TAG-01", "no id", tags(",,c,Tag,available"), says=["2 No tag_id given for a differentiation tag."]),
    case("TAG-02", "no name", tags("g,,c,,available"), says=["2 No name given for differentiation tag g."]),
    case("TAG-03", "improper status", tags("g,,c,Tag,on"), says=['2 Improper status "on" for differentiation tag g.']),
    case(
        "TAG-04",
        "unknown course",
        tags("g,,x,Tag,available"),
        says=["2 Course with sis id x didn't exist for differentiation tag g."],
    ),
    case("TAG-05", "tags are off", COURSE | tags("g,,c,Tag,available"), says=[f"2 {OFF}"]),
    case(
        "TAG-06",
        "set not of the course",
        TAGS_ON,
        TWO | tag_sets("k,c,Set,active") | tags("g,k,d,Tag,available"),
        says=["2 Differentiation Tag Set k didn't exist in course d for differentiation tag g."],
    ),
    case(
        "TAG-07",
        "unknown set",
        TAGS_ON,
        tags("g,x,,Tag,available"),
        says=["2 Differentiation Tag Set x didn't exist for differentiation tag g."],
    ),
    case(
        "TAG-08",
        "a new tag without a place",
        tags("g,,,Tag,available"),
        says=["2 No tag_set_id or course_id given for differentiation tag g. At least one is required for new tags."],
    ),
    case(
        "TAG-09",
        "moving with members",
        TAGS_ON,
        ENROLLED | TWO | tags("g,,c,Tag,available") | tag_memberships("g,ada,accepted"),
        tags("g,,d,Tag,available"),
        says=["2 Cannot move differentiation tag g because it has differentiation_tag_memberships."],
    ),
    case(
        "TAG-10",
        "name too long",
        TAGS_ON,
        COURSE | tags(f"g,,c,{LONG},available"),
        says=[
            (
                "2 A differentiation tag did not pass validation "
                "(differentiation_tag: g, error: Name is too long (maximum is 255 characters))"
            )
        ],
    ),
]

TAGGED = COURSE | tags("g,,c,Tag,available")
TAGMEMBER = [
    case(
        "TAGMEMBER-01",
        "no tag",
        tag_memberships(",ada,accepted"),
        says=["2 No tag_id given for a differentiation tag user"],
    ),
    case(
        "TAGMEMBER-02",
        "no user",
        tag_memberships("g,,accepted"),
        says=["2 No user_id given for a differentiation tag user"],
    ),
    case(
        "TAGMEMBER-03",
        "improper status",
        tag_memberships("g,ada,on"),
        says=['2 Improper status "on" for a differentiation tag user'],
    ),
    case(
        "TAGMEMBER-04",
        "unknown user",
        TAGS_ON,
        TAGGED | tag_memberships("g,nobody,accepted"),
        says=["2 User nobody didn't exist for differentiation tag user"],
    ),
    case(
        "TAGMEMBER-05",
        "unknown tag",
        ADA | tag_memberships("x,ada,accepted"),
        says=["2 Differentiation tag x didn't exist for differentiation tag user"],
    ),
    case(
        "TAGMEMBER-06",
        "not in the course",
        TAGS_ON,
        ADA | TAGGED | tag_memberships("g,ada,accepted"),
        says=["2 User ada doesn't have an enrollment in the course of differentiation tag g."],
    ),
    case(
        "TAGMEMBER-07",
        "tags were turned off",
        TAGS_ON,
        ENROLLED | TAGGED,
        Given(account_settings={"allow_assign_to_differentiation_tags": False}),
        tag_memberships("g,ada,accepted"),
        says=[f"2 {OFF}"],
    ),
    case(
        "TAGMEMBER-08",
        "the set is full",
        TAGS_ON,
        BO
        | COURSE
        | enrollments("c,,ada,student,active", "c,,bo,student,active")
        | tag_sets("k,c,Set,active")
        | tags("g,k,,Tag,available"),
        Given(group_category_settings={"group_category_id": "k", "group_limit": 1}),
        tag_memberships("g,ada,accepted", "g,bo,accepted"),
        says=[
            (
                "3 A differentiation tag user did not pass validation "
                "(user: bo, differentiation tag: g, error: Group The group is full.)"
            )
        ],
    ),
]

ITAGCAT = [
    case(
        "ITAGCAT-02",
        "no id",
        FEATURE_ON,
        tag_categories(",Kind,,active"),
        says=["2 No category_id given for an institutional tag category"],
    ),
    case(
        "ITAGCAT-03",
        "no name",
        FEATURE_ON,
        tag_categories("k,,,active"),
        says=["2 No name given for institutional tag category k"],
    ),
    case(
        "ITAGCAT-04",
        "no status",
        FEATURE_ON,
        tag_categories("k,Kind,,"),
        says=["2 No status given for institutional tag category k"],
    ),
    case(
        "ITAGCAT-05",
        "improper status",
        FEATURE_ON,
        tag_categories("k,Kind,,on"),
        says=['2 Improper status "on" for institutional tag category k'],
    ),
    case(
        "ITAGCAT-06",
        "name too long",
        FEATURE_ON,
        tag_categories(f"k,{LONG},,active"),
        says=[
            (
                "2 An institutional tag category did not pass validation "
                "(category: k, error: Name is too long (maximum is 255 characters))"
            )
        ],
    ),
]

KIND = tag_categories("k,Kind,,active")
ITAG = [
    case(
        "ITAG-02",
        "no id",
        FEATURE_ON,
        institutional_tags(",k,Tag,About,active"),
        says=["2 No institutional_tag_id given for an institutional tag"],
    ),
    case(
        "ITAG-03",
        "no category",
        FEATURE_ON,
        institutional_tags("g,,Tag,About,active"),
        says=["2 No category_id given for institutional tag g"],
    ),
    case(
        "ITAG-04",
        "no name",
        FEATURE_ON,
        institutional_tags("g,k,,About,active"),
        says=["2 No name given for institutional tag g"],
    ),
    case(
        "ITAG-05",
        "no description",
        FEATURE_ON,
        institutional_tags("g,k,Tag,,active"),
        says=["2 No description given for institutional tag g"],
    ),
    case(
        "ITAG-06",
        "no status",
        FEATURE_ON,
        institutional_tags("g,k,Tag,About,"),
        says=["2 No status given for institutional tag g"],
    ),
    case(
        "ITAG-07",
        "improper status",
        FEATURE_ON,
        institutional_tags("g,k,Tag,About,on"),
        says=['2 Improper status "on" for institutional tag g'],
    ),
    case(
        "ITAG-08",
        "unknown category",
        FEATURE_ON,
        institutional_tags("g,x,Tag,About,active"),
        says=['2 Category with id "x" didn\'t exist for institutional tag g'],
    ),
    case(
        "ITAG-09",
        "more tags than a category holds",
        FEATURE_ON,
        KIND | institutional_tags(*(f"g{n},k,Tag {n},About,active" for n in range(51))),
        says=[
            (
                "52 An institutional tag did not pass validation "
                "(tag: g50, error: Category A category cannot have more than 50 tags)"
            )
        ],
    ),
]

LABEL = KIND | institutional_tags("g,k,Tag,About,active")
ITAGASSOC = [
    case(
        "ITAGASSOC-02",
        "no tag",
        FEATURE_ON,
        tag_associations(",ada,active"),
        says=["2 No institutional_tag_id given for an institutional tag association"],
    ),
    case(
        "ITAGASSOC-03",
        "no user",
        FEATURE_ON,
        tag_associations("g,,active"),
        says=["2 No user_id given for institutional tag association with tag g"],
    ),
    case(
        "ITAGASSOC-04",
        "no status",
        FEATURE_ON,
        tag_associations("g,ada,"),
        says=["2 No status given for institutional tag association (tag: g, user: ada)"],
    ),
    case(
        "ITAGASSOC-05",
        "improper status",
        FEATURE_ON,
        tag_associations("g,ada,on"),
        says=['2 Improper status "on" for institutional tag association (tag: g, user: ada)'],
    ),
    case(
        "ITAGASSOC-06",
        "unknown user, told after faults of later rows",
        FEATURE_ON,
        LABEL | tag_associations("g,nobody,active", ",ada,active"),
        says=[
            "3 No institutional_tag_id given for an institutional tag association",
            '2 User with sis_user_id "nobody" didn\'t exist for institutional tag association with tag g',
        ],
    ),
    case(
        "ITAGASSOC-07",
        "unknown tag",
        FEATURE_ON,
        ADA | tag_associations("x,ada,active"),
        says=['2 Institutional tag with id "x" didn\'t exist'],
    ),
    case(
        "ITAGASSOC-08",
        "a deleted tag",
        FEATURE_ON,
        ADA | KIND | institutional_tags("g,k,Tag,About,deleted") | tag_associations("g,ada,active"),
        says=[
            (
                "2 An institutional tag association did not pass validation "
                "(tag: g, user: ada, error: Institutional tag must be active)"
            )
        ],
    ),
]

CASES = [*TAGSET, *TAG, *TAGMEMBER, *ITAGCAT, *ITAG, *ITAGASSOC]
