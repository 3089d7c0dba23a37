"""How many numbers an optimizer keeps for each weight."""

from math import prod

import keras

from keras_cnns.profiling.numbers import itemsize

PROBES = ((4,), (2, 2), (3, 5), (2, 2, 3, 4))


def slot_bytes(optimizer: keras.Optimizer | None, weights: int, weight_bytes: int) -> int | None:
    """Return the bytes of an optimizer's slots (momentum, averages) for a model's trainable weights.

    One that has been built is asked; for another, a copy is built on a few small weights and its slots for
    each are counted. None stands for one whose slots depend on the shapes, such as Adafactor's.

    Args:
        optimizer: None is plain SGD, which keeps nothing.
        weights: how many trainable numbers the model has.
        weight_bytes: how many bytes they take.
    """
    if optimizer is None or not weights:
        return 0
    if optimizer.built:
        return sum(prod(v.shape) * itemsize(v.dtype) for v in optimizer.variables if len(v.shape))
    counts = {_slots(optimizer, shape) for shape in PROBES}
    return round(counts.pop() * weight_bytes) if len(counts) == 1 else None


def _slots(optimizer: keras.Optimizer, shape: tuple[int, ...]) -> float:
    """Numbers kept for each number of a weight of this shape."""
    copy = type(optimizer).from_config(optimizer.get_config())
    copy.build([keras.Variable(keras.ops.zeros(shape), name="probe")])
    return sum(prod(v.shape) for v in copy.variables if len(v.shape)) / prod(shape)
