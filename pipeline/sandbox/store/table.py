"""One table as an identity map: objects by id and by key, written back in bulk.

A `Table` belongs to one transaction. Within it every row is one object, so that later rows of a file see what earlier
ones did before anything is written. `flush` writes; a query that looks past the map has to come after a flush.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Record", "Table"]


class Record(Protocol):
    """What every row has."""

    id: int


T = TypeVar("T", bound=Record)


class Table(Generic[T]):
    """The rows of one table. keys: the columns by which `find` looks rows up (each unique among non-null values).

    last_ids: the greatest id of each table so far, shared by all transactions of one database.
    """

    def __init__(self, connection: sqlite3.Connection, name: str, kind: type[T], last_ids: dict[str, int]) -> None:
        self._connection, self._name, self._kind, self._last_ids = connection, name, kind, last_ids
        columns = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # records are dataclasses
        self._select = f"SELECT {', '.join('t.' + c for c in columns)} FROM "  # noqa: S608  # names of our own
        self._insert = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
        settings = ", ".join(f"{c} = ?" for c in columns[1:])
        self._update = f"UPDATE {name} SET {settings} WHERE id = ?"  # noqa: S608
        self._columns = frozenset(columns)
        self._for_insert, self._for_update = attrgetter(*columns), attrgetter(*columns[1:], "id")
        self.by_id: dict[int, T] = {}
        self._by: dict[str, dict[Any, T | None]] = {}
        self._new: dict[int, T] = {}
        self._touched: dict[int, T] = {}
        self._rekeyed: dict[str, set[int]] = {}
        self._stamped: list[tuple[Any, int]] = []
        if name not in last_ids:
            last_ids[name] = connection.execute(f"SELECT coalesce(max(id), 0) FROM {name}").fetchone()[0]  # noqa: S608

    def has_column(self, column: str) -> bool:
        """Whether the table has this column."""
        return column in self._columns

    def get(self, id_: int) -> T:
        """The row with this id, which exists."""
        record = self.by_id.get(id_)
        if record is None:
            row = self._connection.execute(f"{self._select}{self._name} t WHERE id = ?", (id_,)).fetchone()
            record = self._known(row)
        return record

    def get_all(self, ids: Iterable[int]) -> list[T]:
        """The rows with these ids; those that do not exist are left out."""
        wanted = list(ids)
        missing = [id_ for id_ in wanted if id_ not in self.by_id]
        if missing:
            self._many("id", missing)
        return [self.by_id[id_] for id_ in wanted if id_ in self.by_id]

    def find(self, key: str, value: Any) -> T | None:
        """The one row with this value in a key column, or None."""
        index = self._index(key)
        try:
            return index[value]
        except KeyError:
            found = self._connection.execute(f"{self._select}{self._name} t WHERE {key} = ?", (value,)).fetchone()
            record = None if found is None else self._known(found)
            index[value] = record
            return record

    def load(self, key: str, values: Iterable[Any]) -> None:
        """Look many values of a key column up at once, for `find`."""
        index = self._index(key)
        missing = {value for value in values if value is not None and value not in index}
        if not missing:
            return
        index.update(dict.fromkeys(missing))
        value_of = attrgetter(key)
        for record in self._many(key, list(missing)):
            index[value_of(record)] = record

    def where(self, *, live: bool = False, but: int | None = None, **equal: Any) -> list[T]:
        """The rows in which columns have these values, by id; writes this table's own changes first.

        A value None means that there is none, a tuple that it is one of those. live: not deleted; but: not this id.
        """
        self.flush()
        condition, values = _condition(live=live, but=but, equal=equal)
        sql = f"{self._select}{self._name} t WHERE {condition} ORDER BY id"
        return [self._known(row) for row in self._connection.execute(sql, values)]

    def peek(self, **equal: Any) -> list[T]:
        """Like `where`, in any order and without writing first: for values that no unwritten row has."""
        condition, values = _condition(live=False, but=None, equal=equal)
        sql = f"{self._select}{self._name} t WHERE {condition}"
        return [self._known(row) for row in self._connection.execute(sql, values)]

    def exists(self, *, live: bool = False, but: int | None = None, **equal: Any) -> bool:
        """Whether `where` would find a row; without any value, whether there is one at all."""
        self.flush()
        condition, values = _condition(live=live, but=but, equal=equal)
        sql = f"SELECT 1 FROM {self._name} t WHERE {condition} LIMIT 1"  # noqa: S608
        return self._connection.execute(sql, values).fetchone() is not None

    def joined(self, source: str, values: Iterable[Any] = ()) -> list[T]:
        """The rows `t` of an SQL source (`json_each(?) j CROSS JOIN … t ON …`), for questions of the store's own.

        Writes this table's own changes first.
        """
        self.flush()
        return [self._known(row) for row in self._connection.execute(self._select + source, tuple(values))]

    def add(self, record: T) -> T:
        """Take a new row; it gets the next id."""
        record.id = self._last_ids[self._name] = self._last_ids[self._name] + 1
        self.by_id[record.id] = self._new[record.id] = record
        for key, index in self._by.items():
            value = getattr(record, key)
            if value is not None:
                index[value] = record
        return record

    def touch(self, record: T) -> None:
        """Say that a row was changed and has to be written."""
        if record.id not in self._new:
            self._touched[record.id] = record

    def stamp(self, record: T, import_id: int) -> None:
        """Mark a row that is otherwise unchanged as touched by an import."""
        record.sis_import_id = import_id  # type: ignore[attr-defined]  # of tables that have the column
        self._stamped.append((import_id, record.id))

    def set_key(self, record: T, key: str, value: Any) -> None:
        """Change a key column of a row, so that `find` knows it."""
        index = self._index(key)
        old = getattr(record, key)
        if old is not None:
            index[old] = None
        setattr(record, key, value)
        if value is not None:
            index[value] = record
        if record.id not in self._new:
            self._rekeyed.setdefault(key, set()).add(record.id)
            self._touched[record.id] = record

    def flush(self) -> None:
        """Write all changes."""
        for key, ids in self._rekeyed.items():  # two rows may have swapped a unique value
            self._connection.executemany(f"UPDATE {self._name} SET {key} = NULL WHERE id = ?", [(i,) for i in ids])  # noqa: S608
        if self._touched:
            self._connection.executemany(self._update, list(map(self._for_update, self._touched.values())))
        if self._stamped:
            sql = f"UPDATE {self._name} SET sis_import_id = ? WHERE id = ?"  # noqa: S608
            self._connection.executemany(sql, self._stamped)
            self._stamped = []
        if self._new:
            self._connection.executemany(self._insert, list(map(self._for_insert, self._new.values())))
        self._rekeyed, self._touched, self._new = {}, {}, {}

    def _index(self, key: str) -> dict[Any, T | None]:
        """The rows by a key column; rows that are not written yet are in it from the start."""
        index = self._by.get(key)
        if index is None:
            unwritten = [*self._new.values(), *self._touched.values()]
            index = {value: record for record in unwritten if (value := getattr(record, key)) is not None}
            self._by[key] = index
        return index

    def _many(self, column: str, values: list[Any]) -> list[T]:
        sql = f"{self._select}json_each(?) j CROSS JOIN {self._name} t ON t.{column} = j.value"
        return [self._known(row) for row in self._connection.execute(sql, (json.dumps(values),))]

    def _known(self, row: tuple[Any, ...]) -> T:
        """The object of a row: the one there is, else a new one."""
        record = self.by_id.get(row[0])
        if record is None:
            record = self._kind(*row)
            self.by_id[row[0]] = record
        return record


def _condition(*, live: bool, but: int | None, equal: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """An SQL condition and its values."""
    values: list[Any] = []
    parts = ["workflow_state <> 'deleted'"] if live else []
    for column, value in equal.items():
        if value is None:
            parts.append(f"{column} IS NULL")
            continue
        several = value if isinstance(value, tuple) else (value,)
        parts.append(f"{column} IN ({', '.join('?' * len(several))})" if len(several) > 1 else f"{column} = ?")
        values += several
    if but is not None:
        parts.append("id <> ?")
        values.append(but)
    return " AND ".join(parts) or "1 = 1", tuple(values)
