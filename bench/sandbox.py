"""How fast the sandbox imports a university: 200,000 users, 50,000 sections, 2,000,000 enrollments.

    python -m bench.sandbox                    everything in memory
    python -m bench.sandbox --file             on an SQLite file in a temporary folder
    python -m bench.sandbox --scale 0.1        a tenth of it

Prints seconds and peak memory for the large import, for half of it (is the time linear in rows?), for 1,000 changed
rows into the large account, for a reset, and for the start.
"""

import argparse
import subprocess
import sys


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--file", action="store_true")
    chosen = options.parse_args()
    for scale in (chosen.scale / 2, chosen.scale):
        command = [sys.executable, "-m", "bench.sandbox_once", str(scale), "file" if chosen.file else "memory"]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
