"""Comparing and profiling: how long they take on large models and on our networks.

    python benchmarks/comparison.py [--quick] [--csv FILE]

Large models are chains of residual blocks, a convolution and a sum each. A model is compared with another of
the same blocks; a network of ours with itself, built a second time. Models are built before, without weights,
by JAX unless KERAS_BACKEND says otherwise. How well `compare` finds mistakes is what benchmarks/compare.py
measures.
"""

import gc
import sys
import warnings
from collections.abc import Callable
from functools import partial
from statistics import median

import processes
from harness import Report, alternate, at_most, options, timed

sys.path.insert(0, str(processes.ROOT))

BLOCKS = (500, 1000, 2000)
GOALS = {2000: (0.4, 0.25)}
OURS = 0.2


def main(arguments: list[str] | None = None) -> int:
    given = options(__doc__, arguments)
    processes.start_quietly("jax")
    warnings.simplefilter("ignore")
    from pictures import chain_of

    report = Report("Comparing and profiling", given.csv)
    sys.setrecursionlimit(200_000)  # Keras looks at a layer from within its look at the next
    for blocks in (50,) if given.quick else BLOCKS:
        models = [chain_of(2 * blocks) for _ in range(2)]
        compare, profile = GOALS.get(blocks, (None, None))
        add(report, f"{blocks:,} residual blocks", models, compare, profile, rounds=1 if given.quick else 7)
    our_networks(report, given.quick)
    return report.finish()


def add(
    report: Report, case: str, models: list, compare: float | None, profile: float | None, rounds: int
) -> None:
    acts = contenders(models)
    for act in acts.values():
        act()  # imports what it needs
    for (what, seconds), goal in zip(alternate(acts, rounds).items(), (compare, profile)):
        report.add(f"{what} {case}", "ours", seconds, "s", at_most(goal) if goal else None)


def contenders(models: list) -> dict[str, Callable[[], float]]:
    import keras_cnns

    return {
        "compare": timed(partial(keras_cnns.compare, *models), 1),
        "profile": timed(partial(keras_cnns.profile, models[0]), 1),
    }


def our_networks(report: Report, quick: bool) -> None:
    """The slowest of our networks, and the one in the middle."""
    from keras_cnns.building import without_weights
    from keras_cnns.catalog import facts

    found: dict[str, dict[str, list[float]]] = {"compare": {}, "profile": {}}
    for name in facts.list_models()[: 2 if quick else None]:
        models = [without_weights(name) for _ in range(2)]
        gc.collect()
        for what, seconds in alternate(contenders(models), 1 if quick else 3).items():
            found[what][name] = seconds
    for what, networks in found.items():
        ordered = sorted(networks, key=lambda name: min(networks[name]))
        slowest, middle = ordered[-1], median(min(seconds) for seconds in networks.values())
        report.add(f"{what}, {len(ordered)} networks of ours", "the middle one", [middle], "s")
        case = f"{what}, the slowest: {slowest}"
        report.add(case, "ours", networks[slowest], "s", at_most(OURS) if what == "compare" else None)


if __name__ == "__main__":
    sys.exit(main())
