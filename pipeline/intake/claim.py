"""Taking a drop: out of the drop folder by rename, into the store by durable copies, the originals removed last.

In `<drop>/.claimed/<drop id>/` lie `claim.json`, written before anything is moved, and the files as `0.file`, `1.file` …
Whatever is left there by a process that was killed is carried on by `adopt_claimed`.
"""

import contextlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import TryLater
from pipeline.intake.complete import version_key
from pipeline.intake.take import drop_hash, instant_of, new_drop_id, same_content
from pipeline.intake.values import CLAIMED, UNCLEAR, Candidate, Claim, IntakeRules, Keeper, Remark, RemarkKind, shown
from pipeline.model.clock import Clock
from pipeline.model.crash import crash_point
from pipeline.model.drop import Drop, DroppedFile
from pipeline.model.files import REAL_FILES, FileOperations, is_temporary, make_folder, write_durably

__all__ = ["adopt_claimed", "claim", "release_claim"]

SPARE_BYTES = 200 * 1024 * 1024
DISK_FACTOR = 3  # a drop is stored as it came, as source tables, and as what is made of them
_LIST = "claim.json"
_RELEASED = "released-"


def claim(
    candidate: Candidate, rules: IntakeRules, keeper: Keeper, clock: Clock, *, files: FileOperations = REAL_FILES
) -> Claim | None:
    """Take these files out of the drop folder and into the store; None when one of them changed in the meantime.

    TryLater when there is no room for them, or the system does not let go of one; then they are back where they were.
    """
    members = (*candidate.files, *candidate.unread, *candidate.markers)
    _require_room(sum(found.size for found in members), min(files.free_bytes(rules.folder), keeper.free_bytes()))
    now = clock.now()
    folder = rules.folder / CLAIMED / new_drop_id(now)
    listed = _described(candidate, rules, now)
    try:
        make_folder(folder, files=files)
        write_durably(folder / _LIST, json.dumps(listed, indent=1).encode(), files=files)
        crash_point("intake-listed")
        is_whole = _move_in(folder, listed, files)
    except OSError as error:
        with contextlib.suppress(OSError, _Unclear):  # what cannot be put back now is adopted later
            _put_back(folder, rules, files)
        raise TryLater(
            f"The files in the drop folder of feed {rules.feed} cannot be moved ({error.strerror or type(error).__name__}).",
            remedy="Another program may have one of them open, or the disk is full; it is tried again.",
        ) from error
    if not is_whole:
        _put_back(folder, rules, files)
        return None
    crash_point("intake-claimed")
    return _stored(folder, listed, rules, keeper)


def adopt_claimed(rules: IntakeRules, keeper: Keeper, *, files: FileOperations = REAL_FILES) -> tuple[Claim, ...]:
    """The drops that a killed process had claimed and not handed on, oldest first; what it had not quite claimed is put back.

    Repeating it is harmless: a drop keeps its id. A claim that makes no sense is left aside for a person, who is told by the
    next scan. Only the process that holds the folder's lease may call it.
    """
    claimed = rules.folder / CLAIMED
    if not claimed.is_dir():
        return ()
    adopted = []
    for folder in sorted(claimed.iterdir()):
        if folder.name.startswith(_RELEASED):
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.is_dir() and not folder.name.startswith(UNCLEAR):
            adopted += _adopted_or_aside(folder, rules, keeper, files)
    return tuple(adopted)


def _adopted_or_aside(folder: Path, rules: IntakeRules, keeper: Keeper, files: FileOperations) -> list[Claim]:
    try:
        listed = _list_of(folder)
        found = _adopted(folder, listed, rules, keeper, files)
    except _Unclear:
        files.rename(folder, folder.with_name(f"{UNCLEAR}{folder.name}"))
        return []
    return [] if found is None else [found]


def release_claim(taken: Claim, files: FileOperations = REAL_FILES) -> None:
    """Remove the originals of a drop that the ledger knows; nothing if they are gone, or were handed over by hand."""
    if taken.folder is None or not taken.folder.is_dir():
        return
    # one rename decides: what is left of the folder after a crash is not taken for a claim that was half made
    released = taken.folder.with_name(f"{_RELEASED}{taken.folder.name}")
    with contextlib.suppress(OSError):  # if the system does not let go of it, it is adopted later, and known by its id
        files.rename(taken.folder, released)
        files.sync_folder(released.parent)
        crash_point("intake-released")
    shutil.rmtree(released, ignore_errors=True)


def _described(candidate: Candidate, rules: IntakeRules, now: datetime) -> dict[str, Any]:
    """The list of a claim, as written before anything is moved."""
    groups = (("file", candidate.files), ("unread", candidate.unread), ("marker", candidate.markers))
    members = [
        {
            "role": role,
            "from": str(found.path.relative_to(rules.folder)),
            "size": found.size,
            "modified_ns": found.modified_ns,
        }
        for role, group in groups
        for found in group
    ]
    remarks = [
        {"code": r.code, "kind": r.kind.value, "message": r.message, "remedy": r.remedy, "file": r.file}
        for r in candidate.remarks
    ]
    return {
        "feed": rules.feed,
        "received_at": now.isoformat(),
        "outcome": candidate.outcome,
        "is_urgent": candidate.is_urgent,
        "manifest": dict(candidate.manifest),
        "members": members,
        "remarks": remarks,
    }


def _move_in(folder: Path, listed: Mapping[str, Any], files: FileOperations) -> bool:
    """Move the listed files into the claim's folder; False when one is not as it was."""
    source_folders = set()
    for number, member in enumerate(listed["members"]):
        inside, outside = folder / f"{number}.file", folder.parent.parent / member["from"]
        if not inside.exists():
            try:
                files.rename(outside, inside)
            except FileNotFoundError:
                return False
            source_folders.add(outside.parent)
        crash_point("intake-moved-one")
        if not _is_as_listed(inside, member):
            return False
    for source in (*source_folders, folder):
        files.sync_folder(source)
    return True


def _is_as_listed(path: Path, member: Mapping[str, Any]) -> bool:
    status = path.lstat()
    return (status.st_size, status.st_mtime_ns) == (member["size"], member["modified_ns"])


def _put_back(folder: Path, rules: IntakeRules, files: FileOperations) -> None:
    """Give the files back to the drop folder; they are looked at anew."""
    for number, member in enumerate(_list_of(folder).get("members", [])):
        inside = folder / f"{number}.file"
        if inside.exists():
            files.rename(inside, _free_name(rules.folder / member["from"]))
    _remove_empty(folder)


def _free_name(path: Path) -> Path:
    """The name itself, or one that counts as another version of it: a newer file has come under the name."""
    number, free = 0, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return free


def _remove_empty(folder: Path) -> None:
    """Remove a claim's folder in which no file is left but its list."""
    if folder.is_dir() and any(path.name != _LIST and not is_temporary(path) for path in folder.iterdir()):
        raise _Unclear
    shutil.rmtree(folder, ignore_errors=True)


def _stored(folder: Path, listed: Mapping[str, Any], rules: IntakeRules, keeper: Keeper) -> Claim:
    """Copy a claim's files into the store. LedgerError or TryLater when the store does not take them: the claim stays."""
    kept: dict[str, list[DroppedFile]] = {"file": [], "unread": [], "marker": []}
    hashes = keeper.put_all([folder / f"{number}.file" for number in range(len(listed["members"]))])
    for member, sha256 in zip(listed["members"], hashes, strict=True):
        modified_at = instant_of(member["modified_ns"])
        name = shown(Path(member["from"]).name)
        kept[member["role"]].append(DroppedFile(name, keeper.path(sha256), member["size"], sha256, modified_at))
    crash_point("intake-stored")
    members = sorted(kept["file"], key=lambda file: file.name)
    drop = Drop(
        folder.name,
        rules.feed,
        tuple(members),
        datetime.fromisoformat(listed["received_at"]),
        drop_hash(members),
        is_urgent=listed["is_urgent"],
    )
    remarks = [
        Remark(r["code"], RemarkKind(r["kind"]), r["message"], r["remedy"], r["file"]) for r in listed["remarks"]
    ]
    told = (
        *_mild_versions(remarks, members, kept["unread"]),
        *same_content(members),
        *_counts(kept["marker"], folder, listed),
    )
    return Claim(drop, folder, told, listed["outcome"], dict(listed["manifest"]))


def _adopted(
    folder: Path, listed: Mapping[str, Any], rules: IntakeRules, keeper: Keeper, files: FileOperations
) -> Claim | None:
    members = listed.get("members", [])
    if not any((folder / f"{number}.file").exists() for number in range(len(members))):  # nothing was moved yet
        _remove_empty(folder)
        return None
    try:
        is_whole = _move_in(folder, listed, files)
        if not is_whole:
            _put_back(folder, rules, files)
            return None
    except OSError as error:
        raise TryLater(
            f"The claimed files of feed {rules.feed} cannot be moved.",
            remedy="They are adopted later; nothing is lost.",
        ) from error
    return _stored(folder, listed, rules, keeper)


def _list_of(folder: Path) -> dict[str, Any]:
    try:
        listed = json.loads((folder / _LIST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _Unclear from error
    return dict(listed)


class _Unclear(Exception):
    """A claim's folder holds what its list does not name, or its list cannot be read."""


def _require_room(size: int, free: int) -> None:
    needed = DISK_FACTOR * size + SPARE_BYTES
    if free < needed:
        raise TryLater(
            f"The disk has {free // 2**20} MB left; taking this drop needs {needed // 2**20} MB.",
            remedy="Free some space; the files stay in the drop folder until then.",
        )


def _mild_versions(
    remarks: Iterable[Remark], members: Sequence[DroppedFile], unread: Sequence[DroppedFile]
) -> Iterable[Remark]:
    """Two versions with the same bytes are told, and hold nothing."""
    for remark in remarks:
        read = next((file for file in members if file.name == remark.file), None)
        if remark.code != "drop-two-versions" or read is None:
            yield remark
            continue
        others = {file.sha256 for file in unread if version_key(file.name) == version_key(read.name)}
        if others == {read.sha256}:
            message = f'"{read.name}" came more than once, with the same content; it was read once.'
            yield replace(remark, kind=RemarkKind.WARNING, message=message, remedy="Nothing to do.")
        else:
            yield remark


def _counts(markers: Sequence[DroppedFile], folder: Path, listed: Mapping[str, Any]) -> Iterable[Remark]:
    """What the done-markers say, where that is a number: the rows that the file beside each should have."""
    paths = [folder / f"{number}.file" for number, member in enumerate(listed["members"]) if member["role"] == "marker"]
    for marker, path in zip(markers, paths, strict=True):
        text = path.read_bytes()[:32].decode("ascii", "replace").strip()
        if text.isdigit():
            yield Remark("drop-row-count", RemarkKind.WARNING, text, "", marker.name.rpartition(".")[0])
