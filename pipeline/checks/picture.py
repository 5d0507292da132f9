"""What a roster looks like as a whole: sections without teachers, people without enrollments, one person under two numbers."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.canvas.identity import GONE
from pipeline.checks.catalogue import code_of
from pipeline.checks.logins import folded
from pipeline.checks.sheet import Sheet
from pipeline.checks.tuning import CheckRules
from pipeline.checks.values import Mask, blank, like

__all__ = ["check_picture"]

TEACHING = r"^(?i:teacher|ta|TeacherEnrollment|TaEnrollment)$"
STUDYING = r"^(?i:student.*)$"


def check_picture(sheets: Mapping[str, Sheet], rules: CheckRules) -> None:
    """Report what is odd about the rows that go on, seen together. sheets: checked tables by name.

    Nothing is said of tables whose export holds only changes.
    """
    if "users" in sheets:
        _check_emails(sheets["users"])
    enrollments = sheets.get("enrollments")
    if enrollments is not None:
        _check_double_roles(enrollments)
    if rules.deltas:
        return
    sections, courses = sheets.get("sections"), sheets.get("courses")
    if enrollments is not None and len(enrollments):
        _check_enrollments(enrollments, sections, sheets.get("users"))
    if sections is not None and courses is not None and len(sections):
        _report_missing(courses, "course_id", sections, "course-without-section")


def _living(sheet: Sheet) -> Mask:
    """Rows that go on and are not an end of something."""
    if not sheet.has("status"):
        return ~sheet.refused
    return ~sheet.refused & ~sheet.is_in("status", pa.array(sorted(GONE), pa.string()))


def _check_emails(users: Sheet) -> None:
    if not users.has("email"):
        return
    at = np.flatnonzero(_living(users) & ~blank(users.column("email")))
    encoded = folded(users.column("email").take(pa.array(at))).dictionary_encode()
    numbers = np.asarray(encoded.indices)
    if len(encoded.dictionary) == len(at):
        return
    times = np.bincount(numbers, minlength=len(encoded.dictionary))
    first = np.full(len(times), len(at))
    np.minimum.at(first, numbers, np.arange(len(at)))
    last = np.zeros(len(times), dtype=np.int64)
    np.maximum.at(last, numbers, np.arange(len(at)))
    shared = times[numbers] > 1
    partner = np.where(first[numbers] != np.arange(len(at)), first[numbers], last[numbers])[shared]
    others = np.full(len(users), "", dtype=object)
    others[at[shared]] = users.column("user_id").take(pa.array(at[partner])).to_pylist()
    mask = np.zeros(len(users), dtype=bool)
    mask[at[shared]] = True
    users.report(code_of("user-shared-email"), mask, extra={"other": pa.array(others, pa.string())})


def _check_double_roles(enrollments: Sheet) -> None:
    """People who both teach and study in one section or course."""
    if not (enrollments.has("role") and enrollments.has("user_id")):
        return
    living, role = _living(enrollments), enrollments.column("role")
    teaching = living & like(role, TEACHING)
    if not teaching.any():
        return
    studying = living & like(role, STUDYING)
    places = ["section_id"] if enrollments.has("section_id") else ["course_id"]
    pairs = pc.binary_join_element_wise(*(enrollments.column(name) for name in [*places, "user_id"]), "\x1f")
    taught = pairs.filter(pa.array(teaching))
    studied = pairs.filter(
        pa.array(studying & enrollments.is_in("user_id", enrollments.column("user_id").filter(pa.array(teaching))))
    )
    both = pc.unique(studied.filter(pc.is_in(studied, value_set=taught)))
    if len(both):
        enrollments.report(
            code_of("enrollment-teaches-and-studies"), teaching & np.asarray(pc.is_in(pairs, value_set=both))
        )


def _check_enrollments(enrollments: Sheet, sections: Sheet | None, users: Sheet | None) -> None:
    living = _living(enrollments)
    if users is not None:
        _report_missing(users, "user_id", enrollments, "user-without-enrollment")
    if sections is None or not enrollments.has("section_id"):
        return
    _report_missing(sections, "section_id", enrollments, "section-without-people")
    if not enrollments.has("role"):
        return
    taught = living & like(enrollments.column("role"), TEACHING)
    if not taught.any():
        return
    peopled = sections.is_in("section_id", enrollments.values_where("section_id", living))
    with_teacher = enrollments.values_where("section_id", taught)
    without = _living(sections) & peopled & ~sections.is_in("section_id", with_teacher)
    sections.report(code_of("section-without-teacher"), without)


def _report_missing(sheet: Sheet, column: str, others: Sheet, code: str) -> None:
    """Report the living rows whose id no row of another table names that lives, or would if it had not been refused."""
    if not others.has(column) or not sheet.has(column):
        return
    named = others.values_where(column, _living(others) | others.refused)
    sheet.report(code_of(code), _living(sheet) & ~sheet.is_in(column, named))
