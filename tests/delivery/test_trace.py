"""Each message of Canvas leads back to the line of the export that it is about."""

import pytest

from pipeline.canvas.effects import effects
from pipeline.delivery.pack import write_package
from pipeline.delivery.package_hash import PROVENANCE_NAME
from pipeline.delivery.trace import trace_messages
from pipeline.errors import LedgerError
from pipeline.model.delivery import ImportMessage
from pipeline.model.findings import to_findings
from pipeline.model.frames import read_frame
from tests.delivery.parts import enrollments, part, users

MARKER = "ab12cafe00112233"


@pytest.fixture
def provenance(tmp_path):
    rows = part(users=users("S1", "S2"), enrollments=enrollments(("BIO-1", "S1"), ("BIO-2", "S2")))
    write_package(rows, tmp_path, installation="ab12")
    return read_frame(tmp_path / PROVENANCE_NAME)


def message(text: str, file: str | None = f"users-{MARKER}.csv", row: int | None = None, severity: str = "warning"):
    return ImportMessage(severity, file, row, text)


def one(found):
    (finding,) = to_findings(found, ["people.csv", "registrations.csv"])
    return finding


def test_a_message_about_a_record_names_its_line_in_the_export(provenance):
    finding = one(trace_messages([message("No login_id given for user S2", row=3)], provenance))

    assert (finding.file, finding.line, finding.table) == ("people.csv", 3, "users")
    assert (finding.code, finding.severity, finding.consequence) == ("canvas-user-02", "error", "refused")
    assert finding.remedy == "Give the person a login."
    assert finding.canvas.row == 3


def test_a_message_without_a_record_is_brought_to_the_row_that_it_names(provenance):
    text = "The email address associated with user 'S2' is invalid (email: 'nobody')"
    finding = one(trace_messages([message(text)], provenance))

    assert (finding.line, finding.consequence) == (3, "sent without the value")


def test_a_message_about_the_second_table_is_brought_to_that_table(provenance):
    text = "An enrollment referenced a non-existent section BIO-2"
    finding = one(trace_messages([message(text, f"enrollments-{MARKER}.csv", 3)], provenance))

    assert (finding.table, finding.line) == ("enrollments", 11)


def test_a_message_about_the_whole_import_has_no_place(provenance):
    finding = one(
        trace_messages(
            [message("3 enrollments would be deleted and exceeds the set threshold of 10%", None)], provenance
        )
    )

    assert (finding.file, finding.line, finding.code) == (None, None, "canvas-batch-03")


def test_a_message_about_a_whole_file_says_that_the_file_was_refused(provenance):
    finding = one(trace_messages([message("Malformed CSV", severity="error")], provenance))

    assert (finding.line, finding.consequence) == (None, "file refused")


def test_a_message_that_nobody_knows_is_kept_to_the_letter(provenance):
    finding = one(trace_messages([message("Etwas ganz Neues", row=2)], provenance))

    assert (finding.code, finding.line) == ("canvas-unknown-message", 2)
    assert finding.canvas.message == "Etwas ganz Neues"


def test_messages_keep_their_order_and_number(provenance):
    many = [
        message("No login_id given for user S1", row=2),
        message("Malformed CSV"),
        message("x", row=99),
        message("x", row=2),
    ]

    found = trace_messages(many, provenance)

    assert list(found["canvas_message"]) == [m.message for m in many]
    assert list(found["line_no"]) == [2, -1, -1, 2]


def test_no_messages_are_no_findings(provenance):
    assert len(trace_messages([], provenance)) == 0


def test_a_provenance_that_points_beyond_the_drop_is_noticed(provenance):
    with pytest.raises(LedgerError):
        trace_messages([message("x", row=2)], provenance.assign(file_no=5), ("people.csv",))


def test_every_remedy_belongs_to_a_rule():
    from pipeline.delivery.trace import _remedies

    assert set(_remedies()["by_rule"]) <= set(effects())
    assert all(isinstance(words, str) and words.endswith(".") for words in _remedies()["by_rule"].values())
