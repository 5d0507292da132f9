"""What a feed's settings say about planning, as frozen values: absence, terms, guards, kinds of export; and facts of a drop."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from pipeline.model.findings import Consequence
from pipeline.model.roster import Checked

__all__ = ["DropFacts", "Limit", "PlanRules", "TermRules", "default_limits"]

ExportKind = Literal["full", "delta"]

_ABSENT_MEANS_DELETED = (
    "xlists",
    "enrollments",
    "groups_membership",
    "differentiation_tag_membership",
    "user_observers",
)
"""Tables whose rows end when a full export no longer has them; all others are kept unless the feed says otherwise."""


@dataclass(frozen=True, slots=True)
class Limit:
    """When a guard trips: (percent >= limit and affected >= floor) or affected >= count.

    percent: of the active rows of that scope in the base; floor, count: affected rows; None: that arm never trips.
    per: the scopes looked at besides the whole table: `term`, `account`.
    """

    percent: float | None = None
    floor: int = 0
    count: int | None = None
    per: tuple[str, ...] = ("term", "account")

    def trips(self, affected: int, of: int) -> bool:
        """Whether so many affected rows, of so many active ones, are at or over the line."""
        if affected <= 0:
            return False
        if self.count is not None and affected >= self.count:
            return True
        # compared as products: 10 % of 190 rows is 19, exactly; rows where none were before are more than any percentage
        return self.percent is not None and affected >= self.floor and affected * 100 >= self.percent * of


def default_limits(table: str) -> dict[str, Limit]:
    """The guards of a table by name, as they are when a feed says nothing.

    delete: every change into a status that takes something away; change; create: mass appearance in a table that is not
    empty; emptied: all rows of one section or course gone; reissued: a login or name now under another id; reused: an id
    that now means something else; refused: rows refused on the way here (of the whole drop).
    """
    count = 500 if table in {"users", "courses", "sections"} else None
    return {
        "delete": Limit(percent=10, floor=20, count=count),
        "change": Limit(percent=75, floor=50),
        "create": Limit(percent=50, floor=200),
        "emptied": Limit(count=5, per=()),
        "reissued": Limit(percent=5, floor=20, per=()),
        "reused": Limit(percent=1, floor=3, per=()),
        "refused": Limit(percent=2, floor=20, count=100, per=()),
    }


@dataclass(frozen=True, slots=True)
class TermRules:
    """Which terms a feed speaks for. mine: patterns of term ids (`*`, `?`), empty for all; closed: never touched by absence."""

    mine: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanRules:
    """How a feed's exports are planned.

    export: full or delta by Canvas table; export_default: for tables not named. absent: what absence from a full export
    means, by table: `keep` or a status; limits: guards that differ from the default, by table ("*": every table) and guard;
    not_renamed: type, old and new id of pairs that a person said are not the same; today: the day on which a term has ended or not, None when unknown (then no term has ended).
    """

    export: Mapping[str, ExportKind] = field(default_factory=dict)
    export_default: ExportKind = "full"
    absent: Mapping[str, str] = field(default_factory=dict)
    terms: TermRules = field(default_factory=TermRules)
    limits: Mapping[str, Mapping[str, Limit]] = field(default_factory=dict)
    holds_all: bool = False
    send: str = "changes"
    not_renamed: tuple[tuple[str, str, str], ...] = ()
    today: date | None = None

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], *, today: date | None = None) -> "PlanRules":
        """The rules in a feed's plain settings: `export, absent, terms, guards, on_guard, deliver.send`; all may be missing.

        export: `full | delta | by_manifest` or a mapping of tables to these; by_manifest counts as full until the drop says
        otherwise (`for_drop`). guards: `{table or "*": {guard: {percent, floor, count, per}}}`.
        """
        export = plain.get("export") or "full"
        per_table = dict(export) if isinstance(export, Mapping) else {}
        default = "full" if isinstance(export, Mapping) else export
        terms = plain.get("terms") or {}
        return cls(
            export={table: _kind(value) for table, value in per_table.items()},
            export_default=_kind(default),
            absent=dict(plain.get("absent") or {}),
            terms=TermRules(_texts(terms.get("mine")), _texts(terms.get("closed"))),
            limits={table: _limits(table, guards) for table, guards in (plain.get("guards") or {}).items()},
            holds_all=plain.get("on_guard") == "hold_all",
            send=str((plain.get("deliver") or {}).get("send") or "changes"),
            today=today,
        )

    def for_drop(self, kind: ExportKind) -> "PlanRules":
        """The rules for updating the desired roster by a drop of which a manifest, or its folder, says what it is."""
        return replace(self, export={}, export_default=kind)

    def export_of(self, table: str) -> ExportKind:
        """Whether the feed's exports of a table are full or deltas."""
        return self.export.get(table, self.export_default)

    def absent_means(self, table: str) -> str:
        """`keep`, or the status of a row that a full export no longer has."""
        return self.absent.get(table, "deleted" if table in _ABSENT_MEANS_DELETED else "keep")

    def limit(self, table: str, guard: str) -> Limit:
        """The line of a guard for a table."""
        for named in (table, "*"):
            if guard in self.limits.get(named, {}):
                return self.limits[named][guard]
        return default_limits(table)[guard]


@dataclass(frozen=True, slots=True)
class DropFacts:
    """What guards must know of a drop beside its rows.

    rows_read: source rows; refused: rows refused by finding code; is_first: no plan of this feed was let through yet (None:
    as the base says); missing: Canvas tables whose files did not come; doubts: reasons to distrust the whole drop, each a
    sentence (an older export, another file, a changed header …); is_setup_changed: mapping or header changed so that the
    last drop, mapped again, gives other rows.
    """

    rows_read: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    is_first: bool | None = None
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    is_setup_changed: bool = False

    @classmethod
    def from_checked(cls, checked: Checked, *, rows_read: int, **plain: Any) -> "DropFacts":
        """The facts, with the refused rows counted from the findings: each source row once, under its first code."""
        findings = checked.findings
        refusing = findings[findings["consequence"] == str(Consequence.REFUSED)]
        rows = refusing.drop_duplicates(["table", "file_no", "line_no"]) if len(refusing) else refusing
        counts = rows["code"].value_counts()
        refused = {str(code): int(number) for code, number in counts.items()}
        given: dict[str, Any] = {k: tuple(v) if k in {"missing", "doubts"} else v for k, v in plain.items()}
        return cls(rows_read=rows_read, refused=refused, **given)


def _kind(value: object) -> ExportKind:
    return "delta" if value == "delta" else "full"


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (str(value),) if isinstance(value, (str, int)) else tuple(str(one) for one in value)


def _limits(table: str, guards: Mapping[str, Mapping[str, Any]]) -> dict[str, Limit]:
    defaults = default_limits(table)
    return {name: _limit(defaults[name], given) for name, given in guards.items()}


def _limit(default: Limit, given: Mapping[str, Any]) -> Limit:
    return Limit(
        percent=given.get("percent", default.percent),
        floor=given.get("floor", default.floor),
        count=given.get("count", default.count),
        per=tuple(given.get("per", default.per)),
    )
