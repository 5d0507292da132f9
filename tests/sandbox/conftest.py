"""Sandboxes that answer, one for each Canvas version, emptied before each test."""

import pytest

from pipeline.sandbox.embedded import running_sandbox
from tests.sandbox.http import Client


@pytest.fixture(scope="session")
def running():
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def running_2022():
    with running_sandbox(canvas_version="2022") as sandbox:
        yield sandbox


def emptied(sandbox):
    client = Client(sandbox)
    client.control("POST", "reset")
    yield client
    client.http.close()


@pytest.fixture
def canvas(running):
    yield from emptied(running)


@pytest.fixture
def canvas_2022(running_2022):
    yield from emptied(running_2022)
