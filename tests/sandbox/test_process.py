"""The sandbox as a process: told to stop, and killed."""

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.sandbox.http import IMPORTS, users_csv

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, pathlib, sys
from pipeline.sandbox.embedded import serve
serve(lambda url, token: print(json.dumps([url, token]), flush=True), data_dir=pathlib.Path(sys.argv[1]))
"""


@contextmanager
def serving(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    try:
        url, token = json.loads(process.stdout.readline())
        headers = {"User-Agent": "tests", "Authorization": f"Bearer {token}"}
        yield process, url, headers
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_good_order_when_told_so(tmp_path, kind):
    with serving(tmp_path) as (process, url, _):
        process.send_signal(kind)
        errors = process.communicate(timeout=10)[1]

        assert process.returncode == 0
        assert errors == b""
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_killed_in_the_midst_of_an_import_it_comes_back_with_everything(tmp_path):
    with serving(tmp_path) as (process, url, headers):
        csv = users_csv(*(f"u{n}" for n in range(20_000)))
        for _ in range(2):
            requests.post(url + IMPORTS, files={"attachment": ("u.csv", csv)}, headers=headers, timeout=30)
        process.kill()
        process.wait()

    with serving(tmp_path) as (_, url, again):
        imports = requests.get(url + IMPORTS, headers=headers, timeout=10).json()["sis_imports"]

    assert again == headers
    assert [each["id"] for each in imports] == [2, 1]
    assert imports[1]["workflow_state"] in ("failed", "created", "importing", "imported")
