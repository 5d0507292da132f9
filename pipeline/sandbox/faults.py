"""Faults of the sandbox: rules that say which request, when, and what goes wrong.

A rule is a flat object; the keys fall in three groups:

- which request: `method`, `path` (`*` within a segment, `**` across; `/store/**` and `/uploads/**` are the file store's),
  `nth` (1 = the first that matches, or a list), `times` (fire at most so often), `probability` with `seed`;
- `when`: `before` the effect (default), `after` it, or while `answering`;
- what: `status`, `headers`, `body` (text, or a JSON value), `delay` (seconds), `reset` (the connection), `cut` (answer
  ends after so many bytes), `redirect` (to this URL), `html` (a page of some proxy with status 200), `throttle` (403 or
  429), `import` (see `ImportFate`), `revoke_token`, `refresh` (the environment is overwritten by another's copy).

Before the effect, a rule that only delays, revokes or refreshes lets the request go on.
"""

import random
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["FaultRule", "FaultRuleError", "Faults", "ImportFate", "Moment", "WhatHappens", "read_rules"]


class Moment(StrEnum):
    """When a fault strikes, seen from the effect of the request."""

    BEFORE = "before"
    AFTER = "after"
    ANSWERING = "answering"


class FaultRuleError(ValueError):
    """Rules that cannot be read; `problems` says for each what is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class ImportFate:
    """What becomes of an import that a request creates.

    ends: it ends in this state instead of its own (`initializing`: an orphan that never runs); stalls_at: it stays
    `importing` at this progress until it is aborted; pauses: seconds before each segment, so that progress is seen;
    settles_late: it shows its own end first and turns to `failed_with_messages` minutes later.
    """

    ends: str | None = None
    stalls_at: int | None = None
    pauses: float = 0.0
    settles_late: bool = False


@dataclass(frozen=True, slots=True)
class WhatHappens:
    """What goes wrong; every part may be absent."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    delay: float = 0.0  # seconds
    reset: bool = False
    cut: int | None = None  # bytes
    redirect: str | None = None
    html: bool = False
    throttle: int | None = None
    fate: ImportFate | None = None
    revoke_token: bool = False
    refresh: bool = False

    @property
    def answers(self) -> bool:
        """Whether there is an answer of its own, in place of the one that the request would get."""
        return any(
            (self.status is not None, self.body is not None, self.redirect is not None, self.html, self.throttle)
        )


@dataclass(slots=True)
class FaultRule:
    """One rule and how often its requests came and it fired."""

    method: str | None
    path: re.Pattern[str]
    when: Moment
    what: WhatHappens
    shown: Mapping[str, Any]
    nth: frozenset[int] = frozenset()
    times: int | None = None
    probability: float = 1.0
    dice: random.Random = field(default_factory=random.Random)
    seen: int = 0
    fired: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Count a request, and say whether the rule fires on it."""
        if (self.method and self.method != method) or not self.path.fullmatch(path):
            return False
        self.seen += 1
        chosen = not self.nth or self.seen in self.nth
        spent = self.times is not None and self.fired >= self.times
        if not chosen or spent or self.dice.random() >= self.probability:
            return False
        self.fired += 1
        return True


class Faults:
    """The rules in force; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []

    def put(self, rules: Any) -> None:
        """Replace all rules; nothing changes when one cannot be read (FaultRuleError)."""
        read = read_rules(rules)
        with self._lock:
            self._rules = read

    def clear(self) -> None:
        """No faults from now on."""
        with self._lock:
            self._rules = []

    def struck(self, method: str, path: str) -> list[FaultRule]:
        """The rules that fire on this request, in their order."""
        with self._lock:
            return [rule for rule in self._rules if rule.strikes(method, path)]

    def shown(self) -> list[dict[str, Any]]:
        """The rules as they were put, with how many requests matched and how often each fired."""
        with self._lock:
            return [{**rule.shown, "seen": rule.seen, "fired": rule.fired} for rule in self._rules]


WHICH = {"name", "method", "path", "nth", "times", "probability", "seed", "when"}
WHAT = {
    "status": int,
    "headers": dict,
    "body": object,
    "delay": (int, float),
    "reset": bool,
    "cut": int,
    "redirect": str,
    "html": bool,
    "throttle": int,
    "import": dict,
    "revoke_token": bool,
    "refresh": bool,
}
FATES: dict[str, Any] = {"ends": str, "stalls_at": int, "pauses": (int, float), "settles_late": bool}


def read_rules(rules: Any) -> list[FaultRule]:
    """Rules from parsed JSON or YAML: a list, or an object with the list under `rules`. FaultRuleError names every fault."""
    listed = rules.get("rules", []) if isinstance(rules, Mapping) else rules
    if not isinstance(listed, list):
        raise FaultRuleError(["expected a list of rules"])
    problems = [f"rule {n}: {problem}" for n, rule in enumerate(listed, start=1) for problem in problems_of(rule)]
    if problems:
        raise FaultRuleError(problems)
    return [rule_of(rule) for rule in listed]


def problems_of(rule: Any) -> list[str]:
    """Everything that is wrong with one rule."""
    if not isinstance(rule, Mapping):
        return ["expected an object"]
    unknown = sorted(set(rule) - WHICH - set(WHAT))
    found = [f"unknown key {key!r}; known are {', '.join(sorted(WHICH | set(WHAT)))}" for key in unknown]
    found += [
        f"{key!r} has the wrong kind of value" for key, kind in WHAT.items() if key in rule and wrong(rule[key], kind)
    ]
    if rule.get("when", "before") not in list(Moment):
        found.append("'when' is before, after or answering")
    if rule.get("throttle", 429) not in (403, 429):
        found.append("'throttle' is 403 or 429")
    if not set(rule) & set(WHAT):
        found.append("says nothing that happens")
    fate = rule.get("import")
    if isinstance(fate, Mapping):
        found += [
            f"import: unknown key {key!r}; known are {', '.join(FATES)}" for key in sorted(set(fate) - set(FATES))
        ]
        found += [
            f"import: {key!r} has the wrong kind of value" for key, kind in FATES.items() if wrong_fate(fate, key, kind)
        ]
    return found


def wrong(value: Any, kind: Any) -> bool:
    return not isinstance(value, kind) or (isinstance(value, bool) and kind not in (bool, object))


def wrong_fate(fate: Mapping[str, Any], key: str, kind: Any) -> bool:
    return key in fate and wrong(fate[key], kind)


def rule_of(rule: Mapping[str, Any]) -> FaultRule:
    """A rule that has no problems."""
    nth = rule.get("nth", [])
    return FaultRule(
        method=str(rule["method"]).upper() if rule.get("method") else None,
        path=path_form(str(rule.get("path", "**"))),
        when=Moment(rule.get("when", "before")),
        what=what_of(rule),
        shown=dict(rule),
        nth=frozenset(nth if isinstance(nth, list) else [nth]),
        times=rule.get("times"),
        probability=float(rule.get("probability", 1.0)),
        dice=random.Random(rule.get("seed", 0)),  # noqa: S311  # repeatable on purpose
    )


def what_of(rule: Mapping[str, Any]) -> WhatHappens:
    plain = {key: rule[key] for key in WHAT if key in rule and key != "import"}
    return WhatHappens(**plain, fate=ImportFate(**rule["import"]) if "import" in rule else None)


def path_form(pattern: str) -> re.Pattern[str]:
    """`*` stands for anything within a segment, `**` for anything."""
    pieces = re.split(r"(\*\*|\*)", pattern)
    return re.compile("".join({"*": "[^/]*", "**": ".*"}.get(piece, re.escape(piece)) for piece in pieces))
