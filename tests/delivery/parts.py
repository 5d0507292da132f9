"""Parts of plans for tests. Invented people only."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.model.frames import text_frame
from pipeline.model.plan import Part


def frame(columns: Mapping[str, list[str]], *, first_line: int = 2) -> pd.DataFrame:
    rows = text_frame(columns)
    lines = np.arange(first_line, first_line + len(rows), dtype=np.int32)
    return rows.assign(file_no=np.zeros(len(rows), dtype=np.int32), line_no=lines)


def users(*user_ids: str) -> pd.DataFrame:
    columns = {
        "user_id": list(user_ids),
        "login_id": [f"{user_id.lower()}@example.edu" for user_id in user_ids],
        "status": ["active"] * len(user_ids),
    }
    return frame(columns)


def enrollments(*pairs: tuple[str, str]) -> pd.DataFrame:
    return frame(
        {
            "section_id": [section for section, _ in pairs],
            "user_id": [user for _, user in pairs],
            "role": ["student"] * len(pairs),
            "status": ["active"] * len(pairs),
        },
        first_line=10,
    )


def part(parameters: Mapping[str, str] | None = None, **tables: pd.DataFrame) -> Part:
    return Part(0, tables, parameters or {}, "0" * 64, {})
