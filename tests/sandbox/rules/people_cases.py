"""Rules of users and logins."""

from tests.sandbox.engine.account import (
    courses,
    logins,
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


LOGIN_INFORMATION = "user_id requested login information"
USER = [
    case(
        "USER-00",
        "a NUL inside a value, of an unknown column too",
        users("a,a,A\0B,active,,", "b,b,Bo,active,,\0", "c,c,Cy,active,x\0y@b,"),
        says=["2 Some of the fields contain NULL character", "4 Some of the fields contain NULL character"],
        counts={"users": 1},
    ),
    case("USER-01", "no id", users(",a,Ada,active,,"), says=["2 No user_id given for a user"]),
    case("USER-02", "no login", users("a,,Ada,active,,"), says=["2 No login_id given for user a"]),
    case("USER-03", "no status", users("a,a,Ada,,,"), says=["2 No status given for user a"]),
    case("USER-04", "improper status", users("a,a,Ada,paused,,"), says=["2 Improper status for user a"]),
    case(
        "USER-05",
        "integration id in use, also by a person without SIS id",
        ADA,
        Given(canvas_users=[{"login_id": "hand", "name": "Hand Made", "integration_id": "i-hand"}]),
        users("b,b,Bo,active,,i-ada", "c,c,Cy,active,,i-hand"),
        says=[
            "2 " + claimed("SIS ID ada", "b", "requested integration_id"),
            "3 " + claimed("Canvas ID 3", "c", "requested integration_id"),
        ],
    ),
    case(
        "USER-06",
        "login name in use by another SIS id",
        ADA,
        users("b,ADA,Bo,active,,"),
        says=["2 " + claimed("SIS ID ada", "b", LOGIN_INFORMATION)],
    ),
    case(
        "USER-07",
        "login name of someone else for a user who is there",
        BO,
        Given(canvas_users=[{"login_id": "hand", "name": "Hand Made"}]),
        users("bo,ada,Bo,active,,", "bo,hand,Bo,active,,", "bo,ada,Bo,deleted,,"),
        says=[
            "2 " + claimed("SIS ID ada", "bo", LOGIN_INFORMATION),
            "3 " + claimed("Canvas ID 4", "bo", LOGIN_INFORMATION),
            "4 " + claimed("SIS ID ada", "bo", LOGIN_INFORMATION),
        ],
    ),
    case(
        "USER-09",
        "the importing user cannot go",
        Given(token_user_sis_id="robot", token_user_login_id="robot"),
        users("robot,robot,Robot,deleted,,"),
        says=["2 Can't remove yourself user_id 'robot'"],
    ),
    case(
        "USER-10",
        "unknown provider",
        users("a,a,Ada,active,saml,,,", header=MORE),
        says=["2 unrecognized authentication provider saml for a, skipping"],
    ),
    case(
        "USER-11",
        "unprintable login name",
        users('a,"a\u200bb",Ada,active,,', 'b,"a\tb",Bo,active,,'),
        says=["3 " + unsaved("b", "Invalid login_id: 'a\tb'")],
    ),
    case(
        "USER-12",
        "what the models refuse",
        users(
            f"a,{'l' * 101},Ada,active,,,,",
            f"b,b,{LONG},active,,,,",
            "c,c,Cy,active,,robot,,",
            "d,d,Di,active,,,short,",
            f"{LONG},e,Eve,active,,,,",
            header=MORE,
        ),
        says=[
            "2 " + unsaved("a", REASON + "unique_id is too long (maximum is 100 characters)"),
            "3 " + unsaved("b", REASON + "name is too long (maximum is 255 characters)"),
            "4 " + unsaved("c", REASON + "declared_user_type is not included in the list"),
            "5 " + unsaved("d", REASON + "password too_short"),
            "6 " + unsaved(LONG, REASON + "sis_user_id is too long (maximum is 255 characters)"),
        ],
    ),
    case(
        "USER-13",
        "what only the database refuses",
        users(f"a,a,Ada,active,,{LONG}"),
        says=["2 " + unsaved("a", REASON + "Something broke with this user. Contact Support with ErrorReport id: 1")],
    ),
    case(
        "USER-14",
        "an address that is none: imported, not counted",
        users("a,a,Ada,active,ada at example,"),
        says=["2 The email address associated with user 'a' is invalid (email: 'ada at example')"],
        counts={},
    ),
]

LOGIN = [
    case("LOGIN-01", "no id", logins(",l,ada,"), says=["2 No user_id given for a user"]),
    case("LOGIN-02", "no login", logins("l,,ada,"), says=["2 No login_id given for user l"]),
    case("LOGIN-03", "nobody named", logins("l,l,,"), says=["2 No existing user provided for login with SIS ID l"]),
    case(
        "LOGIN-04",
        "integration id in use",
        BO,
        logins("l,l,ada,i-bo,,,", header=FURTHER),
        says=["2 " + claimed("SIS ID bo", "l", "requested integration_id")],
    ),
    case(
        "LOGIN-05",
        "id or name there already",
        BO,
        logins("bo,l,ada,", "l,bo,ada,"),
        says=[
            "2 An existing Canvas user with the SIS ID bo or login of l already exists, skipping",
            "3 An existing Canvas user with the SIS ID l or login of bo already exists, skipping",
        ],
    ),
    case(
        "LOGIN-06",
        "unknown person",
        logins("l,l,nobody,"),
        says=["2 Could not find the existing user for login with SIS ID l, skipping"],
    ),
    case(
        "LOGIN-07",
        "the ids given are of different people",
        BO,
        logins("l,l,ada,i-bo", header="user_id,login_id,existing_user_id,existing_integration_id"),
        says=["2 An existing user does not match existing user ids provided for login with SIS ID l, skipping"],
    ),
    case(
        "LOGIN-08",
        "unknown provider",
        ADA,
        logins("l,l,ada,,saml,,", header=FURTHER),
        says=["2 unrecognized authentication provider saml for l, skipping"],
    ),
    case(
        "LOGIN-09",
        "unprintable login name",
        ADA,
        logins('l,"a\tb",ada,'),
        says=["2 " + unsaved("l", "Invalid login_id: 'a\tb'")],
    ),
    case(
        "LOGIN-10",
        "what the models refuse",
        ADA,
        logins("l,l,ada,,,short,", header=FURTHER),
        says=["2 " + unsaved("l", REASON + "password too_short")],
    ),
    case(
        "LOGIN-11",
        "what only the database refuses",
        ADA,
        logins(f"l,l,ada,{LONG},,,", header=FURTHER),
        says=["2 " + unsaved("l", REASON + "Something broke with this user. Contact Support with ErrorReport id: 1")],
    ),
    case(
        "LOGIN-12",
        "an address that is none",
        ADA,
        logins("l,l,ada,nobody"),
        says=["2 The email address associated with user 'l' is invalid (email: 'nobody')"],
        counts={},
    ),
]

CASES = [*USER, *LOGIN]
