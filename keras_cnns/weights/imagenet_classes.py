"""What the outputs of a classifier mean: the classes of ImageNet's challenge, and the likeliest for an image.

The classes are those of ILSVRC 2012 in the order of their WordNet numbers, which is the order of the outputs
of every weight set here. The label of a class is the first word of its synset; where two would be the same,
one or both say more: "crane (bird)", "crane (machine)".
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_cnns.arguments import checked_int, checked_strings, shown

CLASSES = Path(__file__).with_name("imagenet_classes.txt")
# In bfloat16 the sum of a thousand probabilities strays by up to 0.0044, that of logits by far more.
TOLERANCE = 0.01


class Prediction(NamedTuple):
    """A class and its probability; `wnid` is its number in WordNet, empty for your own classes."""

    wnid: str
    label: str
    probability: float


@cache
def imagenet_classes() -> tuple[tuple[str, str], ...]:
    """Return WordNet number and label of the 1000 classes, in the order of the outputs."""
    lines = CLASSES.read_text(encoding="utf-8").splitlines()
    return tuple((wnid, label) for wnid, _, label in (line.partition(" ") for line in lines))


def decode(predictions: Any, top: int = 5, classes: Sequence[str] | None = None) -> list[list[Prediction]]:
    """Name the likeliest classes of each image.

    Args:
        predictions: probabilities as `model.predict` returns them, (images, classes), or (classes,) for one
            image; an array, or a tensor of any backend.
        top: how many classes per image; all of them if there are fewer.
        classes: their labels in the order of the outputs; None: the 1000 of ImageNet.

    Returns:
        For each image a list of `Prediction`, the likeliest first.

    Raises:
        ValueError: if `predictions` are not probabilities (logits, say), or not as many as there are classes,
            or `top` is less than one.
    """
    top = checked_int("top", top)
    named: Sequence[tuple[str, str]] = imagenet_classes()
    if classes is not None:
        named = [("", label) for label in checked_strings("classes", classes, "tabby cat")]
    rows = as_rows(predictions)
    if rows.shape[1] != len(named):
        hint = "; give the labels of your classes in `classes`" if classes is None else ""
        raise ValueError(
            f"predictions must have a column for each of {len(named)} classes{hint}; got {rows.shape[1]}."
        )
    check_probabilities(rows)
    likeliest = np.argsort(-rows, axis=1, kind="stable")[:, :top]
    return [
        [Prediction(named[i][0], named[i][1], float(row[i])) for i in best]
        for row, best in zip(rows, likeliest)
    ]


def as_rows(predictions: Any) -> np.ndarray:
    """Return predictions as one float array, (images, classes)."""
    if isinstance(predictions, (list, tuple)) and predictions and getattr(predictions[0], "ndim", 0) == 2:
        raise ValueError(
            f"predictions must be those of one output; got a list of {len(predictions)}. For a model with "
            "auxiliary classifiers, pass the first."
        )
    try:
        if not isinstance(predictions, (np.ndarray, list, tuple)):
            import keras

            predictions = keras.ops.convert_to_numpy(predictions)
        rows = np.atleast_2d(np.asarray(predictions, dtype="float32"))
    except Exception:  # each backend raises its own
        raise ValueError(f"predictions must be an array of numbers; got {shown(predictions)}.") from None
    if rows.ndim != 2:
        raise ValueError(f"predictions must have the shape (images, classes); got {np.shape(predictions)}.")
    return rows


def check_probabilities(rows: np.ndarray) -> None:
    """Raise a ValueError unless each row is at least 0 and sums to 1."""
    valid = (rows >= 0).all(axis=1) & (abs(rows.sum(axis=1) - 1) <= TOLERANCE)
    if not valid.all():
        bad = int(np.argmin(valid))
        raise ValueError(
            f"predictions must be probabilities, at least 0 and 1 in sum; those of image {bad} run from "
            f"{rows[bad].min():.3g} to {rows[bad].max():.3g} and sum to {rows[bad].sum():.3g}. "
            "If they are logits, apply keras.ops.softmax first."
        )
