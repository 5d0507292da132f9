"""Password rules of an account."""

import re
from itertools import pairwise
from typing import Any

__all__ = ["password_error"]

DEFAULT_MINIMUM = 8
MAXIMUM = 255
COMMON = frozenset(
    {"password", "12345678", "123456789", "1234567890", "qwertyuiop", "football", "baseball", "sunshine", "iloveyou",
     "trustno1", "princess", "password1", "password123", "superman", "whatever", "welcome1", "letmein1", "abcd1234"}
)  # fmt: skip


def password_error(password: str, account: dict[str, Any]) -> str | None:
    """The error of a password under an account's policy, as `password <error>`; None when it is fine.

    account: its settings; `password_policy` may hold minimum_character_length (8), max_repeats, max_sequence,
    disallow_common_passwords.
    """
    policy = account.get("password_policy") or {}
    minimum = int(policy.get("minimum_character_length") or policy.get("min_length") or DEFAULT_MINIMUM)
    repeats, sequence = int(policy.get("max_repeats") or 0), int(policy.get("max_sequence") or 0)
    checks = (
        (len(password) < minimum, "too_short"),
        (len(password) > MAXIMUM, "too_long"),
        (_is_true(policy.get("disallow_common_passwords")) and password.lower() in COMMON, "common"),
        (repeats > 0 and _longest_repeat(password) > repeats, "repeated"),
        (sequence > 0 and _longest_sequence(password) > sequence, "sequence"),
    )
    return next((f"password {word}" for failed, word in checks if failed), None)


def _is_true(value: Any) -> bool:
    return value in (True, 1, "1", "true")


def _longest_repeat(password: str) -> int:
    return max((len(found[0]) for found in re.finditer(r"(.)\1*", password, re.DOTALL)), default=0)


def _longest_sequence(password: str) -> int:
    """The length of the longest run of characters that follow each other, up or down, as `abc` or `321`."""
    longest = current = 1
    step = 0
    for before, after in pairwise(password):
        now = ord(after) - ord(before)
        current = current + 1 if now == step and now in (1, -1) else (2 if now in (1, -1) else 1)
        step = now
        longest = max(longest, current)
    return longest
