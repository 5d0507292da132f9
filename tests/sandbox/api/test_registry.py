"""Tokens, keys and codes."""

import pytest

from pipeline.sandbox.api.registry import CODE_SECONDS, Grant, Registry

USER = 7
SCOPE = "url:GET|/api/v1/accounts/:id"


@pytest.fixture
def registry():
    store = Registry()
    yield store
    store.close()


def test_a_token_stands_for_its_user_and_permissions(registry):
    text, _ = registry.grant(Grant("robot", USER, {"import_sis"}))

    token = registry.token(text, now=0)

    assert token is not None
    assert (token.name, token.user_id, token.permissions, token.scopes) == ("robot", USER, {"import_sis"}, None)


def test_an_unknown_token_stands_for_nobody(registry):
    assert registry.token("nonsense", now=0) is None


def test_a_token_dies_when_it_expires(registry):
    text, _ = registry.grant(Grant("robot", USER, expires_at=100))

    assert registry.token(text, now=99) is not None
    assert registry.token(text, now=100) is None


def test_a_revoked_token_is_dead_and_its_name_forgotten(registry):
    text, _ = registry.grant(Grant("robot", USER))
    registry.revoke(text)

    assert registry.token(text, now=0) is None
    assert registry.name_of(text) is None


def test_refreshing_kills_the_token_before_and_keeps_the_refresh_token(registry):
    key_id, _ = registry.add_key("key", scopes=[SCOPE], redirect_uri=None)
    old, refresh = registry.grant(
        Grant("robot", USER, scopes=[SCOPE], key_id=key_id, expires_at=100), with_refresh=True
    )

    new, token = registry.refreshed(refresh, key_id, expires_at=5000)

    assert registry.token(old, now=50) is None
    assert registry.token(new, now=4999) == token
    assert registry.refreshed(refresh, key_id, expires_at=6000) is not None


def test_a_refresh_token_of_another_key_is_refused(registry):
    mine, _ = registry.add_key("mine", scopes=None, redirect_uri=None)
    other, _ = registry.add_key("other", scopes=None, redirect_uri=None)
    _, refresh = registry.grant(Grant("robot", USER, key_id=mine), with_refresh=True)

    assert registry.refreshed(refresh, other, expires_at=1) is None


def test_a_key_that_is_off_kills_its_tokens_and_on_again_revives_them(registry):
    key_id, _ = registry.add_key("key", scopes=None, redirect_uri=None)
    text, _ = registry.grant(Grant("robot", USER, key_id=key_id))
    registry.switch_key(key_id, is_on=False)
    dead = registry.token(text, now=0)
    registry.switch_key(key_id, is_on=True)

    assert dead is None
    assert registry.token(text, now=0) is not None


def test_a_code_is_good_once(registry):
    code = registry.add_code(1, USER, scopes=[SCOPE], now=0)

    assert registry.use_code(code, now=1) == (1, USER, (SCOPE,))
    assert registry.use_code(code, now=1) is None


def test_a_code_expires_after_ten_minutes(registry):
    code = registry.add_code(1, USER, scopes=None, now=0)

    assert registry.use_code(code, now=CODE_SECONDS) is None


def test_reset_leaves_the_main_token_alone(registry):
    registry.set_main("main-token", USER)
    other, _ = registry.grant(Grant("robot", USER))
    registry.reset()

    assert registry.token("main-token", now=0) is not None
    assert registry.token(other, now=0) is None


def test_another_main_token_takes_the_place_of_the_former(registry):
    registry.set_main("first", USER)
    registry.set_main("second", USER)

    assert registry.token("first", now=0) is None


def test_tokens_survive_in_a_file_and_no_secret_stands_in_it(tmp_path):
    registry = Registry(tmp_path / "access.sqlite")
    text, _ = registry.grant(Grant("robot", USER))
    registry.close()

    again = Registry(tmp_path / "access.sqlite")

    assert again.token(text, now=0) is not None
    again.close()
    assert all(text.encode() not in file.read_bytes() for file in tmp_path.iterdir())
