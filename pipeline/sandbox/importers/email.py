"""E-mail addresses as Canvas tests them: exactly one address with a domain, and nothing beside it."""

import re

__all__ = ["is_address"]

ATOM = r"[^\s()<>\[\]:;@\\,\"\x00-\x1f\x7f]+"
QUOTED = r'"(?:[^"\\\r\n]|\\.)*"'
LITERAL = r"\[[^\[\]\\\s]*\]"
ADDRESS = re.compile(rf"(?:{QUOTED}|{ATOM})@(?:{LITERAL}|{ATOM}(?<!\.))")


def is_address(text: str) -> bool:
    """Whether a text is one e-mail address and nothing else; odd but lawful ones are."""
    return ADDRESS.fullmatch(text) is not None
