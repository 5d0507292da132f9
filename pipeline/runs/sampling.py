"""After an import a few of its rows are looked up in Canvas. It costs thirty requests at most, and never fails a run."""

from dataclasses import dataclass, field
from typing import Any

from pipeline.canvas.reading import CanvasReader
from pipeline.errors import Because, CouldNotLook, PipelineError
from pipeline.ledger.rows import RunRow
from pipeline.runs.child import run_table_work
from pipeline.runs.place import Place
from pipeline.runs.verifying import Against, Comparison, compared, written_wish
from pipeline.verify.rest import RestPace, RestSource, may_look

__all__ = ["Sampled", "sample_import"]

MOST_REQUESTS = 30
PATIENCE_SECONDS = 10.0  # for one question
MOST_SECONDS = 60.0  # for all of them: the import itself is over
WITH_ROWS = frozenset({"imported", "imported_with_messages"})
NO_RIGHT = frozenset({Because.TOKEN, Because.PERMISSION})


@dataclass(frozen=True, slots=True)
class Sampled:
    """notes: sentences for the report, without anything of people; numbers: what was looked at, {} when nothing was."""

    notes: tuple[str, ...] = ()
    numbers: dict[str, Any] = field(default_factory=dict)


def sample_import(place: Place, run: RunRow, state: str, *, before: str, after: str) -> Sampled:
    """Look a few rows of an import up and compare them with the base after it.

    state: of the import, Canvas's word; before, after: the stored bases around it, before "" for none. A token that may not
    read is noted once for an instance.
    """
    if state not in WITH_ROWS:
        return Sampled()
    try:
        return _sampled(place, run, before, after)
    except CouldNotLook as error:
        if error.because in NO_RIGHT:
            return Sampled(_once(place, run.instance))
        return Sampled((f"After the import, Canvas could not be looked into: {error}",))
    except PipelineError as error:
        return Sampled((f"After the import, could not look: {error}",))


def _sampled(place: Place, run: RunRow, before: str, after: str) -> Sampled:
    client = place.reading_client(run.instance)
    give_up_at = place.clock.monotonic() + MOST_SECONDS
    try:
        reader = CanvasReader(client.with_patience(PATIENCE_SECONDS), place.clock)
        if not may_look(reader):
            return Sampled(_once(place, run.instance))
        place.ledger.set_value(_untold(run.instance), value=False)
        with place.work_folder(run.run_id) as folder:
            request = {
                "part": place.stored(str(run.facts["part_folder"])),
                "before": place.stored(before) if before else None,
                "after": place.stored(after),
                "seed": run.run_id,
                "wish": str(folder / "wish.json"),
            }
            run_table_work("sample", request, folder, on_event=lambda _event: None)
            if not written_wish(folder).rows:
                return Sampled()
            pace = RestPace(MOST_REQUESTS, lambda: place.clock.monotonic() < give_up_at and not place.should_stop())
            found = compared(Against(place, run.feed, run.instance, after), RestSource(reader, pace), folder)
    finally:
        client.close()
    return Sampled(_notes(run, found), found.numbers)


def _notes(run: RunRow, found: Comparison) -> tuple[str, ...]:
    """One sentence when something is not as recorded: numbers and names of columns alone."""
    if found.is_equal:
        return ()
    looked_at = sum(counts["looked_at"] for counts in found.counts.values())
    missing = [f"{counts['missing']} missing in {table}" for table, counts in found.counts.items() if counts["missing"]]
    fields = [f"{table}.{column} {number}×" for table, column, number in found.fields]
    note = (
        f"Of {looked_at} rows looked up in Canvas after the import, some are not as recorded: "
        f"{', '.join([*missing, *fields])}. `sis-pipeline verify {run.feed} --instance {run.instance}` shows them."
    )
    return (note,)


def _once(place: Place, instance: str) -> tuple[str, ...]:
    if place.ledger.get_value(_untold(instance)):
        return ()
    place.ledger.set_value(_untold(instance), value=True)
    note = (
        f"After the import, could not look: the token of {instance} may not read. "
        'A `read_token` with "SIS Data - read" and "Users - view list" lets a few rows of each import be looked up.'
    )
    return (note,)


def _untold(instance: str) -> str:
    return f"may-not-read:{instance}"
