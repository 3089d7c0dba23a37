"""Whether another engine gives the answers of the model, on random inputs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import tree

from keras_cnns.engines.frozen import Run, called
from keras_cnns.grouped_convolution import fast_within

BOUND = 1e-5  # relative to the largest number of an output
BATCHES = (1, 3)
# For a length that the model leaves free; large enough for every network of the catalogue.
FREE = (96, 128)
# How far an answer moves, relative to its largest number, with an input that is a thousandth smaller: less
# says nothing, as a softmax that is certain does; more says that rounding alone moves it.
INFORMATIVE = (1e-5, 1e-2)
# Powers of ten by which the inputs are multiplied until answers do: fainter, then stronger.
POWERS = (*range(0, -9, -1), *range(1, 7))
CAVEAT = "its answers hardly depend on random inputs, so that an engine has the same answers says little"


class Questions:
    """Random inputs of a model, of one image and of several, and the model's answers.

    Attributes:
        inputs: for each batch, an array for each input.
        answers: for each batch, an array for each output.
        caveat: what is to be said of an agreement with these answers, if it proves little; else "".
    """

    def __init__(self, model: keras.Model) -> None:
        with fast_within(model):
            scale, tells = _scale(model)
            self.caveat = "" if tells else CAVEAT
            self.inputs = [
                _drawn(model, images, free, scale) for images, free in zip(BATCHES, FREE, strict=True)
            ]
            self.answers = [answers(model, batch) for batch in self.inputs]

    def difference(self, run: Run) -> float:
        """Return the largest difference of an engine's answers, relative to the largest of each output.

        Raises:
            ValueError: if it has other outputs, or is further from the model than `BOUND`.
        """
        furthest = 0.0
        for batch, wanted in zip(self.inputs, self.answers):
            found = run(batch)
            shapes, should = [one.shape for one in found], [one.shape for one in wanted]
            if shapes != should:
                raise ValueError(f"it gives outputs of the shapes {shapes} instead of {should}.")
            furthest = max(furthest, *(relative(one, other) for one, other in zip(found, wanted)))
        if not furthest <= BOUND:
            raise ValueError(
                f"it differs from the model by {furthest:.1e} of the largest output, more than {BOUND:.0e}."
            )
        return furthest


def answers(model: keras.Model, batch: list[np.ndarray]) -> list[np.ndarray]:
    """What the model gives in inference, computed by Keras itself."""
    if keras.backend.backend() == "jax":  # where it is quicker to compile a step than to run each layer
        found = tree.flatten(model.predict_on_batch(tree.pack_sequence_as(model._inputs_struct, batch)))
    else:
        found = called(model, batch)
    return [keras.ops.convert_to_numpy(keras.ops.stop_gradient(one)) for one in found]


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference, relative to the largest number; infinite where either is no number."""
    if not wanted.size:
        return 0.0
    found, wanted = found.astype("float64"), wanted.astype("float64")
    apart = float(np.abs(found - wanted).max())
    if not np.isfinite(apart):
        return float("inf")
    return apart / largest if (largest := float(np.abs(wanted).max())) else apart


def _scale(model: keras.Model) -> tuple[float, bool]:
    """How large the numbers of the inputs should be, so that the answers depend on them, but not too much.

    Returns:
        The scale, and whether answers depend on inputs of this size so far that they tell engines apart.
    """
    found: dict[float, float] = {}
    for power in POWERS:
        batch = _drawn(model, BATCHES[0], FREE[0], scale := 10.0**power)
        is_real = any(one.dtype.kind == "f" for one in batch)
        if is_real:
            other = [one * one.dtype.type(0.999) if one.dtype.kind == "f" else one for one in batch]
        else:  # whole numbers are as they are, whatever the scale
            other = _drawn(model, BATCHES[0], FREE[0], scale, seed=1)
        moved = max(relative(*pair) for pair in zip(answers(model, other), answers(model, batch)))
        if not is_real:
            return scale, moved >= INFORMATIVE[0]
        if INFORMATIVE[0] <= moved <= INFORMATIVE[1]:
            return scale, True
        found[scale] = moved
    return 1.0, found[1.0] >= INFORMATIVE[0]


def _drawn(model: keras.Model, images: int, free: int, scale: float, seed: int = 0) -> list[np.ndarray]:
    draw = np.random.default_rng(seed)
    return [_array(draw, (images, *(free if n is None else n for n in tensor.shape[1:])), tensor.dtype, scale)
            for tensor in model.inputs]  # fmt: skip


def _array(draw: np.random.Generator, shape: tuple[int, ...], dtype: str, scale: float) -> Any:
    if "int" in dtype or dtype == "bool":
        return draw.integers(0, 2, shape).astype(dtype)
    return (scale * draw.standard_normal(shape)).astype(numpy_dtype(dtype))


def numpy_dtype(dtype: str) -> str:
    """NumPy has no bfloat16; a model that reads it takes float32 as well."""
    return "float32" if dtype == "bfloat16" else dtype
