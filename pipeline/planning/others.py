"""Other feeds of the same instance: what they still send stays, and whose fields count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.canvas.identity import row_keys
from pipeline.model.findings import Severity, findings_frame
from pipeline.model.frames import TEXT
from pipeline.model.plan import Action
from pipeline.planning.cascade import cascades
from pipeline.planning.doubts import active_rows
from pipeline.planning.lookup import found, same_texts
from pipeline.planning.scopes import Scopes
from pipeline.planning.told import NOTHING_TOLD

__all__ = ["ENDS_OTHERS", "OtherFeed", "keep_for_others", "lead_findings"]

ENDS_OTHERS = "would end rows of feed "  # and its name; guards hold these
STILL_SENT = "still sent by feed "
LED_BY = "fields belong to feed "


@dataclass(frozen=True, slots=True)
class OtherFeed:
    """Another feed that goes into the same instance.

    desired: the tables of its desired roster; leads: the tables whose fields are that feed's to say, where both send a row:
    all for a feed before this one in the configuration, unless `fields_from` says otherwise.
    """

    name: str
    desired: Mapping[str, pd.DataFrame]
    leads: frozenset[str] = frozenset()


def keep_for_others(tables: dict[str, pd.DataFrame], others: Sequence[OtherFeed]) -> dict[str, pd.DataFrame]:
    """A plan's tables with rows kept that another feed still sends, or whose fields are another feed's to say.

    A delete whose cascade reaches a living row of another feed says so in its reason.
    """
    result = dict(tables)
    for other in others:
        for table, rows in result.items():
            result[table] = _reaching(table, _kept(table, rows, other), other)
    return result


def lead_findings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A warning for each table in which this feed says otherwise than the feed whose fields count."""
    lines = []
    for table, rows in tables.items():
        led = rows["reason"].str.startswith(LED_BY).to_numpy(dtype=np.bool_) & ~same_texts(rows["changed"], "")
        if led.any():
            lines.append((table, int(led.sum())))
    if not lines:
        return NOTHING_TOLD
    texts: dict[str, str | pd.Series] = {
        "code": "plan-fields-differ",
        "severity": str(Severity.WARNING),
        "table": pd.Series([table for table, _ in lines], dtype=TEXT),
        "value": pd.Series([str(rows) for _, rows in lines], dtype=TEXT),
        "message": "This feed says otherwise than the feed whose fields count: nothing is sent for these rows.",
        "remedy": "Make the sources agree, or say which feed counts with `fields_from`.",
    }
    return findings_frame(len(lines), texts)


def _kept(table: str, rows: pd.DataFrame, other: OtherFeed) -> pd.DataFrame:
    theirs = other.desired.get(table)
    if theirs is None or not len(theirs) or not len(rows):
        return rows
    living = theirs[active_rows(theirs)]
    is_shared = found(rows["key"], row_keys(table, living).reset_index(drop=True))
    stays = is_shared & same_texts(rows["action"], str(Action.DELETE))
    rows = _marked(rows, stays, STILL_SENT + other.name)
    if table not in other.leads:
        return rows
    written = [str(action) for action in (Action.CREATE, Action.UPDATE, Action.REACTIVATE)]
    return _marked(rows, is_shared & found(rows["action"], written), LED_BY + other.name)


def _marked(rows: pd.DataFrame, flags: np.ndarray, reason: str) -> pd.DataFrame:
    if not flags.any():
        return rows
    return rows.assign(
        action=rows["action"].where(~flags, str(Action.KEPT)), reason=rows["reason"].where(~flags, reason)
    )


def _reaching(table: str, rows: pd.DataFrame, other: OtherFeed) -> pd.DataFrame:
    deletes = np.flatnonzero(same_texts(rows["action"], str(Action.DELETE)))
    reaching = np.zeros(len(rows), dtype=np.bool_)
    for cascade in cascades(table, rows.take(deletes).reset_index(drop=True), Scopes({}, other.desired)):
        reaching[deletes[cascade.parents]] = True
    if not reaching.any():
        return rows
    return rows.assign(reason=rows["reason"].where(~reaching, ENDS_OTHERS + other.name))
