"""The nearest right name for a wrong one."""

import difflib
from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` when one is near, else the list of what is known, else ""."""
    names = list(known)
    close = difflib.get_close_matches(name.lower(), [known_name.lower() for known_name in names], n=1, cutoff=0.6)
    if close:
        found = next(known_name for known_name in names if known_name.lower() == close[0])
        return f"; did you mean `{found}`?"
    if names:
        return f"; there is {', '.join(names)}" if len(names) <= 12 else ""
    return ""
