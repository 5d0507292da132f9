"""Drops made of texts, for tests."""

import hashlib
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from pipeline.model.drop import Drop, DroppedFile
from pipeline.model.source import SourceTables
from pipeline.sources import SourceRules, read_drop

NOW = datetime(2026, 9, 14, 6, tzinfo=UTC)


def make_drop(folder: Path, files: dict[str, str | bytes]) -> Drop:
    dropped = []
    for number, (name, content) in enumerate(sorted(files.items())):
        raw = content.encode() if isinstance(content, str) else content
        path = folder / f"{number}.bin"
        path.write_bytes(raw)
        dropped.append(DroppedFile(name, path, len(raw), hashlib.sha256(raw).hexdigest(), NOW))
    return Drop("drop-1", "registrar", tuple(dropped), NOW, "0" * 64)


def drop_of(*paths: Path) -> Drop:
    files = []
    for path in sorted(paths):
        content = path.read_bytes()
        files.append(DroppedFile(path.name, path, len(content), hashlib.sha256(content).hexdigest(), NOW))
    return Drop("drop-1", "registrar", tuple(files), NOW, "0" * 64)


def read(folder: Path, files: dict[str, str | bytes], **rules: object) -> SourceTables:
    return read_drop(make_drop(folder, files), SourceRules.from_plain(rules), work=folder)


def zipped(entries: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def table(name: str, *required: str, optional: tuple[str, ...] = (), **more: object) -> dict[str, object]:
    return {"name": name, "required": list(required), "optional": list(optional), **more}


def cells(tables: SourceTables, name: str, column: str) -> list[str]:
    return tables.tables[name].rows[column].tolist()


def lines(tables: SourceTables, name: str) -> list[int]:
    return tables.tables[name].rows["line_no"].tolist()


def found(tables: SourceTables) -> list[tuple[str, int]]:
    return codes(tables.findings)


def codes(findings: pd.DataFrame) -> list[tuple[str, int]]:
    return sorted(zip(findings["code"].tolist(), findings["line_no"].tolist(), strict=True))
