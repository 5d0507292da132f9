"""Names of people: what a row of names makes of them, and how a full name is sorted.

Source: the reference's semantics of users.csv; the parts of a name as Canvas tells them apart (given, surname, suffix).
"""

import re
from collections.abc import Mapping

__all__ = ["halves", "inferred_name", "inferred_sortable_name", "last_name_first"]

SUFFIX = re.compile(r"(?:Sn?r\.?|Senior|Jn?r\.?|Junior|II|III|IV|V|VI|Esq\.?|Esquire)", re.IGNORECASE)
Values = Mapping[str, str | None]


def inferred_name(row: Values, present: str | None) -> str:
    """The name after a row. present: the name so far, None for a new person."""
    if row["full_name"] is not None:
        return row["full_name"]
    if row["first_name"] is not None or row["last_name"] is not None:
        return f"{row['first_name'] or ''} {row['last_name'] or ''}"
    return present or row["sortable_name"] or row["short_name"] or row["login_id"] or ""


def inferred_sortable_name(row: Values, present: str | None, name: str) -> str:
    """The sorting name after a row. present: the one so far, None for a new person; name: the name after the row."""
    if row["sortable_name"] is not None:
        return row["sortable_name"]
    if row["full_name"] is not None:
        return last_name_first(name, present)
    if row["first_name"] is not None or row["last_name"] is not None:
        return f"{row['last_name'] or ''}, {row['first_name'] or ''}"
    return present if present is not None else last_name_first(name, None)


def last_name_first(name: str, sorted_before: str | None) -> str:
    """A name as it is sorted: surname, then the rest. sorted_before: a former sorting name, which tells the surname."""
    known = _parts(sorted_before, is_sorted=True)[1] if sorted_before else ""
    given, surname, suffix = _parts(name, known_surname=known)
    rest = " ".join(part for part in (given, suffix) if part)
    return f"{surname}, {rest}".strip() if surname else rest


def halves(sortable_name: str) -> tuple[str, str]:
    """First and last name, as the two halves of a sorting name."""
    given, surname, _ = _parts(sortable_name, is_sorted=True)
    return given, surname


def _parts(name: str, *, is_sorted: bool = False, known_surname: str = "") -> tuple[str, str, str]:
    """Given names, surname, suffix; empty where there is none. is_sorted: a comma is taken to follow the surname."""
    surname, _, after = (part.strip() for part in name.strip().partition(","))
    if not after and "," not in name:
        given, surname, suffix = surname, "", ""
    else:
        given, suffix = _after_comma(after)
        if not is_sorted and not suffix and " " in surname and SUFFIX.fullmatch(given):
            given, surname, suffix = surname, "", given
    words = given.split()
    if not suffix and len(words) > 1 and SUFFIX.fullmatch(words[-1]):
        suffix = words.pop()
    known = known_surname.split()
    if not surname and known and words[-len(known) :] == known:
        surname = " ".join(words[-len(known) :])
        del words[-len(known) :]
    if not surname and len(words) > 1:
        surname = words.pop()
    return " ".join(words), surname, suffix


def _after_comma(text: str) -> tuple[str, str]:
    """Given names and suffix of what follows the surname: `Chi, Min` is given names, `John, Jr.` has a suffix."""
    given, _, last = (part.strip() for part in text.partition(","))
    if last and not SUFFIX.fullmatch(last):
        return f"{given} {last}", ""
    return given, last
