"""One look at a feed's drop folder: what may be claimed, and what waits for what. The scan is the truth; events only wake it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from pipeline.intake.complete import Sorted, sort_files
from pipeline.intake.look import Looked, look
from pipeline.intake.manifest import MANIFEST, read_manifest
from pipeline.intake.values import (
    CLAIMED,
    UNCLEAR,
    URGENT,
    Candidate,
    Found,
    IntakeRules,
    Remark,
    RemarkKind,
    Scan,
    Sightings,
    Wait,
    shown,
)
from pipeline.model.clock import Clock

__all__ = ["scan"]


def scan(rules: IntakeRules, before: Sightings, clock: Clock, *, is_deadline_past: bool = False) -> Scan:
    """What lies in a feed's drop folder now. Changes nothing; hand `sightings` to the next scan.

    is_deadline_past: a set that is not complete by now is given up. A folder that cannot be listed is a wait, never an error.
    """
    try:
        main = look(rules.folder, before, settle_seconds=rules.settle_seconds, clock=clock)
        urgent = _look_at_urgent(rules, before, clock)
    except OSError:
        failed = Sightings(before.files, before.failures + 1)
        message = f"The drop folder of feed {rules.feed} cannot be read."
        return Scan((), (Wait("folder", message, (), clock.now(), failed.failures),), failed)
    others = (*main.moving, *main.unreadable)
    manifests = {found.name: read_manifest(found.path) for found in main.settled if _is_manifest(found, rules)}
    chosen = sort_files(main.settled, others, rules, manifests)
    given_up = _given_up(chosen, main, rules, clock.now(), is_deadline_past=is_deadline_past)
    ready = [*chosen.complete, *given_up, *(Candidate((found,), is_urgent=True) for found in urgent.settled)]
    waits = [*_waits(main, rules), *_waits(urgent, rules), *_unclear(rules, clock.now())]
    if not given_up:
        waits += _missing(chosen, rules)
    ready.sort(key=lambda candidate: (not candidate.is_urgent, candidate.arrived_at, candidate.files[0].name))
    return Scan(tuple(ready), tuple(waits), _joined(main, urgent))


def _look_at_urgent(rules: IntakeRules, before: Sightings, clock: Clock) -> Looked:
    folder = rules.folder / URGENT
    if not folder.is_dir() or folder.is_symlink():
        return Looked((), (), (), Sightings())
    prefix = f"{URGENT}/"
    own = {name.removeprefix(prefix): seen for name, seen in before.files.items() if name.startswith(prefix)}
    return look(folder, Sightings(own), settle_seconds=rules.settle_seconds, clock=clock)


def _joined(main: Looked, urgent: Looked) -> Sightings:
    below = {f"{URGENT}/{name}": seen for name, seen in urgent.sightings.files.items()}
    return Sightings({**main.sightings.files, **below})


def _is_manifest(found: Found, rules: IntakeRules) -> bool:
    return found.name.casefold() == (rules.manifest or MANIFEST).casefold()


def _given_up(
    chosen: Sorted, main: Looked, rules: IntakeRules, now: datetime, *, is_deadline_past: bool
) -> tuple[Candidate, ...]:
    """What lies there incomplete, once the deadline or the window has passed: it is taken out of the way of the next set."""
    if not chosen.rest or not chosen.missing:
        return ()
    first_at = min(found.arrived_at for found in chosen.rest)
    if not is_deadline_past and now - first_at < timedelta(seconds=rules.window_seconds):
        return ()
    closed = sorted(shown(found.name) for found in (*main.moving, *main.unreadable))
    beside = f" Not readable yet, or still being written: {', '.join(closed)}." if closed else ""
    remark = Remark(
        "drop-incomplete",
        RemarkKind.REFUSE,
        f"{_listed(chosen.rest)} came, and this did not: {', '.join(chosen.missing)}.{beside} Nothing of this set is imported.",
        "Export all files again; they are taken together or not at all.",
    )
    return (Candidate(chosen.rest, remarks=(remark,), outcome="incomplete"),)


def _missing(chosen: Sorted, rules: IntakeRules) -> Iterator[Wait]:
    if chosen.rest and chosen.missing:
        first_at = min(found.arrived_at for found in chosen.rest)
        until = first_at + timedelta(seconds=rules.window_seconds)
        message = f"{_listed(chosen.rest)} came; missing: {', '.join(chosen.missing)}. Waiting until {until:%Y-%m-%d %H:%M} UTC."
        yield Wait("missing", message, chosen.missing, first_at)


def _waits(looked: Looked, rules: IntakeRules) -> Iterator[Wait]:
    for found in looked.moving:
        message = f'"{shown(found.name)}" changed lately; it is read when it has been quiet for {rules.settle_seconds:.0f} seconds.'
        yield Wait("settling", message, (shown(found.name),), found.arrived_at)
    for found in looked.unreadable:
        failures = looked.sightings.files[found.name].failures
        message = f'"{shown(found.name)}" cannot be opened: another program keeps it, or we have no right to read it.'
        yield Wait("unreadable", message, (shown(found.name),), found.arrived_at, failures)


def _unclear(rules: IntakeRules, now: datetime) -> Iterator[Wait]:
    for folder in sorted((rules.folder / CLAIMED).glob(f"{UNCLEAR}*")):
        message = f"In {folder} lie files of which nobody can tell how they were taken; nothing of them was imported."
        yield Wait(
            "unclear", f"{message} Move them back into the drop folder, and delete that folder.", (folder.name,), now
        )


def _listed(files: Sequence[Found]) -> str:
    names = [f'"{shown(found.name)}"' for found in files[:8]]
    more = f" and {len(files) - 8} more" if len(files) > 8 else ""
    return ", ".join(names) + more
