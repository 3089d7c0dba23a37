"""What a function or layer of a person's own computes, found by numbers: it is called.

Only what is in memory and has no weights is called, outside of training. What is found has passed a test on
random numbers; where no test passes, nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from math import prod
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, Layer, layers, ops, tree

from keras_cnns.comparison.canonical.activations import SYNONYMS, function_of_numbers
from keras_cnns.comparison.canonical.canonical_graph import Step
from keras_cnns.comparison.canonical.layer_configs import order_of_tensors
from keras_cnns.comparison.canonical.response_normalization import response_constants
from keras_cnns.comparison.canonical.selections import selection
from keras_cnns.comparison.symbolic_run import check_kernels
from keras_cnns.graph import Shape, Vertex
from keras_cnns.graph.tracing import unchanged
from keras_cnns.keras_files.opaque_layer import OpaqueLayer
from keras_cnns.layer_kinds import has_own_call, is_keras_class

Array = np.ndarray
Function = Callable[[Array], Array]
LARGEST = 8  # what a probe has along an axis of a map
MOST_VALUES = 2**25  # of a probe
BATCH = 2


def probe(vertex: Vertex) -> list[Step] | None:
    """Return what a call computes, as one step; None where it cannot be told."""
    operation = vertex.operation
    if not vertex.sources or len(vertex.shapes) != 1 or vertex.weights or vertex.inside:
        return None
    is_own = (
        isinstance(operation, Layer) and has_own_call(operation) and not isinstance(operation, OpaqueLayer)
    )
    is_function = not isinstance(operation, Layer) and is_keras_class(operation)
    if not (is_own or is_function or isinstance(operation, layers.Lambda)):
        return None
    tensors = vertex.call.input_tensors
    types = {str(tensor.dtype) for tensor in (*tensors, *vertex.call.outputs)}
    if len(types) > 1 or "float" not in types.pop():
        return None
    if len(tensors) > 1:
        found = None if is_function else _merge(vertex)
        return [found] if found else None
    (tensor,) = tensors
    call = _numbers_through(vertex)
    found = probed(lambda x: call([x]), tuple(tensor.shape), vertex.shapes[0], operation.name)
    if found and is_function and not _has_a_name(found):
        return None
    return [found] if found else None


def _has_a_name(step: Step) -> bool:
    """Whether it is a known function, not only a table of values."""
    return step[0] != "activation" or isinstance(step[1]["function"], str)


def _numbers_through(vertex: Vertex) -> Callable[[list[Array]], Array]:
    """The call as a function of numbers, one array for each tensor; nothing that the layer holds changes."""
    operation, given = vertex.operation, vertex.call.arguments
    fit: set[str] = set()

    def called(*tensors: Any) -> Any:
        upcoming = iter(tensors)
        args, kwargs = tree.map_structure(
            lambda leaf: next(upcoming) if isinstance(leaf, KerasTensor) else leaf, (given.args, given.kwargs)
        )
        with unchanged(operation) if isinstance(operation, Layer) else nullcontext():
            return operation.call(*args, **kwargs)

    def function(arrays: list[Array]) -> Array:
        shapes = str([tuple(x.shape) for x in arrays])
        if shapes not in fit:
            check_kernels(called, arrays)
            fit.add(shapes)
        with keras.StatelessScope():
            return _as_numbers(called(*arrays))

    return function


def _as_numbers(value: Any) -> Array:
    return np.asarray(value if isinstance(value, np.ndarray) else ops.convert_to_numpy(value), np.float64)


MERGES: dict[str, Callable[[list[Array]], Array]] = {
    "add": lambda xs: np.sum(xs, 0),
    "multiply": lambda xs: np.prod(xs, 0),
    "average": lambda xs: np.mean(xs, 0),
    "maximum": lambda xs: np.max(xs, 0),
    "minimum": lambda xs: np.min(xs, 0),
}


def _merge(vertex: Vertex) -> Step | None:
    """How a layer of a person's own joins several maps."""
    shapes = [tuple(tensor.shape) for tensor in vertex.call.input_tensors]
    function, order = _numbers_through(vertex), order_of_tensors(vertex)
    rng = np.random.default_rng(0)
    found = set()
    try:
        for factor in (1, 30):
            sizes = [(BATCH, *(n or LARGEST for n in shape[1:])) for shape in shapes]
            if sum(map(prod, sizes)) > MOST_VALUES:
                return None
            xs = [(factor * rng.standard_normal(size)).astype(np.float32) for size in sizes]
            y = function([ops.convert_to_tensor(x) for x in xs])
            ways = {name: merge(xs) for name, merge in MERGES.items() if len({*sizes}) == 1}
            if len({size[:-1] for size in sizes}) == 1:
                ways["concatenate"] = np.concatenate([xs[k] for k in order], -1)
            found.add(next((name for name, values in ways.items() if agree(y, values)), None))
    except Exception:  # code of another may raise anything
        return None
    name = found.pop()
    if found or name is None:
        return None
    return name, {"axis": -1} if name == "concatenate" else {}


def probed(function: Function, shape: Shape, out_shape: Shape, name: str) -> Step | None:
    """Return what a function of one tensor computes.

    Args:
        function: takes and gives arrays, with the batch.
        shape: of what it takes, with the batch; sizes that are not known are None.
        out_shape: of what it gives.
        name: what the function is called if it is none that is known.
    """
    small = tuple(min(n or LARGEST, LARGEST) for n in shape[1:-1])
    channels = shape[-1] if len(shape) > 1 and shape[-1] else LARGEST
    full = tuple(n or LARGEST for n in shape[1:-1])
    # On a small map a crop may look as if it did nothing.
    all_sizes = [small, full] if shape[:-1] == out_shape[:-1] else [full]
    if max(BATCH * prod(full) * channels, prod(n or 1 for n in out_shape)) > MOST_VALUES:
        return None
    with np.errstate(all="ignore"):
        for sizes in dict.fromkeys(all_sizes):
            for given in (function, lambda x: function(ops.convert_to_tensor(x))):
                try:
                    found = _probed(given, (BATCH, *sizes, channels), name)
                except Exception:  # code of another may raise anything
                    continue
                if found is None or found[0] == "slice" or sizes == full or shape == out_shape:
                    return found
    return None


def _probed(function: Function, shape: tuple[int, ...], name: str) -> Step | None:
    rng = np.random.default_rng(0)
    x = (3 * rng.standard_normal(shape)).astype(np.float32)
    y = function(x)
    if not agree(y, function(x.copy())) or not np.isfinite(y).all():
        return None
    if y.shape != x.shape:
        return selection(function, x, y)
    order = rng.permutation(x.size)
    mixed = function(x.reshape(-1)[order].reshape(shape))
    if agree(mixed.reshape(-1), y.reshape(-1)[order]):
        return _elementwise(function, shape, name)
    for attempt in (_affine, _softmax, response_constants, selection):
        found = attempt(function, x, y)
        if found:
            return found
    return None


def agree(one: Array, other: Array, tolerance: float = 1e-4) -> bool:
    """Whether two arrays hold the same numbers, up to rounding."""
    return one.shape == other.shape and np.allclose(one, other, rtol=tolerance, atol=1e-5, equal_nan=True)


def _elementwise(function: Function, shape: tuple[int, ...], name: str) -> Step:
    """A function of each number by itself: a scaling if it is one, else an activation."""
    size = int(np.prod(shape))

    def of_numbers(x: Any) -> Any:
        numbers = np.asarray(ops.convert_to_numpy(x), np.float32)
        flat = numbers.reshape(-1)
        pieces = [np.resize(flat[i : i + size], size).reshape(shape) for i in range(0, flat.size, size)]
        values = np.concatenate([function(piece).reshape(-1) for piece in pieces])
        return values[: flat.size].reshape(numbers.shape).astype(np.float32)

    # Rounding leaves whole numbers as they are.
    between = np.random.default_rng(1).normal(0, [[3.0], [100.0]], (2, 40)).reshape(-1)
    points = np.array([-300.0, -2.0, -1.0, 0.0, 1.0, 2.0, 300.0, *between])
    values = of_numbers(points)
    scale, offset = float(values[4] - values[3]), float(values[3])
    if agree(values, scale * points + offset):
        return rescaling(scale, offset)
    attributes = function_of_numbers(of_numbers, SYNONYMS.get(name, name))
    return ("activation", attributes) if attributes else ("identity", {})


def rescaling(scale: Any, offset: Any) -> Step:
    """Multiplying and adding constants, to the digits in which two spellings agree.

    Args:
        scale: a number, or nested tuples of them where these do not change the shape of what they multiply.
        offset: the same, what is added.
    """

    def rounded(value: Any) -> Any:
        if not isinstance(value, tuple):
            return float(f"{value:.5g}") + 0.0
        parts = tuple(map(rounded, value))
        return parts[0] if len({*parts}) == 1 and not isinstance(parts[0], tuple) else parts

    return "rescaling", {"scale": rounded(scale), "offset": rounded(offset)}


def _affine(function: Function, x: Array, y: Array) -> Step | None:
    """Each channel multiplied by one constant, and another added."""
    offset = function(np.zeros_like(x))
    scale = function(np.ones_like(x)) - offset
    first = (0,) * (x.ndim - 1)
    if not agree(y, scale[first] * x + offset[first]):
        return None
    return rescaling(tuple(scale[first].tolist()), tuple(offset[first].tolist()))


def _softmax(function: Function, x: Array, y: Array) -> Step | None:
    """Softmax over the channels, or its logarithm."""
    powers = np.exp(x - x.max(-1, keepdims=True))
    expected = powers / powers.sum(-1, keepdims=True)
    for name, values in (("softmax", expected), ("log_softmax", np.log(expected))):
        if agree(y, values):
            return "activation", {"function": name}
    return None
