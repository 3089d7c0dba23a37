"""Images for a training, read and distorted by worker processes, or in this one if there are none.

The workers are plain child processes that are asked through pipes. `multiprocessing` would run a script that
has no `if __name__ == "__main__"` again in each of them, and its fork can stop for ever after a backend has
started threads. Threads share one lock of Python's, which Pillow holds for a part of each image.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from keras_cnns.arguments import checked_int
from keras_cnns.training.augment import seen
from keras_cnns.training.data import ImageSource
from keras_cnns.training.view import View
from keras_cnns.training.worker import generator

FEWEST = 64  # files for which it is worth while to start processes
START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from keras_cnns.training.worker import serve
serve()
"""
Shape = tuple[int, int, int]
Wanted = tuple[ImageSource, tuple[int, int, int] | None]  # an image and the key of its distortion
Found = np.ndarray | str  # 8-bit pixels, or why the file cannot be read


class WorkerEnded(RuntimeError):
    """A process that reads images has ended before the training."""


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers_for(images: Sequence[ImageSource], workers: int | None) -> int:
    """Return how many processes read the images: as many as asked for, else one for each core.

    None do where it would not pay: for arrays, for few files, on a single core.
    """
    if workers is not None:
        return checked_int("workers", workers, least=0)
    worth = len(images) >= FEWEST and isinstance(images[0], Path) and cores() > 1
    return cores() if worth else 0


def opened(images: Sequence[ImageSource], workers: "int | Reader | None") -> AbstractContextManager["Reader"]:
    """Return what reads images within a context: a reader that is there already stays open after it."""
    if isinstance(workers, Reader):
        return nullcontext(workers)
    return Reader(workers_for(images, workers))


class Worker:
    """A child process that reads images when it is asked."""

    def __init__(self) -> None:
        path = json.dumps([os.path.abspath(place) for place in sys.path])
        options: dict[str, Any] = {"start_new_session": True}  # Ctrl-C is for the training alone
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            **options,
        )

    def ask(self, wanted: Sequence[Wanted], in_shape: Shape, view: View) -> list[Found]:
        """Return the pixels of the images, or why they cannot be read."""
        assert self.process.stdin and self.process.stdout
        images = [(str(image), key) for image, key in wanted]
        request = {"in_shape": in_shape, "view": asdict(view), "images": images}
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            reasons = json.loads(self.process.stdout.readline() or b"null")
            if reasons is not None:
                return [self.pixels(in_shape) if reason is None else str(reason) for reason in reasons]
        except (OSError, ValueError):
            pass  # it has ended in between
        raise WorkerEnded(self.ending())

    def pixels(self, in_shape: Shape) -> np.ndarray:
        """Read one image from the pipe."""
        assert self.process.stdout
        content = self.process.stdout.read(int(np.prod(in_shape)))
        return np.frombuffer(content, "uint8").reshape(in_shape)

    def ending(self) -> str:
        """Say how the process ended."""
        try:
            status = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # it is there, but its answers make no sense
            self.process.kill()
            status = self.process.wait()
        how = f"with status {status}"
        if status < 0:
            names = {each.value: each.name for each in signal.Signals}
            how = f"by signal {-status}, {names.get(-status, 'unknown')}"
        return f"a worker process that reads images has ended {how}. If memory ran out, use fewer workers."

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        with suppress(OSError):  # what was not yet sent
            self.process.stdin.close()


class Reader:
    """Reads images in so many worker processes, which start with the first files and end with the context."""

    def __init__(self, workers: int = 0):
        self.workers = workers
        self.processes: list[Worker] = []
        self.idle: SimpleQueue[Worker] = SimpleQueue()
        self.threads: ThreadPoolExecutor | None = None  # each waits for one process

    def ahead(self, batch_size: int) -> int:
        """Return how many batches are read before they are needed: enough that no worker waits."""
        return max(2, -(-2 * self.workers // batch_size)) if self.workers else 0

    def start(self, wanted: Sequence[Wanted], in_shape: Shape, view: View) -> Callable[[], list[Found]]:
        """Begin to read images; what is returned waits for them, and may be called once.

        Arrays, which only need to be distorted, and everything if there are no workers, are read when they
        are waited for.
        """
        if not self.workers or not all(isinstance(image, Path) for image, _ in wanted):
            return lambda: [read_here(image, key, in_shape, view) for image, key in wanted]
        if self.threads is None:
            self.processes = [Worker() for _ in range(self.workers)]
            for worker in self.processes:
                self.idle.put(worker)
            self.threads = ThreadPoolExecutor(self.workers)
        size = -(-len(wanted) // self.workers)
        parts = [wanted[i : i + size] for i in range(0, len(wanted), size)]
        waiting = [self.threads.submit(self.ask, part, in_shape, view) for part in parts]
        return lambda: [found for part in waiting for found in part.result()]

    def ask(self, wanted: Sequence[Wanted], in_shape: Shape, view: View) -> list[Found]:
        worker = self.idle.get()
        try:
            return worker.ask(wanted, in_shape, view)
        finally:
            self.idle.put(worker)

    def close(self) -> None:
        """End the worker processes."""
        for worker in self.processes:
            worker.close()
        if self.threads is not None:
            self.threads.shutdown(cancel_futures=True)
        self.__init__(self.workers)  # type: ignore[misc]

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_here(image: ImageSource, key: tuple[int, int, int] | None, in_shape: Shape, view: View) -> Found:
    """Return the pixels of an image, or why its file cannot be read."""
    try:
        return seen(image, in_shape, generator(key), view)
    except ValueError as error:
        if not isinstance(image, Path):
            raise
        return str(error)
