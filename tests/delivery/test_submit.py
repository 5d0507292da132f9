"""One look before, one POST, and never an altered package."""

import pytest

from pipeline.delivery.pack import write_package
from pipeline.delivery.submit import UPLOAD_SECONDS, look_before, submit_package
from pipeline.errors import LedgerError, NotSent
from tests.canvas.scripted import START, Network, client_over, imported, in_turn, reply
from tests.delivery.parts import part, users


def package(tmp_path):
    return write_package(part(users=users("S1")), tmp_path, installation="ab12")


def yes(*_):
    return True


def test_before_a_post_canvas_says_its_time_and_its_newest_import():
    before = look_before(client_over(Network(in_turn({"sis_imports": [imported(41)]}))))

    assert (before.canvas_at, before.newest_import_id) == (START, 41)


def test_before_the_first_import_there_is_no_newest():
    assert look_before(client_over(Network(in_turn({"sis_imports": []})))).newest_import_id is None


def test_a_package_is_posted_once_and_becomes_an_import(tmp_path):
    network = Network(in_turn(imported(42, "created")))

    seen = submit_package(client_over(network), package(tmp_path), may_start=yes, may_go_on=yes)

    assert seen.import_id == 42
    assert len(network.requests) == 1


def test_the_lease_must_outlive_the_longest_post(tmp_path):
    asked = []
    network = Network(in_turn(imported()))

    with pytest.raises(NotSent):
        submit_package(client_over(network), package(tmp_path), may_start=asked.append, may_go_on=yes)

    assert asked == [UPLOAD_SECONDS]
    assert not network.requests


def test_a_throttled_post_is_not_repeated_here(tmp_path):
    network = Network(in_turn(lambda r: reply(r, b"", status=429)))

    with pytest.raises(NotSent):
        submit_package(client_over(network), package(tmp_path), may_start=yes, may_go_on=yes)

    assert len(network.requests) == 1


def test_an_altered_package_is_not_posted(tmp_path):
    network = Network(in_turn(imported()))
    altered = package(tmp_path)
    altered.path.write_bytes(b"PK something else")

    with pytest.raises(LedgerError):
        submit_package(client_over(network), altered, may_start=yes, may_go_on=yes)

    assert not network.requests
