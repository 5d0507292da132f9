"""Canvas's own counts against what the effects of an import predict."""

from collections.abc import Mapping

import pandas as pd

from pipeline.canvas.file_types import file_types
from pipeline.model.findings import Severity, findings_frame
from pipeline.model.frames import TEXT
from pipeline.model.plan import Part
from pipeline.planning.effects import WHOLE_FILE, Effect

__all__ = ["compare_counts"]

_NOT_COUNTED = frozenset({str(Effect.NOT_IN)})
_PERHAPS_COUNTED = frozenset({str(Effect.UNKNOWN), str(Effect.ALREADY_SO), str(Effect.IN_WITHOUT), str(Effect.IN_AS)})


def compare_counts(part: Part, effects: pd.DataFrame, counts: Mapping[str, int]) -> pd.DataFrame:
    """A warning for each table of which Canvas counted another number of rows than the effects allow.

    counts: `data.counts`. Some rows that are in are not counted (an e-mail that is invalid, what was so already), so the
    number must lie between the rows that certainly count and those that may.
    """
    count_keys = {file_type.table: file_type.count_key for file_type in file_types()}
    lines = []
    for table, rows in part.tables.items():
        if count_keys[table] not in counts:
            continue
        counted = int(counts[count_keys[table]])
        least, most = _expected(len(rows), effects[effects["table"] == table])
        if not least <= counted <= most:
            lines.append((table, counted, most))
    texts: dict[str, str | pd.Series] = {
        "code": "import-counts-differ",
        "severity": str(Severity.WARNING),
        "table": pd.Series([table for table, _, _ in lines], dtype=TEXT),
        "value": pd.Series([str(counted) for _, counted, _ in lines], dtype=TEXT),
        "message": pd.Series(
            [f"Canvas counted {counted:,} {table}, and {most:,} were expected." for table, counted, most in lines],
            dtype=TEXT,
        ),
        "remedy": "The rows of this import are sent again with the next plan; nothing is deleted because of it.",
    }
    return findings_frame(len(lines), texts)


def _expected(rows: int, effects: pd.DataFrame) -> tuple[int, int]:
    whole = effects[effects["row"] == WHOLE_FILE]
    if len(whole):
        return (0, 0) if (whole["effect"] == str(Effect.NOT_IN)).any() else (0, rows)
    single = effects.drop_duplicates("row")
    refused = int(single["effect"].isin(_NOT_COUNTED).sum())
    perhaps = int(single["effect"].isin(_PERHAPS_COUNTED).sum())
    return rows - refused - perhaps, rows - refused
