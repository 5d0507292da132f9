"""JSON arrays of records → delimited text: one for the records, one for each array inside them with its record's values."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import DropError
from pipeline.sources.private import is_private

__all__ = ["RecordTable", "record_tables"]

MAX_DEPTH = 20
PARENT = "parent."  # before the columns of a record in the table of an array inside it
_BLANKS = re.compile(r"[\s]*")
_NEXT = re.compile(r"[\s,]*")
_PRIVATE_KINDS = frozenset({"SSN", "SOCIAL SECURITY NUMBER"})


@dataclass(slots=True)
class RecordTable:
    """The rows of one array. path: "" for the records themselves, else the name of the array inside them."""

    path: str
    rows: list[dict[str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def text(self) -> bytes:
        """The rows as delimited text under a header of all their columns."""
        header = list(dict.fromkeys(name for row in self.rows for name in row))
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return buffer.getvalue().encode()


def record_tables(name: str, text: str) -> tuple[RecordTable, ...]:
    """The tables of a JSON text, each row with the physical line on which its record begins.

    Numbers stay as they are written. Raises DropError for what is no array of records.
    """
    tables: dict[str, RecordTable] = {"": RecordTable("")}
    for line, record in _records(name, text):
        if not isinstance(record, dict):
            raise _refusal(name, "holds something that is no record")
        _add(tables, "", record, {}, line)
    return tuple(table for table in tables.values() if table.rows)


def _records(name: str, text: str) -> Iterator[tuple[int, Any]]:
    decoder = json.JSONDecoder(
        parse_int=str, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_without_repeats
    )
    at = _BLANKS.match(text, 0).end()  # type: ignore[union-attr]  # the pattern matches an empty text too
    if not text.startswith("[", at):
        raise _refusal(name, "is JSON, but no array of records")
    at, line, counted = at + 1, 1, 0
    try:
        while True:
            at = _NEXT.match(text, at).end()  # type: ignore[union-attr]  # as above
            if text.startswith("]", at):
                break
            line, counted = line + text.count("\n", counted, at), at
            record, at = decoder.raw_decode(text, at)
            yield line, record
    except (ValueError, RecursionError):
        raise _refusal(name, "is damaged or cut: it is no complete JSON") from None  # the cause holds the whole text
    if text[at + 1 :].strip():
        raise _refusal(name, "holds more than one array")


def _add(tables: dict[str, RecordTable], path: str, record: dict[str, Any], parent: dict[str, str], line: int) -> None:
    """One record into its table, and the records of its arrays into theirs."""
    if any(str(value).upper() in _PRIVATE_KINDS for value in record.values() if isinstance(value, str)):
        return
    row: dict[str, str] = {}
    arrays: list[tuple[str, list[Any]]] = []
    _flatten(record, "", row, arrays)
    table = tables.setdefault(path, RecordTable(path))
    table.rows.append({**row, **{PARENT + name: value for name, value in parent.items()}})
    table.lines.append(line)
    public = {key: value for key, value in row.items() if not is_private(key)}
    for name, items in arrays:
        for item in items:
            if isinstance(item, dict):
                _add(tables, f"{path}.{name}".lstrip("."), item, public, line)


def _flatten(record: dict[str, Any], prefix: str, row: dict[str, str], arrays: list[tuple[str, list[Any]]]) -> None:
    if prefix.count(".") > MAX_DEPTH:
        raise ValueError
    for key, value in record.items():
        name = prefix + key
        if isinstance(value, dict):
            _flatten(value, name + ".", row, arrays)
        elif isinstance(value, list) and all(not isinstance(item, (dict, list)) for item in value):
            row[name] = ",".join(_text(item) for item in value)
        elif isinstance(value, list):
            arrays.append((name, value))
        else:
            row[name] = _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split("\n"))


def _without_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError
    return record


def _refuse_constant(_: str) -> str:
    raise ValueError


def _refusal(name: str, why: str) -> DropError:
    return DropError(
        f"{name} {why}. Nothing was imported.", code="json-unreadable", file=name, remedy="Please export it again."
    )
