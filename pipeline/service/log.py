"""The service's log: one line a step, event first, then facts; never a cell, a header, a name or a token."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["JsonLines", "MaskSecrets", "log_events", "set_up_log"]

log = logging.getLogger("pipeline.runs")

_SECRETS = re.compile(r"(Bearer\s+)\S+|(access_token=)[^&\s]+|(verifier=)[^&\s]+", re.IGNORECASE)
_QUIET = ("urllib3", "watchdog", "sqlalchemy", "alembic", "schedule", "apprise", "waitress", "werkzeug")
_LOGGED = {
    "read": ("files", "rows"),
    "mapped": (),
    "checked": (),
    "sent": ("instance", "import", "result"),
    "unknown": (),
    "reconciling": (),
    "waiting": ("for",),
    "settled": ("messages",),
    "recorded": ("instance", "state", "errors", "warnings"),
    "known-unread": ("instance",),
}
"""Events that make a line, and which of their facts are numbers or names of ours."""


class MaskSecrets(logging.Filter):
    """Masks whatever looks like a token in a line, wherever it came from."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's text in place."""
        text = _SECRETS.sub(lambda found: next(part for part in found.groups() if part) + "***", record.getMessage())
        record.msg, record.args = text, ()
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; an exception shows as its type alone."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        plain = {"at": at, "level": record.levelname, "logger": record.name, "event": record.getMessage()}
        return json.dumps(plain)


class _TextLines(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802  # the name that logging calls
        return str(getattr(ei[0], "__name__", ""))


def set_up_log(form: str) -> None:
    """Log to stderr, as `text` or `json`; libraries speak from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(MaskSecrets())
    handler.setFormatter(JsonLines() if form == "json" else _TextLines("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def log_events(run_id: str, event: Mapping[str, Any]) -> None:
    """A line for an event of a run, if it is one to keep."""
    name = str(event.get("event"))
    if name not in _LOGGED:
        return
    facts = " ".join(f"{key}={event[key]}" for key in _LOGGED[name] if key in event)
    log.info("%s run=%s %s", name, run_id or "-", facts)
