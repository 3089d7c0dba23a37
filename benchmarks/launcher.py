"""Run a command; print seconds, the most MB that it took, and its status: `python launcher.py COMMAND …`.

Linux lets a process begin with the peak of the one that starts it, so this one is small, and imports little.
"""

import json
import os
import subprocess
import sys
from time import perf_counter


def main() -> None:
    start = perf_counter()
    with subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    megabytes = usage.ru_maxrss * (1024 if sys.platform == "linux" else 1) / 1e6
    print(json.dumps([seconds, megabytes, process.returncode]))


if __name__ == "__main__":
    main()
