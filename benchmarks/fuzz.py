"""Random networks of nearly all that Keras has, through pictures, profiles, comparisons, mutants and files.

python benchmarks/fuzz.py --seconds 600          as many networks as ten minutes allow
python benchmarks/fuzz.py --only 4711            one of them again, with the traceback of what fails

Each network comes from a number, its seed, and is the same each time with the same version of Keras. What is
tried with it, and what must hold, is in tests/support/graph_checks.py; which layers there are, in
tests/support/random_layers.py. The network of a failure is cut to the fewest layers that still fail. Networks
have no weights, so nothing is computed. JAX builds them, unless KERAS_BACKEND says otherwise.
"""

import argparse
import gc
import os
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import count, islice
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

HERE = Path(__file__).resolve().parent.parent
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[:0] = [str(HERE), str(HERE / "tests")]

CLEAN_AFTER = 20  # networks; Keras keeps them in circles, which only the search for garbage opens
SLOW = 30  # seconds
console = Console()


def main() -> int:
    options = arguments()
    if options.only is not None:
        return once_more(options.only)
    outcomes: list[dict] = []
    start = monotonic()
    with new_progress() as progress:
        task = progress.add_task("networks", total=options.seconds, tried=0, failed=0)
        for outcome in results(options.seed, options.seconds, options.jobs):
            outcomes.append(outcome)
            for failure in outcome["failures"]:
                progress.console.print(line_of(outcome["seed"], failure), markup=False, highlight=False)
            failed = sum(bool(one["failures"]) for one in outcomes)
            done = min(monotonic() - start, options.seconds)
            progress.update(task, completed=done, tried=len(outcomes), failed=failed)
            if not console.is_terminal and len(outcomes) % 100 == 0:
                print(f"{len(outcomes)} networks, {failed} failed, {done:.0f} s", flush=True)
    return report(outcomes, monotonic() - start)


def arguments() -> argparse.Namespace:
    words = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=words)
    parser.add_argument(
        "--seed", type=int, default=0, help="the first network's; the next has the next number"
    )
    parser.add_argument("--seconds", type=int, default=60, help="stop after so long (60)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once (1); each takes about 1 GB")
    parser.add_argument("--only", type=int, metavar="SEED", help="one network again, with tracebacks")
    options = parser.parse_args()
    if options.seconds < 1 or options.jobs < 1:
        parser.error("--seconds and --jobs must be at least 1.")
    return options


def results(seed: int, seconds: int, jobs: int) -> Iterator[dict]:
    """The outcomes of one network after another until the time is over."""
    end = monotonic() + seconds
    seeds = count(seed)
    if jobs == 1:
        while monotonic() < end:
            yield tried(next(seeds))
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(tried, one) for one in islice(seeds, jobs)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            if monotonic() < end:
                running |= {pool.submit(tried, next(seeds)) for _ in finished}
            for future in finished:
                yield future.result()


def tried(seed: int) -> dict:
    """Put one network through all steps; what fails is tried with fewer layers."""
    from support import graph_checks

    if seed % CLEAN_AFTER == 0 or not gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
        gc.freeze()
    warnings.simplefilter("ignore")
    start = monotonic()
    outcome: dict = {"seed": seed, "layers": 0, "steps": [], "refusals": Counter(), "failures": []}
    try:
        trial = graph_checks.Trial(seed)
    except Exception as error:
        outcome["failures"].append({"step": "build", **described(error)})
        return outcome
    outcome["layers"] = graph_checks.layers_of(trial.model)
    for step, check in graph_checks.STEPS.items():
        begin = monotonic()
        if error := error_of(check, trial):
            outcome["failures"].append({"step": step, **described(error), "of": outcome["layers"]})
            outcome["failures"][-1]["least"] = least(seed, step, described(error)["where"])
        elif monotonic() - begin > SLOW:
            outcome["failures"].append(
                {"step": step, "error": f"took {monotonic() - begin:.0f} s", "where": ""}
            )
        outcome["steps"].append(step)
    outcome["refusals"] = trial.refusals
    outcome["seconds"] = monotonic() - start
    return outcome


def error_of(check, trial) -> Exception | None:
    try:
        check(trial)
    except Exception as error:  # a failure is whatever comes
        return error
    return None


def described(error: Exception) -> dict:
    """The error in a line, and the place of ours where it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "keras_cnns" in frame.filename or "support" in frame.filename]
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return {"error": f"{type(error).__name__}: {str(error)[:300]!a}", "where": where}


def least(seed: int, step: str, where: str) -> int | None:
    """How many layers the beginning of the network must have to fail at the same place."""
    from support import graph_checks

    for most in range(1, 24):
        try:
            trial = graph_checks.Trial(seed, most)
        except Exception:  # its beginning may be no network
            continue
        error = error_of(graph_checks.STEPS[step], trial)
        if error and described(error)["where"] == where:
            return graph_checks.layers_of(trial.model)
    return None


def once_more(seed: int) -> int:
    """One network, with all that can be said of it."""
    from support import graph_checks

    warnings.simplefilter("ignore")
    trial = graph_checks.Trial(seed)
    for operation in trial.model.operations:
        console.print(f"{type(operation).__name__} {operation.name!a}", markup=False, highlight=False)
    failed = 0
    for step, check in graph_checks.STEPS.items():
        error = error_of(check, trial)
        console.print(f"{step}: {'failed' if error else 'right'}", style="red" if error else "green")
        if error:
            failed += 1
            console.print("".join(traceback.format_exception(error)), markup=False, highlight=False)
    return bool(failed)


def line_of(seed: int, failure: dict) -> str:
    smallest = f", with {failure['least']} of {failure['of']} layers" if failure.get("least") else ""
    return f"--only {seed}: {failure['step']}{smallest}, {failure['where']}, {failure['error']}"


def report(outcomes: list[dict], seconds: float) -> int:
    """Tables of what was tried, refused and failed; 1 if anything failed."""
    layers = sum(one["layers"] for one in outcomes)
    steps = Counter(step for one in outcomes for step in one["steps"])
    failures = [(one["seed"], failure) for one in outcomes for failure in one["failures"]]
    failed = Counter(failure["step"] for _, failure in failures)
    table = Table("step", "networks", "failures", title=f"{len(outcomes)} networks of {layers:,} layers")
    for step in [*steps, *(step for step in failed if step not in steps)]:
        table.add_row(step, f"{steps[step]:,}", str(failed[step]))
    console.print(table)
    refusals = Counter()
    for one in outcomes:
        refusals.update(one["refusals"])
    table = Table("refused as documented, or made", "networks")
    for reason, n in refusals.most_common():
        table.add_row(reason, f"{n:,}")
    console.print(table)
    console.print(f"{seconds:.0f} seconds; {sum(steps.values()):,} steps, {len(failures)} failures.")
    kinds: dict[tuple, list] = {}
    for seed, failure in failures:
        kinds.setdefault((failure["step"], failure["where"], failure["error"][:40]), []).append(
            (seed, failure)
        )
    for _, found in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
        seed, failure = min(found, key=lambda one: one[1].get("least") or 99)
        console.print(f"{len(found)} like {line_of(seed, failure)}", markup=False, highlight=False)
    return bool(failures)


def new_progress() -> Progress:
    return Progress(
        BarColumn(),
        TextColumn("{task.fields[tried]} networks, {task.fields[failed]} failed"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


if __name__ == "__main__":
    sys.exit(main())
