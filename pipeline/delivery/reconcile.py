"""After a POST whose answer was lost: whether Canvas has the import, and so whether the package may be sent again.

Canvas has no idempotency key. The marker in the names of the uploaded files is ours; they show in the list of imports once Canvas
has begun to read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.canvas.client import CanvasClient, Listing
from pipeline.canvas.imports import SisImport
from pipeline.delivery.waiting import Watch, pause
from pipeline.errors import Because, NotSent, Refused, Unknown

__all__ = ["MAX_ATTEMPTS", "Attempt", "Look", "Reconciled", "Verdict", "judge_look", "reconcile"]

MAX_ATTEMPTS = 3
EMPTY_LOOKS = 3
EMPTY_SECONDS = 120.0  # that they are spread over, at least
BEFORE_THE_POST = timedelta(minutes=5)  # listed since Canvas's own time before the POST, minus this
ORPHAN_AFTER = timedelta(minutes=10)  # in `initializing`: left behind by a POST that Canvas refused half way
TAKEN_OVER_SECONDS = 60.0


class Verdict(StrEnum):
    """What is to be done about an attempt."""

    ADOPT = "adopt"  # the import is found: go on with it
    SEND_AGAIN = "send again"  # Canvas certainly has none: one more attempt
    PERSON = "person"  # cannot be told, or all attempts are used up
    STOPPED = "stopped"  # this process is to stop; nothing is known yet


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST whose outcome is not known, as the ledger recorded it before it began.

    number: from 1; marker: of the package; canvas_at, newest_import_id: Canvas's own time and newest import before;
    deadline_at: when the POST had ended at the latest, by our clock; user_id: the token's user, None if not known;
    old_lease_until: when the lease of another host that made this attempt expires, None if it was this host.
    """

    number: int
    marker: str
    canvas_at: datetime
    newest_import_id: int | None
    deadline_at: datetime
    user_id: int | None = None
    old_lease_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the list of imports shows.

    ours: imports with our marker; waiting: not yet read by Canvas, may turn out to be ours; unread: ended before Canvas read
    them, may have been ours; strangers: imports with our marker that are no attempt of ours.
    """

    ours: tuple[SisImport, ...] = ()
    waiting: tuple[SisImport, ...] = ()
    unread: tuple[SisImport, ...] = ()
    strangers: tuple[SisImport, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the list can be ours."""
        return not (self.ours or self.waiting or self.unread)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What became of an attempt. found: the import to adopt; reason: why a person is needed; strangers: ids to raise an alarm about."""

    verdict: Verdict
    found: SisImport | None = None
    reason: str = ""
    strangers: tuple[int, ...] = ()


def reconcile(
    client: CanvasClient, attempt: Attempt, watch: Watch, *, is_bound: Callable[[SisImport], bool]
) -> Reconciled:
    """Look for the import of an attempt until it is found or certainly not there.

    is_bound: whether an import belongs to another attempt in the ledger. Nothing is sent again before three looks over at
    least two minutes found nothing, the POST's own deadline has passed and, after a takeover, the old lease too.
    Raises Refused when Canvas no longer lets us look.
    """
    asker = client.with_patience(0)
    looks = 0
    empty_at: list[float] = []
    while True:
        looks += 1
        listing = _list(asker, attempt, watch)
        if listing is not None:
            look = judge_look(listing, attempt, is_bound)
            decided = _decide(look)
            if decided is not None:
                return decided
            empty_at = [*empty_at, watch.clock.monotonic()] if look.is_empty else []
            if _is_certainly_absent(empty_at, attempt, watch.clock.now()):
                return _absent(attempt, look)
        if not pause(watch, watch.pace.wait(looks, watch.dice)):
            return Reconciled(Verdict.STOPPED)


def judge_look(listing: Listing, attempt: Attempt, is_bound: Callable[[SisImport], bool]) -> Look:
    """Sort the imports of a list: ours, perhaps ours later, perhaps once ours, and those that misuse our marker."""
    free = [seen for seen in listing.imports if not is_bound(seen)]
    possible = [
        seen for seen in free if seen.import_id > (attempt.newest_import_id or 0) and _may_be_ours(seen, attempt)
    ]
    marked = [seen for seen in free if any(attempt.marker in name for name in seen.attachment_names)]
    nameless = [seen for seen in possible if not seen.attachment_names]
    return Look(
        ours=tuple(seen for seen in marked if seen in possible),
        waiting=tuple(seen for seen in nameless if not seen.is_over and not _is_orphan(seen, listing.at)),
        unread=tuple(seen for seen in nameless if seen.is_over),
        strangers=tuple(seen for seen in marked if seen not in possible),
    )


def _may_be_ours(seen: SisImport, attempt: Attempt) -> bool:
    return attempt.user_id is None or seen.user_id is None or seen.user_id == attempt.user_id


def _is_orphan(seen: SisImport, at: datetime) -> bool:
    """Whether it hangs in `initializing` for longer than storing an upload takes; by Canvas's own clock."""
    return seen.state == "initializing" and seen.created_at is not None and at - seen.created_at > ORPHAN_AFTER


def _decide(look: Look) -> Reconciled | None:
    strangers = _ids(look.strangers)
    if len(look.ours) == 1:
        return Reconciled(Verdict.ADOPT, look.ours[0], strangers=strangers)
    if len(look.ours) > 1:
        reason = f"Canvas has several imports of this package: {_named(look.ours)}."
        return Reconciled(Verdict.PERSON, reason=reason, strangers=strangers)
    if look.unread and not look.waiting:
        reason = f"An import that ended before Canvas had read it may be ours: {_named(look.unread)}."
        return Reconciled(Verdict.PERSON, reason=reason, strangers=strangers)
    return None


def _is_certainly_absent(empty_at: Sequence[float], attempt: Attempt, now: datetime) -> bool:
    if len(empty_at) < EMPTY_LOOKS or empty_at[-1] - empty_at[0] < EMPTY_SECONDS:
        return False
    wait_until = attempt.deadline_at
    if attempt.old_lease_until is not None:
        wait_until = max(wait_until, attempt.old_lease_until + timedelta(seconds=TAKEN_OVER_SECONDS))
    return now > wait_until


def _absent(attempt: Attempt, look: Look) -> Reconciled:
    if attempt.number >= MAX_ATTEMPTS:
        reason = f"Canvas took none of {attempt.number} attempts to send this package, and never said why."
        return Reconciled(Verdict.PERSON, reason=reason, strangers=_ids(look.strangers))
    return Reconciled(Verdict.SEND_AGAIN, strangers=_ids(look.strangers))


def _list(client: CanvasClient, attempt: Attempt, watch: Watch) -> Listing | None:
    """The imports since shortly before the POST; None when Canvas could not be asked this time."""
    try:
        return client.list_imports(created_since=attempt.canvas_at - BEFORE_THE_POST)
    except (NotSent, Unknown) as error:
        watch.on_trouble(error)
    except Refused as error:
        if error.because is not Because.NOT_CANVAS:
            raise
        watch.on_trouble(error)
    return None


def _ids(imports: Sequence[SisImport]) -> tuple[int, ...]:
    return tuple(sorted(seen.import_id for seen in imports))


def _named(imports: Sequence[SisImport]) -> str:
    return ", ".join(str(number) for number in _ids(imports))
