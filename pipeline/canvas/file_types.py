"""Canvas's SIS file types as data: names, columns, row keys and header tests, read from `sis_csv.yaml` beside this file."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["FileType", "column_notes", "file_types", "raw_reference", "recognise"]


@dataclass(frozen=True, slots=True)
class FileType:
    """One Canvas file type.

    name: Canvas's own name (`user`, `course` …); table: our table name, the canonical file name without `.csv`;
    count_key: its key in `data.counts`; key: the columns that identify a row to Canvas's diffing (None: no key declared).
    """

    name: str
    order: int
    table: str
    count_key: str
    columns: tuple[str, ...]
    key: tuple[str, ...] | None
    all_of: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]
    none_of: tuple[str, ...]
    since: str | None

    def accepts(self, header: set[str]) -> bool:
        """Whether a header (cells trimmed and lower-cased) is of this type."""
        return (
            header.issuperset(self.all_of)
            and all(header.intersection(group) for group in self.any_of)
            and header.isdisjoint(self.none_of)
        )


@lru_cache(maxsize=1)
def raw_reference() -> dict[str, Any]:
    """The whole of `sis_csv.yaml`: meta, global reading rules, file and batch rules, types with columns and rules."""
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files("pipeline.canvas").joinpath("sis_csv.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=loader))  # noqa: S506  # a safe loader: C or pure Python


@lru_cache(maxsize=1)
def file_types() -> tuple[FileType, ...]:
    """All file types, in the order in which Canvas imports them."""
    return tuple(_file_type(entry) for entry in raw_reference()["types"])


@lru_cache(maxsize=1)
def column_notes() -> dict[tuple[str, str], dict[str, Any]]:
    """What the reference says of each column, by (type name, column name): required, blank, missing, sticky, length and more."""
    return {(t["type"], column["name"]): column for t in raw_reference()["types"] for column in t["columns"]}


def recognise(header: list[str], *, tags: bool = False) -> FileType | None:
    """The type that Canvas takes a file for, by its header alone: the first that accepts it, in importer order.

    tags: whether the account's feature `institutional_tags` is on; without it those three types accept no header.
    """
    cells = {cell.strip().lower() for cell in header}
    for file_type in file_types():
        if file_type.name.startswith("institutional_tag") and not tags:
            continue
        if file_type.accepts(cells):
            return file_type
    return None


def _file_type(entry: dict[str, Any]) -> FileType:
    test = entry["recognised_by"]
    key = entry.get("diff_key_columns")
    return FileType(
        name=entry["type"],
        order=entry["order"],
        table=entry["canonical_filename"].split(".csv")[0],
        count_key=entry["count_key"],
        columns=tuple(column["name"] for column in entry["columns"]),
        key=None if key is None else tuple(column.split(" ")[0] for column in key),
        all_of=tuple(test.get("all_of", ())),
        any_of=tuple(tuple(group) for group in test.get("any_of_groups", ())),
        none_of=tuple(test.get("none_of", ())),
        since=str(entry["since"]) if entry.get("since") else None,
    )
