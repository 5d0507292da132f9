"""All files of one run's report, in one folder."""

from pathlib import Path

from pipeline.model.files import write_durably
from pipeline.reports.facts import RunReport
from pipeline.reports.refused_rows import write_messages, write_refused_rows
from pipeline.reports.render import render_run
from pipeline.reports.run_json import run_json

__all__ = ["JSON_NAME", "MESSAGES_NAME", "REPORT_NAME", "write_report_files"]

REPORT_NAME = "report.html"
JSON_NAME = "run.json"
MESSAGES_NAME = "canvas-messages.csv"


def write_report_files(report: RunReport, folder: Path) -> tuple[Path, ...]:
    """Write `report.html`, `run.json`, a `refused-<n>.csv` per file with refused rows, and `canvas-messages.csv` if there are any.

    All of them are for their owner alone (0600). The page is written last: where it is, the files that it links to are.
    """
    links = write_refused_rows(report, folder)
    if len(report.messages):
        path = folder / MESSAGES_NAME
        write_messages(report.messages, report.files, path)
        links[path] = f"all messages of Canvas ({len(report.messages):,})"
    written = [*links, folder / JSON_NAME, folder / REPORT_NAME]
    write_durably(folder / JSON_NAME, run_json(report).encode())
    page = render_run(report, links={path.name: text for path, text in links.items()})
    write_durably(folder / REPORT_NAME, page.encode())
    return tuple(written)
