"""A query whose conditions are gathered step by step."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Listing"]


@dataclass(slots=True)
class Listing:
    """A query without its conditions (`SELECT … FROM …`, in our own words only), and the conditions."""

    sql: str
    order: str = "id"
    where: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def keep(self, condition: str, *values: Any) -> None:
        """Keep only rows for which this holds."""
        self.where.append(f"({condition})")
        self.values += values

    def keep_in(self, expression: str, values: Iterable[Any]) -> None:
        """Keep only rows in which the expression is one of the values; of no values, no row."""
        listed = list(values)
        self.keep(f"{expression} IN ({', '.join('?' * len(listed))})", *listed)

    @property
    def conditions(self) -> str:
        """All conditions as one."""
        return " AND ".join(self.where) or "1 = 1"
