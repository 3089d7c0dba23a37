"""Whether two models compute the same, by their outputs: no code of the package takes part in this."""

from __future__ import annotations

import keras
import numpy as np

TOLERANCE = 1e-3
BATCH = 3
# Three images are turned alike twice in a row once in eight times.
RUNS = 6


def differ(one: keras.Model, other: keras.Model, seed: int = 0) -> bool | None:
    """Whether two models with equal weights give different outputs; None if their weights cannot be equal.

    Weights are drawn at random and copied in Keras' own order. Outputs of other shapes are different.
    """
    shapes = [[tuple(weight.shape) for weight in model.weights] for model in (one, other)]
    if shapes[0] != shapes[1]:
        return None
    rng = np.random.default_rng(seed)
    fill(one, rng)
    other.set_weights(one.get_weights())
    if [tuple(x.shape[1:]) for x in one.inputs] != [tuple(x.shape[1:]) for x in other.inputs]:
        return True
    inputs = [inputs_for(x, rng) for x in one.inputs]
    if keras.backend.backend() == "tensorflow":
        for model in (one, other):
            refuse_what_ends_the_process(model, inputs)
    first, second = (outputs_of(model, inputs) for model in (one, other))
    for _ in range(RUNS):
        if any(is_far(a, b) for a, b in zip(first, outputs_of(one, inputs))):
            return False  # it draws random numbers, which show nothing
    return any(is_far(a, b) for a, b in zip(first, second)) or len(first) != len(second)


def fill(model: keras.Model, rng: np.random.Generator) -> None:
    """Give a model weights of which none is 0 or 1, and no variance is negative; counts and seeds stay."""
    values = []
    for weight, value in zip(model.weights, model.get_weights()):
        if "float" not in str(weight.dtype) or "seed" in weight.path:
            values.append(value)
            continue
        spread = 1 / np.sqrt(max(1, np.prod(value.shape[:-1]))) if value.ndim > 1 else 0.5
        drawn = rng.normal(0, spread, value.shape)
        if any(word in weight.path for word in ("variance", "gamma", "scale")):
            drawn = rng.uniform(0.3, 2.0, value.shape)
        values.append(drawn.astype(value.dtype))
    model.set_weights(values)


def inputs_for(tensor: keras.KerasTensor, rng: np.random.Generator) -> np.ndarray:
    """Random values for an input; where they are whole numbers, small ones."""
    shape = (BATCH, *(5 if n is None else n for n in tensor.shape[1:]))
    if "float" in tensor.dtype:
        return rng.normal(0, 1.5, shape).astype("float32")
    return rng.integers(0, 3, shape).astype(tensor.dtype)


def outputs_of(model: keras.Model, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """All outputs of a model, as it is called outside of training."""
    given = [keras.ops.convert_to_tensor(x) for x in inputs]
    found = keras.tree.flatten(Outputs(model).call(*given))
    return [np.asarray(keras.ops.convert_to_numpy(x)) for x in found]


class Outputs(keras.Operation):
    """What a model gives, for Keras to find its shape."""

    def __init__(self, model: keras.Model):
        super().__init__(name="outputs")
        self.model = model

    def call(self, *given):
        structure = self.model.input if isinstance(self.model.input, dict) else [*self.model.inputs]
        return self.model(keras.tree.pack_sequence_as(structure, given) if len(given) > 1 else given[0])


def refuse_what_ends_the_process(model: keras.Model, inputs: list[np.ndarray]) -> None:
    """Raise what TensorFlow's shape functions do; max-pooling ends the process if a map is too small."""
    tensors = [keras.KerasTensor(x.shape, str(x.dtype)) for x in inputs]
    Outputs(model).compute_output_spec(*tensors)


def is_far(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two outputs differ by more than rounding does."""
    if a.shape != b.shape:
        return True
    a, b = a.astype("float64"), b.astype("float64")
    if (np.isfinite(a) != np.isfinite(b)).any():
        return True
    both = np.isfinite(a)
    return bool((np.abs(a - b)[both] > TOLERANCE * np.maximum(1.0, np.abs(b)[both])).any())
