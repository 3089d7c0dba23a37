"""Which tensors a network makes, which of them training keeps, and how many are alive at once.

Each output of a call is a tensor, and so is the input image. There are three exceptions, as networks are
usually
run: an activation function works in place if no other call reads its input (so a ReLU costs the same as a
    layer's argument and as a layer of its own); flattening and reshaping give another view of the same
    numbers; and so does dropout outside of training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple, cast

import keras
from keras import layers

from keras_cnns.graph import Graph, Shape
from keras_cnns.layer_kinds import DROPOUTS, KERNELS, activation_name, has_keras_call, is_activation
from keras_cnns.profiling import macs_of_functions
from keras_cnns.profiling.tensor_shapes import KnownShape, is_known

VIEWS = (layers.Flatten, layers.Reshape, layers.Identity, layers.ActivityRegularization)
# Functions whose gradient can be computed from their output; the others keep their input.
GRADIENT_FROM_OUTPUT = {
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
}
GRADIENT_FROM_OUTPUT |= {"hard_tanh", "softmax", "softplus", "exponential"}


@dataclass(frozen=True)
class StoredValues:
    """For each call, where its output is stored and how many values it stores, for one example.

    Attributes:
        buffers: the call whose memory holds the output: the call itself, unless it works in place.
        values: how many values the call stores in memory of its own.
        kept: how many of them training keeps for the backward pass, with masks and inner states.
        before_activation: how many more are stored by an implementation that does not work in place but
            keeps the tensor before each elementwise activation function.
    """

    buffers: list[int]
    values: list[int]
    kept: list[int]
    before_activation: list[int]


class _Kind(NamedTuple):
    """What an operation is: an activation function, a kernel, dropout; and the activation it applies."""

    is_activation: bool
    has_kernel: bool
    drops: bool
    activation: str


def _kind(operation: keras.Operation) -> _Kind:
    active, kernel = is_activation(operation), isinstance(operation, KERNELS)
    return _Kind(active, kernel, isinstance(operation, DROPOUTS), _activation(operation, active))


def tensors(
    graph: Graph, shapes: Sequence[tuple[Shape, ...]], inner_values: Sequence[int], learns: Sequence[bool]
) -> StoredValues:
    """Follow each tensor through the model.

    Args:
        graph: the model.
        shapes: the shapes of each call's outputs.
        inner_values: how many values each keeps for its gradient in addition to inputs and outputs.
        learns: whether each has trainable weights.
    """
    readers = graph.readers()
    amounts = [sum(map(_values, outputs)) for outputs in shapes]
    calls = range(len(graph.vertices))
    read_once = [
        len(readers[i]) == 1 and i not in graph.outputs and bool(graph.vertices[i].sources) for i in calls
    ]
    buffers, values, before_activation = list(calls), list(amounts), [0] * len(amounts)
    kinds = [_kind(vertex.operation) for vertex in graph.vertices]
    for i, (vertex, kind) in enumerate(zip(graph.vertices, kinds)):
        in_place = kind.is_activation and read_once[vertex.sources[0]]
        if in_place or kind.drops or is_view(vertex.operation):
            buffers[i], values[i] = buffers[vertex.sources[0]], 0
        if in_place or kind.has_kernel:
            elementwise = kind.activation not in ("linear", "softmax")
            before_activation[i] = amounts[i] if elementwise else 0
    kept = _kept(graph, kinds, amounts, inner_values, learns, buffers)
    return StoredValues(buffers, values, kept, before_activation)


def peak(graph: Graph, stored: StoredValues, sizes: Sequence[int]) -> int:
    """Return the most that `sizes` of tensors alive at once add up to, computed in the graph's order.

    A tensor lives from the call that makes it to the last that reads it; the model's outputs live on.
    """
    last = list(range(len(sizes)))
    for i, vertex in enumerate(graph.vertices):
        for source in vertex.sources:
            last[stored.buffers[source]] = i
    for output in graph.outputs:
        last[stored.buffers[output]] = len(sizes)
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
    """Return whether the output is the input in another shape."""
    if isinstance(operation, layers.Layer):
        return isinstance(operation, VIEWS)
    return type(operation).__name__ in macs_of_functions.VIEWS and has_keras_call(operation)


def _activation(operation: keras.Operation, is_one: bool) -> str:
    """The name of the activation function that it applies or is, "linear" if none."""
    if is_one or getattr(operation, "activation", None) is not None:
        return activation_name(operation) or type(operation).__name__
    return "linear"


def _values(shape: Shape) -> int:
    return prod(cast(KnownShape, shape[1:])) if is_known(shape) else 0


def _training_buffers(graph: Graph, kinds: Sequence[_Kind], buffers: Sequence[int]) -> list[int]:
    """The buffers in training, in which dropout needs one of its own."""
    in_training: list[int] = []
    for i, vertex in enumerate(graph.vertices):
        has_own = buffers[i] == i or kinds[i].drops
        in_training.append(i if has_own else in_training[vertex.sources[0]])
    return in_training


def _kept(
    graph: Graph,
    kinds: Sequence[_Kind],
    amounts: Sequence[int],
    inner_values: Sequence[int],
    learns: Sequence[bool],
    buffers: Sequence[int],
) -> list[int]:
    """What the backward pass needs: outputs and inputs that a gradient is computed from, masks, inner states.

    If nothing before a layer learns, no gradient arrives, and only the layer's own weights need its input.
    """
    size = len(amounts)
    in_training = _training_buffers(graph, kinds, buffers)
    needed, reached, kept = [False] * size, [False] * size, [0] * size
    for i, vertex in enumerate(graph.vertices):
        reached[i] = learns[i] or any(reached[source] for source in vertex.sources)
        if not reached[i] or not vertex.sources:
            continue
        kind = kinds[i]
        from_output = kind.activation in GRADIENT_FROM_OUTPUT
        kept[i] += inner_values[i]
        if kind.drops:
            kept[i] += amounts[i]  # the mask
        elif (kind.is_activation or kind.has_kernel) and not from_output:
            kept[i] += amounts[i]  # the activation function's input, which is then not written over
        if _needs_output(vertex.operation, kind):
            needed[in_training[i]] = True
        if _needs_inputs(vertex.operation, kind, learns[i]):
            for source in vertex.sources:
                needed[in_training[source]] = True
    for i, is_needed in enumerate(needed):
        kept[i] += amounts[i] if is_needed else 0
    return kept


LINEAR = (
    layers.Add,
    layers.Subtract,
    layers.Average,
    layers.Concatenate,
    layers.Rescaling,
    layers.Permute,
    layers.ZeroPadding1D,
    layers.ZeroPadding2D,
    layers.ZeroPadding3D,
    layers.RepeatVector,
    layers.Cropping1D,
    layers.Cropping2D,
    layers.Cropping3D,
    layers.UpSampling1D,
    layers.UpSampling2D,
    layers.UpSampling3D,
    layers.Normalization,
    layers.AveragePooling1D,
    layers.AveragePooling2D,
    layers.AveragePooling3D,
    layers.GlobalAveragePooling1D,
    layers.GlobalAveragePooling2D,
    layers.GlobalAveragePooling3D,
)
LINEAR_FUNCTIONS = ("Add", "Subtract", "Concatenate", "Transpose", "Mean", "Split", "Take")


def _needs_output(operation: keras.Operation, kind: _Kind) -> bool:
    """Whether the gradient is computed from the output."""
    if kind.is_activation or kind.has_kernel:
        return kind.activation != "linear" and kind.activation in GRADIENT_FROM_OUTPUT
    is_max_pooling = type(operation).__name__.startswith("MaxPooling") and has_keras_call(operation)
    return is_max_pooling or not has_keras_call(operation)


def _needs_inputs(operation: keras.Operation, kind: _Kind, learns: bool) -> bool:
    """Whether the gradient depends on the input: that of a kernel's weights does, that of a sum does not."""
    if kind.has_kernel:
        return learns
    if kind.is_activation or kind.drops or is_view(operation):
        return False
    if isinstance(operation, layers.BatchNormalization) and not operation.trainable:
        return False  # frozen, it multiplies by constants
    is_linear = isinstance(operation, LINEAR) and has_keras_call(operation)
    return not is_linear and type(operation).__name__ not in LINEAR_FUNCTIONS
