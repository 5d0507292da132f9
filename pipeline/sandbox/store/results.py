"""What an import leaves beside the tables it writes: messages and changes of state."""

from dataclasses import dataclass

__all__ = ["Message", "StateChange"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an import. failure: an error, otherwise a warning."""

    text: str
    row: int | None = None
    info: str | None = None
    failure: bool = False


StateChange = tuple[str, int, str, str]  # class as in data.statistics, id, state before, state after
