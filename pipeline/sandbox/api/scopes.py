"""Developer-key scopes: which request a scope string such as `url:GET|/api/v1/accounts/:account_id/terms` admits."""

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["admits"]

PLACE = re.compile(r":\w+")


def admits(scopes: Iterable[str], method: str, path: str) -> bool:
    """Whether any scope admits the request. A HEAD counts as GET; a format suffix on the path does not matter."""
    verb = "GET" if method == "HEAD" else method
    return any(scope_verb == verb and form.fullmatch(path) for scope_verb, form in map(_form, scopes))


@lru_cache(maxsize=512)
def _form(scope: str) -> tuple[str, re.Pattern[str]]:
    """Verb and path form of a scope; one of another kind (`/auth/userinfo`) admits no route."""
    verb, bar, path = scope.removeprefix("url:").partition("|")
    if not bar or not scope.startswith("url:"):
        return "", re.compile(r"(?!)")
    pieces = PLACE.split(path)
    return verb.upper(), re.compile("[^/]+".join(map(re.escape, pieces)) + r"(?:\.[^/]+)?")
