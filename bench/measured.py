"""Run a module as `python -m` does and print the process's own peak memory at the end: `python -m bench.measured MODULE ARGS…`."""

import contextlib
import json
import resource
import runpy
import sys

if __name__ == "__main__":
    module, sys.argv = sys.argv[1], sys.argv[1:]
    with contextlib.suppress(SystemExit):  # the module's own end, after which its memory is asked for
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    print(json.dumps({"peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
