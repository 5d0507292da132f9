"""Notices: which events of runs people are told, each once, and their delivery as far as it succeeds."""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import PipelineError
from pipeline.ledger.rows import NoticeRow, RunRow
from pipeline.model.states import RunState
from pipeline.notices.words import notice_words
from pipeline.runs.place import Place

if TYPE_CHECKING:
    from pipeline.settings.models import Notice

__all__ = ["queue_notices", "send_due_notices"]

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(minutes=10)
MAX_TRIES = 20


def queue_notices(place: Place, run: RunRow) -> None:
    """Queue what people asked to be told about a run as it stands; a second time does nothing."""
    kind = _kind(run)
    if kind is None:
        return
    for number, wanted in enumerate(place.settings.notices):
        if kind in wanted.when and (not wanted.feeds or run.feed in wanted.feeds):
            facts = {"number": number, "to": wanted.to, **_facts(run)}
            place.ledger.queue_notice(f"{kind}:{run.run_id}:{number}", kind, feed=run.feed, facts=facts)


def send_due_notices(place: Place) -> int:
    """Send the notices that are due; how many were delivered. One that is not is tried again, for three hours."""
    sent = 0
    for notice in place.ledger.notices_due():
        delivered = _deliver(place, notice)
        sent += delivered
        again = None if delivered or notice.tries + 1 >= MAX_TRIES else AGAIN_AFTER
        place.ledger.settle_notice(notice.number, "sent" if delivered else "not delivered", again_after=again)
        log.info("notice kind=%s feed=%s delivered=%s", notice.kind, notice.feed, delivered)
    return sent


def _deliver(place: Place, notice: NoticeRow) -> bool:
    from pipeline.notices.send import send_notice  # apprise takes a moment to load, and most places have no notices

    wanted = _wanted(place, notice)
    if wanted is None:
        return False
    try:
        address = place.settings.secret(wanted.url).reveal()
    except PipelineError:
        return False
    title, body = notice_words(notice.kind, notice.feed, notice.facts, head=place.ledger.decisions_head())
    return send_notice(address, title, body)


def _wanted(place: Place, notice: NoticeRow) -> "Notice | None":
    """The entry of the configuration that asked for a notice, if it is still there."""
    number = int(notice.facts["number"])
    entries = place.settings.notices
    return entries[number] if number < len(entries) and entries[number].to == notice.facts["to"] else None


def _kind(run: RunRow) -> str | None:
    if run.state is RunState.HELD:
        return "held"
    if run.state in {RunState.FAILED, RunState.INCOMPLETE}:
        return "failed"
    if run.state is RunState.ARCHIVED and (run.outcome.get("errors") or run.outcome.get("warnings")):
        return "messages"
    return None


def _facts(run: RunRow) -> dict[str, Any]:
    message = run.hold.get("message", "") if run.state is RunState.HELD else run.error
    return {
        "run": run.run_id,
        "instance": run.instance,
        "message": message,
        "remedy": run.remedy,
        "errors": run.outcome.get("errors", 0),
        "warnings": run.outcome.get("warnings", 0),
    }
