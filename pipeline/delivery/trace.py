"""Canvas's messages brought back to the lines of the export that they are about. Runs in the child process."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files as package_files
from typing import Any

import numpy as np
import pandas as pd
import yaml

from pipeline.canvas.effects import Became, Match, match_message, table_of_file
from pipeline.canvas.identity import KEYS
from pipeline.errors import LedgerError
from pipeline.model.delivery import ImportMessage
from pipeline.model.findings import Consequence, Severity, findings_frame, no_findings
from pipeline.model.frames import NO_LINE

__all__ = ["trace_messages"]

NO_RECORD = -1
UNKNOWN_RULE = "canvas-unknown-message"

_CONSEQUENCES = {
    Became.IN: Consequence.SENT,
    Became.WITHOUT_FIELD: Consequence.SENT_WITHOUT_VALUE,
    Became.OTHER_STATUS: Consequence.SENT,
    Became.ALREADY_SO: Consequence.SENT,
    Became.NOT_IN: Consequence.REFUSED,
    Became.UNKNOWN: Consequence.NONE,
}


def trace_messages(
    messages: Sequence[ImportMessage], provenance: pd.DataFrame, files: Sequence[str] = ()
) -> pd.DataFrame:
    """A findings table with one row per message, in Canvas's order, each with the file and line of the export it is about.

    provenance: what `pack.write_package` wrote beside the package: table, record, key and the two provenance columns.
    files: the drop's file names, if known; LedgerError when the provenance points beyond them. code: `canvas-` and the rule
    of Canvas; severity: ERROR where the row or file is not in Canvas or Canvas calls it an error, else WARNING; canvas_row: the record as Canvas counts
    them. A message without a record is brought to the one row that its text names, where the table has a key of one column.
    """
    if not messages:
        return no_findings()
    if files and len(provenance) and int(provenance["file_no"].max()) >= len(files):
        raise LedgerError("The provenance of a package names a file that its drop does not have.")
    matches = [match_message(message.message, table_of_file(message.file)) for message in messages]
    places = _places(messages, matches, provenance)
    return findings_frame(
        len(messages),
        {
            "code": _texts(f"canvas-{m.effect.rule.lower()}" if m.effect.rule else UNKNOWN_RULE for m in matches),
            "severity": _texts(_severity(message, m) for message, m in zip(messages, matches, strict=True)),
            "consequence": _texts(_consequence(m) for m in matches),
            "table": _texts(_table(message, m) for message, m in zip(messages, matches, strict=True)),
            "column": _texts(" ".join(m.effect.fields) for m in matches),
            "message": _texts(_told(message, m) for message, m in zip(messages, matches, strict=True)),
            "remedy": _texts(_remedy(m) for m in matches),
            "canvas_message": _texts(message.message for message in messages),
            "canvas_severity": _texts(message.severity for message in messages),
        },
        {
            "file_no": places["file_no"],
            "line_no": places["line_no"],
            "canvas_row": pd.Series([NO_LINE if m.row is None else m.row for m in messages]),
        },
    )


def _texts(values: Any) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def _places(messages: Sequence[ImportMessage], matches: Sequence[Match], provenance: pd.DataFrame) -> pd.DataFrame:
    """file_no and line_no for each message, -1 where it is about no row that came from a file."""
    wanted = pd.DataFrame(
        {
            "table": [_table(message, match) for message, match in zip(messages, matches, strict=True)],
            "record": np.array([NO_RECORD if m.row is None else m.row for m in messages], dtype=np.int64),
            "key": [_named_key(match) for match in matches],
        }
    )
    known = provenance[["table", "record", "key", "file_no", "line_no"]].astype({"table": "str", "key": "str"})
    by_record = wanted.merge(
        known.drop(columns="key").astype({"record": "int64"}),
        on=["table", "record"],
        how="left",
        validate="many_to_one",
    )
    unique_keys = known.drop(columns="record").drop_duplicates(["table", "key"], keep=False)
    by_key = wanted.merge(unique_keys, on=["table", "key"], how="left", validate="many_to_one")
    use_key = (wanted["record"] == NO_RECORD) & (wanted["key"] != "")
    chosen = by_record[["file_no", "line_no"]].where(~use_key, by_key[["file_no", "line_no"]])
    return chosen.fillna(NO_LINE).astype(np.int32)


def _named_key(match: Match) -> str:
    """The key that a message names, where the table's key is one column; else ""."""
    key = KEYS.get(match.effect.table, ())
    return match.values.get(key[0], "") if len(key) == 1 else ""  # noqa: PD011  # a plain mapping


def _table(message: ImportMessage, match: Match) -> str:
    return table_of_file(message.file) or match.effect.table


def _severity(message: ImportMessage, match: Match) -> str:
    is_lost = match.effect.became is Became.NOT_IN or message.severity == "error"
    return Severity.ERROR if is_lost else Severity.WARNING


def _consequence(match: Match) -> str:
    if match.effect.level == "file" and match.effect.became is Became.NOT_IN:
        return Consequence.FILE_REFUSED
    return _CONSEQUENCES[match.effect.became]


def _told(message: ImportMessage, match: Match) -> str:
    what = {
        Became.NOT_IN: "Canvas did not take this",
        Became.WITHOUT_FIELD: "Canvas took this without one of its values",
        Became.OTHER_STATUS: "Canvas took this with another status",
        Became.ALREADY_SO: "Canvas had this already",
        Became.UNKNOWN: "Canvas does not say what became of this",
    }.get(match.effect.became, "Canvas says")
    return f"{what}: {message.message}"


@lru_cache(maxsize=1)
def _remedies() -> dict[str, dict[str, str]]:
    text = package_files("pipeline.delivery").joinpath("remedies.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def _remedy(match: Match) -> str:
    words = _remedies()
    return words["by_rule"].get(match.effect.rule) or words["by_effect"][match.effect.became]
