"""The receptive field of each call: how many pixels of the input one unit of its output looks at.

This is the theoretical receptive field, as in Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019: all pixels that can change the unit on a plane without
borders. It may be larger than the image. Several inputs are treated as aligned. A squeeze-and-excitation
gate lets every unit depend on the average of the whole image; as is usual, the field is counted along the
map's own path, without the gate.
"""

from collections.abc import Sequence
from enum import Enum
from typing import cast

import keras
from keras import layers

from keras_cnns.graph import Graph, Shape, depth_first
from keras_cnns.layer_kinds import (
    CROPPINGS,
    MERGES,
    PADDINGS,
    TRANSPOSED,
    UPSAMPLINGS,
    has_keras_call,
    has_own_call,
    holds_layers,
    is_from_applications,
    spatial,
    unwrapped,
)
from keras_cnns.profiling.field_of_axis import AxisField, convolved, transposed, union, upsampled
from keras_cnns.profiling.macs_of_functions import POINTWISE
from keras_cnns.profiling.tensor_shapes import KnownShape, input_shapes, is_known


class Unbounded(Enum):
    """What there is in place of a field for each axis."""

    WHOLE_INPUT = "each unit looks at all of the input"
    NO_MAP = "a vector, which has no axes"
    UNKNOWN = "unknown"


# One field for each axis of a map, or why it is unknown.
Field = tuple[AxisField, ...] | Unbounded

ATTENTION_OR_RECURRENT = (
    layers.MultiHeadAttention,
    layers.GroupQueryAttention,
    layers.Attention,
    layers.AdditiveAttention,
    layers.RNN,
    layers.Bidirectional,
)
POINTWISE_MODULES = ("activations", "normalization", "regularization")
POINTWISE_LAYERS = (layers.Dense, layers.Rescaling, layers.Normalization, layers.Identity, layers.Masking)
JOINING = (*MERGES, layers.Concatenate)
SHIFTING = (*PADDINGS, *CROPPINGS)
LEAVING_ALONE = (*MERGES, *POINTWISE_LAYERS)
# Functions that part or choose channels, where their axis is the last.
OF_CHANNELS = ("Split", "Take")


def receptive_fields(graph: Graph, shapes: Sequence[tuple[Shape, ...]]) -> list[Field]:
    """Return the receptive field of each call; `shapes` are its outputs'."""
    fields: list[Field] = []
    for i, vertex in enumerate(graph.vertices):
        entering = input_shapes(graph, shapes, i)
        known = all(map(is_known, (*entering, *shapes[i])))
        below = [fields[source] for source in vertex.sources]
        field = field_after(vertex.operation, below, entering, shapes[i][0]) if known else Unbounded.UNKNOWN
        fields.append(field)
    return fields


def map_sources(sources: Sequence[int], fields: Sequence[Field]) -> list[int]:
    """Return the maps among the sources of a call; if there are none, all sources."""
    maps = [source for source in sources if isinstance(fields[source], tuple)]
    return maps or list(sources)


def field_after(
    operation: keras.Operation, fields: list[Field], input_shapes: list[Shape], output_shape: Shape
) -> Field:
    """Return the receptive field of a call.

    Args:
        operation: the layer or function.
        fields: those of its inputs.
        input_shapes: the shapes of its inputs.
        output_shape: the shape of its first output.
    """
    operation, rank = unwrapped(operation), len(output_shape) - 2
    if not input_shapes or isinstance(operation, layers.Embedding):
        return (AxisField(),) * rank if rank > 0 else Unbounded.NO_MAP
    if isinstance(operation, ATTENTION_OR_RECURRENT) or _is_global_pooling(operation):
        return Unbounded.WHOLE_INPUT
    maps = [field for field in fields if isinstance(field, tuple)]
    whole = fields.count(Unbounded.WHOLE_INPUT)
    known = len(maps) + whole == len(fields)
    if _is_dense_on_a_vector(operation, input_shapes) or (whole and not (maps and known)):
        return Unbounded.WHOLE_INPUT
    if rank < 1:
        return Unbounded.NO_MAP
    if not known or {len(axes) for axes in maps} != {rank}:
        return Unbounded.UNKNOWN
    if len(maps) > 1 or isinstance(operation, JOINING):
        return _merged(operation, maps, output_shape)
    return _after_one_map(operation, maps[0], input_shapes[0], output_shape)


def _is_global_pooling(operation: keras.Operation) -> bool:
    name = type(operation).__name__
    return name.startswith("Global") and "Pooling" in name and has_keras_call(operation)


def _is_dense_on_a_vector(operation: keras.Operation, input_shapes: list[Shape]) -> bool:
    """Whether it is a dense layer on a flat vector, which depends on the whole map before it."""
    return isinstance(operation, (layers.Dense, layers.EinsumDense)) and len(input_shapes[0]) == 2


def _merged(operation: keras.Operation, maps: list[tuple[AxisField, ...]], output_shape: Shape) -> Field:
    """What the units of several maps look at together."""
    kind = type(operation).__name__
    if isinstance(operation, layers.Concatenate) or kind == "Concatenate":
        if operation.axis % len(output_shape) not in (1, len(output_shape) - 1):
            return Unbounded.UNKNOWN
    elif not isinstance(operation, MERGES) and kind not in POINTWISE and not _is_custom(operation):
        return Unbounded.UNKNOWN
    found: dict[tuple[AxisField, ...], AxisField | None] = {}
    for fields in zip(*maps):  # both axes of a square map are alike
        if fields not in found:
            found[fields] = union(list(fields))
    return _all_known([found[fields] for fields in zip(*maps)])


def _after_one_map(
    operation: keras.Operation, fields: tuple[AxisField, ...], input_shape: Shape, output_shape: Shape
) -> Field:
    kind, module = type(operation).__name__, type(operation).__module__
    if isinstance(operation, SHIFTING):
        return _after_padding(operation, fields)
    if isinstance(operation, UPSAMPLINGS):
        return _after_upsampling(operation, fields)
    if isinstance(operation, TRANSPOSED):
        return _after_transposed(
            operation, fields, cast(KnownShape, input_shape), cast(KnownShape, output_shape)
        )
    if hasattr(operation, "kernel_size") or hasattr(operation, "pool_size"):
        return _after_window(operation, fields, cast(KnownShape, input_shape), cast(KnownShape, output_shape))
    if isinstance(operation, LEAVING_ALONE) or kind in POINTWISE:
        return fields
    if kind in OF_CHANNELS and has_keras_call(operation) and operation.axis in (-1, len(input_shape) - 1):
        return fields
    if kind == "Pad" and has_keras_call(operation):
        inner = operation.pad_width[1:-1]  # channels come first or last; padded ones look at nothing
        return tuple(convolved(field, 1, 1, start) for field, (start, _) in zip(fields, inner))
    if module.startswith("keras.src.layers.") and module.split(".")[3] in POINTWISE_MODULES:
        return fields
    if kind.startswith("Random") and has_keras_call(operation) and input_shape == output_shape:
        return fields  # augments images, and only in training
    if isinstance(operation, layers.TimeDistributed) and len(input_shape) == 3:
        return fields
    if has_own_call(operation) and holds_layers(operation):
        return Unbounded.UNKNOWN  # what it does with them could not be seen
    # Any other custom layer that keeps the map's size is assumed to work at each place by itself.
    same_size = isinstance(operation, layers.Layer) and (
        spatial(operation, input_shape) == spatial(operation, output_shape)
    )
    return fields if same_size and _is_custom(operation) else Unbounded.UNKNOWN


def _is_custom(operation: keras.Operation) -> bool:
    """Whether its code is not one of Keras' layers; `keras.applications` defines some, too."""
    return not has_keras_call(operation) or is_from_applications(operation)


def _all_known(fields: list[AxisField | None]) -> Field:
    known = tuple(field for field in fields if field is not None)
    return known if len(known) == len(fields) else Unbounded.UNKNOWN


def _after_padding(layer: layers.Layer, fields: tuple[AxisField, ...]) -> Field:
    """After padding or cropping: a pair of numbers for one axis, or a pair for each of several."""
    is_cropping = isinstance(layer, CROPPINGS)
    sides = layer.cropping if is_cropping else layer.padding
    starts = [sides[0]] if isinstance(sides[0], int) else [side[0] for side in sides]
    return tuple(convolved(field, 1, 1, -n if is_cropping else n) for field, n in zip(fields, starts))


def _after_upsampling(layer: layers.Layer, fields: tuple[AxisField, ...]) -> Field:
    interpolation = getattr(layer, "interpolation", "nearest")
    if interpolation not in ("nearest", "bilinear"):
        return Unbounded.UNKNOWN
    factors = layer.size if isinstance(layer.size, (tuple, list)) else [layer.size]
    return _all_known([upsampled(field, n, interpolation == "bilinear") for field, n in zip(fields, factors)])


def _after_window(
    layer: layers.Layer, fields: tuple[AxisField, ...], input_shape: KnownShape, output_shape: KnownShape
) -> Field:
    before, after = spatial(layer, input_shape), spatial(layer, output_shape)
    padding = getattr(layer, "padding", None)
    moved: list[AxisField] = []
    last = None
    windows = windows_of(layer, len(fields))
    if len(windows) != len(fields):
        return Unbounded.UNKNOWN
    for axis, (field, (window, stride)) in enumerate(zip(fields, windows)):
        if padding == "causal":
            start = window - 1
        elif padding == "valid":
            start = 0
        else:  # "same", or a custom layer that does not say; the sizes show how much was padded
            start = max((after[axis] - 1) * stride + window - before[axis], 0) // 2
        asked = (field, window, stride, start)
        # Both axes of a square map are alike.
        moved.append(moved[-1] if asked == last else convolved(*asked))
        last = asked
    return tuple(moved)


def _after_transposed(
    layer: layers.Layer, fields: tuple[AxisField, ...], input_shape: KnownShape, output_shape: KnownShape
) -> Field:
    before, after = spatial(layer, input_shape), spatial(layer, output_shape)
    moved = []
    for axis, (field, (window, stride)) in enumerate(zip(fields, windows_of(layer, len(fields)))):
        full = (before[axis] - 1) * stride + window
        start = 0 if layer.padding == "valid" else max(full - after[axis], 0) // 2
        moved.append(transposed(field, window, stride, start))
    return _all_known(moved)


def windows_of(layer: layers.Layer, axes: int) -> list[tuple[int, int]]:
    """How many units the kernel or pool spans along each axis, dilation included, and its stride."""
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    strides = getattr(layer, "strides", None) or getattr(layer, "pool_size", None)
    dilations = getattr(layer, "dilation_rate", None)
    each = (_of_each_axis(value, axes) for value in (size, strides, dilations))
    return [((kernel - 1) * dilation + 1, stride) for kernel, stride, dilation in zip(*each)]


def _of_each_axis(value: int | Sequence[int] | None, axes: int) -> Sequence[int]:
    return (value or 1,) * axes if value is None or isinstance(value, int) else value


def gates(graph: Graph, fields: Sequence[Field]) -> int:
    """Return how many calls join a map with what looks at the whole input."""
    entering = [[fields[source] for source in vertex.sources] for vertex in graph.vertices]
    return sum(
        Unbounded.WHOLE_INPUT in each and any(isinstance(field, tuple) for field in each) for each in entering
    )


def last_map(graph: Graph, fields: Sequence[Field]) -> int | None:
    """Return the last call on the way to the first output whose output is a map, or None."""
    way = depth_first([graph.outputs[0]], lambda i: graph.vertices[i].sources)
    no_maps = (Unbounded.WHOLE_INPUT, Unbounded.NO_MAP)
    return max((i for i in way if fields[i] not in no_maps and graph.vertices[i].sources), default=None)


def sizes(field: Field) -> tuple[int, ...] | None:
    """Return the pixels along each axis; None if there is no field for each."""
    return tuple(axis.size for axis in field) if isinstance(field, tuple) and field else None
