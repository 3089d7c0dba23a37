"""Which tensors a network makes, which of them training keeps, and how many are alive at once.

A tensor is what a call gives, with three exceptions, as networks are usually run: an activation function
works in place if nobody else reads what it is given (so a ReLU costs the same as a layer's argument and as a
layer of its own), flattening and reshaping are another view of the same numbers, and so is dropout outside of
training. The input image is a tensor, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import keras
from keras import layers

from keras_cnns.graph import Graph, Shape
from keras_cnns.layer_kinds import DROPOUTS, KERNELS, activation_name, has_keras_call, is_activation
from keras_cnns.profiling import macs_of_functions

VIEWS = (layers.Flatten, layers.Reshape, layers.Identity, layers.ActivityRegularization)
# Functions whose slope can be told from their result; others keep what they were given.
BY_RESULT = {"linear", "relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "hard_sigmoid", "tanh"}
BY_RESULT |= {"hard_tanh", "softmax", "softplus", "exponential"}


@dataclass(frozen=True)
class Tensors:
    """For each call: the call whose memory its result lies in, and how many values it makes and keeps.

    All are for one example. `values` is what it makes anew; `kept` what training keeps of it for the backward
    pass, with masks and inner states; `before_activation` what an implementation adds that does not work in
    place but keeps the tensor before each elementwise activation function.
    """

    home: list[int]
    values: list[int]
    kept: list[int]
    before_activation: list[int]


def tensors(
    graph: Graph, shapes: Sequence[tuple[Shape, ...]], inner_values: Sequence[int], learns: Sequence[bool]
) -> Tensors:
    """Follow each tensor through the model.

    Args:
        graph: the model.
        shapes: what each call gives.
        inner_values: what each keeps besides inputs and outputs.
        learns: whether each has trainable weights.
    """
    readers = graph.readers()
    amounts = [sum(_values(shape) for shape in made) for made in shapes]
    n = range(len(graph.vertices))
    alone = [len(readers[i]) == 1 and i not in graph.outputs and bool(graph.vertices[i].sources) for i in n]
    home, values, before = list(n), list(amounts), [0] * len(amounts)
    for i, vertex in enumerate(graph.vertices):
        operation = vertex.operation
        in_place = is_activation(operation) and alone[vertex.sources[0]]
        if in_place or is_view(operation) or isinstance(operation, DROPOUTS):
            home[i], values[i] = home[vertex.sources[0]], 0
        if in_place or isinstance(operation, KERNELS):
            before[i] = amounts[i] if function(operation) not in ("linear", "softmax") else 0
    kept = _kept(graph, amounts, inner_values, learns, home)
    return Tensors(home, values, kept, before)


def peak(graph: Graph, found: Tensors, sizes: Sequence[int]) -> int:
    """Return the most that `sizes` of tensors alive at once add up to, computed in the graph's order.

    A tensor lives from the call that makes it to the last that reads it; the model's outputs live on.
    """
    last = list(range(len(sizes)))
    for i, vertex in enumerate(graph.vertices):
        for source in vertex.sources:
            last[found.home[source]] = i
    for output in graph.outputs:
        last[found.home[output]] = len(sizes)
    ending: list[list[int]] = [[] for _ in range(len(sizes) + 1)]
    for i, end in enumerate(last):
        ending[end].append(i)
    alive = most = 0
    for i, size in enumerate(sizes):
        alive += size
        most = max(most, alive)
        alive -= sum(sizes[ended] for ended in ending[i])
    return most


def is_view(operation: keras.Operation) -> bool:
    """Whether it gives the numbers that it is given, in another shape."""
    if isinstance(operation, layers.Layer):
        return isinstance(operation, VIEWS)
    return type(operation).__name__ in macs_of_functions.VIEWS and has_keras_call(operation)


def function(operation: keras.Operation) -> str:
    """The name of the activation function that it applies, "linear" if none."""
    if is_activation(operation) or getattr(operation, "activation", None) is not None:
        return activation_name(operation) or type(operation).__name__
    return "linear"


def _values(shape: Shape) -> int:
    return 0 if None in shape[1:] else prod(shape[1:])


def _in_training(graph: Graph, home: Sequence[int]) -> list[int]:
    """Where each result lies when dropout makes a tensor of its own."""
    places: list[int] = []
    for i, vertex in enumerate(graph.vertices):
        alone = home[i] == i or isinstance(vertex.operation, DROPOUTS)
        places.append(i if alone else places[vertex.sources[0]])
    return places


def _kept(
    graph: Graph,
    amounts: Sequence[int],
    inner_values: Sequence[int],
    learns: Sequence[bool],
    home: Sequence[int],
) -> list[int]:
    """What the backward pass needs: results and inputs that a slope is computed from, masks, inner states.

    Where nothing before a layer learns, no gradient arrives, and only the layer's own weights need its input.
    """
    size, taken = len(amounts), [False] * len(amounts)
    apart = _in_training(graph, home)
    reached, kept = [False] * size, [0] * size
    for i, vertex in enumerate(graph.vertices):
        reached[i] = learns[i] or any(reached[source] for source in vertex.sources)
        if not reached[i] or not vertex.sources:
            continue
        operation, slope = vertex.operation, function(vertex.operation)
        kept[i] += inner_values[i]
        if isinstance(operation, DROPOUTS):
            kept[i] += amounts[i]  # the mask
        elif is_activation(operation) and slope not in BY_RESULT:
            kept[i] += amounts[i]  # what it was given, which is then not written over
        elif isinstance(operation, KERNELS) and slope not in BY_RESULT:
            kept[i] += amounts[i]
        if _needs_result(operation):
            taken[apart[i]] = True
        if _needs_inputs(operation, learns[i]):
            for source in vertex.sources:
                taken[apart[source]] = True
    for i, is_kept in enumerate(taken):
        kept[i] += amounts[i] if is_kept else 0
    return kept


LINEAR = (layers.Add, layers.Subtract, layers.Average, layers.Concatenate, layers.Rescaling, layers.Permute)
LINEAR += (layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D, layers.RepeatVector)
LINEAR += (layers.Cropping1D, layers.Cropping2D, layers.Cropping3D)
LINEAR += (layers.UpSampling1D, layers.UpSampling2D, layers.UpSampling3D, layers.Normalization)
LINEAR += (layers.AveragePooling1D, layers.AveragePooling2D, layers.AveragePooling3D)
LINEAR += (layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D, layers.GlobalAveragePooling3D)


def _needs_result(operation: keras.Operation) -> bool:
    if is_activation(operation) or isinstance(operation, KERNELS):
        return function(operation) in BY_RESULT - {"linear"}
    pooling = type(operation).__name__.startswith("MaxPooling") and has_keras_call(operation)
    return pooling or not has_keras_call(operation)


def _needs_inputs(operation: keras.Operation, learns: bool) -> bool:
    """Whether the slope depends on what is read: that of a kernel by itself, that of a sum does not."""
    if isinstance(operation, KERNELS):
        return learns
    if is_activation(operation) or is_view(operation) or isinstance(operation, DROPOUTS):
        return False
    if isinstance(operation, layers.BatchNormalization) and not operation.trainable:
        return False  # frozen, it multiplies by constants
    linear = isinstance(operation, LINEAR) and has_keras_call(operation)
    return not linear and type(operation).__name__ not in (
        "Add",
        "Subtract",
        "Concatenate",
        "Transpose",
        "Mean",
    )
