"""Commands: seconds and memory of whole commands, as one waits for them in a terminal.

    python benchmarks/commands.py [--quick] [--csv FILE]

Each run is a process of its own, with the backend that the environment and Keras' settings choose. MB is the
most memory that the process took. The peer is what any program with Keras waits for: `import keras`. Files go
into a folder that is deleted. Needs Linux or macOS.
"""

import sys
import tempfile
from functools import partial
from pathlib import Path

import processes
from harness import Report, alternate, at_most, options

GALLERY = "gallery DIR"
# What the command is, its arguments, the status it ends with, the goals in seconds and MB.
COMMANDS: tuple[tuple[str, tuple[str, ...], int, float | None, float | None], ...] = (
    ("draw resnet50 -o x.svg", ("draw", "resnet50", "-o", "x.svg", "--force"), 0, 0.7, 80),
    ("draw resnet50 -o x.png", ("draw", "resnet50", "-o", "x.png", "--force"), 0, None, None),
    ("show resnet50", ("show", "resnet50"), 0, None, None),
    ("profile resnet50", ("profile", "resnet50"), 0, None, None),
    ("list", ("list",), 0, None, None),
    ("weights", ("weights",), 0, None, None),
    (GALLERY, ("gallery", "gallery", "--force"), 0, 3.0, None),
    ("compare resnet50 resnet101", ("compare", "resnet50", "resnet101"), 1, None, None),
    ("--help", ("--help",), 0, 0.5, None),
    ("draw --help", ("draw", "--help"), 0, 0.5, None),
    ("draw resnet5 (no such network)", ("draw", "resnet5", "-o", "y.svg"), 1, 0.5, None),
    ("draw none.keras (no such file)", ("draw", "none.keras", "-o", "y.svg"), 1, 0.5, None),
)
PEER = "python -c 'import keras'"


def main(arguments: list[str] | None = None) -> int:
    given = options(__doc__, arguments)
    processes.needs_linux()
    report = Report("Commands: keras-cnns …", given.csv)
    wanted = [row for row in COMMANDS if row[0] in ("list", "--help")] if given.quick else list(COMMANDS)
    with tempfile.TemporaryDirectory() as folder:
        acts = {
            name: partial(processes.whole, [sys.executable, "-m", "keras_cnns", *words], Path(folder), status)
            for name, words, status, _, _ in wanted
        }
        if not given.quick:
            acts[PEER] = partial(processes.whole, [sys.executable, "-c", "import keras"], Path(folder))
        measured = alternate(acts, 1 if given.quick else 3)
    for name, _, _, seconds, megabytes in wanted:
        runs = measured[name]
        report.add(name, "ours", [run[0] for run in runs], "s", at_most(seconds) if seconds else None)
        report.add(name, "ours", [run[1] for run in runs], "MB", at_most(megabytes) if megabytes else None)
    for unit, which in (("s", 0), ("MB", 1)):
        if PEER in measured:
            report.add(PEER, "Python and Keras", [run[which] for run in measured[PEER]], unit)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
