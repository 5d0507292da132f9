"""Which of the files in a folder make up one export, and whether it is complete. Decides; touches nothing."""

import fnmatch
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePath

from pipeline.intake.manifest import MANIFEST
from pipeline.intake.values import Candidate, Found, IntakeRules, Remark, RemarkKind, shown

__all__ = ["Sorted", "is_archive", "sort_files", "version_key"]

_COPY_MARKS = re.compile(
    r"(?i)^(copy of |kopie von |copia de )|[ _-]*\(\d{1,3}\)|[ _-]+(copy|kopie|copia|final|neu|new|old)\d*(?=$|\.)|[ _-]*20\d\d[-_.]?(0\d|1[0-2])[-_.]?[0-3]\d([T _-]?\d{4,6})?"
)
_ARCHIVES = frozenset({".zip", ".7z", ".rar", ".gz", ".tgz", ".tar"})


@dataclass(frozen=True, slots=True)
class Sorted:
    """The files of a folder by what becomes of them. complete: sets to take; missing: what the rest lacks, in words."""

    complete: tuple[Candidate, ...]
    rest: tuple[Found, ...]
    missing: tuple[str, ...]


def sort_files(
    settled: Sequence[Found], others: Sequence[Found], rules: IntakeRules, manifests: Mapping[str, Mapping[str, str]]
) -> Sorted:
    """Sort files that stand still into complete exports and a rest.

    others: files that are still moving, or closed to us: they may belong to the same export. manifests: what settled
    manifests say, by their file's name.
    """
    files, markers, unmarked = _marked(settled, rules.done)
    if rules.done and not markers:
        return Sorted((), tuple(settled), (rules.done if not rules.done.startswith(".") else f"*{rules.done}",))
    late = (*others, *unmarked)
    name = rules.manifest or _unasked_manifest(files, rules)
    if name:
        chosen = _by_manifest(files, late, name, manifests)
    elif rules.expects:
        chosen = _by_expectation(files, late, rules.expects)
    else:
        chosen = _by_itself(files, late)
    if not chosen.complete:
        return Sorted((), tuple(settled), chosen.missing)
    complete = tuple(_judged(candidate, rules) for candidate in chosen.complete)
    first = replace(complete[0], markers=tuple(markers))
    return Sorted((first, *complete[1:]), chosen.rest, chosen.missing)


def is_archive(found: Found) -> bool:
    """Whether a file is an archive, going by its name."""
    return PurePath(found.name).suffix.lower() in _ARCHIVES


def version_key(name: str) -> str:
    """A name without what tells versions of one file apart: `students (1).csv` and `Students 2026-09-14.csv` are one."""
    path = PurePath(unicodedata.normalize("NFC", name).casefold())
    return f"{_COPY_MARKS.sub('', path.stem).strip(' _-.')}{path.suffix}"


def _marked(settled: Sequence[Found], done: str) -> tuple[list[Found], list[Found], list[Found]]:
    """The files that may be looked at, the done-markers, and the files whose marker has not come yet."""
    if not done:
        return list(settled), [], []
    if not done.startswith("."):
        markers = [found for found in settled if _same(found.name, done)]
        return [found for found in settled if found not in markers], markers, []
    ending = done.casefold()
    markers = [found for found in settled if found.name.casefold().endswith(ending)]
    named = {found.name[: -len(done)].casefold() for found in markers}
    others = [found for found in settled if found not in markers]
    return (
        [found for found in others if found.name.casefold() in named],
        markers,
        [found for found in others if found.name.casefold() not in named],
    )


def _unasked_manifest(files: Sequence[Found], rules: IntakeRules) -> str:
    """OneRoster's manifest, where the configuration names none but expects it, or expects nothing by name."""
    expected = any(_same(name, MANIFEST) for name in rules.expects)
    present = any(_same(found.name, MANIFEST) for found in files)
    return MANIFEST if expected or (present and not rules.expects) else ""


def _by_manifest(
    files: Sequence[Found], late: Sequence[Found], name: str, manifests: Mapping[str, Mapping[str, str]]
) -> Sorted:
    manifest = next((found for found in files if _same(found.name, name)), None)
    if manifest is None:
        return Sorted((), tuple(files), (name,))
    words = {file.casefold(): word for file, word in manifests.get(manifest.name, {}).items()}
    wanted = {file for file, word in words.items() if word not in {"", "absent"}}
    members = [found for found in files if found.name.casefold() in wanted]
    missing = sorted(wanted - {found.name.casefold() for found in members})
    if missing or not wanted:
        return Sorted((), tuple(files), tuple(missing) or (f"a list of files in {shown(name)}",))
    unread = [found for found in files if found not in members and found is not manifest]
    if any(_is_version_of(found, members) for found in late):
        return Sorted((), tuple(files), ("a file that is still being written",))
    candidate = Candidate((manifest, *members), tuple(unread), manifest=words)
    return Sorted((candidate,), (), ())


def _by_expectation(files: Sequence[Found], late: Sequence[Found], expects: Sequence[str]) -> Sorted:
    members: list[Found] = []
    versions: list[Remark] = []
    missing: list[str] = []
    unread = list(files)
    for expected in expects:
        fitting = _fitting([found for found in files if found not in members], expected)
        if not fitting or any(_fits(found, expected) for found in late):
            missing.append(expected)
            continue
        taken, remarks = _newest_versions(fitting, expected)
        members += taken
        versions += remarks
        unread = [found for found in unread if found not in taken]
    if missing:
        return Sorted((), tuple(files), tuple(missing))
    return Sorted((Candidate(tuple(members), tuple(unread), remarks=tuple(versions)),), (), ())


def _by_itself(files: Sequence[Found], late: Sequence[Found]) -> Sorted:
    """Nothing is expected by name: each archive is an export, and so are all other files together."""
    archives = [Candidate((found,)) for found in files if is_archive(found)]
    loose = [found for found in files if not is_archive(found)]
    if any(not is_archive(found) for found in late):
        return Sorted(tuple(archives), tuple(loose), ("a file that is still being written",) if loose else ())
    together = [Candidate(tuple(loose))] if loose else []
    return Sorted(tuple(archives + together), (), ())


def _fitting(files: Sequence[Found], expected: str) -> list[Found]:
    exact = [found for found in files if _fits(found, expected)]
    if _is_pattern(expected):
        return exact
    # `students (1).csv` stands for an expected `students.csv`, alone or beside it
    return exact + [found for found in files if found not in exact and version_key(found.name) == version_key(expected)]


def _newest_versions(fitting: Sequence[Found], expected: str) -> tuple[list[Found], list[Remark]]:
    """One file of each, the newest; a remark that holds the drop where there was a choice."""
    groups: dict[str, list[Found]] = defaultdict(list)
    for found in fitting:
        groups[version_key(found.name)].append(found)
    taken, remarks = [], []
    for group in groups.values():
        newest = max(group, key=lambda found: (found.modified_ns, found.name))
        taken.append(newest)
        if len(group) > 1:
            remarks.append(_versions_remark(group, newest, expected))
    return taken, remarks


def _versions_remark(group: Iterable[Found], newest: Found, expected: str) -> Remark:
    names = " and ".join(f'"{shown(found.name)}"' for found in sorted(group, key=lambda found: found.name))
    return Remark(
        "drop-two-versions",
        RemarkKind.HOLD,
        f"{names} look like versions of one file ({expected}). The newest, "
        f'"{shown(newest.name)}", was read; nothing is sent until a person has looked.',
        "Approve if the newest is right; else discard, and leave only the right file.",
        shown(newest.name),
    )


def _judged(candidate: Candidate, rules: IntakeRules) -> Candidate:
    remarks = [*candidate.remarks, *_apart(candidate.files, rules), *_unread(candidate, rules)]
    return replace(candidate, remarks=tuple(remarks))


def _apart(files: Sequence[Found], rules: IntakeRules) -> Iterable[Remark]:
    oldest = min(files, key=lambda found: found.modified_ns)
    newest = max(files, key=lambda found: found.modified_ns)
    apart = timedelta(microseconds=(newest.modified_ns - oldest.modified_ns) / 1000)
    if len(files) > 1 and apart.total_seconds() > rules.window_seconds:
        hours = apart.total_seconds() / 3600
        yield Remark(
            "drop-files-apart",
            RemarkKind.HOLD,
            f'"{shown(oldest.name)}" is {hours:.0f} hours older than "{shown(newest.name)}": '
            "they may be of different exports. Nothing is sent until a person has looked.",
            "Approve if they belong together; else discard, and export all files again.",
            shown(oldest.name),
        )


def _unread(candidate: Candidate, rules: IntakeRules) -> Iterable[Remark]:
    for found in candidate.unread:
        declared = candidate.manifest.get(found.name.casefold())
        why = "the manifest declares it absent" if declared == "absent" else f"feed {rules.feed} does not ask for it"
        yield Remark(
            "drop-unasked-file",
            RemarkKind.WARNING,
            f'"{shown(found.name)}" was left unread: {why}.',
            "Nothing to do, if it is not needed; else add its name to `expects`.",
            shown(found.name),
        )


def _is_version_of(found: Found, members: Iterable[Found]) -> bool:
    return any(version_key(found.name) == version_key(member.name) for member in members)


def _fits(found: Found, expected: str) -> bool:
    name, pattern = _plain(found.name), _plain(expected)
    return fnmatch.fnmatchcase(name, pattern) if _is_pattern(expected) else name == pattern


def _same(name: str, other: str) -> bool:
    return _plain(name) == _plain(other)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _is_pattern(expected: str) -> bool:
    return any(letter in expected for letter in "*?[")
