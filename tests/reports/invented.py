"""An invented run for tests and pictures: hostile names, every section, no real person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd

from pipeline.model.findings import findings_frame, join_findings
from pipeline.model.frames import text_frame
from pipeline.model.source import FileRows
from pipeline.reports.facts import Decided, HeldPart, ImportFacts, RunReport, RunStep, Sender, TableNumbers

AT = datetime(2026, 8, 20, 9, 4, tzinfo=UTC)
FILES = ("users.csv", "classes.csv", "enrollments.csv")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example.org")',
    "\u202egnp.exe",
    "שרה כהן",
    "O'Brien & Søn",
)
PRODUCTION = Sender("registrar", "production", "production", "school.example.edu", "America/Denver")
TEST = Sender("registrar", "test", "test", "school.test.example.edu", "America/Denver")


def finding(code: str, lines: list[int], file_no: int, **texts: str) -> pd.DataFrame:
    defaults = {"severity": "error", "consequence": "refused", "table": "enrollments"}
    return findings_frame(
        len(lines), {"code": code, **defaults, **texts}, {"file_no": file_no, "line_no": pd.Series(lines)}
    )


def findings() -> pd.DataFrame:
    return join_findings(
        [
            finding(
                "enrollment-unknown-section",
                list(range(8812, 8812 + 31)),
                2,
                column="section_id",
                value="BIO-101-03",
                message='Section "BIO-101-03" is not in classes.csv and not in Canvas.',
                remedy="Add the section to classes.csv, or remove the row.",
            ),
            finding(
                "user-shared-login",
                [41, 1207],
                0,
                table="users",
                column="login_id",
                value="ada@example.edu",
                message="The login ada@example.edu belongs to two people of this export.",
                remedy="Give one of them another login.",
            ),
            finding(
                "row-width",
                [17],
                2,
                table="",
                message="This row has one cell more than the header.",
                remedy="Look for a comma that is not quoted.",
            ),
            finding(
                "name-hostile",
                [50, 51, 52, 53, 54, 55],
                0,
                table="users",
                message=HOSTILE[0],
                remedy=HOSTILE[1],
                value=HOSTILE[3],
            ),
            finding(
                "date-without-zone",
                [12, 13, 14],
                1,
                severity="warning",
                consequence="sent",
                table="courses",
                message="The date has no time zone; America/Denver was taken.",
                remedy="Nothing needs to be done.",
            ),
        ]
    )


def messages() -> pd.DataFrame:
    return join_findings(
        [
            finding(
                "canvas-enrollment-05",
                [302, 303, 877],
                2,
                message="Canvas did not take this: User not found for enrollment (User ID: S1002, Course ID: , Section ID: CHEM-2)",
                remedy="The person is not in Canvas. Export the person too, or correct the id.",
                canvas_message="User not found for enrollment (User ID: S1002, Course ID: , Section ID: CHEM-2)",
                canvas_severity="warning",
            ),
            finding(
                "canvas-user-14",
                [219],
                0,
                severity="warning",
                consequence="sent without the value",
                table="users",
                message="Canvas took this without one of its values",
                remedy="Correct the e-mail address. Canvas took the person, without an address.",
                canvas_message="The email address associated with user 'S0219' is invalid (email: 'nobody')",
                canvas_severity="warning",
            ),
        ]
    )


def originals() -> dict[int, pd.DataFrame]:
    def lines(numbers: list[int], columns: dict[str, list[str]], file_no: int) -> pd.DataFrame:
        frame = text_frame(columns)
        return frame.assign(
            file_no=pd.Series([file_no] * len(numbers), dtype="int32"), line_no=pd.Series(numbers, dtype="int32")
        )

    students = [41, 1207, 50, 51, 52, 53, 54, 55]
    enrolled = [*range(8812, 8812 + 31), 302, 303, 877]
    return {
        0: lines(
            students,
            {
                "sourcedId": [f"S{line:04}" for line in students],
                "givenName": ["Ada", "Adaline", *HOSTILE],
                "familyName": ["Lovelace", "Null", "-", "+1", "@x", "NA", "Ñandú", "None"],
                "email": ["ada@example.edu"] * 2 + [""] * 6,
            },
            0,
        ),
        2: lines(
            enrolled,
            {
                "sourcedId": [f"E{line:06}" for line in enrolled],
                "classSourcedId": ["BIO-101-03"] * 31 + ["CHEM-2"] * 3,
                "userSourcedId": [f"S{line % 1500:04}" for line in enrolled],
                "role": ["student"] * len(enrolled),
                "status": ["active"] * len(enrolled),
            },
            2,
        ),
    }


def tables() -> tuple[TableNumbers, ...]:
    return (
        TableNumbers("terms", {"unchanged": 6}),
        TableNumbers(
            "users",
            {"create": 112, "update": 340, "unchanged": 24_811, "protected": 8},
            452,
            {"create": 112, "update": 340},
            452,
            refused_by_us=8,
        ),
        TableNumbers(
            "courses", {"create": 14, "update": 3, "unchanged": 1_204, "kept": 60}, 17, {"create": 14, "update": 3}, 17
        ),
        TableNumbers("sections", {"create": 22, "unchanged": 1_877}, 22, {"create": 22}, 22),
        TableNumbers(
            "enrollments",
            {
                "create": 861,
                "update": 40,
                "delete": 252,
                "unchanged": 98_420,
                "protected": 31,
                "reactivate": 4,
                "withheld": 2,
            },
            945,
            {"create": 861, "update": 40, "delete": 40, "reactivate": 4},
            942,
            refused_by_us=32,
            refused_by_canvas=3,
        ),
    )


def a_hold(**changes) -> HeldPart:
    plain = HeldPart(
        hold_id="r-20260820-7f3a-h1",
        guard="delete",
        scope="enrollments in term 202640",
        message="212 of 1,900 enrollments of term 202640 (11.2 %) would be removed.",
        remedy="Ask the registrar whether these students really left. If the export was cut, discard.",
        counts={"enrollments": {"delete": 212}},
        commands=(
            'sis-pipeline approve r-20260820-7f3a-h1 --reason "…"',
            'sis-pipeline discard r-20260820-7f3a-h1 --reason "…"',
        ),
        examples=(
            ("person", "section", "role", "why"),
            *[(f"S{n:04}", "HIST-110-01", "student", "absent from the export") for n in range(301, 311)],
        ),
        expires_at=AT + timedelta(hours=72),
    )
    return replace(plain, **changes)


def steps(*states: str) -> tuple[RunStep, ...]:
    return tuple(RunStep(state, AT + timedelta(seconds=20 * place)) for place, state in enumerate(states))


def a_report(**changes) -> RunReport:
    plain = RunReport(
        run_id="r-20260820-7f3a-production",
        drop_id="d-20260820-030402-7f3a",
        sender=PRODUCTION,
        state="archived",
        received_at=AT,
        reported_at=AT + timedelta(minutes=9),
        files=FILES,
        sums=(
            FileRows(0, 25_282, 25_271, 3, 0, 0, 8),
            FileRows(1, 1_899, 1_899, 0, 0, 0, 0),
            FileRows(2, 99_743, 99_610, 60, 0, 41, 32),
        ),
        tables=tables(),
        findings=findings(),
        messages=messages(),
        originals=originals(),
        holds=(a_hold(),),
        decisions=(
            Decided(
                "approved the hold",
                "m.curie",
                "start of term, registrar confirmed by phone",
                AT + timedelta(minutes=2),
                "r-20260820-7f3a-h2",
            ),
        ),
        steps=steps(
            "received",
            "read",
            "mapped",
            "checked",
            "planned",
            "packaged",
            "submitting",
            "importing",
            "recorded",
            "archived",
        ),
        canvas_import=ImportFacts(
            48_213,
            "imported_with_messages",
            AT + timedelta(minutes=1),
            AT + timedelta(minutes=5),
            {"users": 452, "enrollments": 942},
        ),
        package_sha256="9f2c" * 16,
        marker="ab12cafe00112233",
        rehearsal="r-20260820-7f3a-test",
        head="77aa" * 16,
        version="0.1.0",
    )
    return replace(plain, **changes)


def a_clean_report() -> RunReport:
    clean = (
        TableNumbers("users", {"create": 3, "update": 9, "unchanged": 24_811}, 12, {"create": 3, "update": 9}, 12),
    )
    return a_report(
        tables=clean,
        findings=findings().head(0),
        messages=messages().head(0),
        originals={},
        holds=(),
        decisions=(),
        sums=(FileRows(0, 24_823, 24_823, 0, 0, 0, 0),),
        canvas_import=ImportFacts(48_214, "imported", AT, AT + timedelta(seconds=40)),
    )


def a_held_report() -> RunReport:
    held = tuple(replace(table, sent=0, by_action={}, accepted=None, refused_by_canvas=0) for table in tables())
    return a_report(
        state="held", sender=TEST, tables=held, messages=messages().head(0), canvas_import=None, rehearsal="", package_sha256="", marker="",
        decisions=(), steps=steps("received", "read", "mapped", "checked", "planned", "held"),
    )  # fmt: skip
