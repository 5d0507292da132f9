"""Zip files whose bytes depend on their content alone, compressed by ISA-L, and acceptable to Canvas."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from isal import isal_zlib

from pipeline.errors import PipelineError

__all__ = ["MAX_RATIO", "write_zip"]

MAX_RATIO = 100  # canvas-lms gems/canvas_unzip: extraction stops at 100 × the size of the zip
SAFE_RATIO = 90  # above it a file goes uncompressed, so that no rounding decides
MAX_UNPACKED_BYTES = 50 * 1024**3  # canvas-lms: an upload may unpack to 50 GiB
LEVEL = 3  # ISA-L's best; still many times faster than zlib
BLOCK_BYTES = 1024 * 1024
FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold
UNIX = 3
OWNER_ONLY = 0o600 << 16


def write_zip(members: Mapping[str, Path], target: Path) -> None:
    """Write files into a new zip under the names given, sorted. No date, owner or path of this machine goes in.

    Each file is compressed unless it would then expand by 90 times or more; Canvas refuses uploads from 100 on.
    """
    sizes = {name: path.stat().st_size for name, path in members.items()}
    if sum(sizes.values()) > MAX_UNPACKED_BYTES:
        raise PipelineError(
            "The files to send are larger than Canvas unpacks (50 GiB).", remedy="Send the export in several feeds."
        )
    repetitive = {
        name for name, packed in _write(members, target, stored=set()).items() if _expands(sizes[name], packed)
    }
    if repetitive:
        _write(members, target, stored=repetitive)


def _expands(size: int, packed: int) -> bool:
    return size >= SAFE_RATIO * max(packed, 1)


def _write(members: Mapping[str, Path], target: Path, *, stored: set[str]) -> dict[str, int]:
    """Write the zip, and return each member's size in it."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(members):
            _add(archive, name, members[name], zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED)
        return {info.filename: info.compress_size for info in archive.infolist()}


def _add(archive: zipfile.ZipFile, name: str, path: Path, method: int) -> None:
    info = zipfile.ZipInfo(name, FIXED_DATE)
    info.compress_type = method
    info.create_system = UNIX
    info.external_attr = OWNER_ONLY
    info.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(info, "w") as entry:
        if method == zipfile.ZIP_DEFLATED:
            # the standard library offers no way to choose the compressor; a test fails if this name goes
            entry._compressor = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -15)  # type: ignore[attr-defined]  # noqa: SLF001
        while block := source.read(BLOCK_BYTES):
            entry.write(block)
