"""Runs by the clock: a feed's daily run takes what lies in its folder, and where nothing new came it plans again."""

from pipeline.ledger.rows import NewRun, RunFilter, RunKind, RunRow
from pipeline.ledger.timetable import Daily
from pipeline.runs.conductor import is_resting
from pipeline.runs.place import Place

__all__ = ["start_due_runs"]


def start_due_runs(place: Place) -> list[RunRow]:
    """Make the runs that the timetable asks for now, each once per local date; the ledger remembers which were made.

    A feed whose last export is still under way needs no run of its own.
    """
    made = []
    for entry in place.settings.timetable.runs:
        occurrence = place.ledger.next_due(Daily("runs", entry.feed, entry.daily, entry.days), place.settings.zone)
        if occurrence is None:
            continue
        run = _plan_again(place, entry.feed)
        place.ledger.record_timetable(
            occurrence.key, run_id=run.run_id if run else None, result="planned again" if run else "nothing to plan"
        )
        if run is not None:
            made.append(run)
    return made


def _plan_again(place: Place, feed: str) -> RunRow | None:
    under_way = [run for run in place.ledger.runs(RunFilter(feed=feed, is_unfinished=True)) if not is_resting(run)]
    last = place.ledger.last_accepted_drop(feed)
    if under_way or last is None:
        return None
    first = str(place.feed(feed).deliver.to[0])
    return place.ledger.create_run(NewRun(feed, first, RunKind.REPLAN, drop_id=last.drop_id))
