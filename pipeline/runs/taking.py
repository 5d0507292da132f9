"""Taking drops in: from a feed's folder as they become complete, or from files that a person hands over."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipeline.errors import PipelineError, Problem, SettingsError, TryLater
from pipeline.intake import (
    Claim,
    IntakeRules,
    RemarkKind,
    Sightings,
    Wait,
    adopt_claimed,
    claim,
    prepare_folder,
    release_claim,
    scan,
    take_files,
)
from pipeline.ledger.rows import NewRun, RunFilter, RunKind, RunRow, Step
from pipeline.model.clock import Clock
from pipeline.model.crash import crash_point
from pipeline.model.states import RunState
from pipeline.runs.conductor import is_resting, receive_drop
from pipeline.runs.leases import Busy, holding
from pipeline.runs.place import Place

__all__ = ["FolderWatch", "intake_rules", "take_drop", "take_ready"]

SETTLE_PATIENCE_SECONDS = 3600.0


@dataclass(slots=True)
class FolderWatch:
    """What is remembered of a drop folder between two looks.

    due_at: when something in it will have settled, on the steady clock; waits: why files that lie there are not taken, in words.
    """

    feed: str
    sightings: Sightings = field(default_factory=Sightings)
    due_at: float | None = None
    waits: tuple[Wait, ...] = ()

    def is_due(self, clock: Clock) -> bool:
        """Whether it is time to look again at files that were still being written."""
        return self.due_at is not None and clock.monotonic() >= self.due_at


def intake_rules(place: Place, feed_name: str) -> IntakeRules:
    """How a feed's exports look from outside."""
    feed = place.feed(feed_name)
    return IntakeRules(
        feed=feed_name,
        folder=feed.drop,
        settle_seconds=feed.settle_seconds,
        expects=feed.expects,
        window_seconds=feed.expect_window.total_seconds(),
        done=feed.done,
        manifest=feed.manifest,
    )


def take_ready(place: Place, watch: FolderWatch) -> list[RunRow]:
    """Take what is complete in a feed's folder, and what an earlier process had claimed; the runs made of it."""
    rules = intake_rules(place, watch.feed)
    share = place.feed(watch.feed).share
    prepare_folder(rules.folder, group=share.group, mode=share.mode)
    with holding(place, [f"folder:{watch.feed}"]):
        runs = [_record(place, one) for one in adopt_claimed(rules, place.store)]
        seen = scan(rules, watch.sightings, place.clock)
        watch.sightings, watch.waits = seen.sightings, seen.waits
        for candidate in seen.ready:
            one = claim(candidate, rules, place.store, place.clock)
            if one is not None:
                runs.append(_record(place, one))
    settling = any(wait.reason == "settling" for wait in seen.waits)
    watch.due_at = place.clock.monotonic() + min(rules.settle_seconds / 4, 5.0) if settling else None
    return runs


def take_drop(place: Place, feed_name: str, files: Sequence[Path]) -> RunRow:
    """The run for a command: of these files, copied; without files, of what lies complete in its folder.

    Where nothing does, it is the run that an earlier process left unfinished, else a new plan of the last accepted drop.
    TryLater when files lie there that cannot be taken yet; the message says why.
    """
    place.feed(feed_name)
    if files:
        return _record(place, take_files(feed_name, _existing(files), place.store, place.clock))
    watch = FolderWatch(feed_name)
    runs = _settled(place, watch)
    if runs:
        return runs[-1]
    unfinished = place.ledger.runs(RunFilter(feed=feed_name, is_unfinished=True))
    left = [run for run in unfinished if not is_resting(run)]
    if left:
        return left[0]
    if watch.waits:
        raise TryLater(
            " ".join(wait.message for wait in watch.waits),
            remedy=f"Nothing was taken. To go without these: name the files, sis-pipeline run {feed_name} FILE…",
        )
    last = place.ledger.last_accepted_drop(feed_name)
    if last is None:
        raise PipelineError(
            f"There is nothing to run: {place.feed(feed_name).drop} has no complete export, and none came before.",
            remedy=f"Put the export there, or name its files: sis-pipeline run {feed_name} FILE…",
        )
    first = str(place.feed(feed_name).deliver.to[0])
    return place.ledger.create_run(NewRun(feed_name, first, RunKind.REPLAN, drop_id=last.drop_id))


def _settled(place: Place, watch: FolderWatch) -> list[RunRow]:
    """The runs of what lies in the folder, once nothing in it is being written any more."""
    give_up_at = place.clock.monotonic() + SETTLE_PATIENCE_SECONDS
    while True:
        runs = _taken_beside_others(place, watch)
        if runs or watch.due_at is None or place.clock.monotonic() > give_up_at:
            return runs
        place.clock.sleep(max(0.0, watch.due_at - place.clock.monotonic()))


def _taken_beside_others(place: Place, watch: FolderWatch) -> list[RunRow]:
    """As `take_ready`; while somebody else looks at the folder, a moment later."""
    try:
        return take_ready(place, watch)
    except Busy:
        watch.due_at = place.clock.monotonic() + 0.2
        return []


def _record(place: Place, taken: Claim) -> RunRow:
    """Record a claimed drop with its run, then let its originals go. A set that cannot be used ends here, with the reason."""
    remarks = [asdict(remark) for remark in taken.remarks]
    _row, run = receive_drop(place, taken, remarks)
    refused = [remark for remark in taken.remarks if remark.kind is RemarkKind.REFUSE]
    if refused and run.state is RunState.RECEIVED:
        outcome = RunState.INCOMPLETE if taken.outcome == "incomplete" else RunState.FAILED
        facts = {"error": " ".join(remark.message for remark in refused), "remedy": refused[0].remedy}
        with holding(place, [f"run:{run.run_id}"]) as held:
            run = place.ledger.transition(run.run_id, Step(RunState.RECEIVED, outcome, facts), lease=held.current)
        place.ledger.set_drop_outcome(taken.drop.drop_id, taken.outcome or "unreadable")
    crash_point("drop-recorded")
    release_claim(taken)
    return run


def _existing(files: Sequence[Path]) -> list[Path]:
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise SettingsError(
            tuple(Problem("command line", None, f"there is no file {path}") for path in missing),
            remedy="Look at the spelling and at the folder you are in.",
        )
    return list(files)
