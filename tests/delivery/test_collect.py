"""Every message of an import, from Canvas's file and its list, and what happens when one of them is missing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.canvas.imports import ListedError, SisImport
from pipeline.delivery.collect import collect_outcome
from pipeline.errors import Because, Refused, Request, Unknown
from tests.canvas.scripted import StandingClock
from tests.delivery.canvas_list import a_watch, an_import

WHERE = Request("production", "GET", "/api/v1/accounts/self/sis_imports/7")
GONE = Refused("x", request=WHERE, because=Because.NOT_CANVAS)
FILE = {"errors_attachment": {"url": "https://canvas.example.edu/files/9"}}
WARNING = ("users.csv", 2, "No login_id given for user S1")
OTHER = ("enrollments.csv", 17, 'An enrollment said "hm", in\ntwo lines')
FATAL = ("courses.csv", None, "Malformed CSV")


class EndedCanvas:
    """Stands in for the client after an import's end: its file, its list, its errors, each of which may fail."""

    def __init__(
        self, seen: SisImport, *, file: Any = (), listed: Any = (), fatal: Any = (), file_after: int = 0
    ) -> None:
        self.seen, self.file, self.listed_, self.fatal, self.file_after = seen, file, listed, fatal, file_after
        self.shown = 0
        self.list_reads = 0

    def with_patience(self, _seconds: float) -> "EndedCanvas":
        return self

    def show_import(self, _import_id: int) -> SisImport:
        self.shown += 1
        return self.seen if self.shown > self.file_after else replace(self.seen, errors_file=None)

    def download_errors(self, _seen: SisImport, target: Path) -> int:
        if isinstance(self.file, Exception):
            raise self.file
        lines = ["sis_import_id,file,message,row"]
        for file, row, message in self.file:
            quoted = '"' + message.replace('"', '""') + '"'
            lines.append(f"7,{file or ''},{quoted},{'' if row is None else row}")
        return target.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def import_errors(self, _import_id: int, *, fatal_only: bool = False):
        found = self.fatal if fatal_only else self.listed_
        if not fatal_only:
            self.list_reads += 1
        if isinstance(found, Exception):
            raise found
        return iter([ListedError(*((file, row, message))) for file, row, message in found])


def ended(warnings: int = 0, errors: int = 0, state: str = "imported_with_messages", **others: Any) -> SisImport:
    counts = {"users": 3, "error_count": errors, "warning_count": warnings}
    return an_import(7, state, data={"counts": counts, "statistics": {"total_state_changes": 2}}, **{**FILE, **others})


def collected(canvas: EndedCanvas, tmp_path: Path, **watch: Any):
    return collect_outcome(canvas, canvas.seen, tmp_path, a_watch(StandingClock(), **watch))


def told(result) -> list[tuple[str, str | None, int | None, str]]:
    return [(m.severity, m.file, m.row, m.message) for m in result.outcome.messages]


def test_an_import_without_messages_asks_nothing_more(tmp_path):
    canvas = EndedCanvas(an_import(7, "imported", data={"counts": {"users": 3}}))

    result = collected(canvas, tmp_path)

    assert result.outcome.is_clean
    assert canvas.shown == 0


def test_messages_come_from_the_file_in_its_order_with_the_lists_severity(tmp_path):
    canvas = EndedCanvas(ended(2, 1), file=[WARNING, FATAL, OTHER], listed=[OTHER, WARNING, FATAL], fatal=[FATAL])

    result = collected(canvas, tmp_path)

    assert told(result) == [("warning", *WARNING), ("error", *FATAL), ("warning", *OTHER)]
    assert result.notes == ()


def test_the_raw_file_is_kept(tmp_path):
    canvas = EndedCanvas(ended(1), file=[WARNING], listed=[WARNING])

    result = collected(canvas, tmp_path)

    assert result.errors_file is not None
    assert result.errors_file.read_text(encoding="utf-8").startswith("sis_import_id,file,message,row\n")


def test_counts_and_statistics_are_those_of_canvas(tmp_path):
    result = collected(EndedCanvas(ended(1), file=[WARNING], listed=[WARNING]), tmp_path)

    assert result.outcome.counts["users"] == 3
    assert result.outcome.statistics == {"total_state_changes": 2}


def test_a_file_that_comes_late_is_waited_for(tmp_path):
    canvas = EndedCanvas(ended(1), file=[WARNING], listed=[WARNING], file_after=8)

    result = collected(canvas, tmp_path)

    assert result.errors_file is not None
    assert canvas.shown == 9


def test_after_ten_minutes_the_list_is_taken_alone(tmp_path):
    clock = StandingClock()
    canvas = EndedCanvas(ended(1), listed=[WARNING], file_after=10_000)

    result = collect_outcome(canvas, canvas.seen, tmp_path, a_watch(clock))

    assert told(result) == [("warning", *WARNING)]
    assert 600 <= sum(clock.waits) < 660
    assert "no file" in result.notes[0]


@pytest.mark.parametrize("fault", [GONE, Unknown("x", request=WHERE)])
def test_a_file_that_cannot_be_downloaded_is_replaced_by_the_list(fault, tmp_path):
    result = collected(EndedCanvas(ended(1), file=fault, listed=[WARNING]), tmp_path)

    assert told(result) == [("warning", *WARNING)]
    assert result.notes


def test_a_list_that_cannot_be_read_is_told_and_the_file_suffices(tmp_path):
    result = collected(EndedCanvas(ended(1), file=[WARNING], listed=GONE), tmp_path)

    assert told(result) == [("warning", *WARNING)]
    assert "could not be read to compare" in result.notes[0]


def test_without_file_and_list_nothing_is_known_and_the_error_is_raised(tmp_path):
    with pytest.raises(Refused):
        collected(EndedCanvas(ended(1), file=GONE, listed=GONE), tmp_path)


def test_what_only_one_of_both_has_is_shown_and_told(tmp_path):
    canvas = EndedCanvas(ended(3), file=[WARNING, WARNING], listed=[WARNING, OTHER])

    result = collected(canvas, tmp_path)

    assert told(result) == [("warning", *WARNING), ("warning", *WARNING), ("warning", *OTHER)]
    assert "differ: 1 only in the list, 1 only in the file" in result.notes[0]


def test_messages_that_are_fewer_than_canvas_counts_are_told(tmp_path):
    result = collected(EndedCanvas(ended(5), file=[WARNING], listed=[WARNING]), tmp_path)

    assert any("counts 5 messages, 1 could be read" in note for note in result.notes)


def test_equal_messages_are_not_lost(tmp_path):
    result = collected(EndedCanvas(ended(2), file=[WARNING, WARNING], listed=[WARNING, WARNING]), tmp_path)

    assert len(result.outcome.messages) == 2


def test_a_long_list_is_not_read_page_by_page_when_the_file_adds_up(tmp_path):
    many = [("users.csv", row, f"message {row}") for row in range(2, 6002)]
    canvas = EndedCanvas(ended(6000), file=many, listed=many)

    result = collected(canvas, tmp_path)

    assert len(result.outcome.messages) == 6000
    assert canvas.list_reads == 0


def test_where_errors_cannot_be_asked_for_those_shown_with_the_import_count(tmp_path):
    seen = ended(0, 1, "failed_with_messages", processing_errors=[["courses.csv", "Malformed CSV"]])
    result = collected(EndedCanvas(seen, file=[FATAL], listed=[FATAL], fatal=GONE), tmp_path)

    assert told(result) == [("error", *FATAL)]


@pytest.mark.parametrize(
    "text",
    [
        "sis_import_id,file,message,row\n8,users.csv,of another import,2\n",
        "sis_import_id,file,message,row\n7,users.csv,too many cells,2,3\n",
        'sis_import_id,file,message,row\n7,users.csv,"cut',
        "sis_import_id,file,message,row\n7,users.csv,x,two\n",
    ],
    ids=["another import", "ragged", "cut", "no number"],
)
def test_a_damaged_file_is_replaced_by_the_list_and_kept(text, tmp_path):
    class Damaged(EndedCanvas):
        def download_errors(self, _seen: SisImport, target: Path) -> int:
            return target.write_text(text, encoding="utf-8")

    result = collected(Damaged(ended(1), listed=[WARNING]), tmp_path)

    assert told(result) == [("warning", *WARNING)]
    assert "could not be read" in result.notes[0]


def test_a_process_that_is_to_stop_records_nothing(tmp_path):
    canvas = EndedCanvas(ended(1), listed=[WARNING], file_after=10_000)

    result = collected(canvas, tmp_path, should_stop=lambda: True)

    assert result.is_stopped
