"""What holds say: the numbers in one sentence, and what to do."""

from collections.abc import Mapping, Sequence

from pipeline.model.plan import Hold, HoldKind
from pipeline.planning.affected import Trip
from pipeline.planning.trust import Doubt

__all__ = ["change_hold", "everything_hold", "rows_hold", "trust_hold"]

_REMEDY = "Look at the rows in the report. Approve the hold if they are meant; discard it, or mend the export, if not."
_TRUST_REMEDY = "Look whether this is the right, complete and newest export. Approve if so; if not, discard it and drop a better one."

_WOULD = {
    "delete": "would be deleted or lose their active status",
    "change": "would change",
    "create": "would be new, beside so many active ones",
    "emptied": "are all that it has, and would all go",
}
_BECAUSE = {
    "rename": "would get another id: their other identifiers are the same as those of an id that vanished",
    "other feed": "would end rows that another feed sends",
    "undone": "would do again what a person has taken back",
    "missing term": "absent from the export together with their whole term, which has not ended",
    "unknown row": "absent from the export, where a refused row may stand for any of them",
}

Counts = Mapping[str, Mapping[str, int]]


def change_hold(number: int, guard: str, table: str, trip: Trip, called: str) -> Hold:
    """The hold of a change guard that tripped in one scope; counts come once dependence has been worked out.

    called: what people call the scope, "" when only its id is known.
    """
    percent = _percent(trip.affected, trip.of)
    scope = table if trip.kind == "table" else f"{table} in {trip.kind} {trip.name}"
    shown = f'{table} in {trip.kind} "{called}" ({trip.name})' if called else scope
    message = f"{trip.affected:,} of {trip.of:,} active {shown} {_WOULD[guard]} ({percent} %)."
    if guard == "create":
        message = f"{trip.affected:,} {shown} {_WOULD[guard]}: {trip.of:,} ({percent} %)."
    return Hold(number, HoldKind.CHANGE, guard, scope, table, trip.affected, trip.of, percent, {}, message, _REMEDY)


def rows_hold(number: int, guard: str, scope: str, rows: Mapping[str, int]) -> Hold:
    """The hold of deletes that share a reason, across tables. rows: how many, by table."""
    total = sum(rows.values())
    listed = ", ".join(f"{count:,} {table}" for table, count in rows.items())
    message = f"{listed} {_BECAUSE[guard]}."
    return Hold(number, HoldKind.CHANGE, guard, scope, next(iter(rows)), total, total, 100.0, {}, message, _REMEDY)


def trust_hold(doubts: Sequence[Doubt], counts: Counts) -> Hold:
    """The hold of everything that no other hold has, because the drop is doubted."""
    guards = ", ".join(dict.fromkeys(doubt.guard for doubt in doubts))
    message = " ".join(doubt.message for doubt in doubts)
    first = doubts[0]
    percent = _percent(first.affected, first.of)
    kind = HoldKind.TRUST
    return Hold(
        1, kind, guards, "the whole drop", "", first.affected, first.of, percent, counts, message, _TRUST_REMEDY
    )


def everything_hold(doubts: Sequence[Doubt], holds: Sequence[Hold], counts: Counts) -> Hold:
    """One hold of everything, for feeds that wait as a whole when any guard trips."""
    guards = ", ".join(dict.fromkeys([*(doubt.guard for doubt in doubts), *(hold.guard for hold in holds)]))
    message = " ".join([*(doubt.message for doubt in doubts), *(hold.message for hold in holds)])
    if doubts:
        affected, of, table = doubts[0].affected, doubts[0].of, ""
    else:
        affected, of, table = holds[0].affected, holds[0].of, holds[0].table
    kind = HoldKind.TRUST if doubts else HoldKind.CHANGE
    remedy = _TRUST_REMEDY if doubts else _REMEDY
    return Hold(1, kind, guards, "the whole plan", table, affected, of, _percent(affected, of), counts, message, remedy)


def _percent(affected: int, of: int) -> float:
    return round(affected * 100 / of, 1) if of else 100.0
