"""What an optimizer keeps for each weight, such as its momentum: the optimizer's state."""

from math import prod

import keras

from keras_cnns.profiling.parameters import bytes_per_value

PROBES = ((4,), (2, 2), (3, 5), (2, 2, 3, 4))


def state_bytes(optimizer: keras.Optimizer | None, weights: int, weight_bytes: int) -> int | None:
    """Return the bytes of an optimizer's state (momentum, averages) for a model's trainable weights.

    If the optimizer has been built, its variables are counted. If not, a copy is built on a few small
    weights, and what it keeps for each number is taken for the model's.

    Args:
        optimizer: None is plain SGD, which keeps nothing.
        weights: how many trainable numbers the model has.
        weight_bytes: how many bytes they take.

    Returns:
        The bytes; None if what the optimizer keeps depends on the shapes of the weights, as Adafactor's does.
    """
    if optimizer is None or not weights:
        return 0
    if optimizer.built:
        return sum(prod(v.shape) * bytes_per_value(v.dtype) for v in optimizer.variables if len(v.shape))
    counts = {_state_size(optimizer, shape) for shape in PROBES}
    return round(counts.pop() * weight_bytes) if len(counts) == 1 else None


def _state_size(optimizer: keras.Optimizer, shape: tuple[int, ...]) -> float:
    """Numbers kept for each number in a weight of this shape."""
    copy = type(optimizer).from_config(optimizer.get_config())
    copy.build([keras.Variable(keras.ops.zeros(shape), name="probe")])
    return sum(prod(v.shape) for v in copy.variables if len(v.shape)) / prod(shape)
