"""What holds for every export, whatever is in it."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.canvas.identity import row_keys
from pipeline.mapping import load_preset
from tests.mapping.rosters import roster_of
from tests.sources.drops import read

ONEROSTER = load_preset("oneroster-1.1")
IDS = st.sampled_from(["1", "2", "3", "01", "", "x y"])
STATUS = st.sampled_from(["", "active", "tobedeleted", "odd"])
ROLE = st.sampled_from(["student", "teacher", "guardian", "aide", "proctor", "chancellor", ""])
TEXT = st.text(st.characters(exclude_characters="\0\x1a", exclude_categories=["Cs", "Zl", "Zp", "Cc"]), max_size=8)


def table(header, *columns):
    rows = st.lists(st.tuples(*columns), max_size=8)
    return rows.map(lambda found: text_of(header.split(","), found))


def text_of(header, rows):
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([header, *rows])
    return buffer.getvalue()


EXPORTS = st.fixed_dictionaries(
    {
        "orgs.csv": table(
            "sourcedId,name,type,parentSourcedId,status",
            IDS,
            TEXT,
            st.sampled_from(["school", "district"]),
            IDS,
            STATUS,
        ),
        "classes.csv": table(
            "sourcedId,title,courseSourcedId,schoolSourcedId,termSourcedIds,status",
            IDS,
            TEXT,
            IDS,
            IDS,
            st.sampled_from(["1", "2", "1,2", ""]),
            STATUS,
        ),
        "users.csv": table(
            "sourcedId,role,username,givenName,familyName,agentSourcedIds,status",
            IDS,
            ROLE,
            TEXT,
            TEXT,
            TEXT,
            IDS,
            STATUS,
        ),
        "enrollments.csv": table("sourcedId,classSourcedId,userSourcedId,role,status", IDS, IDS, IDS, ROLE, STATUS),
    }
)


def roster_for(files):
    with tempfile.TemporaryDirectory() as folder:
        return roster_of(ONEROSTER, Path(folder), files)


@settings(max_examples=20, deadline=None)
@given(EXPORTS)
def test_every_source_row_is_used_identical_merged_filtered_or_refused(files):
    roster = roster_for(files)

    assert [sums.adds_up for sums in roster.sums] == [True] * len(roster.sums)


@settings(max_examples=20, deadline=None)
@given(EXPORTS)
def test_a_roster_has_one_row_per_key_in_the_order_of_its_keys(files):
    roster = roster_for(files)

    for name, frame in roster.tables.items():
        keys = row_keys(name, frame).tolist()
        assert keys == sorted(set(keys), key=lambda key: [part.encode() for part in key.split("\x1f")])


@settings(max_examples=20, deadline=None)
@given(EXPORTS)
def test_every_refused_row_has_a_finding_and_a_protection(files):
    roster = roster_for(files)

    found = set(zip(roster.findings["file_no"], roster.findings["line_no"], strict=True))
    kept = set(zip(roster.protections["file_no"], roster.protections["line_no"], strict=True))
    refused = roster.findings[roster.findings["consequence"] == "refused"]
    assert set(zip(refused["file_no"], refused["line_no"], strict=True)) <= kept
    assert kept <= found


@settings(max_examples=12, deadline=None)
@given(EXPORTS)
def test_the_order_of_rows_in_the_files_changes_no_roster_row(files):
    turned = {
        name: "\n".join([text.split("\n")[0], *reversed(text.strip().split("\n")[1:]), ""])
        for name, text in files.items()
    }

    first, second = roster_for(files), roster_for(turned)

    for name, frame in first.tables.items():
        columns = [column for column in frame.columns if column not in {"file_no", "line_no"}]
        assert frame[columns].values.tolist() == second.tables[name][columns].values.tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.from_regex(r"[A-Za-z0-9]{1,6}", fullmatch=True), TEXT), min_size=1, max_size=20))
def test_what_is_written_as_csv_is_read_as_it_was(rows):
    with tempfile.TemporaryDirectory() as folder:
        tables = read(Path(folder), {"t.csv": text_of(["id", "name"], rows)}, delimiter=",")

    found = tables.tables["t"].rows
    kept = [(key, name) for key, name in rows if key.casefold() not in {"total", "totals"}]
    expected = [
        [key, name.strip().strip("\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f").strip()] for key, name in kept
    ]
    assert [[a, b] for a, b in found[["id", "name"]].values.tolist()] == expected or len(kept) != len(rows)
