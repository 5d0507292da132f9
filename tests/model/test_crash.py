import os
import subprocess
import sys

import pytest

from pipeline.model.crash import CRASH_VARIABLE, crash_point

CODE = "import atexit; atexit.register(print, 'tidied'); from pipeline.model.crash import crash_point; crash_point('here'); print('alive')"


def run(name: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", CODE],
        env={**os.environ, CRASH_VARIABLE: name},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_crash_point_does_nothing_by_itself(monkeypatch):
    monkeypatch.delenv(CRASH_VARIABLE, raising=False)

    crash_point("anywhere")


def test_a_named_crash_point_ends_the_process_without_tidying():
    ended = run("here")

    assert ended.returncode != 0
    assert ended.stdout == ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_crash_is_a_real_sigkill():
    assert run("here").returncode == -9


def test_another_name_crashes_nothing():
    assert run("elsewhere").stdout.split() == ["alive", "tidied"]
