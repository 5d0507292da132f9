"""A real PostgreSQL server for tests, on a free port of this computer, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.tools import need_tool

_HOMES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _tool(name: str) -> str:
    beside = [str(home / name) for home in _HOMES if (home / name).exists()]
    return beside[0] if beside else need_tool(name)


def _as_another_user(folder: Path) -> dict[str, str]:
    """PostgreSQL refuses to run as root: then it runs as its own user, or as nobody."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return {}
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    shutil.chown(folder, user)
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server, without a database."""
    pytest.importorskip("psycopg", reason="needs the extra `postgresql`")
    initdb, server_tool = _tool("initdb"), _tool("postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path is short, and another user may go there
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir(mode=0o700)
    user = _as_another_user(data)
    run = {"cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
    subprocess.run([initdb, "-D", str(data), "-A", "trust", "-U", "ledger", "--no-sync"], check=True, **run)
    port = _free_port()
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", f"unix_socket_directories={data}"]
    with subprocess.Popen([server_tool, "-D", str(data), *options], **run) as server:
        try:
            url = f"postgresql+psycopg://ledger@127.0.0.1:{port}"
            _wait_for(url)
            yield url
        finally:
            server.terminate()
            server.wait(30)
            shutil.rmtree(folder, ignore_errors=True)


def _wait_for(url: str) -> None:
    engine = sa.create_engine(f"{url}/postgres")
    for attempt in range(100):
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            if attempt == 99:
                raise
            import time

            time.sleep(0.1)
        else:
            break
    engine.dispose()


def new_database(server: str, name: str) -> str:
    """The URL of a new, empty database."""
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'create database "{name}"'))
    engine.dispose()
    return f"{server}/{name}"
