"""The work of a report run: its wish is read, its terms are looked up, its file is written, its faults strike."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.sandbox.api.reporting.wishes import ReportWish, asked_terms, extra_text, read_wish
from pipeline.sandbox.api.reporting.writing import Pen, Written, write_report

if TYPE_CHECKING:
    from pipeline.sandbox.api.site import Site

__all__ = ["Worker"]

STUCK_SECONDS = 3600.0
TERM_QUERIES = {
    "": "SELECT id, name FROM terms WHERE id = ? AND workflow_state <> 'deleted'",
    "sis_term_id": "SELECT id, name FROM terms WHERE sis_id = ? AND workflow_state <> 'deleted'",
    "sis_integration_id": "SELECT id, name FROM terms WHERE integration_id = ? AND workflow_state <> 'deleted'",
}
CURRENT = "(start_at IS NULL OR start_at <= :now) AND (end_at IS NULL OR end_at >= :now)"
DATED = "(start_at IS NOT NULL OR end_at IS NOT NULL)"


class ReportFailedError(Exception):
    """The run ends in `error`."""


class Worker:
    """Makes the files of the runs of one sandbox."""

    def __init__(self, site: "Site") -> None:
        self.site = site

    def __call__(self, run: Mapping[str, Any], tell: Callable[[int], None]) -> Written:
        """The file of a run; any exception ends it in `error`."""
        switches = self.site.switches
        self.site.closing.wait(switches.reports_start_delay)
        if switches.reports_fail == "stuck":
            self.site.closing.wait(STUCK_SECONDS)
        if switches.reports_fail == "error":
            raise ReportFailedError
        if run["report"] == "user_access_tokens_csv":
            return self.tokens_report()
        wish = ReportWish(sis=run["report"] == "sis_export_csv", files=(), account_id=run["account_id"])
        terms = self.terms_of(run["parameters"])
        wish = replace(wish, term_ids=None if terms is None else tuple(terms), generation=switches.reports_generation)
        wish = read_wish(wish, run["parameters"])
        if not wish.files:
            raise ReportFailedError
        pen = Pen(
            self.site.engine,
            wish,
            self.paced(tell),
            misaligned=switches.reports_fail == "misaligned_header",
            translated=switches.reports_fail == "translated_header",
        )
        return self.spoilt(replace(write_report(pen), told=extra_text(wish, list((terms or {}).values()))))

    def paced(self, tell: Callable[[int], None]) -> Callable[[int], None]:
        """Telling of lines, at the pace that was set."""
        seconds = 1000 / self.site.switches.reports_rows_per_second if self.site.switches.reports_rows_per_second else 0

        def told(lines: int) -> None:
            if seconds:
                self.site.closing.wait(seconds)
            tell(lines)

        return told

    def spoilt(self, written: Written) -> Written:
        """The file with the fault that is switched on."""
        if self.site.switches.reports_fail == "truncated_file":
            return replace(written, content=written.content[: len(written.content) // 2], size=len(written.content))
        if self.site.switches.reports_fail == "wrong_size":
            return replace(written, size=len(written.content) + 1)
        return written

    def terms_of(self, parameters: Mapping[str, Any]) -> dict[int, str] | None:
        """The terms asked for, by Canvas id; None: all. An unknown one ends the run in `error`."""
        written = asked_terms(parameters)
        if not written:
            return None
        found: dict[int, str] = {}
        for term in written:
            found |= self.term(term)
        return found

    def term(self, written: str) -> dict[int, str]:
        """The terms behind one word."""
        now = self.site.engine.clock.text()
        with self.site.engine.database.read() as cursor:
            if written == "active_terms":
                sql = f"SELECT id, name FROM terms WHERE workflow_state = 'active' AND {CURRENT}"  # noqa: S608  # our own words
                return {row["id"]: row["name"] for row in cursor.execute(sql, {"now": now})}
            if written == "current":
                sql = f"SELECT id, name FROM terms WHERE workflow_state = 'active' AND {DATED} AND {CURRENT}"  # noqa: S608  # our own words
                rows = cursor.execute(sql, {"now": now}).fetchall()
            else:
                kind, colon, value = written.partition(":")
                query = TERM_QUERIES.get(kind if colon else "", "")
                value = "1" if written == "default" else value if colon else written
                rows = cursor.execute(query, (value,)).fetchall() if query else []
        if len(rows) != 1:
            raise ReportFailedError
        return {rows[0]["id"]: rows[0]["name"]}

    def tokens_report(self) -> Written:
        """The report on access tokens."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["user id", "user name", "token hint", "expiration", "last used", "dev key id", "dev key name"])
        tokens = self.site.tokens.listed()
        with self.site.engine.database.read() as cursor:
            for token in tokens:
                user = cursor.execute("SELECT name FROM users WHERE id = ?", (token["user_id"],)).fetchone()
                ends = token["expires_at"]
                expiry = "never" if ends is None else datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                name = token["key_name"] or "User-Generated"
                key_id = token["key_id"] or 1
                writer.writerow([token["user_id"], user and user["name"], token["hint"], expiry, "never", key_id, name])
        return Written(text.getvalue().encode(), "text/csv", len(tokens) + 1)
