"""The way of the rows in a few numbers, from what came in to what is in Canvas; and how long Canvas remembers."""

from dataclasses import dataclass
from datetime import timedelta

from pipeline.reports.facts import RunReport
from pipeline.reports.verdict import refused_by_canvas, refused_by_us, rows_sent
from pipeline.reports.words import amount, instant

__all__ = ["Figure", "figures", "retention_words"]

CANVAS_REMEMBERS = timedelta(days=30)  # its messages, and what it needs to restore states


@dataclass(frozen=True, slots=True)
class Figure:
    """One number on the way. tone: `` or `refused`, for what was left behind there."""

    label: str
    rows: int
    note: str
    tone: str = ""


def figures(report: RunReport) -> tuple[Figure, ...]:
    """The numbers of a run, in the order in which rows go through it; steps not reached yet are absent."""
    found = []
    if report.sums:
        found.append(
            Figure("came in", sum(rows.read for rows in report.sums), f"from {amount(len(report.sums), 'file')}")
        )
        found.append(_left_out(report))
    planned = sum(sum(table.planned.values()) for table in report.tables)
    if planned:
        unchanged = sum(
            table.planned.get(word, 0) for table in report.tables for word in ("unchanged", "kept", "already so")
        )
        found.append(Figure("compared", planned, f"{unchanged:,} rows are as before"))
    sent = rows_sent(report)
    if sent:
        found.append(Figure("sent", sent, f"to {report.sender.instance}"))
    if report.canvas_import is not None and sent:
        not_taken = refused_by_canvas(report) + sum(table.uncertain for table in report.tables)
        note = f"{not_taken:,} not taken" if not_taken else "every row"
        found.append(Figure("in Canvas", max(0, sent - not_taken), note, "refused" if not_taken else ""))
    return tuple(found)


def _left_out(report: RunReport) -> Figure:
    same = sum(rows.identical + rows.merged for rows in report.sums)
    filtered = sum(rows.filtered for rows in report.sums)
    refused = refused_by_us(report)
    parts = [f"{same:,} repeated or merged"] if same else []
    parts += [f"{filtered:,} filtered"] if filtered else []
    parts += [f"{refused:,} refused"] if refused else []
    return Figure("left out", same + filtered + refused, ", ".join(parts) or "none")


def retention_words(report: RunReport) -> str:
    """Until when Canvas can tell about this import and restore states; "" without an import."""
    if report.canvas_import is None:
        return ""
    since = report.canvas_import.ended_at or report.reported_at
    until = instant(since + CANVAS_REMEMBERS, report.sender.timezone).split(",")[0]
    return f"Canvas keeps its messages about this import, and what it needs to restore states, until {until}; this page stays."
