"""From an empty folder to Canvas, with the configuration as it is shipped; only its ports are others here."""

import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs.stage import children_here

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "config" / "pipeline.yaml"


@pytest.fixture
def project(tmp_path, command, monkeypatch):
    """A project made by `init`, with free ports in place of 3000 and 3001."""
    children_here(monkeypatch)
    assert command(tmp_path, os.environ, "init", "school").code == 0
    folder = tmp_path / "school"
    config = folder / "config" / "pipeline.yaml"
    ports = free_ports(2)
    text = re.sub(r"127\.0\.0\.1:300([01])", lambda found: f"127.0.0.1:{ports[int(found[1])]}", config.read_text())
    config.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def canvases(project):
    """`sis-pipeline sandbox` in the project, as a process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli.main", "sandbox"], cwd=project, stderr=subprocess.PIPE, text=True
    )
    told = [process.stderr.readline() for _ in range(3)]  # both URLs, and that tokens are written
    assert "Tokens are written" in told[-1], told
    yield process
    process.terminate()
    process.wait(timeout=20)
    process.stderr.close()


def test_init_writes_the_configuration_that_is_shipped(tmp_path, command):
    command(tmp_path, os.environ, "init", "school")

    assert (tmp_path / "school" / "config" / "pipeline.yaml").read_text(encoding="utf-8") == SHIPPED.read_text(
        encoding="utf-8"
    )


def test_init_leaves_what_is_there_as_it_is(tmp_path, command):
    command(tmp_path, os.environ, "init", "school")
    (tmp_path / "school" / ".env").write_text("CANVAS_TOKEN=mine\n", encoding="utf-8")

    done = command(tmp_path, os.environ, "init", "school")

    assert done.code == 0
    assert "stays as it is" in done.err
    assert (tmp_path / "school" / ".env").read_text(encoding="utf-8") == "CANVAS_TOKEN=mine\n"


def test_init_recognises_an_export(tmp_path, command, school):
    files = school.write(tmp_path / "export")

    done = command(tmp_path, os.environ, "init", "school", "--from", *[str(path) for path in files])

    assert done.code == 0
    assert "oneroster-1.1" in done.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_secrets_are_for_their_owner_alone(canvases, project):
    for path in (project / ".env", *project.glob(".pipeline/sandbox/*.token")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert len(list(project.glob(".pipeline/sandbox/*.token"))) == 2


def test_the_shipped_configuration_brings_an_export_into_both_sandboxes(canvases, project, command, school):
    files = [str(path) for path in school.write(project.parent / "export")]

    held = command(project, os.environ, "run", "registrar", *files)
    approved = command(project, os.environ, "approve", "r000001", "--reason", "looked through it", "--by", "ada")
    promoted = command(project, os.environ, "promote", "r000001", "--reason", "test looks right", "--by", "ada")

    assert (held.code, approved.code, promoted.code) == (3, 0, 0), (held, approved, promoted)
    assert "registrar → production: archived" in promoted.out
    assert [path.exists() for path in map(Path, files)] == [True] * len(files)  # copied, not moved


def test_a_sandbox_whose_port_is_taken_says_so(project, command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command(project, os.environ, "sandbox", "--port", str(taken.getsockname()[1]))

    assert done.code == 1
    assert "--port" in done.err


def test_the_sandbox_stops_when_it_is_told_to(canvases):
    canvases.terminate()

    assert canvases.wait(timeout=20) == 0


def free_ports(count):
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports
