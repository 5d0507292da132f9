"""The demo as a person plays it: a process, from the first line to the last."""

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.demo.second_export import first_export, second_export
from pipeline.sandbox.embedded import running_sandbox


@pytest.mark.timeout(180)
@pytest.mark.slow
def test_the_demo_goes_as_told(tmp_path):
    folder = tmp_path / "demo"

    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", "demo", "--keep", str(folder)],
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=150,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "NOT AS TOLD" not in done.stdout
    assert "HELD" in done.stdout
    assert "rows refused" in done.stdout
    assert "none of the held ones is gone" in done.stdout
    reports = [Path(found) for found in re.findall(r"^report:\s+(.+)$", done.stdout, re.MULTILINE)]
    assert len(reports) == 2
    assert all(report.is_file() and report.is_relative_to(folder) for report in reports)
    assert statuses_in_canvas(folder / "sandbox-production", refused_people()) == {"active"}


def refused_people():
    """The people of the second export whose login is blank, and the one whose row is torn."""
    users = second_export(first_export()).files["users.csv"]
    blank = [row["sourcedId"] for row in csv.DictReader(io.StringIO(users, newline="")) if row["username"] == ""]
    torn = [line.split(",")[0] for line in users.splitlines() if ", Jr." in line]
    assert blank
    assert torn
    return {*blank, *torn}


def statuses_in_canvas(data_dir, people):
    with running_sandbox(data_dir=data_dir) as canvas:
        state = canvas.engine.state()
    found = {row["user_id"]: row["status"] for row in state["users"]}
    return {found.get(person) for person in people}
