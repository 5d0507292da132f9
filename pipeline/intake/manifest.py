"""The manifest of an export: the one kind of file that intake reads."""

import csv
import io
from pathlib import Path

__all__ = ["MANIFEST", "read_manifest"]

MANIFEST = "manifest.csv"
_MAX_BYTES = 256 * 1024


def read_manifest(path: Path) -> dict[str, str]:
    """Word by file name, such as `{"users.csv": "bulk", "results.csv": "absent"}`; empty when it names no file.

    Understands OneRoster's `propertyName,value` rows (`file.users,bulk`), with any line end and with either name of the value
    column. Source: IMS OneRoster 1.1 and 1.2, CSV binding, section manifest.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))))
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}
    named = {}
    for row in rows:
        if len(row) >= 2 and row[0].strip().lower().startswith("file."):
            stem, word = row[0].strip()[len("file.") :], row[1].strip().lower()
            named[f"{stem}.csv"] = word
    return named
