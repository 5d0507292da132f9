"""Password rules of an account."""

import re
from typing import Any

__all__ = ["password_error"]

DEFAULT_MINIMUM = 8
MAXIMUM = 255
ROWS = ("abcdefghijklmnopqrstuvwxyz", "`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./")
SEQUENCES = (*ROWS, *(row[::-1] for row in ROWS))
COMMON = frozenset(  # those of eight characters and more
    {"password", "12345678", "123456789", "1234567890", "qwertyui", "qwertyuiop", "football", "baseball", "sunshine",
     "iloveyou", "trustno1", "princess", "password1", "password123", "superman", "whatever", "welcome1", "letmein1",
     "abcd1234", "jennifer", "starwars", "computer", "michelle", "corvette", "mercedes", "maverick", "samantha",
     "steelers", "victoria", "butthead", "bigdaddy", "redskins", "midnight", "internet", "11111111", "qwerty123"}
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
        (sequence > 0 and _has_sequence(password, sequence + 1), "sequence"),
    )
    return next((f"password {word}" for failed, word in checks if failed), None)


def _is_true(value: Any) -> bool:
    return value in (True, 1, "1", "true")


def _longest_repeat(password: str) -> int:
    return max((len(found[0]) for found in re.finditer(r"(.)\1*", password, re.DOTALL)), default=0)


def _has_sequence(password: str, length: int) -> bool:
    """Whether so many characters stand in a row as in the alphabet or on a keyboard, either way round."""
    pieces = (password[start : start + length] for start in range(len(password) - length + 1))
    return any(piece in sequence for piece in pieces for sequence in SEQUENCES)
