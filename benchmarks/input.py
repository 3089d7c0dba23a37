"""Reading: images read and distorted for a training, beside the step that waits for them.

    python benchmarks/input.py [--quick] [--csv FILE] [--size PIXELS]

Generated photographs, JPEG of 500 × 375, become batches of 32 for ResNet-18 at 64 × 64: read by
`keras_cnns.training`, in one process and in as many workers as there are cores, and by other ways around the
same function of (seed, epoch, image): threads of `keras.utils.PyDataset`, its processes (fork), and `tf.data`
with as many calls at once as there are cores. Figures are images a second. Each way is in a process of its
own, which waits while another works. "training step" is what the network takes in a step of TensorFlow.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import processes
from harness import Goal, Report, alternate, parsed, parser

sys.path.insert(0, str(processes.ROOT))

BATCH, IMAGES = 32, 384
STEP, WORKERS = "training step", "workers"
WAYS = (WORKERS, "one process", "PyDataset, threads", "PyDataset, processes", "tf.data", STEP)
Answer = Callable[[Any], float]


def main(arguments: list[str] | None = None) -> int:
    found = parser(__doc__)
    found.add_argument("--size", type=int, default=64, help="height and width that the network sees (64)")
    given = parsed(found, arguments)
    if given.worker:
        return processes.serve(answer_of(*given.worker))
    report = Report(f"Images a second, {given.size} × {given.size}, batch {BATCH}", given.csv)
    folder = Path(tempfile.mkdtemp())
    try:
        photographs(folder, 64 if given.quick else IMAGES)
        with ExitStack() as stack:
            asked = {who: stack.enter_context(started(who, folder, given.size)).ask for who in WAYS}
            for ask in asked.values():
                ask("first")
            speeds = alternate(
                {who: partial(ask, "again") for who, ask in asked.items()}, 1 if given.quick else 5
            )
    finally:
        shutil.rmtree(folder)
    case = "resnet18, seconds for 1,000 images"
    for who, each in speeds.items():
        goal = Goal(2, "theirs", least=True) if who == STEP else None
        report.add(case, who, [1000 / speed for speed in each], "s", goal)
    return report.finish()


def photographs(folder: Path, number: int) -> None:
    """Write smooth colours with a little noise, which pack as photographs do."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(1)
    for i in range(number):
        place = folder / f"class {i % 4}"
        place.mkdir(exist_ok=True)
        colours = Image.fromarray(random.integers(0, 256, (24, 32, 3), "uint8")).resize((500, 375))
        noisy = np.asarray(colours) + random.normal(0, 6, (375, 500, 3))
        Image.fromarray(noisy.clip(0, 255).astype("uint8")).save(place / f"{i}.jpg", quality=90)


def started(who: str, folder: Path, size: int) -> processes.Worker:
    return processes.Worker(__file__, who, str(folder), str(size), KERAS_BACKEND="tensorflow")


def answer_of(who: str, folder: str, size: str) -> Answer:
    """What a worker answers: how many images a second it gives."""
    processes.start_quietly("tensorflow")
    shape = (int(size), int(size), 3)
    return step(shape) if who == STEP else reading(who, Path(folder), shape)


def step(shape: tuple[int, int, int]) -> Answer:
    import keras
    import numpy as np

    import keras_cnns

    model = keras_cnns.create("resnet18", shape, 10, keras.optimizers.SGD(0.01, momentum=0.9))
    images = np.random.default_rng(1).random((BATCH, *shape), "float32")
    targets = np.eye(10, dtype="float32")[np.arange(BATCH) % 10]

    def answer(_: Any) -> float:
        start = perf_counter()
        model.train_on_batch(images, targets)
        return BATCH / (perf_counter() - start)

    return answer


def reading(who: str, folder: Path, shape: tuple[int, int, int]) -> Answer:
    from keras_cnns import training
    from keras_cnns.training.reading import Reader, cores

    data = training.load(folder)
    reader = Reader(cores() if who == WORKERS else 0)
    batches = training.Batches(*data.train, shape, lambda labels: labels, BATCH, 1, reader=reader)
    epochs = iter(range(10**6))

    def answer(_: Any) -> float:
        batches.epoch = next(epochs)
        start = perf_counter()
        seen = sum(len(images) for images in passes(who, batches, cores()))
        return seen / (perf_counter() - start)

    return answer


def passes(who: str, batches: Any, cores: int) -> Iterator[Any]:
    """Give the batches of an epoch in their order, as one way reads them."""
    if who == "tf.data":
        import tensorflow as tf

        read = partial(tf.py_function, lambda i: batches[int(i)][0], Tout=tf.float32)
        indices = tf.data.Dataset.range(len(batches))
        yield from indices.map(lambda i: read(inp=[i]), num_parallel_calls=cores).prefetch(2)
    elif who.startswith("PyDataset"):
        yield from enqueued(batches, cores, who.endswith("processes"))
    else:
        for i in range(len(batches)):
            yield batches[i][0]


def enqueued(batches: Any, cores: int, forks: bool) -> Iterator[Any]:
    """Give the batches as Keras' `fit` would ask for them."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    batches.workers, batches.use_multiprocessing = cores, forks
    if forks:
        batches.lock = nullcontext()  # each process has its own; a lock cannot be sent to them
    adapter = PyDatasetAdapter(batches)
    adapter.on_epoch_begin()
    for images, _ in adapter.get_numpy_iterator():
        yield images
    adapter.on_epoch_end()


if __name__ == "__main__":
    sys.exit(main())
