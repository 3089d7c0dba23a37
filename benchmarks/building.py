"""Building: memory and time of a network without weights, beside the same network with them.

    python benchmarks/building.py [--quick] [--csv FILE]

Each is built in a process of its own, after another network was built, which loads what any first one loads.
MB is what the process takes at most while it builds, above what it took before. Most of what a deep network
takes without weights are Keras' own objects, some 14 kB a layer. "Let go" is what a process still holds after
it has built every network of the catalogue once more, one after the other. TensorFlow builds, unless
KERAS_BACKEND says otherwise. Needs Linux.
"""

import sys
from time import perf_counter
from typing import Any

import processes
from harness import Report, at_most, options

sys.path.insert(0, str(processes.ROOT))

NETWORKS = ("lenet_5", "alexnet", "vgg16", "resnet50", "inception_resnet_v2")
GOAL = 1.0  # MB


def main(arguments: list[str] | None = None) -> int:
    given = options(__doc__, arguments)
    processes.needs_linux()
    if given.worker:
        return processes.serve(answer)
    report = Report("Building a network", given.csv)
    for name in NETWORKS[:1] if given.quick else NETWORKS:
        with processes.Worker(__file__, "build") as worker:
            measured = {who: worker.ask([who, name]) for who in ("without weights", "with weights")}
        for unit in ("MB", "s"):
            for who, found in measured.items():
                goal = at_most(GOAL) if (who, unit) == ("without weights", "MB") else None
                report.add(name, who, [found[unit]], unit, goal)
    if not given.quick:
        with processes.Worker(__file__, "build") as worker:
            left = worker.ask(["let go", ""])
        report.add("every network, one after the other", "let go", [left["MB"]], "MB", at_most(GOAL))
    return report.finish()


def answer(request: list[str]) -> dict[str, float]:
    who, name = request
    processes.start_quietly()
    import keras_cnns
    from keras_cnns.building import without_weights
    from keras_cnns.catalog import facts

    without_weights("nin_cifar")
    keras_cnns.create("nin_cifar")
    if who == "let go":
        for one in facts.list_models():  # Python and Keras keep some of what they see first
            without_weights(one)
        before = processes.start_of_peak()
        for one in facts.list_models():
            without_weights(one)
        return {"MB": (processes.start_of_peak() - before) / 1e6}
    before = processes.start_of_peak()
    start = perf_counter()
    model: Any = without_weights(name) if who == "without weights" else keras_cnns.create(name)
    seconds = perf_counter() - start
    del model
    return {"MB": max(0.0, (processes.peak() - before) / 1e6), "s": seconds}


if __name__ == "__main__":
    sys.exit(main())
