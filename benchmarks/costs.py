"""Costs: the memory of a training step that keras_cnns.profile predicts, beside that of a real one.

    python benchmarks/costs.py [--quick] [--csv FILE]

Each step, SGD and float32, runs in a process of its own. "Measured" is the most that the process ever took
less what it took before the step, when model and images were there already: so "predicted" is that of
gradients, optimizer and kept activations, without the weights. TensorFlow runs the step compiled, as `fit`
does, and PyTorch eagerly. "Saved" is what PyTorch's autograd itself says that it saves for the backward pass,
weights aside, beside the activations that are predicted to be "kept". Needs Linux, TensorFlow and PyTorch.

With oneDNN, TensorFlow keeps a pool of memory that initialising the weights has left free, and a step fills
that first: of networks with large dense layers (VGG) the measure then says too little. With
TF_ENABLE_ONEDNN_OPTS=0 there is no such pool, but there are other kernels, too.
"""

import sys
from typing import Any

import processes
from harness import Report, options

sys.path.insert(0, str(processes.ROOT))

RUNS = (("lenet_5", 512), ("alexnet_owt", 32), ("vgg11", 4), ("resnet18", 8), ("inception_v3", 4))
BACKENDS = {"tensorflow": "TensorFlow", "torch": "PyTorch"}
STEPS = 2


def main(arguments: list[str] | None = None) -> int:
    given = options(__doc__, arguments)
    processes.needs_linux()
    if given.worker:
        return processes.serve(step)
    report = Report("One training step: predicted and measured", given.csv)
    for name, batch in RUNS[:1] if given.quick else RUNS:
        for backend, called in list(BACKENDS.items())[: 1 if given.quick else 2]:
            with processes.Worker(__file__, "step", KERAS_BACKEND=backend) as worker:
                found = worker.ask([name, batch])
            case = f"{name}, batch {batch}, {called}"
            for what in ("predicted", "measured"):
                report.add(case, what, [found[what] / 1e6], "MB")
            if found["saved"]:
                for what in ("kept", "saved"):
                    report.add(f"{case}, activations", what, [found[what] / 1e6], "MB")
    return report.finish()


def step(request: list) -> dict[str, int]:
    """Train for a few steps; return bytes, measured and predicted."""
    name, batch = request
    processes.start_quietly()
    import keras
    import numpy as np

    import keras_cnns

    model = keras_cnns.create(name)
    predicted = keras_cnns.profile(model, batch)
    random = np.random.default_rng(1)
    images = random.random((batch, *model.input_shape[1:]), dtype="float32")
    labels = np.eye(model.output_shape[-1], dtype="float32")[random.integers(0, 10, batch)]
    tiny = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    tiny.compile("sgd", "mse")
    tiny.train_on_batch(np.zeros((2, 4)), np.zeros((2, 1)))  # loads what any first step loads
    before = processes.start_of_peak()
    for _ in range(STEPS):
        model.train_on_batch(images, labels)
    return {
        "predicted": predicted.training_bytes - predicted.params_bytes,
        "measured": processes.peak() - before,
        "kept": predicted.kept_bytes,
        "saved": saved(model, images) if keras.backend.backend() == "torch" else 0,
    }


def saved(model: Any, images: Any) -> int:
    """Bytes that autograd saves in a forward pass, each piece of memory once, weights aside."""
    import torch

    weights = {variable.value.untyped_storage().data_ptr() for variable in model.variables}
    pieces: dict[int, tuple[int, Any]] = {}

    def note(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            pieces[storage.data_ptr()] = (storage.nbytes(), tensor)  # held, so that no other takes its place
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = model(images, training=True)
    del result
    return sum(size for size, _ in pieces.values())


if __name__ == "__main__":
    sys.exit(main())
