"""Values of cells as Canvas reads them: trimming, truth, numbers, status words, printable text."""

import re
import unicodedata
from functools import lru_cache

__all__ = ["NUL", "TRIMMED", "boolean", "is_printable", "leading_number", "starts_with"]

TRIMMED = " \t\n\v\f\r\0"  # trimmed off both ends of every value
NUL = "\0"
TRUE_WORDS = frozenset({"yes", "y", "true", "t", "on", "1"})
FALSE_WORDS = frozenset({"no", "n", "false", "f", "off", "0"})
NUMBER = re.compile(r"\s*[-+]?\d+")
UNPRINTABLE = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})


def boolean(text: str) -> bool:
    """A truth value: Canvas's words in any case, otherwise whether the text begins with a number other than 0."""
    word = text.lower()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    return leading_number(text) != 0


def leading_number(text: str) -> int:
    """The number at the beginning of a text, 0 when there is none."""
    found = NUMBER.match(text)
    return int(found[0]) if found else 0


@lru_cache(maxsize=4096)
def starts_with(text: str | None, words: tuple[str, ...]) -> bool:
    """Whether a text begins with one of the words, in any letter case. words: lower case."""
    return text is not None and text.lower().startswith(words)


def is_printable(text: str) -> bool:
    """Whether every character is printable to Ruby; inner blanks, no-break spaces and emoji are."""
    if text.isascii():
        return text.isprintable()
    return all(unicodedata.category(character) not in UNPRINTABLE for character in text)
