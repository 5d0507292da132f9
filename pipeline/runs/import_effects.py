"""Canvas's messages about an import as effects on the rows that were sent; used inside the child process alone."""

from collections.abc import Iterable, Mapping

import pandas as pd

from pipeline.canvas.effects import Became, Match, match_message, table_of_file
from pipeline.canvas.identity import KEYS
from pipeline.model.delivery import ImportMessage
from pipeline.planning import effects_frame
from pipeline.planning.effects import WHOLE_FILE

__all__ = ["effects_of_messages"]

FIRST_RECORD = 2  # Canvas counts records, the header is 1

Entry = tuple[str, int, str, str]
"""Table, record number or WHOLE_FILE, effect, detail."""


def effects_of_messages(messages: Iterable[ImportMessage], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One line per message and row, as `planning.effects_frame` says; tables: the rows as they were sent.

    A message without a row is brought to the row whose key it names; one that names none makes every row of its table, or of
    all tables, uncertain, unless its rule says that nothing was lost.
    """
    entries = [entry for message in messages for entry in _entries(message, tables)]
    columns = [list(column) for column in zip(*entries, strict=True)] if entries else [[], [], [], []]
    return effects_frame(columns[0], columns[1], columns[2], columns[3])


def _entries(message: ImportMessage, tables: Mapping[str, pd.DataFrame]) -> list[Entry]:
    table = table_of_file(message.file)
    match = match_message(message.message, table)
    effect = match.effect
    detail = " ".join(effect.fields) or effect.status
    if message.row is not None and table is not None and table in tables:
        return [(table, message.row, str(effect.became), detail)]
    if effect.became is Became.IN:
        return []
    records = _named_records(match, tables)
    if records:
        return [(effect.table, record, str(effect.became), detail) for record in records]
    word = effect.became if effect.level != "row" else Became.UNKNOWN
    return [(name, WHOLE_FILE, str(word), "") for name in tables if table in (None, name)]


def _named_records(match: Match, tables: Mapping[str, pd.DataFrame]) -> list[int]:
    """Record numbers of the rows whose key the message names in full."""
    rows = tables.get(match.effect.table)
    keys = [name for name in KEYS.get(match.effect.table, ()) if match.values.get(name)]  # noqa: PD011  # not a frame
    if rows is None or not keys:
        return []
    fits = pd.Series(True, index=rows.index)
    for name in keys:
        fits &= (rows[name] == match.values[name]).astype(bool)  # noqa: PD011  # not a frame
    return [int(place) + FIRST_RECORD for place in fits.to_numpy().nonzero()[0]]
