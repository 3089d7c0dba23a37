"""A process that reads and distorts images for a training, as `python -c` with `serve` runs it.

It is asked by lines of JSON on its standard input, and ends when that is closed: so it cannot outlive the
training, whatever ends it. It imports neither Keras nor a backend.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from keras_cnns.training.augment import seen
from keras_cnns.training.view import View


def serve() -> None:
    """Answer each request with a line that says which images cannot be read and why, and with the others."""
    warnings.filterwarnings("ignore", module=r"PIL\.")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries print from C, too
    try:
        for line in sys.stdin.buffer:
            reasons, images = answer(json.loads(line))
            answers.write(json.dumps(reasons).encode() + b"\n")
            answers.writelines(image.tobytes() for image in images)
            answers.flush()
    except BrokenPipeError:  # the training has ended
        os._exit(1)


def answer(request: dict[str, Any]) -> tuple[list[str | None], list[np.ndarray]]:
    """Return for each image why it cannot be read, or None; and the pixels of the others."""
    view = View(**request["view"])
    reasons: list[str | None] = []
    images = []
    for path, key in request["images"]:
        try:
            images.append(seen(Path(path), tuple(request["in_shape"]), generator(key), view))
            reasons.append(None)
        except ValueError as error:
            reasons.append(str(error))
    return reasons, images


def generator(key: tuple[int, ...] | None) -> np.random.Generator | None:
    """Return what distorts an image: a function of (seed, epoch, image)."""
    return None if key is None else np.random.default_rng(tuple(key))
