"""Reasons to distrust a whole drop that only its rows show: emptied tables, logins or names under new ids, ids that mean others."""

from collections.abc import Mapping

import pandas as pd

from pipeline.canvas.identity import GONE
from pipeline.model.findings import Severity, findings_frame, join_findings
from pipeline.model.frames import NO_LINE
from pipeline.model.plan import Action
from pipeline.model.roster import Base, Roster
from pipeline.planning.desired import PROTECTED, WHOLE
from pipeline.planning.lookup import Flags, column, differs, found, join_texts, pick, positions, same_texts
from pipeline.planning.rules import PlanRules
from pipeline.planning.told import NOTHING_TOLD

__all__ = ["active_rows", "doubt_findings"]

_CLAIMING = tuple(str(action) for action in (Action.CREATE, Action.UPDATE, Action.REACTIVATE))

_MEANING: dict[str, tuple[str, ...]] = {
    "courses": ("short_name", "long_name", "term_id"),
    "sections": ("name", "course_id"),
}
"""An id is re-used when all of these changed together."""


def doubt_findings(desired: Roster, base: Base, rules: PlanRules, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """HOLD findings about the drop as a whole. tables: the plan's rows."""
    parts = [_empty_tables(desired, base, rules)]
    for table in tables:
        parts += [_reissued(table, tables[table], base, rules), _reused(table, tables[table], base, rules)]
    return join_findings(parts) if any(len(part) for part in parts) else NOTHING_TOLD


def active_rows(rows: pd.DataFrame) -> Flags:
    """Which accepted rows are active in Canvas."""
    return ~found(column(rows, "status"), sorted(GONE))


def _empty_tables(desired: Roster, base: Base, rules: PlanRules) -> pd.DataFrame:
    """Full tables without a row of their own, where the base has active ones."""
    parts = []
    for table, rows in desired.tables.items():
        is_full = WHOLE in rows.columns and rules.export_of(table) == "full"
        said = same_texts(column(rows, PROTECTED), "")
        if not is_full or said.any() or table not in base.tables:
            continue
        active = int(active_rows(base.tables[table]).sum())
        if active:
            parts.append(
                _finding("plan-empty-table", table, f"The export has no {table}, and Canvas has {active:,}.", _LOOK)
            )
    return join_findings(parts) if parts else NOTHING_TOLD


def _reissued(table: str, rows: pd.DataFrame, base: Base, rules: PlanRules) -> pd.DataFrame:
    """Logins that an accepted, active person has under another id; titles of courses and sections that left the export."""
    accepted = base.tables.get(table)
    if accepted is None or not len(rows):
        return NOTHING_TOLD
    active = accepted[active_rows(accepted)].reset_index(drop=True)
    affected = _claimed_logins(rows, active) if table == "users" else _claimed_titles(rows, _MEANING.get(table, ()))
    if not rules.limit(table, "reissued").trips(affected, len(active)):
        return NOTHING_TOLD
    what = "logins" if table == "users" else f"titles of {table}"
    message = f"{affected:,} {what} would go to another id, of {len(active):,} active ones."
    return _finding("plan-reissued-keys", table, message, _LOOK)


def _claimed_logins(rows: pd.DataFrame, active: pd.DataFrame) -> int:
    if "login_id" not in rows.columns:
        return 0
    claims = rows[found(rows["action"], _CLAIMING)].reset_index(drop=True)
    claims = claims[differs(claims["login_id"], claims["was:login_id"])].reset_index(drop=True)
    owned = column(active, "login_id").str.lower()
    owners = pick(column(active, "user_id"), positions(claims["login_id"].str.lower(), owned))
    return int((~same_texts(owners, "") & differs(owners, claims["user_id"])).sum())


def _claimed_titles(rows: pd.DataFrame, names: tuple[str, ...]) -> int:
    if not names or any(name not in rows.columns for name in names):
        return 0
    new = rows[same_texts(rows["action"], str(Action.CREATE))]
    left = rows[(rows["file_no"].to_numpy() == NO_LINE) & found(rows["action"], [str(Action.DELETE), str(Action.KEPT)])]
    return int(found(join_texts([new[name] for name in names]), join_texts([left[name] for name in names])).sum())


def _reused(table: str, rows: pd.DataFrame, base: Base, rules: PlanRules) -> pd.DataFrame:
    """Known ids of which everything that says what they mean has changed."""
    names = _MEANING.get(table, ())
    if not names or any(name not in rows.columns for name in names):
        return NOTHING_TOLD
    changed = found(rows["action"], [str(Action.UPDATE), str(Action.REACTIVATE)])
    for name in names:
        was = rows[f"was:{name}"]
        changed &= differs(rows[name], was) & ~same_texts(was, "") & ~same_texts(rows[name], "")
    affected = int(changed.sum())
    active = int(active_rows(base.tables[table]).sum()) if table in base.tables else 0
    if not rules.limit(table, "reused").trips(affected, active):
        return NOTHING_TOLD
    message = f"{affected:,} ids of {table} now mean something else altogether."
    return _finding("plan-reused-ids", table, message, _LOOK)


_LOOK = "Look at the export before approving: this is what a damaged, older or wrong export looks like."


def _finding(code: str, table: str, message: str, remedy: str) -> pd.DataFrame:
    texts: dict[str, str | pd.Series] = {"code": code, "severity": str(Severity.HOLD), "table": table}
    return findings_frame(1, {**texts, "message": message, "remedy": remedy})
