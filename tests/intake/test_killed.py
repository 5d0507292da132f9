import os
import signal
import subprocess
import sys

import pytest

from pipeline.intake import IntakeRules, adopt_claimed
from pipeline.ledger.store import Store
from pipeline.model.crash import CRASH_VARIABLE
from tests.intake.kit import THREE
from tests.model.clocks import HandClock

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")

CLAIMING = """
import sys
from pathlib import Path
from pipeline.intake import IntakeRules, Sightings, adopt_claimed, claim, release_claim, scan
from pipeline.ledger.store import Store
from pipeline.model.clock import SystemClock

rules = IntakeRules("registrar", Path(sys.argv[1]), settle_seconds=0.0, expects=tuple(sys.argv[3].split()))
clock = SystemClock()
store = Store(Path(sys.argv[2]), clock)
taken = adopt_claimed(rules, store)
if not taken:
    (candidate,) = scan(rules, Sightings(), clock).ready
    taken = (claim(candidate, rules, store, clock),)
for one in taken:
    print(one.drop.drop_id, one.drop.sha256, *(file.name for file in one.drop.files))
    release_claim(one)
"""
POINTS = (
    "intake-listed",
    "intake-moved-one",
    "intake-claimed",
    "store-kept-one",
    "intake-stored",
    "intake-released",
)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "drop").mkdir()
    for name in THREE:
        (tmp_path / "drop" / name).write_bytes(name.encode())
    return tmp_path


def take(place, crash_at: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", CLAIMING, str(place / "drop"), str(place / "store"), " ".join(THREE)],
        env={**os.environ, CRASH_VARIABLE: crash_at},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("point", POINTS[:-1])
def test_a_process_killed_while_it_claims_is_followed_by_one_that_takes_the_whole_drop(place, point):
    killed = take(place, point)

    followed = take(place)

    assert killed.returncode == -signal.SIGKILL
    assert followed.stdout.split()[2:] == sorted(THREE)
    assert [path.name for path in (place / "drop").rglob("*") if path.is_file()] == []


def test_a_process_killed_while_it_releases_leaves_nothing_to_take_again(place):
    killed = take(place, POINTS[-1])
    rules = IntakeRules("registrar", place / "drop")

    adopted = adopt_claimed(rules, Store(place / "store", HandClock()))

    assert killed.returncode == -signal.SIGKILL
    assert adopted == ()
    assert [path.name for path in (place / "drop").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("point", ["intake-claimed", "store-kept-one", "intake-stored"])
def test_a_drop_keeps_its_id_when_its_process_was_killed(place, point):
    take(place, point)
    (claimed,) = (place / "drop" / ".claimed").iterdir()

    assert take(place).stdout.split()[0] == claimed.name
