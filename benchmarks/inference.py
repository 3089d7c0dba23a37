"""Inference: one batch of images through our networks and through their peers.

    python benchmarks/inference.py [--quick] [--csv FILE]

Ours are `keras_cnns.inference(model)`, with the engine that it chooses, `model.predict_on_batch`, and the
model in a `tf.function`. Theirs are torchvision's network, channels last, and the same as an ONNX file in
onnxruntime and OpenVINO. All compute in float32 with random weights, each library in a process of its own,
which waits while another computes. A time is that from images in NumPy's memory to probabilities, the least
of several in a row and of several turns. ResNet-50 has its strides in the 3x3, as torchvision's has. oneDNN
is as TensorFlow has it by itself. Needs torch, torchvision, onnxruntime, openvino and onnx.
"""

import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import processes
from harness import Report, alternate, options, ours_at_most

sys.path.insert(0, str(processes.ROOT))

NETWORKS: dict[str, dict[str, Any]] = {
    "resnet50": {"stride_in_3x3": True},
    "inception_v3": {},
    "resnext50": {},
}
SIDES = {"inception_v3": 299}
BATCHES = (1, 8)
OURS = ("ours, inference", "ours, predict_on_batch", "ours, tf.function")
THEIRS = ("torchvision", "onnxruntime", "OpenVINO")
GOAL = "onnxruntime", ours_at_most(1.05)
BREATH = 0.05  # seconds; threads of another library that look for work have given up by then


def main(arguments: list[str] | None = None) -> int:
    given = options(__doc__, arguments)
    if given.worker:
        who, name, file = given.worker
        return processes.serve(Contender(who, name, file))
    report = Report("Inference, float32", given.csv)
    for name in list(NETWORKS)[:1] if given.quick else NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            network(report, name, str(Path(folder, "theirs.onnx")), given.quick)
    return report.finish()


def network(report: Report, name: str, file: str, quick: bool) -> None:
    with ExitStack() as stack:
        workers = {
            who: stack.enter_context(processes.Worker(__file__, who, name, file, KERAS_BACKEND="tensorflow"))
            for who in ("torchvision", "ours", "onnxruntime", "OpenVINO")
        }
        # One after the other, since torchvision writes the file.
        engines = {who: worker.ask(["start", 0]) for who, worker in workers.items()}
        for batch in BATCHES[:1] if quick else BATCHES:
            acts: dict[str, Callable[[], float]] = {
                who: partial(workers[who.partition(",")[0]].ask, [who, batch])
                for who in (*OURS, *THEIRS)
                if who != OURS[0] or engines["ours"]
            }
            for act in acts.values():
                act()  # traces and compiles
            times = alternate(acts, 1 if quick else 5)
            for who in (*OURS, *THEIRS):
                goal = GOAL[1] if who == GOAL[0] and engines["ours"] else None
                called = f"{who} ({engines['ours'] or 'none agrees'})" if who == OURS[0] else who
                report.add(f"{name}, batch {batch}", called, times.get(who, []), "ms", goal)


class Contender:
    """A library in a worker: it answers how long the fastest of a few batches took, in ms."""

    def __init__(self, who: str, name: str, file: str) -> None:
        self.who, self.name, self.file = who, name, file
        self.calls: dict[str, Callable[[Any], object]] = {}

    def __call__(self, request: list) -> float | str:
        import numpy as np

        which, batch = request
        if which == "start":
            made = {
                "ours": self.ours,
                "torchvision": self.torchvision,
                "onnxruntime": self.onnxruntime,
                "OpenVINO": self.openvino,
            }[self.who]()
            self.calls = made
            return getattr(made.get(OURS[0]), "engine", "")
        side = SIDES.get(self.name, 224)
        shape = (batch, side, side, 3) if self.who == "ours" else (batch, 3, side, side)
        images = np.random.default_rng(1).random(shape, dtype="float32")
        sleep(BREATH)
        return fastest(self.calls[which], images, 5 if batch == 1 else 3)

    def ours(self) -> dict[str, Callable[[Any], object]]:
        processes.start_quietly("tensorflow")
        import keras
        import tensorflow as tf

        import keras_cnns

        keras.utils.set_random_seed(1)
        model = keras_cnns.create(self.name, **NETWORKS[self.name])
        compiled = tf.function(lambda images: model(images, training=False))
        calls: dict[str, Callable[[Any], object]] = {
            OURS[1]: model.predict_on_batch,
            OURS[2]: lambda images: compiled(images).numpy(),
        }
        # With random weights, rounding alone may move the outputs further than an engine's may be.
        with suppress(RuntimeError):
            calls[OURS[0]] = keras_cnns.inference(model)
        return calls

    def torchvision(self) -> dict[str, Callable[[Any], object]]:
        import peers
        import torch

        peers.torchvision_file(self.name, SIDES.get(self.name, 224), Path(self.file))
        network = peers.torchvision_model(self.name).eval().to(memory_format=torch.channels_last)

        def run(images: Any) -> Any:
            with torch.inference_mode():
                given = torch.from_numpy(images).contiguous(memory_format=torch.channels_last)
                return torch.softmax(network(given), -1).numpy()

        return {"torchvision": run}

    def onnxruntime(self) -> dict[str, Callable[[Any], object]]:
        import onnxruntime

        session = onnxruntime.InferenceSession(self.file, providers=["CPUExecutionProvider"])
        return {"onnxruntime": lambda images: session.run(None, {"images": images})}

    def openvino(self) -> dict[str, Callable[[Any], object]]:
        import openvino

        precise = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        network = openvino.compile_model(self.file, "CPU", precise)
        return {"OpenVINO": lambda images: network([images])[0]}


def fastest(call: Callable[[Any], object], images: Any, runs: int) -> float:
    times = []
    for _ in range(runs):
        start = perf_counter()
        call(images)
        times.append(1000 * (perf_counter() - start))
    return min(times)


if __name__ == "__main__":
    sys.exit(main())
