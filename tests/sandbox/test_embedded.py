"""The sandbox as a whole: several at once, tokens, folders, files of faults, loading, stopping."""

import stat
import threading
import time

import pytest
import requests

from pipeline.sandbox.embedded import SandboxError, open_sandbox, running_sandbox, serve
from tests.sandbox.http import IMPORTS, Client, users_csv

AGENT = {"User-Agent": "tests"}


def names_of(sandbox):
    client = Client(sandbox)
    try:
        return {row["user_id"] for row in client.control("GET", "state")["users"]} - {None}
    finally:
        client.http.close()


def load(sandbox, *ids):
    client = Client(sandbox)
    try:
        client.imported({"users.csv": users_csv(*ids)})
    finally:
        client.http.close()


def status_of(sandbox, token):
    headers = {**AGENT, "Authorization": f"Bearer {token}"}
    return requests.get(sandbox.url + IMPORTS, headers=headers, timeout=10).status_code


def test_several_run_at_once_and_know_nothing_of_each_other():
    with running_sandbox() as one, running_sandbox() as other:
        load(one, "u1")

        assert (names_of(one), names_of(other)) == ({"u1"}, set())
        assert (status_of(one, other.token), status_of(one, one.token)) == (401, 200)


def test_a_token_that_is_given_is_taken_and_else_one_is_invented():
    with running_sandbox(token="given-token") as one, running_sandbox() as other:
        assert status_of(one, "given-token") == 200
        assert len(other.token) > 30


def test_a_token_of_a_real_instance_is_refused():
    with pytest.raises(SandboxError, match="real Canvas instance"):
        open_sandbox(token="production-token", forbidden_tokens={"production-token"})


def test_a_folder_keeps_token_and_account_over_restarts(tmp_path):
    with running_sandbox(data_dir=tmp_path / "data") as sandbox:
        token = sandbox.token
        load(sandbox, "u1")

    with running_sandbox(data_dir=tmp_path / "data") as again:
        assert (again.token, names_of(again)) == (token, {"u1"})


def test_the_files_of_a_folder_are_for_the_owner_alone(tmp_path):
    with running_sandbox(data_dir=tmp_path / "data") as sandbox:
        load(sandbox, "u1")
        files = list((tmp_path / "data").iterdir())

        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_port_that_is_asked_for_is_used():
    with running_sandbox() as sandbox:
        port = int(sandbox.url.rpartition(":")[2])
    with running_sandbox(port=port) as again:
        assert again.url == sandbox.url


def test_a_port_that_is_taken_is_an_error_that_leaves_nothing_running():
    before = threading.active_count()
    with running_sandbox() as sandbox, pytest.raises(OSError, match="in use"):
        open_sandbox(port=int(sandbox.url.rpartition(":")[2]))

    deadline = time.monotonic() + 5
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_unknown_version_is_refused():
    with pytest.raises(SandboxError, match="no Canvas version"):
        open_sandbox(canvas_version="1999")


def test_a_file_of_faults_is_in_force_from_the_start(tmp_path):
    file = tmp_path / "faults.yaml"
    file.write_text("rules:\n  - {path: /api/**, status: 503, times: 1}\nswitches: {permission_status: 401}\n")

    with running_sandbox(faults=file) as sandbox:
        assert [status_of(sandbox, sandbox.token) for _ in range(2)] == [503, 200]
        assert sandbox.site.switches.permission_status == 401


def test_a_folder_of_files_is_loaded_before_it_is_ready(tmp_path):
    (tmp_path / "users.csv").write_text(users_csv("u1", "u2"))

    with running_sandbox(load=tmp_path) as sandbox:
        assert names_of(sandbox) == {"u1", "u2"}


def test_a_folder_without_files_to_load_is_refused(tmp_path):
    with pytest.raises(SandboxError, match="no CSV files"):
        open_sandbox(load=tmp_path)


def test_it_serves_until_it_is_told_to_stop():
    stop, told = threading.Event(), []

    def ready(url, token):
        headers = {**AGENT, "Authorization": f"Bearer {token}"}
        told.append(requests.get(url + IMPORTS, headers=headers, timeout=10).status_code)
        stop.set()

    serve(ready, stop=stop)

    assert told == [200]


def test_it_listens_on_loopback_only():
    with running_sandbox() as sandbox:
        assert sandbox.listener._canvas.effective_host == "127.0.0.1"
        assert sandbox.listener._files.effective_host == "127.0.0.1"


def test_a_refresh_brings_productions_data_and_tokens():
    with running_sandbox() as production, running_sandbox(production=production) as test:
        load(production, "p1")
        load(test, "t1")
        old = test.token
        requests.post(f"{test.url}/sandbox/refresh", headers=AGENT, timeout=10)

        assert names_of(test) == {"p1"}
        assert test.token == production.token
        assert (status_of(test, old), status_of(test, production.token)) == (401, 200)


def test_after_a_refresh_imports_go_on_as_before():
    with running_sandbox() as production, running_sandbox(production=production) as test:
        load(production, "p1")
        requests.post(f"{test.url}/sandbox/refresh", headers=AGENT, timeout=10)
        load(test, "t2")

        assert (names_of(test), names_of(production)) == ({"p1", "t2"}, {"p1"})


def test_a_refresh_reaches_a_sandbox_on_a_file(tmp_path):
    with running_sandbox() as production:
        load(production, "p1")
        with running_sandbox(data_dir=tmp_path, production=production) as test:
            requests.post(f"{test.url}/sandbox/refresh", headers=AGENT, timeout=10)
            token = test.token
        with running_sandbox(data_dir=tmp_path) as again:
            assert (names_of(again), again.token) == ({"p1"}, token)


def test_reset_is_quick_and_leaves_a_running_import_without_effect():
    with running_sandbox() as sandbox:
        client = Client(sandbox)
        client.upload({"users.csv": users_csv(*(f"u{n}" for n in range(3000)))})
        client.control("POST", "reset")
        client.imported({"users.csv": users_csv("after")})
        client.http.close()

        assert names_of(sandbox) == {"after"}
