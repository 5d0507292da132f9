"""Columns that must not be read: passwords, birth dates, government numbers, welfare flags; known by their names alone."""

import re

from pipeline.sources.rules import plain_name

__all__ = ["hides_private_values", "is_private"]

_WHOLE = frozenset(
    {
        "password",
        "ssha",
        "sshapassword",
        "pwd",
        "passwd",
        "passcode",
        "pin",
        "dob",
        "ssn",
        "race",
        "ethnicity",
        "sex",
        "gender",
    }
)
_PARTS = (
    "password",
    "birthdate",
    "dateofbirth",
    "birthday",
    "socialsecurity",
    "nationalid",
    "governmentid",
    "taxid",
    "passportn",
    "frlstatus",
    "lunchstatus",
    "mealstatus",
    "iepstatus",
    "hispanic",
    "ethnicity",
    "disability",
    "specialeducation",
)
_PATTERN = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b|\b\d{9}\b"
)  # of values in unmapped columns only: student numbers look alike


def is_private(heading: str) -> bool:
    """Whether a heading names something that is dropped at the door (M92)."""
    plain = plain_name(heading)
    if plain == "canvaspasswordnotification":
        return False
    return plain in _WHOLE or any(part in plain for part in _PARTS)


def hides_private_values(value: str) -> bool:
    """Whether a value of an unmapped column looks like a government number."""
    return _PATTERN.search(value) is not None
