"""The checks of a roster before it is planned: what goes on, what is refused and why."""

from collections.abc import Mapping

import pyarrow as pa

from pipeline.checks.catalogue import table_rules
from pipeline.checks.existence import check_nameless, check_overrides
from pipeline.checks.logins import check_logins
from pipeline.checks.picture import check_picture
from pipeline.checks.references import Ids, check_account_tree, check_references, ids_after, known_ids
from pipeline.checks.roles import check_roles, check_unrelated
from pipeline.checks.row_rules import apply_row_rules, check_far_dates
from pipeline.checks.same_rows import check_same_rows, check_spelling
from pipeline.checks.sheet import Sheet
from pipeline.checks.tuning import CheckRules
from pipeline.model.findings import join_findings
from pipeline.model.protection import join_protections
from pipeline.model.roster import Checked, Known, Roster

__all__ = ["check"]


POINTED_TO: dict[str, tuple[str, ...]] = {
    "accounts": ("account_id",),
    "terms": ("term_id",),
    "courses": ("course_id",),
    "sections": ("section_id",),
    "users": ("user_id", "integration_id"),
    "group_categories": ("group_category_id",),
    "groups": ("group_id",),
    "differentiation_tag_sets": ("tag_set_id",),
    "differentiation_tags": ("tag_id",),
    "institutional_tag_categories": ("category_id",),
    "institutional_tags": ("institutional_tag_id",),
}
"""The columns that other tables' rows point to."""


def check(roster: Roster, known: Known, rules: CheckRules) -> Checked:
    """The rows of a roster that may go on, with every finding; each refused row leaves a protection.

    Tables are checked in Canvas's order, so that what refers to a refused row waits for it when Canvas has no accepted version.
    The findings are those of the roster, then those of the checks by table; the roster's protections include the new ones.
    """
    sheets: dict[str, Sheet] = {}
    ids: dict[tuple[str, str], Ids] = {}
    for table, table_rule in table_rules().items():
        frame = roster.tables.get(table)
        sheet = None if frame is None else Sheet(table_rule, frame, rules)
        if sheet is not None:
            sheets[table] = sheet
            _check_table(sheet, sheets, known, ids)
            if rules.today is not None:
                check_far_dates(sheet, rules.today)
        for column in POINTED_TO.get(table, ()):
            ids[table, column] = ids_after(sheet, known, table, column)
    check_picture(sheets, rules)
    tables = {table: sheets[table].rows() if table in sheets else frame for table, frame in roster.tables.items()}
    findings = join_findings([roster.findings, *(sheet.findings() for sheet in sheets.values())])
    protections = join_protections([roster.protections, *(sheet.protections() for sheet in sheets.values())])
    checked = Roster(tables, roster.files, findings, protections, roster.clears, roster.sums)
    return Checked(checked, findings)


def _check_table(sheet: Sheet, sheets: Mapping[str, Sheet], known: Known, ids: Mapping[tuple[str, str], Ids]) -> None:
    table, key = sheet.rules.table, sheet.rules.key
    apply_row_rules(sheet)
    check_same_rows(sheet)
    living, ended = known_ids(known, table, key) if key else (pa.array([], pa.string()),) * 2
    check_spelling(sheet, pa.concat_arrays([living, ended]))
    if table == "accounts":
        check_account_tree(sheet, known)
    else:
        check_references(sheet, ids)
    if table == "terms":
        check_overrides(sheet, known)
    if table == "sections":
        check_nameless(sheet, known)
    if table == "users":
        check_logins(sheet, known)
    if table == "enrollments":
        check_roles(sheet, known)
        check_unrelated(sheet, sheets.get("sections"), known)
