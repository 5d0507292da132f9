"""The archive: folders that appear whole or not at all, with a manifest of what is in them. Imports no frames."""

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.model.files import (
    REAL_FILES,
    FileOperations,
    copy_durably,
    file_sha256,
    is_temporary,
    make_folder,
    move_folder_durably,
    temporary_beside,
    write_durably,
)

__all__ = ["MANIFEST_NAME", "check_manifest", "write_archive_folder"]

MANIFEST_NAME = "manifest.json"
MANIFEST_VERSION = 1


def write_archive_folder(
    target: Path,
    entries: Mapping[str, Path | bytes],
    facts: Mapping[str, Any],
    *,
    fill: Callable[[Path], object] | None = None,
    files: FileOperations = REAL_FILES,
) -> Path:
    """Write a folder of the archive; one that is there already stays as it is, so repeating is harmless.

    entries: by name, at most one `/` deep: a file to copy, or bytes. facts: plain values that go into `manifest.json` beside
    the size and SHA-256 of every file. fill: writes more files into the folder that it is handed. All is written under a temporary name, brought onto the disk, then renamed: folders
    for their owner alone (0700), files too (0600). Partial folders that a killed process left are removed first.
    Raises OSError; then nothing is under the final name.
    """
    if target.exists():
        return target
    make_folder(target.parent, files=files)
    _remove_partial(target)
    partial = temporary_beside(target)
    try:
        files.make_folder(partial)
        for name, entry in sorted(entries.items()):
            _write_entry(partial, name, entry, files)
        if fill is not None:
            fill(partial)
        manifest = {"version": MANIFEST_VERSION, **facts, "files": _sums(partial)}
        text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        write_durably(partial / MANIFEST_NAME, text.encode(), files=files)
        move_folder_durably(partial, target, files=files)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return target


def check_manifest(folder: Path) -> tuple[str, ...]:
    """What is wrong with an archived folder: entries that are missing, altered, or that the manifest does not name."""
    manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))["files"]
    present = {name: sums for name, sums in _sums(folder).items() if name != MANIFEST_NAME}
    missing = [f"{name} is missing" for name in sorted(manifest.keys() - present.keys())]
    altered = [
        f"{name} was altered" for name in sorted(present.keys() & manifest.keys()) if present[name] != manifest[name]
    ]
    foreign = [f"{name} is not in the manifest" for name in sorted(present.keys() - manifest.keys())]
    return (*missing, *altered, *foreign)


def _sums(folder: Path) -> dict[str, dict[str, Any]]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": file_sha256(path)}
        for path in paths
    }


def _write_entry(folder: Path, name: str, entry: Path | bytes, files: FileOperations) -> None:
    parts = name.split("/")
    if len(parts) > 2 or any(part in {"", ".", ".."} or "\\" in part or part == MANIFEST_NAME for part in parts):
        raise ValueError("an archive entry is a plain name, at most one folder deep")
    if len(parts) == 2:
        files.make_folder(folder / parts[0])
    path = folder.joinpath(*parts)
    if isinstance(entry, bytes):
        write_durably(path, entry, files=files)
    else:
        copy_durably(entry, path, files=files)


def _remove_partial(target: Path) -> None:
    for path in target.parent.iterdir():
        if is_temporary(path) and path.name.startswith(f".{target.name[:100]}"):
            with suppress(OSError):
                shutil.rmtree(path)
