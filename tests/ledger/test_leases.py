import os
import subprocess
import sys
from dataclasses import replace

import pytest

from pipeline.errors import LedgerError, TryLater
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.owner import Owner, is_dead
from pipeline.ledger.rows import Step
from pipeline.model.states import RunState
from tests.ledger.kit import ME, a_run, ledger_url

needs_processes = pytest.mark.skipif(os.name == "nt", reason="no way to look at another process there")
ELSEWHERE = replace(ME, host="another-host", pid=1)


def dead_process() -> Owner:
    code = "import json, dataclasses; from pipeline.ledger.owner import Owner; print(json.dumps(dataclasses.asdict(Owner.current('gone'))))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    import json

    return Owner(**json.loads(answer.stdout))


def test_a_lease_that_is_held_is_not_given_to_another_host(ledger):
    ledger.acquire_lease(["run:r1"], ELSEWHERE)

    with pytest.raises(TryLater, match="another-host"):
        ledger.acquire_lease(["run:r1"], ME)


def test_a_lease_is_free_once_it_was_given_back(ledger):
    ledger.release_lease(ledger.acquire_lease(["run:r1"], ELSEWHERE))

    assert ledger.acquire_lease(["run:r1"], ME).generations == (2,)


def test_a_lease_is_free_once_it_has_expired(ledger, clock):
    ledger.acquire_lease(["run:r1"], ELSEWHERE, seconds=60)

    clock.forward(61)

    assert ledger.acquire_lease(["run:r1"], ME).generations == (2,)


def test_a_renewed_lease_lives_on(ledger, clock):
    lease = ledger.acquire_lease(["run:r1"], ELSEWHERE, seconds=60)
    clock.forward(50)
    ledger.renew_lease(lease, seconds=60)

    clock.forward(50)

    with pytest.raises(TryLater):
        ledger.acquire_lease(["run:r1"], ME)


def test_a_lease_that_was_taken_over_cannot_be_renewed(ledger, clock):
    lease = ledger.acquire_lease(["run:r1"], ELSEWHERE, seconds=60)
    clock.forward(61)
    ledger.acquire_lease(["run:r1"], ME)

    with pytest.raises(LedgerError, match="taken over"):
        ledger.renew_lease(lease)


def test_an_old_lease_writes_nothing_once_a_newer_one_exists(ledger, clock):
    run = a_run(ledger)
    old = ledger.acquire_lease([f"run:{run.run_id}"], ELSEWHERE, seconds=60)
    clock.forward(61)
    ledger.acquire_lease([f"run:{run.run_id}"], ME)

    with pytest.raises(LedgerError, match="taken over"):
        ledger.transition(run.run_id, Step(RunState.RECEIVED, RunState.READ), lease=old)
    assert ledger.get_run(run.run_id) == run


def test_a_lease_that_was_given_back_writes_nothing(ledger):
    run = a_run(ledger)
    lease = ledger.acquire_lease([f"run:{run.run_id}"], ME)
    ledger.release_lease(lease)

    with pytest.raises(LedgerError, match="taken over"):
        ledger.note(run.run_id, {"x": 1}, lease=lease)


def test_losing_the_instance_stops_writes_to_the_run_too(ledger, clock):
    run = a_run(ledger)
    both = ledger.acquire_lease([f"run:{run.run_id}", "instance:test"], ELSEWHERE, seconds=60)
    clock.forward(61)
    ledger.acquire_lease(["instance:test"], ME)

    with pytest.raises(LedgerError, match="instance:test"):
        ledger.note(run.run_id, {"x": 1}, lease=both)


def test_of_several_resources_all_are_taken_or_none(ledger):
    ledger.acquire_lease(["instance:test"], ELSEWHERE)

    with pytest.raises(TryLater):
        ledger.acquire_lease(["run:r1", "instance:test"], ME)

    assert ledger.lease_holder("run:r1") == ""


def test_giving_back_an_old_lease_does_not_take_it_from_its_new_holder(ledger, clock):
    old = ledger.acquire_lease(["run:r1"], ELSEWHERE, seconds=60)
    clock.forward(61)
    ledger.acquire_lease(["run:r1"], ME)

    ledger.release_lease(old)

    assert "tests" in ledger.lease_holder("run:r1")


@needs_processes
def test_a_lease_of_a_dead_process_of_this_host_is_free_at_once(ledger):
    ledger.acquire_lease(["run:r1"], dead_process(), seconds=3600)

    assert ledger.acquire_lease(["run:r1"], ME).generations == (2,)


@needs_processes
def test_a_process_with_a_reused_number_counts_as_dead():
    assert is_dead(replace(ME, pid=os.getppid(), started="an earlier start"))


@needs_processes
def test_a_killed_process_that_its_parent_has_not_buried_counts_as_dead():
    code = "import time; print('up', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        from pipeline.ledger.owner import _started

        owner = replace(ME, pid=child.pid, started=_started(child.pid))
        was_dead = is_dead(owner)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        assert (was_dead, is_dead(owner)) == (False, True)


def test_a_process_of_another_host_is_never_thought_dead():
    assert not is_dead(replace(ME, host="another-host", pid=999_999_999))


def test_this_process_is_alive():
    assert not is_dead(ME)


def test_generations_go_on_after_the_ledger_was_closed(tmp_path, clock):
    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        ledger.release_lease(ledger.acquire_lease(["run:r1"], ME))

    with Ledger.open(ledger_url(tmp_path), clock) as ledger:
        assert ledger.acquire_lease(["run:r1"], ME).generations == (2,)
