"""What was read from a drop: source tables, the files they came from, and what could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from pipeline.model.findings import no_findings
from pipeline.model.protection import no_protections

__all__ = ["FileRows", "SourceFile", "SourceTable", "SourceTables"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file (or archive entry, or sheet) that rows were read from; its position in `SourceTables.files` is the file_no.

    name: what a registrar calls it, e.g. `enrollments.csv` or `export.zip › enrollments.csv`; encoding, delimiter: as
    used to read it; sha256: of its bytes; ends_with_newline: whether the last line was complete; last_line_sha256: of that
    line, by which the next drop can vouch for an open one.
    """

    name: str
    sha256: str
    encoding: str
    delimiter: str
    ends_with_newline: bool
    rows: int  # data rows found, refused ones included; without header, blank lines and recognised footers
    last_line_sha256: str = ""


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table as the SIS wrote it. rows: its columns as text, under the names of its header, and the provenance."""

    name: str
    rows: pd.DataFrame


@dataclass(frozen=True, slots=True)
class FileRows:
    """The exact sum of one source file's rows: read = used + identical + merged + filtered + refused."""

    file_no: int
    read: int
    used: int
    identical: int  # byte-equal duplicates of another row
    merged: int  # joined into another row by the mapping's rule
    filtered: int  # left out on purpose by the mapping, or a file nothing asks for
    refused: int  # left out with a finding

    @property
    def adds_up(self) -> bool:
        """Whether every row is accounted for."""
        return self.read == self.used + self.identical + self.merged + self.filtered + self.refused


@dataclass(frozen=True, slots=True)
class SourceTables:
    """All source tables of a drop. Rows refused while reading are in `findings` and have left `protections`."""

    tables: Mapping[str, SourceTable]
    files: tuple[SourceFile, ...]
    findings: pd.DataFrame = field(default_factory=no_findings)
    protections: pd.DataFrame = field(default_factory=no_protections)
    refused: pd.DataFrame | None = None  # provenance of the refused rows: file_no, line_no, one row each
