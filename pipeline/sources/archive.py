"""ZIP archives from outside, hostile until shown otherwise: nothing is written by a name from inside, all sizes are counted."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from pipeline.errors import DropError

__all__ = ["MAX_BYTES", "MAX_ENTRIES", "MAX_RATIO", "archive_members", "check_workbook_size"]

MAX_ENTRIES = 100  # the limits of an archive in a drop: reliability, guarantee 21
MAX_BYTES = 2 * 1024**3
MAX_RATIO = 200
SMALL = 1 << 20  # an entry of up to 1 MiB does no harm, whatever its ratio
_CHUNK = 1 << 20
_WINDOWS_NAMES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
_LINK = 0o120000
_KIND_MASK = 0o170000


def archive_members(name: str, content: bytes, is_leftover: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Name inside the archive and bytes of each file, in the order of their names. Raises DropError for a hostile archive."""
    with _opened(name, content) as archive:
        infos = archive.infolist()
        if len(infos) > MAX_ENTRIES:
            raise _refusal(name, f"holds {len(infos)} files; at most {MAX_ENTRIES} are read", "archive-too-many")
        for info in infos:
            _refuse_hostile(name, info)
        files = [info for info in infos if not info.is_dir() and not is_leftover(info.filename)]
        _refuse_twins(name, files)
        budget = MAX_BYTES
        for info in sorted(files, key=lambda item: item.filename):
            member = _read(name, archive, info, budget)
            budget -= len(member)
            yield info.filename, member


def check_workbook_size(name: str, content: bytes) -> None:
    """Raise DropError when the ZIP that a workbook is would unpack to too much."""
    with _opened(name, content) as archive:
        total = 0
        for info in archive.infolist():
            total += info.file_size
            if total > MAX_BYTES or info.file_size > max(SMALL, MAX_RATIO * max(info.compress_size, 1)):
                raise _refusal(name, "unpacks to far more than it should", "archive-too-large")


def _opened(name: str, content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OSError) as exc:
        raise _damaged(name) from exc


def _refuse_hostile(name: str, info: zipfile.ZipInfo) -> None:
    path = info.orig_filename.replace("\\", "/")
    parts = path.split("/")
    shown = ascii(info.filename)[1:-1]
    if info.flag_bits & 0x1:
        raise _refusal(name, "is protected with a password and cannot be read", "archive-encrypted")
    if path.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in info.orig_filename:
        raise _refusal(name, f'holds a file whose name points outside the archive ("{shown}")', "archive-path")
    if any(part.split(".")[0].strip().casefold() in _WINDOWS_NAMES for part in parts):
        raise _refusal(name, f'holds a file with a name that Windows reserves ("{shown}")', "archive-path")
    if (info.external_attr >> 16) & _KIND_MASK == _LINK:
        raise _refusal(name, f'holds a link instead of a file ("{shown}")', "archive-link")


def _refuse_twins(name: str, files: list[zipfile.ZipInfo]) -> None:
    seen: dict[str, str] = {}
    for info in files:
        base = info.filename.rsplit("/", 1)[-1]
        if base.casefold() in seen:
            other = seen[base.casefold()]
            raise _refusal(
                name,
                f'holds {base} twice ("{other}" and "{info.filename}"); we do not know which one is meant',
                "archive-twins",
            )
        seen[base.casefold()] = info.filename


def _read(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: int) -> bytes:
    """One entry's bytes, counted while they are unpacked: the sizes in the directory are claims."""
    allowed = min(budget, max(SMALL, MAX_RATIO * max(info.compress_size, 1)))
    if info.file_size > allowed:
        raise _refusal(name, f'unpacks to far too much ("{info.filename}")', "archive-too-large")
    pieces: list[bytes] = []
    total = 0
    try:
        with archive.open(info) as stream:
            while piece := stream.read(_CHUNK):
                total += len(piece)
                if total > allowed:
                    raise _refusal(name, f'unpacks to far too much ("{info.filename}")', "archive-too-large")
                pieces.append(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError, OSError) as exc:
        raise _damaged(name) from exc
    return b"".join(pieces)


def _damaged(name: str) -> DropError:
    return DropError(
        f"{name} is a damaged archive and cannot be opened. Nothing was imported.",
        code="archive-damaged",
        file=name,
        remedy="The copy was probably interrupted. Please send it again.",
    )


def _refusal(name: str, why: str, code: str) -> DropError:
    return DropError(
        f"{name} {why}. Nothing was imported.",
        code=code,
        file=name,
        remedy="Pack the export's files into one plain ZIP, each once, without a password.",
    )
