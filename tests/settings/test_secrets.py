import copy
import os
import pickle
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import Secret, SecretReference, load
from tests.settings.kit import INSTANCES, loaded, write

needs_modes = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
CANARY = "7001~canary"


def token_of(settings, instance: str = "test") -> Secret:
    return settings.secret(settings.instance(instance).token.token)


def with_file_token(folder: Path, mode: int = 0o600) -> str:
    path = folder / "token"
    path.write_text(f"{CANARY}\n", encoding="utf-8")
    path.chmod(mode)
    return INSTANCES.replace("env:TEST_TOKEN", "file:token")


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{!r}".format, lambda secret: f"{[secret]}"])
def test_a_secret_is_never_shown(show):
    assert CANARY not in show(Secret(CANARY))
    assert "***" in show(Secret(CANARY))


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_written_anywhere(copied):
    with pytest.raises(TypeError, match="not written"):
        copied(Secret(CANARY))


def test_a_secret_is_taken_from_the_environment(tmp_path):
    assert token_of(loaded(tmp_path, INSTANCES, {"TEST_TOKEN": CANARY})).reveal() == CANARY


def test_a_secret_is_looked_up_only_when_it_is_needed(tmp_path):
    settings = loaded(tmp_path, INSTANCES)

    with pytest.raises(SettingsError, match="TEST_TOKEN is not set"):
        token_of(settings)


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_a_missing_one(tmp_path, value):
    with pytest.raises(SettingsError, match="not set"):
        token_of(loaded(tmp_path, INSTANCES, {"TEST_TOKEN": value}))


def test_the_environment_wins_over_the_env_file(tmp_path):
    env_file = tmp_path / ".env"
    env_file.write_text("TEST_TOKEN=from-file\nPRODUCTION_TOKEN=from-file\n", encoding="utf-8")
    env_file.chmod(0o600)

    settings = load(write(tmp_path, INSTANCES), {"TEST_TOKEN": "from-environment"}, env_file=env_file)

    assert (token_of(settings).reveal(), token_of(settings, "production").reveal()) == ("from-environment", "from-file")
    assert settings.secret_origin(SecretReference("env", "TEST_TOKEN")) == "the environment"
    assert settings.secret_origin(SecretReference("env", "PRODUCTION_TOKEN")) == str(env_file)


def test_nothing_is_expanded_in_an_env_file(tmp_path):
    env_file = tmp_path / ".env"
    env_file.write_text("TEST_TOKEN='a${HOME}b'\n", encoding="utf-8")
    env_file.chmod(0o600)

    assert token_of(load(write(tmp_path, INSTANCES), {}, env_file=env_file)).reveal() == "a${HOME}b"


def test_an_env_file_does_not_change_the_process_environment(tmp_path):
    env_file = tmp_path / ".env"
    env_file.write_text("SIS_PIPELINE_TEST_CANARY=x\n", encoding="utf-8")
    env_file.chmod(0o600)

    load(write(tmp_path, INSTANCES), {}, env_file=env_file)

    assert "SIS_PIPELINE_TEST_CANARY" not in os.environ


@pytest.mark.parametrize("line", ["TEST_TOKEN", "TEST_TOKEN="])
def test_a_name_without_a_value_in_an_env_file_is_told(tmp_path, line):
    env_file = tmp_path / ".env"
    env_file.write_text(f"{line}\n", encoding="utf-8")
    env_file.chmod(0o600)

    with pytest.raises(SettingsError, match="TEST_TOKEN has no value"):
        load(write(tmp_path, INSTANCES), {}, env_file=env_file)


def test_an_env_file_that_is_named_and_missing_is_told(tmp_path):
    with pytest.raises(SettingsError, match="does not exist"):
        load(write(tmp_path, INSTANCES), {}, env_file=tmp_path / ".env")


@needs_modes
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o602, 0o666])
def test_an_env_file_open_to_others_is_refused(tmp_path, mode):
    env_file = tmp_path / ".env"
    env_file.write_text(f"TEST_TOKEN={CANARY}\n", encoding="utf-8")
    env_file.chmod(mode)

    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, INSTANCES), {}, env_file=env_file)

    assert CANARY not in str(caught.value)


def test_a_secret_is_taken_from_a_file_without_its_line_end(tmp_path):
    assert token_of(loaded(tmp_path, with_file_token(tmp_path))).reveal() == CANARY


@needs_modes
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o606])
def test_a_secret_file_open_to_others_is_refused(tmp_path, mode):
    settings = loaded(tmp_path, with_file_token(tmp_path, mode))

    with pytest.raises(SettingsError) as caught:
        token_of(settings)

    assert CANARY not in str(caught.value)
    assert "chmod 600" in caught.value.remedy


@needs_modes
def test_a_secret_file_may_be_read_by_its_group(tmp_path):
    assert token_of(loaded(tmp_path, with_file_token(tmp_path, 0o640))).reveal() == CANARY


@needs_modes
def test_a_secret_below_the_credentials_folder_may_be_readable(tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    text = with_file_token(credentials, 0o444).replace("file:token", f"file:{credentials / 'token'}")

    assert token_of(loaded(tmp_path, text, {"CREDENTIALS_DIRECTORY": str(credentials)})).reveal() == CANARY


@needs_modes
def test_a_secret_below_the_credentials_folder_may_not_be_writable(tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    text = with_file_token(credentials, 0o666).replace("file:token", f"file:{credentials / 'token'}")

    with pytest.raises(SettingsError, match="may change this file"):
        token_of(loaded(tmp_path, text, {"CREDENTIALS_DIRECTORY": str(credentials)}))


def test_a_missing_secret_file_names_the_sandbox_as_a_remedy(tmp_path):
    settings = loaded(tmp_path, INSTANCES.replace("env:TEST_TOKEN", "file:never"))

    with pytest.raises(SettingsError) as caught:
        token_of(settings)

    assert "sis-pipeline sandbox" in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo\n", b"\xff\xfe", b"x" * 100_000])
def test_a_secret_file_holds_one_line_of_text(tmp_path, content):
    text = with_file_token(tmp_path)
    (tmp_path / "token").write_bytes(content)

    with pytest.raises(SettingsError):
        token_of(loaded(tmp_path, text))


def test_settings_show_no_secret_however_they_are_printed(tmp_path):
    env_file = tmp_path / ".env"
    env_file.write_text(f"TEST_TOKEN={CANARY}\n", encoding="utf-8")
    env_file.chmod(0o600)

    settings = load(write(tmp_path, INSTANCES), {"PRODUCTION_TOKEN": CANARY}, env_file=env_file)

    assert (
        CANARY not in f"{settings!r}{settings}{settings.model_dump()}{settings.model_dump_json()}{settings._source!r}"
    )


def test_an_oauth_key_is_described_by_references(tmp_path):
    text = INSTANCES.replace(
        "token: env:TEST_TOKEN",
        "token: {oauth: {client_id: '10000000000001', client_secret: env:SECRET, refresh_token: env:REFRESH}}",
    )

    oauth = loaded(tmp_path, text).instance("test").token.oauth

    assert (oauth.client_id, str(oauth.refresh_token)) == ("10000000000001", "env:REFRESH")
