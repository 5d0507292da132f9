"""All codes and rules of the checks, read from `rules/*.yaml`: one file per Canvas table, texts shared through kinds.

A rule is a test on single rows; what needs more than a row (references, duplicates, logins …) has its code and texts here and
its logic in the module that is named for it. Rule ids are those of Canvas's reference (`canvas/sis_csv.yaml`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from pipeline.canvas.file_types import file_types, raw_reference
from pipeline.model.findings import Consequence, Severity

__all__ = [
    "CodeInfo",
    "Reference",
    "RowRule",
    "TableRules",
    "canvas_message",
    "code_of",
    "codes",
    "rule_facts",
    "table_rules",
]


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """One finding code and all its texts.

    table: the Canvas table, "*" for any; columns: the cells at fault; message: a template over the row's columns, `{value}` is
    the cell at fault; says: Canvas's own message as a template, "" where it says nothing; canvas: what Canvas would do, in a
    sentence; example: rows by table that differ from the sample rows; is_firm: cannot be tuned to let the row pass;
    is_secret: the value is never shown; is_of_csv: found only where Canvas's importers are followed row by row (`predict`);
    clears: columns emptied when the row is sent without the value; damages: key columns that are not to be trusted.
    """

    code: str
    table: str
    severity: Severity
    consequence: Consequence
    meaning: str
    message: str
    remedy: str
    canvas: str
    rule: str = ""
    says: str = ""
    columns: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    damages: tuple[str, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)
    is_firm: bool = False
    is_secret: bool = False
    is_of_csv: bool = False


@dataclass(frozen=True, slots=True)
class RowRule:
    """A code whose rows are found by a test on each row alone. when: tests that must all hold, each a name and its arguments."""

    info: CodeInfo
    when: tuple[tuple[str, Any], ...]
    phase: str  # Canvas's phase of the rule, "" for our own


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that points to the key of another table.

    unless: a column that makes up for it; other, alone_rule: the row's other reference, and Canvas's rule when that is blank;
    holds: while not all is known, the row waits for a person.
    """

    info: CodeInfo
    column: str
    to_table: str
    to_column: str
    unless: str = ""
    other: str = ""
    alone_rule: str = ""
    holds: bool = False


@dataclass(frozen=True, slots=True)
class TableRules:
    """Everything about one table. name: how a message names a row; sample: a row without fault; ids, texts: its columns."""

    table: str
    thing: str
    name: str
    key: str
    sample: Mapping[str, str]
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    rules: tuple[RowRule, ...]
    references: tuple[Reference, ...]
    infos: Mapping[str, CodeInfo]


FILE_TEXTS: dict[str, Any] = {"thing": "file", "name": "the file", "allowed": {}}
KEYS_OF_A_RULE = frozenset(
    {
        "code", "rule", "kind", "column", "when", "limit", "severity", "consequence", "meaning", "message", "remedy", "canvas", "says",
        "example", "firm", "secret", "clears", "damages", "table", "to", "unless", "other", "alone", "holds", "by", "roles",
    }
)  # fmt: skip


@lru_cache(maxsize=1)
def rule_facts() -> dict[str, dict[str, Any]]:
    """What Canvas's reference says of each rule id: message, phase, failure, level, effect; with `table`, "" for files."""
    reference = raw_reference()
    found = {rule["id"]: {**rule, "table": ""} for rule in reference["file_rules"] + reference["batch_rules"]}
    for kind, entry in zip(file_types(), reference["types"], strict=True):
        found.update({rule["id"]: {**rule, "table": kind.table} for rule in entry["rules"]})
    return found


def canvas_message(rule: str) -> str:
    """Canvas's message of a rule, as a template."""
    return str(rule_facts()[rule]["message"])


@lru_cache(maxsize=1)
def table_rules() -> dict[str, TableRules]:
    """The rules by table, in Canvas's order of the tables."""
    kinds = _read("kinds")
    folder = files("pipeline.checks").joinpath("rules")
    known = {entry.name.removesuffix(".yaml") for entry in folder.iterdir()}
    return {kind.table: _table(_read(kind.table), kinds) for kind in file_types() if kind.table in known}


@lru_cache(maxsize=1)
def codes() -> tuple[CodeInfo, ...]:
    """Every code: those of files, then table by table, then those of whole rosters."""
    kinds = _read("kinds")
    found = [_info(entry, FILE_TEXTS, "", kinds) for entry in _read("files")["codes"]]
    found += [info for rules in table_rules().values() for info in rules.infos.values()]
    shared = {"thing": "row", "name": "the row", "allowed": {}}
    for entry in _read("general")["codes"]:
        rules = table_rules().get(entry["table"])
        texts = shared if rules is None else {"thing": rules.thing, "name": rules.name, "allowed": {}}
        found.append(_info(entry, texts, entry["table"], kinds))
    return tuple(found)


@lru_cache(maxsize=1)
def _by_code() -> dict[str, CodeInfo]:
    return {info.code: info for info in codes()}


def code_of(code: str) -> CodeInfo:
    """The code of that name."""
    return _by_code()[code]


def _read(name: str) -> Any:
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files("pipeline.checks").joinpath("rules", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=loader)  # noqa: S506  # a safe loader: C or pure Python


def _table(entry: dict[str, Any], kinds: dict[str, Any]) -> TableRules:
    table = entry["table"]
    infos: dict[str, CodeInfo] = {}

    def info_of(rule: dict[str, Any]) -> CodeInfo:
        info = _info(rule, entry, table, kinds)
        infos[info.code] = info
        return info

    rules = tuple(
        RowRule(info_of(rule), tuple(next(iter(test.items())) for test in rule["when"]), _phase(rule))
        for rule in entry["rules"]
    )
    references = tuple(
        Reference(
            info_of(
                {
                    "kind": "unknown_reference",
                    **({"severity": "hold", "consequence": "sent"} if link.get("holds") else {}),
                    **link,
                }
            ),
            link["column"],
            link["to"][0],
            link["to"][1],
            link.get("unless", ""),
            link.get("other", ""),
            link.get("alone", ""),
            bool(link.get("holds")),
        )
        for link in entry.get("references", ())
    )
    for rule in (*entry.get("codes", ()), *_common(entry)):
        info_of(rule)
    return TableRules(
        table,
        entry["thing"],
        entry["name"],
        entry["id"],
        entry["sample"],
        tuple(entry["ids"]),
        tuple(entry["texts"]),
        rules,
        references,
        infos,
    )


def _common(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """The codes that every table has: rows repeated, rows in conflict, characters that cannot be seen."""
    prefix, key, table = entry["thing"].replace(" ", "-"), entry["id"], entry["table"]
    sample_id = key or entry["ids"][0]
    others = [column for column in entry["sample"] if column not in entry["ids"] and column != "status"]
    rules: list[dict[str, Any]] = [
        {"code": f"{prefix}-hidden-character", "kind": "control_in_id", "column": sample_id, "example": {sample_id: "X\u200b1"}},
        {
            "code": f"{prefix}-repeated", "kind": "repeated", "column": sample_id, "severity": "remark", "consequence": "",
            "example": {table: [{}, {}]},
        },
    ]  # fmt: skip
    if others or entry.get("differs"):
        rules.append({"code": f"{prefix}-conflict", "kind": "conflict", "column": sample_id, "firm": True, "damages": [],
                      "example": {table: [{}, entry.get("differs") or {next(iter(others)): "other"}]}})  # fmt: skip
    if entry["texts"]:
        text = entry["texts"][0]
        quiet = {"column": text, "severity": "remark", "consequence": "sent"}
        rules += [
            {"code": f"{prefix}-control-character", "kind": "control_in_text", **quiet, "example": {text: "two\nlines"}},
            {"code": f"{prefix}-formula", "kind": "formula", **quiet, "example": {text: "=1+2"}},
            {"code": f"{prefix}-damaged-letters", "kind": "damaged_letters", **quiet, "severity": "warning", "example": {text: "Mu\u00c3\u00b1oz"}},
        ]  # fmt: skip
    if key:
        doubtful = {"column": key, "severity": "hold", "consequence": "sent"}
        twin = {key: entry["sample"][key].lower(), **entry.get("twin", {})}
        rules += [
            {"code": f"{prefix}-mangled-id", "kind": "mangled", "column": key, "example": {key: "9.2E+14"}},
            {"code": f"{prefix}-wide-digits", "kind": "wide_digits", "column": key, "example": {key: "\uff11\uff10"}},
            {"code": f"{prefix}-decimal-id", "kind": "decimal", **doubtful, "example": {key: "10231.0"}},
            {"code": f"{prefix}-same-but-case", "kind": "same_but_case", **doubtful, "example": {table: [{}, twin]}},
            {"code": f"{prefix}-lost-zeros", "kind": "zeros", **doubtful,
             "example": {table: [{key: "482"}], "known": {table: [{key: "000482"}]}}},
        ]  # fmt: skip
    if any(rule["code"].endswith("-doubtful-date") for rule in entry["rules"]):
        rules.append(
            {"code": f"{prefix}-far-date", "kind": "far_date", "column": "end_date", "consequence": "sent",
             "severity": "hold" if table == "terms" else "warning",
             "example": {"start_date": "2026-08-24", "end_date": "2206-12-18"}}
        )  # fmt: skip
    return rules


def _phase(rule: dict[str, Any]) -> str:
    return str(rule_facts()[rule["rule"]]["phase"]) if "rule" in rule else ""


def _info(rule: dict[str, Any], entry: dict[str, Any], table: str, kinds: dict[str, Any]) -> CodeInfo:
    if unknown := set(rule) - KEYS_OF_A_RULE:
        raise ValueError(f"rules of {table or 'files'}: {rule.get('code')}: unknown keys {sorted(map(str, unknown))}")
    texts = {**kinds.get(rule.get("kind", ""), {}), **rule}
    columns = rule.get("column", ())
    columns = (columns,) if isinstance(columns, str) else tuple(columns)
    fixed = {
        "<thing>": entry["thing"],
        "<Name>": entry["name"][:1].upper() + entry["name"][1:],
        "<name>": entry["name"],
        "<column>": " or ".join(columns),
        "<limit>": str(rule.get("limit", "")),
        "<allowed>": ", ".join(entry.get("allowed", {}).get(columns[0] if columns else "", ())),
    }
    rule_id = rule.get("rule", "")
    says = rule.get("says", canvas_message(rule_id) if rule_id else "")
    severity = Severity(rule.get("severity", "error"))
    return CodeInfo(
        code=rule["code"],
        table=table,
        severity=severity,
        consequence=Consequence(rule.get("consequence", "refused")),
        meaning=_fill(texts["meaning"], fixed),
        message=_fill(texts["message"], fixed),
        remedy=_fill(texts["remedy"], fixed),
        canvas=_fill(texts.get("canvas") or _what_canvas_does(rule_id, says), fixed),
        rule=rule_id,
        says=says,
        columns=columns,
        clears=tuple(rule.get("clears", columns)),
        damages=tuple(rule.get("damages", columns)),
        example=_example(rule, table, columns),
        is_firm=bool(rule.get("firm")),
        is_secret=bool(rule.get("secret")),
        is_of_csv=rule.get("by") == "csv",
    )


def _example(rule: dict[str, Any], table: str, columns: tuple[str, ...]) -> dict[str, Any]:
    """Rows by table; a rule that gives one row, or only says what is missing or too long, gets its table's name."""
    given = rule.get("example")
    if given is None and not columns:
        return {}
    if given is None:
        value = "W" * (rule["limit"] + 1) if "limit" in rule else ""
        given = {columns[0]: value}
    if all(isinstance(value, str) for value in given.values()):
        return {table: [given]}
    return dict(given)


def _fill(text: str, fixed: dict[str, str]) -> str:
    article = "an" if fixed["<thing>"][0] in "aeio" else "a"
    for name, value in {"a <thing>": f"{article} {fixed['<thing>']}", **fixed}.items():
        text = text.replace(name, value)
    return text


def _what_canvas_does(rule_id: str, says: str) -> str:
    """What Canvas would do, from its reference: a sentence with the message in it."""
    if not rule_id:
        return "takes the row without a word."
    effect = str(rule_facts()[rule_id]["effect"])
    if effect.startswith("skipped"):
        return f'leaves the row out and says "{says}".'
    return f'says "{says}": {effect}.'
