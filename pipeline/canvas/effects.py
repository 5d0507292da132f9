"""What became of a row in Canvas, worked out from Canvas's message about it: the rule that a text belongs to, and its effect.

Data: `effects.yaml` beside this file, one line per rule of `sis_csv.yaml`. Imports no frames.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from pipeline.canvas.file_types import file_types, raw_reference

__all__ = ["Became", "Effect", "Match", "effect_of_rule", "effects", "match_message", "table_of_file"]


class Became(StrEnum):
    """What became of a row."""

    IN = "in"
    WITHOUT_FIELD = "in without a field"
    OTHER_STATUS = "in with another status"
    ALREADY_SO = "already so"
    NOT_IN = "not in"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of one rule.

    table: the Canvas table it is about, "" for rules of files and imports; level: row | file | batch; fields: which columns
    are empty in Canvas; status: which status it gave the row instead; has_row: whether its messages carry a row number.
    """

    rule: str
    became: Became
    table: str
    level: str
    has_row: bool = True
    fields: tuple[str, ...] = ()
    status: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A message brought back to its rule. values: what stands in the message's gaps, by name (the row's own values)."""

    effect: Effect
    values: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=1)
def effects() -> dict[str, Effect]:
    """The effect of every rule, by rule id."""
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files("pipeline.canvas").joinpath("effects.yaml").read_text(encoding="utf-8")
    given = yaml.load(text, Loader=loader)  # noqa: S506  # a safe loader: C or pure Python
    rules = _rules()
    return {rule: _effect(rule, given[rule], *rules[rule]) for rule in rules}


def effect_of_rule(rule: str) -> Effect:
    """The effect of one rule."""
    return effects()[rule]


def table_of_file(name: str | None) -> str | None:
    """The Canvas table of a file in one of our packages: `enrollments-<marker>.csv`, in any folder; None for another name."""
    stem = (name or "").rsplit("/", 1)[-1].removesuffix(".csv").removesuffix("_deduplicated").split("-", 1)[0]
    return stem if stem in {kind.table for kind in file_types()} else None


def match_message(message: str, table: str | None) -> Match:
    """The rule that a message of Canvas belongs to. table: the Canvas table of its file, None where none is named.

    A text that no rule explains has the rule "" and the effect unknown.
    """
    for effect, pattern in (*_patterns(table or ""), *(_patterns("") if table else ())):
        if found := pattern.fullmatch(message):
            return Match(effect, {name: value or "" for name, value in found.groupdict().items()})
    return Match(Effect("", Became.UNKNOWN, table or "", "row"))


@lru_cache(maxsize=64)
def _patterns(table: str) -> tuple[tuple[Effect, re.Pattern[str]], ...]:
    """The messages of one table as patterns, those with the most fixed text first."""
    messages = {rule: message for rule, (entry, message) in _messages().items() if entry == table}
    ordered = sorted(messages, key=lambda rule: -len(re.sub(r"\{[^}]*\}", "", messages[rule])))
    return tuple((effects()[rule], re.compile(_pattern(messages[rule]), re.DOTALL)) for rule in ordered)


def _pattern(message: str) -> str:
    """A message as a pattern: `{name}` is any text, named where it can be; `{a|b}` one of two texts."""
    named: set[str] = set()
    parts = []
    for piece in re.split(r"(\{[^}]*\})", message):
        if not piece.startswith("{"):
            parts.append(re.escape(piece))
            continue
        name = piece[1:-1]
        if "|" in name:
            parts.append("(?:" + "|".join(re.escape(choice) for choice in name.split("|")) + ")")
        elif name.isidentifier() and name not in named:
            named.add(name)
            parts.append(f"(?P<{name}>.*?)")
        elif name.startswith("first model error"):
            parts.append(_account_errors())
        else:
            parts.append(".*?")
    return "".join(parts)


def _account_errors() -> str:
    """The texts that are known of ACCOUNT-08, whose message has no fixed part."""
    return (
        r"(?:Setting account .* would create a loop|.*is too long \(maximum is \d+ characters\)|.*is already in use"
        r"|.*Can't delete an account with active .*|.*can't be blank|.*is invalid)"
    )


@lru_cache(maxsize=1)
def _messages() -> dict[str, tuple[str, str]]:
    """By rule id: its table ("" for files and imports) and its message."""
    return {rule: (table, str(entry["message"])) for rule, (table, entry) in _rules().items()}


@lru_cache(maxsize=1)
def _rules() -> dict[str, tuple[str, dict[str, Any]]]:
    reference = raw_reference()
    found: dict[str, tuple[str, dict[str, Any]]] = {
        rule["id"]: ("", rule) for rule in (*reference["file_rules"], *reference["batch_rules"])
    }
    for kind, entry in zip(file_types(), reference["types"], strict=True):
        found.update({rule["id"]: (kind.table, rule) for rule in entry["rules"]})
    return found


def _effect(rule: str, given: str | dict[str, Any], table: str, entry: dict[str, Any]) -> Effect:
    word, detail = (given, None) if isinstance(given, str) else next(iter(given.items()))
    became = Became(word)
    return Effect(
        rule=rule,
        became=became,
        table=table,
        level=str(entry["level"]).split(",", maxsplit=1)[0],
        has_row=bool(entry.get("row_number")),
        fields=tuple(detail) if isinstance(detail, list) else (),
        status=str(detail) if isinstance(detail, str) else "",
    )
