"""Small uploads for the tests of the checks on CSV files."""

import csv
import io

from pipeline.checks import check_canvas_csvs
from tests.checks.rosters import sample


def csv_text(rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def upload(folder, **files):
    """A folder of CSV files: text as it is, or rows as they differ from a sample row."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else csv_text([sample(name, **row) for row in content])
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    return folder


def check_upload(tmp_path, known=(), **files):
    """The findings about an upload. known: uploads that Canvas accepted before, each a mapping of files."""
    before = [upload(tmp_path / f"known{n}", **one) for n, one in enumerate(known)]
    return check_canvas_csvs([upload(tmp_path / "upload", **files)], before)


def said(result):
    """Row and message of everything that Canvas would say."""
    found = result.findings
    rows = zip(found["canvas_row"], found["canvas_message"], strict=True)
    return sorted((int(row), message) for row, message in rows if message)
