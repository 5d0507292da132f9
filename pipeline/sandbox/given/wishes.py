"""The keys of `POST /sandbox/given`, one function each."""

from typing import Any

__all__ = ["grant"]


def grant(engine: Any, key: str, wish: Any) -> dict[str, Any]:
    """Do what one key asks for; the result names what it made."""
    raise ValueError(key)
