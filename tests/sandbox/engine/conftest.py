"""Empty accounts in memory."""

import pytest

from tests.sandbox.engine.account import open_account


@pytest.fixture
def account():
    with open_account() as opened:
        yield opened


@pytest.fixture
def account_2022():
    with open_account("2022") as opened:
        yield opened
