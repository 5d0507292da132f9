"""Which rows of an import are looked up in Canvas afterwards: a few created, changed and deleted ones, always the same for a run. Pure."""

import hashlib
from collections.abc import Mapping
from itertools import chain, zip_longest

import numpy as np
import pandas as pd

from pipeline.canvas.identity import KEYS, row_keys
from pipeline.model.frames import concat
from pipeline.model.roster import Base
from pipeline.verify.looks import SAMPLED, Row
from pipeline.verify.lookup import column, constant, pick, positions
from pipeline.verify.normal import is_there, normal, our_cells

__all__ = ["EACH", "choose_sample"]

EACH = 10  # rows of each kind
_KINDS = ("created", "changed", "deleted")


def choose_sample(
    sent: Mapping[str, pd.DataFrame], before: Base, after: Base, seed: str
) -> tuple[tuple[str, Row], ...]:
    """Table and key cells of up to ten created, ten changed and ten deleted rows of an import, of all tables together.

    sent: the rows as sent; before, after: the bases around the import. Rows that Canvas refused, or of which nobody knows what
    became, are not chosen. seed: the same seed chooses the same rows.
    """
    candidates = [_of_table(table, sent[table], before, after) for table in SAMPLED if table in sent]
    everything = concat([rows for rows in candidates if len(rows)], ("table", "kind", "key"))
    if not len(everything):
        return ()
    names = everything["table"].to_numpy(dtype=object) + "\x1f" + everything["key"].to_numpy(dtype=object)
    dice = hashlib.sha256(seed.encode()).hexdigest()[:16]
    order = np.argsort(pd.util.hash_array(names, hash_key=dice, categorize=False), kind="stable")
    shuffled = everything.take(order)
    chosen = [shuffled[(shuffled["kind"] == kind).to_numpy(dtype=np.bool_)].head(EACH) for kind in _KINDS]
    in_turn = zip_longest(*(part[["table", "key"]].itertuples(index=False, name=None) for part in chosen))
    return tuple((table, _cells(table, key)) for table, key in filter(None, chain.from_iterable(in_turn)))


def _of_table(table: str, rows: pd.DataFrame, before: Base, after: Base) -> pd.DataFrame:
    """The rows of one table that Canvas took, with their kind."""
    rows = our_cells(table, rows)
    keys = row_keys(table, rows)
    was = _status_in(before, table, keys)
    now = _status_in(after, table, keys)
    lives = is_there(normal("status", now))
    lived = (was != "").to_numpy(dtype=np.bool_) & is_there(normal("status", was))
    taken = (now != "").to_numpy(dtype=np.bool_)
    if table == "terms":
        taken &= (column(rows, "date_override_enrollment_type") == "").to_numpy(dtype=np.bool_)
    kind = constant("changed", len(rows)).where(pd.Series(lived), "created").where(pd.Series(lives), "deleted")
    found = pd.DataFrame({"table": constant(table, len(rows)), "kind": kind, "key": keys})
    return found[taken].drop_duplicates("key").reset_index(drop=True)


def _status_in(base: Base, table: str, keys: pd.Series) -> pd.Series:
    """The status of each row in a base; "" where it is not in there, or uncertain."""
    if table not in base.tables or not len(base.tables[table]):
        return constant("", len(keys))
    rows = our_cells(table, base.tables[table])
    status = column(rows, "status", "active").where(column(rows, "uncertain") == "", "")
    return pick(status, positions(keys, row_keys(table, rows)))


def _cells(table: str, key: str) -> dict[str, str]:
    return dict(zip(KEYS[table], key.split("\x1f"), strict=True))
