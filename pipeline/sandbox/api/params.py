"""Request parameters as Canvas reads them: brackets make trees, and truth has its own words."""

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["Params", "is_true"]

TRUE_WORDS = frozenset({"yes", "y", "true", "t", "on", "1"})
FALSE_WORDS = frozenset({"no", "n", "false", "f", "off", "0"})
KEY_PART = re.compile(r"\[([^\[\]]*)\]")
LEADING_NUMBER = re.compile(r"\s*[-+]?\d+")
MAX_DEPTH = 32


def is_true(value: Any) -> bool:
    """A parameter as boolean: Canvas's words in any case, otherwise whether its leading number is other than 0."""
    if isinstance(value, bool) or value is None:
        return bool(value)
    text = str(value).lower()
    if text in TRUE_WORDS or text in FALSE_WORDS:
        return text in TRUE_WORDS
    number = LEADING_NUMBER.match(text)
    return number is not None and int(number[0]) != 0


class Params:
    """The parameters of one request: query and body in one tree; a later value of a name replaces the earlier."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], body: dict[str, Any] | None = None) -> "Params":
        """From name and value pairs, over which a JSON object of the body goes."""
        tree: dict[str, Any] = {}
        for name, value in pairs:
            put(tree, parts_of(name), value)
        return cls({**tree, **(body or {})})

    def __contains__(self, name: str) -> bool:
        """Whether the parameter was sent at all, with whatever value."""
        return name in self.tree

    def raw(self, name: str) -> Any:
        """The value as sent; None when absent."""
        return self.tree.get(name)

    def text(self, name: str) -> str | None:
        """A scalar as text; None when absent, null, or not a scalar."""
        value = self.tree.get(name)
        return None if value is None or isinstance(value, (dict, list)) else scalar_text(value)

    def flag(self, name: str) -> bool:
        """A boolean; absent is false."""
        return is_true(self.text(name))

    def texts(self, name: str) -> list[str]:
        """A list; a scalar is a list of one, absent or null an empty one."""
        value = self.tree.get(name)
        if isinstance(value, list):
            return [scalar_text(item) for item in value if item is not None and not isinstance(item, (dict, list))]
        return [] if value is None or isinstance(value, dict) else [scalar_text(value)]

    def branch(self, name: str) -> "Params":
        """The parameters nested under a name; empty when there are none."""
        value = self.tree.get(name)
        return Params(value if isinstance(value, dict) else {})


def scalar_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def parts_of(name: str) -> list[str]:
    """`a[b][]` as `a`, `b`, an empty part for the list; a name with stray brackets stands for itself."""
    head, bracket, rest = name.partition("[")
    if not bracket or not head:
        return [name]
    parts = KEY_PART.findall(bracket + rest)
    whole = "".join(f"[{part}]" for part in parts) == bracket + rest
    return [head, *parts] if whole and len(parts) < MAX_DEPTH else [name]


def put(tree: dict[str, Any], parts: list[str], value: str) -> None:
    """Hang a value into the tree; what collides with another form of the same name replaces it."""
    key, *rest = parts
    if not rest:
        tree[key] = value
    elif rest == [""]:
        if not isinstance(tree.get(key), list):
            tree[key] = []
        tree[key].append(value)
    else:
        if not isinstance(tree.get(key), dict):
            tree[key] = {}
        put(tree[key], rest, value)
