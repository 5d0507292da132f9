"""How a rule is shown: steps on an empty account, the last of them an import whose messages are all told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

__all__ = ["FUNCTIONS", "Given", "RuleCase", "case", "shows"]

F = TypeVar("F", bound=Callable[..., None])
FUNCTIONS: dict[str, list[str]] = {}  # rule id -> tests that show it in more steps than a case has


class Given(dict[str, Any]):
    """What is set up by hand between two imports."""


@dataclass(frozen=True)
class RuleCase:
    """One rule. says: all messages of the last import as "row text", "- text" without a row, in the order told."""

    rule: str
    title: str
    steps: tuple[Mapping[str, Any], ...]
    says: tuple[str, ...]
    version: str = "current"
    counts: Mapping[str, int] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.title}"


def case(
    rule: str,
    title: str,
    *steps: Mapping[str, Any],
    says: list[str],
    version: str = "current",
    counts: Mapping[str, int] | None = None,
    **options: Any,
) -> RuleCase:
    return RuleCase(rule, title, steps, tuple(says), version, counts, options)


def shows(*rules: str) -> Callable[[F], F]:
    """Say which rules a test function shows."""

    def note(function: F) -> F:
        for rule in rules:
            FUNCTIONS.setdefault(rule, []).append(f"{function.__module__.rsplit('.', 1)[-1]}.py::{function.__name__}")
        return function

    return note
