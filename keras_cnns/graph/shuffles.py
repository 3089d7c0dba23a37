"""Channel shuffles that are written as a choice of channels, as in `keras.ops.take(x, order, axis=-1)`."""

from typing import Any

import numpy as np

from keras_cnns.graph.vertices import Vertex


def groups_shuffled(vertex: Vertex) -> int | None:
    """Return how many groups of channels a call mixes; None if it is no channel shuffle.

    A shuffle takes the first channel of each group, then the second of each, and so on.
    """
    operation: Any = vertex.operation
    if vertex.kind != "Take" or type(operation).__module__.split(".")[0] != "keras":
        return None
    shape, order = tuple(vertex.call.input_tensors[0].shape), _order(vertex)
    n = shape[-1]
    if order is None or n is None or operation.axis not in (-1, len(shape) - 1):
        return None
    size = order[1] if order.shape == (n,) and n > 3 else 0  # of a group; of one or n nothing moves
    if not 1 < size < n or n % size or order.tolist() != interleaved(n, n // int(size)):
        return None
    return n // int(size)


def interleaved(n: int, groups: int) -> list[int]:
    """Return which of n channels comes first, second and so on after a shuffle of groups of them."""
    return [group * (n // groups) + i for i in range(n // groups) for group in range(groups)]


def _order(vertex: Vertex) -> np.ndarray | None:
    """The indices of what is taken, where they are constants."""
    args, kwargs = vertex.call.arguments.args, vertex.call.arguments.kwargs
    given = kwargs.get("indices", args[1] if len(args) > 1 else None)
    if len(vertex.call.input_tensors) != 1 or not isinstance(given, (list, tuple, np.ndarray)):
        return None
    try:
        found = np.asarray(given)
    except ValueError:  # rows of unequal length
        return None
    return found if np.issubdtype(found.dtype, np.integer) else None
