"""All acceptance cases against embedded sandboxes, one for each Canvas version; status 1 if a case fails.

python -m tests.acceptance.run                        all cases
python -m tests.acceptance.run --only users enroll    cases whose id begins so
"""

import argparse
import pathlib
import sys
import time

from pipeline.sandbox.embedded import running_sandbox
from tests.acceptance.run_cases import Mismatch, Runner, load

CASES = pathlib.Path(__file__).parent / "cases"
MORE = pathlib.Path(__file__).parent / "more"  # our own, for what those do not show
VERSIONS = ("current", "2022")
LINES = 6  # of a failure's report, unless all are wanted


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cases", type=pathlib.Path, nargs="+", default=[CASES, MORE], metavar="DIR")
    options.add_argument("--only", nargs="+", default=[""], metavar="ID", help="cases whose id begins so")
    options.add_argument("--verbose", "-v", action="store_true", help="say all that differs")
    chosen = options.parse_args()
    start, seen, failed = time.monotonic(), set(), set()
    for version in VERSIONS:
        cases = [case for folder in chosen.cases for case in load(folder, chosen.only, version)]
        ran_badly = run_all(cases, version, lines=None if chosen.verbose else LINES)
        seen |= {case["id"] for case in cases}
        failed |= ran_badly
        print(f"Canvas {version}: {len(cases) - len(ran_badly)} of {len(cases)} cases pass")
    print(f"{len(seen) - len(failed)} passed, {len(failed)} failed in {time.monotonic() - start:.0f} s")
    return 1 if failed or not seen else 0


def run_all(cases: list[dict], version: str, *, lines: int | None) -> set[str]:
    """The ids of the cases that fail in this version of Canvas."""
    failed = set()
    with running_sandbox(canvas_version=version) as sandbox:
        runner = Runner(sandbox.url, sandbox.token)
        for case in cases:
            why = difference(runner, case)
            if why:
                failed.add(case["id"])
                print(f"FAILED {case['id']} ({version}): {case['title']}", *why[:lines], sep="\n       ")
        runner.http.close()
    return failed


def difference(runner: Runner, case: dict) -> list[str]:
    """What differs in a case; empty when it passes."""
    try:
        runner.run(case)
    except Mismatch as problem:
        return [runner.where, *problem.args]
    except Exception as problem:  # noqa: BLE001  # an answer of an unforeseen kind must not end the run
        return [runner.where, f"{type(problem).__name__}: {problem}"]
    return []


if __name__ == "__main__":
    sys.exit(main())
