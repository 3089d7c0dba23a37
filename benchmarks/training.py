"""Training: a step of our networks, of the same networks in Keras as it is, and of torchvision's.

    python benchmarks/training.py [--quick] [--csv FILE] [--limit SECONDS] [--network NAME]

A step is forward, backward and an update by SGD with momentum, of 8 images in float32. Ours are created by
`keras_cnns.create`, which applies `keras_cnns.fast`, on TensorFlow with oneDNN on and off, as the environment
variable TF_ENABLE_ONEDNN_OPTS says. "Keras as it is" is the model that the architecture's file builds. Each
is in a process of its own, which waits while another computes; "first step" has tracing and compiling in it.
Keras as it is computes grouped convolutions so slowly that it is timed once, and given up after the limit.
torchvision's networks are channels last; its AlexNet has one tower and no response normalization, where ours
has the paper's two. Needs torch and torchvision.
"""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from time import perf_counter
from typing import Any

import processes
from harness import Report, alternate, ours_at_most, parsed, parser, theirs_at_least

sys.path.insert(0, str(processes.ROOT))

BATCH = 8
# Ours, and what torchvision calls its network.
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "resnext50": ("resnext50", {}),
    "alexnet": ("alexnet_owt", {}),
    "resnet50": ("resnet50", {"stride_in_3x3": True}),
}
SMALL = "nin_cifar"  # for --quick; torchvision has none
ON, OFF, THEIRS, STOCK = "ours, oneDNN on", "ours, oneDNN off", "torchvision", "Keras as it is"
# Of torchvision's step ours is at most so many times as long, with oneDNN on and off; that of Keras as it is
# is at least so many times as long as ours.
GOALS = {"resnext50": (1.2, 1.7, 20.0), "alexnet": (1.2, None, None)}


def main(arguments: list[str] | None = None) -> int:
    found = parser(__doc__)
    found.add_argument("--limit", type=float, default=240, help="seconds for a step of Keras as it is (240)")
    found.add_argument("--network", choices=NETWORKS, help="only this one")
    given = parsed(found, arguments)
    if given.worker:
        return processes.serve(step_of(*given.worker))
    report = Report(f"A training step, batch {BATCH}, float32, SGD with momentum", given.csv)
    for name in [given.network] if given.network else [SMALL] if given.quick else NETWORKS:
        network(report, name, 1 if given.quick else 4, given.limit)
    return report.finish()


def network(report: Report, name: str, rounds: int, limit: float) -> None:
    """All in turn, but for Keras as it is, which would take the others' time."""
    on, off, stock = GOALS.get(name, (None, None, None))
    whos = (ON, OFF, THEIRS) if name in NETWORKS else (ON, OFF)
    with ExitStack() as stack:
        steps: dict[str, Callable[[], float]] = {
            who: partial(stack.enter_context(started(who, name)).ask, "step") for who in whos
        }
        first = {who: step() for who, step in steps.items()}
        times = alternate(steps, rounds)
    times[STOCK], first[STOCK] = [], 0.0
    with started(STOCK, name) as worker:
        try:
            first[STOCK] = worker.ask("step", limit)
            times[STOCK].append(worker.ask("step", limit))
        except TimeoutError:
            pass
    bounds = {THEIRS: ours_at_most(on) if on else None, STOCK: theirs_at_least(stock) if stock else None}
    for who, steady in times.items():
        report.add(name, who, steady, "s", bounds.get(who))
    if off:
        case = f"{name}, oneDNN off"
        report.add(case, OFF, times[OFF], "s")
        report.add(case, THEIRS, times[THEIRS], "s", ours_at_most(off))
    for who, once in first.items():
        report.add(f"{name}, first step", who, [once] if once else [], "s")


def started(who: str, name: str) -> processes.Worker:
    changes = {"KERAS_BACKEND": "tensorflow", "TF_ENABLE_ONEDNN_OPTS": "0" if who == OFF else "1"}
    return processes.Worker(__file__, who, name, **changes)


def step_of(who: str, name: str) -> Callable[[Any], float]:
    """What a worker answers: the seconds of a step. What it needs is made before the first."""
    step = torchvision_step(NETWORKS[name][0]) if who == THEIRS else our_step(name, who == STOCK)

    def answer(_: Any) -> float:
        start = perf_counter()
        step()
        return perf_counter() - start

    return answer


def our_step(name: str, stock: bool) -> Callable[[], object]:
    processes.start_quietly("tensorflow")
    import keras
    import numpy as np

    import keras_cnns
    from keras_cnns.catalog.facts import find_network

    optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
    options = NETWORKS[name][1] if name in NETWORKS else {}
    if stock:
        network = find_network(name)
        model = network.factory(network.in_shape, network.n_classes, optimizer, **options)
    else:
        model = keras_cnns.create(name, opt=optimizer, **options)
    random = np.random.default_rng(1)
    classes = model.output_shape[-1]
    images = random.random((BATCH, *model.input_shape[1:]), dtype="float32")
    labels = np.eye(classes, dtype="float32")[random.integers(0, classes, BATCH)]
    return partial(model.train_on_batch, images, labels)


def torchvision_step(name: str) -> Callable[[], object]:
    import peers
    import torch

    network = peers.torchvision_model(name).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9)
    images = torch.rand(BATCH, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 1000, (BATCH,))

    def step() -> float:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


if __name__ == "__main__":
    sys.exit(main())
