"""What the configuration may ask for and this version does not do yet."""

from collections.abc import Iterator

from pipeline.errors import Problem
from pipeline.settings.models import Settings

__all__ = ["not_available"]

_SEND = {
    "full": "sending everything is not available in this version; write `send: changes`",
    "canvas_diffing": "Canvas's diffing is not available in this version; write `send: changes`",
    "canvas_batch": "Canvas's batch mode is not available in this version; write `send: changes`",
}


def not_available(settings: Settings) -> tuple[Problem, ...]:
    """What is asked for and cannot be had, each with what to write instead; a run of such a feed is refused."""
    return tuple(Problem(settings.file, None, message) for message in _unavailable(settings))


def _unavailable(settings: Settings) -> Iterator[str]:
    for name, feed in settings.feeds.items():
        if feed.deliver.send in _SEND:
            yield f"feeds.{name}.deliver.send: {_SEND[feed.deliver.send]}"
