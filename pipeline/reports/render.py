"""A run's report as one HTML page that needs nothing but itself: no script, no font, no picture from elsewhere."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from pipeline.reports import words
from pipeline.reports.causes import group_causes, is_refusal
from pipeline.reports.chart import KINDS, bars, changes_of
from pipeline.reports.facts import RunReport
from pipeline.reports.figures import figures, retention_words
from pipeline.reports.verdict import judge_run, refused_by_us

__all__ = ["render_run"]


def render_run(report: RunReport, *, links: Mapping[str, str] | None = None) -> str:
    """The page. links: what lies beside it, by name of file, with the words to show; they become relative links.

    Every text from outside is escaped, shown in its own direction, and cut off when it is very long. Long lists are capped: at
    most 25 rows of a cause, the rest is in the linked files.
    """
    refused = is_refusal(report.findings)
    ours = group_causes(report.findings[refused], report.files, report.originals, by="us")
    remarks = group_causes(report.findings[~refused], report.files, {}, by="us")
    canvas_refused = is_refusal(report.messages)
    canvas = group_causes(report.messages[canvas_refused], report.files, report.originals, by="Canvas")
    canvas_remarks = group_causes(report.messages[~canvas_refused], report.files, {}, by="Canvas")
    return (
        _environment()
        .get_template("run.html")
        .render(
            report=report,
            verdict=judge_run(report),
            figures=figures(report),
            bars=bars(report.tables),
            kinds=KINDS,
            changes={table.table: changes_of(table) for table in report.tables},
            refusals=(*ours, *canvas),
            remarks=(*remarks, *canvas_remarks),
            refused_later=max(0, refused_by_us(report) - sum(rows.refused for rows in report.sums)),
            retention=retention_words(report),
            links=links or {},
            style=Markup(_style()),  # noqa: S704  # our own file, without a text from outside
        )
    )


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pipeline.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        action=words.actions,
        count=words.count,
        amount=words.amount,
        hold=words.holds,
        instant=words.instant,
        shown=words.shown,
        table=words.tables,
        state=words.states,
    )
    environment.globals["span"] = words.span
    return environment


@lru_cache(maxsize=1)
def _style() -> str:
    return files("pipeline.reports").joinpath("templates/report.css").read_text(encoding="utf-8")
