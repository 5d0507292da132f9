"""Numbers, instants and foreign texts as they are shown to people."""

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

__all__ = ["actions", "amount", "cause_title", "count", "holds", "instant", "shown", "span", "states", "tables"]

LONGEST_TEXT = 240
TABLE_WORDS = {
    "change_sis_id": "Changed ids",
    "accounts": "Accounts",
    "terms": "Terms",
    "abstract_courses": "Abstract courses",
    "courses": "Courses",
    "sections": "Sections",
    "xlists": "Cross-listings",
    "users": "Users",
    "logins": "Logins",
    "enrollments": "Enrollments",
    "admins": "Admins",
    "group_categories": "Group categories",
    "groups": "Groups",
    "groups_membership": "Group memberships",
    "user_observers": "Observers",
}
ACTION_WORDS = {
    "create": "new",
    "update": "changed",
    "delete": "removed",
    "reactivate": "back again",
    "rename": "renamed",
}
HOLD_WORDS = {
    "held": "waits for a decision",
    "discarded": "discarded",
    "superseded": "superseded by a newer export",
}
STATE_WORDS = {
    "received": "Picked up",
    "read": "Read",
    "mapped": "Mapped to Canvas's tables",
    "checked": "Checked",
    "planned": "Planned",
    "held": "Held for a person",
    "approved": "Approved",
    "packaged": "Packed",
    "submitting": "Being sent",
    "importing": "Being imported by Canvas",
    "recorded": "Outcome recorded",
    "archived": "Archived",
    "nothing_to_do": "Nothing to do",
    "incomplete": "Incomplete",
    "discarded": "Discarded",
    "superseded": "Superseded",
    "aborted": "Stopped",
    "failed": "Failed",
}


def count(number: int) -> str:
    """`12,345`."""
    return f"{number:,}"


def amount(number: int, one: str, many: str = "") -> str:
    """`1 row`, `12,345 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def instant(at: datetime, zone: str) -> str:
    """`Thu 20 August 2026, 03:04`, in the configured zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %d %B %Y, %H:%M}".replace(" 0", " ", 1)


def span(start: datetime, end: datetime) -> str:
    """How long something took: `under a second`, `12 s`, `4 min`, `2 h 5 min`."""
    seconds = int((end - start).total_seconds())
    if seconds < 1:
        return "under a second"
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def shown(text: str) -> str:
    """A foreign text on one line: control and direction characters made visible, the end cut off when it is very long."""
    visible = "".join(_visible(character) for character in text[: LONGEST_TEXT + 1])
    return visible if len(visible) <= LONGEST_TEXT else visible[: LONGEST_TEXT - 1] + "…"


def _visible(character: str) -> str:
    if character in "\n\r\t\0":
        return {"\n": "⏎", "\r": "⏎", "\t": "⇥", "\0": "␀"}[character]
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def tables(name: str) -> str:
    """What people call a Canvas table."""
    return TABLE_WORDS.get(name, name.replace("_", " ").capitalize())


def actions(name: str) -> str:
    """What people call an action of a plan, after a number of rows."""
    return ACTION_WORDS.get(name, name)


def holds(state: str) -> str:
    """What became of a hold, by its state or its run's."""
    return HOLD_WORDS.get(state, "approved")


def states(name: str) -> str:
    """What people call a run's state."""
    return STATE_WORDS.get(name, name.replace("_", " ").capitalize())


def cause_title(code: str) -> str:
    """The code of a finding as a heading: `enrollment-unknown-section` → `Enrollment unknown section`."""
    return code.replace("-", " ").strip().capitalize() or "Without a code"
