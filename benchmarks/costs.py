"""What `keras_cnns.profile` predicts of a training step, beside a real one: memory and time; its own speed.

python benchmarks/costs.py [--quick]

Each step runs in a fresh process on Linux. Its memory is the most that the process ever took (VmHWM) less
what it took before the step, when model and images were there already: so the prediction is that of
gradients, optimizer and kept activations, without the weights. TensorFlow runs the step compiled, as `fit`
does, and PyTorch eagerly. The time is that of the second step. "saved" is what
PyTorch's autograd itself says that it saves for the backward pass, weights aside, beside the activations
that are predicted to be "kept".

With oneDNN, TensorFlow keeps a pool of memory that initialising the weights has left free, and a step fills
that first: of networks with large dense layers (VGG) the measure then says too little. With
TF_ENABLE_ONEDNN_OPTS=0 there is no such pool, but there are other kernels, too.
"""

import argparse
import ctypes
import gc
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from keras_cnns.building import without_weights

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.console import Console
from rich.table import Table

RUNS = (("lenet_5", 512), ("alexnet_owt", 32), ("vgg11", 4), ("resnet18", 8), ("inception_v3", 4))
STEPS = 2
STATUS = Path("/proc/self/status")
console = Console()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two networks, TensorFlow only")
    parser.add_argument("--step", nargs=2, metavar=("NAME", "BATCH"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(step(given.step[0], int(given.step[1]))))
        return
    if not STATUS.exists():
        sys.exit("Only Linux tells a process' own peak of memory.")
    runs, backends = (RUNS[:2], ("tensorflow",)) if given.quick else (RUNS, ("tensorflow", "torch"))
    training(runs, backends)
    speed()


def training(runs: tuple[tuple[str, int], ...], backends: tuple[str, ...]) -> None:
    memory = new_table(
        "One training step, SGD, float32: MB",
        ("network", "batch", "backend"),
        ("predicted", "measured", "ratio", "kept", "saved", "ratio"),
    )
    time = new_table("and its multiply-adds", ("network", "batch", "backend"), ("GMAC", "seconds", "GMAC/s"))
    for name, batch in runs:
        for backend in backends:
            measured_run = alone(name, batch, backend)
            macs = 3 * measured_run["macs"] * batch / 1e9  # forward, and two products as large backward
            run = name, str(batch), backend
            memory.add_row(
                *run,
                *beside(measured_run["predicted"], measured_run["measured"]),
                *(beside(measured_run["kept"], measured_run["saved"]) if measured_run["saved"] else ()),
            )
            time.add_row(
                *run,
                f"{macs:,.0f}",
                f"{measured_run['seconds']:.2f}",
                f"{macs / measured_run['seconds']:,.0f}",
            )
    console.print(memory, time)


def new_table(title: str, left: tuple[str, ...], right: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in left:
        table.add_column(column)
    for column in right:
        table.add_column(column, justify="right")
    return table


def beside(predicted: int, measured: int) -> tuple[str, str, str]:
    """Both in MB, and how many times the one the other is."""
    return f"{predicted / 1e6:,.0f}", f"{measured / 1e6:,.0f}", f"{measured / predicted:.2f}"


def alone(name: str, batch: int, backend: str) -> dict:
    """Run a step in a process of its own."""
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
    }
    command = [sys.executable, __file__, "--step", name, str(batch)]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def step(name: str, batch: int) -> dict:
    """Train for a few steps; return bytes, seconds and what was predicted of them."""
    import keras
    import numpy as np

    import keras_cnns

    model = keras_cnns.create(name)
    measured_run = keras_cnns.profile(model, batch)
    random = np.random.default_rng(1)
    images = random.random((batch, *model.input_shape[1:]), dtype="float32")
    labels = np.eye(model.output_shape[-1], dtype="float32")[random.integers(0, 10, batch)]
    tiny = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    tiny.compile("sgd", "mse")
    tiny.train_on_batch(np.zeros((2, 4)), np.zeros((2, 1)))  # loads what any first step loads
    before = started()
    seconds = []
    for _ in range(STEPS):
        start = perf_counter()
        model.train_on_batch(images, labels)
        seconds.append(perf_counter() - start)
    return {
        "macs": measured_run.macs,
        "predicted": measured_run.training_bytes - measured_run.params_bytes,
        "measured": status("VmHWM") - before,
        "kept": measured_run.kept_bytes,
        "saved": saved(model, images) if keras.backend.backend() == "torch" else 0,
        "seconds": seconds[-1],
    }


def saved(model, images) -> int:
    """Bytes that autograd saves in a forward pass, each piece of memory once, weights aside."""
    import torch

    weights = {variable.value.untyped_storage().data_ptr() for variable in model.variables}
    pieces = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            pieces[storage.data_ptr()] = (storage.nbytes(), tensor)  # held, so that no other takes its place
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = model(images, training=True)
    del result
    return sum(size for size, _ in pieces.values())


def started() -> int:
    """Give what is free back to the system and reset the peak; return the bytes taken now."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # else the step would fill what building the model has left free
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def status(what: str) -> int:
    """Bytes that Linux reports of this process."""
    return 1024 * int(re.search(rf"{what}:\s+(\d+) kB", STATUS.read_text())[1])


def speed() -> None:
    """How long a profile takes; networks without weights, and chains of layers."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import keras

    from keras_cnns import profile
    from keras_cnns.weightless import build_weightless

    table = new_table("Time of a profile", ("model",), ("layers", "profile", "as text"))
    models = [without_weights(name) for name in ("vgg16", "resnet152", "inception_resnet_v2")]
    sys.setrecursionlimit(100_000)  # Keras recurses when it builds a model
    models += [build_weightless(chain, keras, depth) for depth in (1000, 2000, 4000)]
    profile(models[0])  # imports what it needs
    for model in models:
        start = perf_counter()
        result = profile(model)
        between = perf_counter()
        str(result)
        shown = perf_counter() - between
        table.add_row(model.name, str(len(result.rows)), f"{between - start:.3f} s", f"{shown:.3f} s")
    console.print(table)


def chain(keras, depth: int):
    """Convolutions and ReLUs one after the other, `depth` layers together."""
    x = inputs = keras.Input((8, 8, 4))
    for _ in range(depth // 2):
        x = keras.layers.ReLU()(keras.layers.Conv2D(4, 3, padding="same")(x))
    return keras.Model(inputs, x, name=f"chain_of_{depth}")


if __name__ == "__main__":
    main()
