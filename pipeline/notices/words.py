"""What a notice says: counts, ids of runs and holds, the command to use; never a name, never a row."""

from collections.abc import Mapping
from typing import Any

__all__ = ["notice_words"]

_TITLES = {
    "held": "{feed}: a plan waits for you",
    "failed": "{feed}: the export could not be used",
    "messages": "{feed}: done, with messages from Canvas",
    "started": "{feed}: an export was picked up",
    "recovered": "{feed}: well again",
}
_BODIES = {
    "held": '{message}\n\nTo look: sis-pipeline show {run}\nTo decide: sis-pipeline approve {run} --reason "…" (or discard)',
    "failed": "Run {run} into {instance}: {message}\n{remedy}",
    "messages": "Run {run} into {instance}: {errors} errors, {warnings} warnings. The report names file, line and remedy: "
    "sis-pipeline report {run}",
    "started": "Run {run} into {instance}.",
    "recovered": "Run {run} into {instance} ended well.",
}


def notice_words(kind: str, feed: str, facts: Mapping[str, Any], *, head: str) -> tuple[str, str]:
    """Title and text of a notice. facts: plain values of the run; head: of the chain of decisions, which ends the text."""
    values = _Known({"feed": feed, **facts})
    title = _TITLES.get(kind, "{feed}: {kind}").format_map(_Known({**values, "kind": kind}))
    body = _BODIES.get(kind, "Run {run}.").format_map(values)
    return title, f"{body}\n\nDecisions so far end with {head[:16]}." if head else body


class _Known(dict[str, Any]):
    """Values for a sentence; what is not known is left blank."""

    def __missing__(self, key: str) -> str:
        return ""
