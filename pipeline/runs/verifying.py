"""Reading Canvas back and comparing: the whole of a feed, one course, or the sample after an import. The parent's side, no frames."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from pipeline.canvas.reading import CanvasReader
from pipeline.errors import PipelineError, TryLater
from pipeline.ledger.rows import RunFilter
from pipeline.model.states import RunState
from pipeline.runs.child import run_table_work
from pipeline.runs.place import Place
from pipeline.verify.looks import Looked, Row, Source, Wish
from pipeline.verify.rest import RestPace, RestSource

__all__ = ["Against", "Comparison", "compared", "last_verified", "verify_feed", "written_wish"]

KEPT_RESULTS = 50  # per feed and instance: numbers over time


@dataclass(frozen=True, slots=True)
class Against:
    """What is compared with Canvas: the stored base of one feed and instance."""

    place: Place
    feed: str
    instance: str
    base: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found.

    counts: per table the numbers of `verify.compare.TableDrift`; fields: table, column and number of the cells that differ;
    not_shown, not_read: what this way of reading cannot know; differences: people's data, for whoever asked and nowhere else.
    """

    requests: int
    counts: Mapping[str, Mapping[str, int]]
    fields: tuple[tuple[str, str, int], ...]
    not_shown: Mapping[str, tuple[str, ...]]
    not_read: tuple[str, ...]
    differences: tuple[Mapping[str, Any], ...]

    @property
    def is_equal(self) -> bool:
        """Whether Canvas is as the base says."""
        return not self.differences

    @property
    def numbers(self) -> dict[str, Any]:
        """What may be kept and told: counts, nothing of people."""
        return {"requests": self.requests, "counts": {table: dict(each) for table, each in self.counts.items()}}


def verify_feed(place: Place, feed: str, instance: str, *, course: str | None = None) -> Comparison:
    """Read what an instance holds of a feed, or one course of it, and compare it with the base; the numbers are recorded.

    CouldNotLook when Canvas does not let us, or does not answer to the end; TryLater while an import of ours changes what is
    compared; PipelineError when there is nothing to compare with.
    """
    place.feed(feed)
    place.settings.instance(instance)
    against = _present_base(place, feed, instance)
    client = place.reading_client(instance)
    try:
        pace = RestPace(may_go_on=lambda: not place.should_stop(), progress=_teller(place, instance))
        source = RestSource(CanvasReader(client, place.clock), pace)
        with place.work_folder(f"verify-{feed}") as folder:
            request = {"base": place.stored(against.base), "course": course, "wish": str(folder / "wish.json")}
            run_table_work("wish", request, folder, on_event=lambda _event: None)
            found = compared(against, source, folder)
    finally:
        client.close()
    if _present_base(place, feed, instance) != against:
        raise TryLater("An import ended while Canvas was read, so nothing can be said.", remedy="Verify again.")
    _record(place, feed, instance, {"with": source.name, "course": course, **found.numbers})
    return found


def written_wish(folder: Path) -> Wish:
    """What the child chose to look at."""
    return Wish.from_plain(json.loads((folder / "wish.json").read_text(encoding="utf-8")))


def compared(against: Against, source: Source, folder: Path) -> Comparison:
    """Read the wish that lies in a work folder, and compare what was seen with a base."""
    place = against.place
    with _row_files(folder) as (sink, paths):
        looked = source.read(written_wish(folder), sink)
    request = {
        "base": place.stored(against.base),
        "others": list(_other_bases(against)),
        "seen": {table: str(path) for table, path in paths.items()},
        "looked": looked.to_plain(),
        "differences": str(folder / "differences.json"),
    }
    answer = run_table_work("verify", request, folder, on_event=lambda _event: None)
    return _comparison(answer, looked, json.loads((folder / "differences.json").read_text(encoding="utf-8")))


def last_verified(place: Place, feed: str, instance: str) -> tuple[Mapping[str, Any], ...]:
    """The numbers of the last comparisons, oldest first."""
    return tuple(place.ledger.get_value(_name(feed, instance)) or ())


def _comparison(answer: Mapping[str, Any], looked: Looked, differences: list[dict[str, Any]]) -> Comparison:
    return Comparison(
        requests=looked.requests,
        counts=answer["counts"],
        fields=tuple((table, column, number) for table, column, number in answer["fields"]),
        not_shown={table: tuple(names) for table, names in answer["not_shown"].items()},
        not_read=tuple(answer["not_read"]),
        differences=tuple(differences),
    )


def _present_base(place: Place, feed: str, instance: str) -> Against:
    """The base to compare with. TryLater while an import of ours runs in this instance."""
    running = RunFilter(instance=instance, states=frozenset({RunState.SUBMITTING, RunState.IMPORTING}))
    for run in place.ledger.runs(running):
        raise TryLater(
            f"Run {run.run_id} is just being imported into {instance}.", remedy="Verify when `show` says that it ended."
        )
    base = place.ledger.get_pointer(feed, instance, "base")
    if base is None:
        raise PipelineError(
            f"Nothing of feed {feed} was ever imported into {instance}, so there is nothing to compare.",
            remedy=f"`sis-pipeline run {feed}` imports.",
        )
    return Against(place, feed, instance, base.sha256)


def _other_bases(against: Against) -> Iterator[dict[str, str]]:
    """The bases of the other feeds that send into this instance."""
    place = against.place
    for other in place.settings.feeds:
        pointer = place.ledger.get_pointer(other, against.instance, "base") if other != against.feed else None
        if pointer is not None:
            yield place.stored(pointer.sha256)


def _teller(place: Place, instance: str) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        percent = 100 * done // of if of else 100
        place.tell("", {"event": "progress", "instance": instance, "percent": percent, "state": "reading courses"})

    return tell


@contextmanager
def _row_files(folder: Path) -> Iterator[tuple[Callable[[str, Row], None], dict[str, Path]]]:
    """A sink that writes the rows of each table into a file of their own, one JSON object a line."""
    paths: dict[str, Path] = {}
    files: dict[str, TextIO] = {}
    with ExitStack() as opened:

        def sink(table: str, row: Row) -> None:
            if table not in files:
                paths[table] = folder / f"seen-{table}.jsonl"
                files[table] = opened.enter_context(paths[table].open("w", encoding="utf-8"))
            files[table].write(json.dumps(dict(row)) + "\n")

        yield sink, paths


def _record(place: Place, feed: str, instance: str, numbers: Mapping[str, Any]) -> None:
    results = [*last_verified(place, feed, instance), {"at": place.ledger.now().isoformat(), **numbers}]
    place.ledger.set_value(_name(feed, instance), results[-KEPT_RESULTS:])


def _name(feed: str, instance: str) -> str:
    return f"verified:{feed}:{instance}"
