"""The receptive field of each call: how many pixels of the input one unit of its output looks at.

The theoretical one: all pixels that can change the unit on a plane without borders, so that it may be larger
than the image. Several inputs are taken to lie one on another. A gate (squeeze-and-excitation) shows every
unit the whole image by way of its average; as is usual, the field is that of the map's own path.
"""

from collections.abc import Sequence
from math import prod

import keras
from keras import layers

from keras_cnns.graph import Graph, Shape
from keras_cnns.layer_kinds import (
    CROPPINGS,
    MERGES,
    PADDINGS,
    TRANSPOSED,
    UPSAMPLINGS,
    has_keras_call,
    is_from_applications,
    spatial,
    unwrapped,
)
from keras_cnns.profiling.field_of_axis import Field, enlarged, joined, spread, windowed
from keras_cnns.profiling.macs_of_functions import POINTWISE

ALL = "all"  # a unit looks at all of the input
UNKNOWN = "unknown"
# One field for each of a map's axes; ALL; UNKNOWN; or None where what is made is no map, but a vector.
View = tuple[Field, ...] | str | None

EVERYWHERE = (
    layers.MultiHeadAttention,
    layers.GroupQueryAttention,
    layers.Attention,
    layers.AdditiveAttention,
)
EVERYWHERE += (layers.RNN, layers.Bidirectional)
POINTWISE_MODULES = ("activations", "normalization", "regularization")
POINTWISE_LAYERS = (layers.Dense, layers.Rescaling, layers.Normalization, layers.Identity, layers.Masking)


def map_sources(sources: Sequence[int], views: Sequence[View]) -> list[int]:
    """Of what a call reads, the maps if there are any; else everything."""
    maps = [source for source in sources if isinstance(views[source], tuple)]
    return maps or list(sources)


def view(operation: keras.Operation, seen: list[View], given: list[Shape], made: Shape) -> View:
    """Return what one unit of a call's output looks at.

    Args:
        operation: the layer or function.
        seen: the views of what it reads.
        given: the shapes of what it reads.
        made: the shape of its first output.
    """
    operation, rank = unwrapped(operation), len(made) - 2
    if not given or isinstance(operation, layers.Embedding):
        return (Field(),) * rank if rank > 0 else None
    if isinstance(operation, EVERYWHERE) or _pools_whole(operation):
        return ALL
    maps = [one for one in seen if isinstance(one, tuple)]
    known = len(maps) + seen.count(ALL) == len(seen)
    if _mixes_a_vector(operation, given) or ALL in seen and not (maps and known):
        return ALL
    if rank < 1:
        return None
    if not known or {len(one) for one in maps} != {rank}:
        return UNKNOWN
    if len(maps) > 1 or isinstance(operation, (*MERGES, layers.Concatenate)):
        return _merged(operation, maps, made) or UNKNOWN
    return _moved(operation, maps[0], given[0], made) or UNKNOWN


def _pools_whole(operation: keras.Operation) -> bool:
    name = type(operation).__name__
    return name.startswith("Global") and "Pooling" in name and has_keras_call(operation)


def _mixes_a_vector(operation: keras.Operation, given: list[Shape]) -> bool:
    """Whether it is a dense layer on a flat vector, which the whole map went into."""
    return isinstance(operation, (layers.Dense, layers.EinsumDense)) and len(given[0]) == 2


def _merged(operation: keras.Operation, maps: list[tuple[Field, ...]], made: Shape) -> View:
    """What the units of several maps see together; None if it cannot be told."""
    kind = type(operation).__name__
    if isinstance(operation, layers.Concatenate) or kind == "Concatenate":
        if operation.axis % len(made) not in (1, len(made) - 1):
            return None
    elif not isinstance(operation, MERGES) and kind not in POINTWISE and not is_custom(operation):
        return None
    return _whole([joined(list(fields)) for fields in zip(*maps)])


def _moved(operation: keras.Operation, fields: tuple[Field, ...], given: Shape, made: Shape) -> View:
    """The fields after an operation on one map; None if they cannot be told."""
    kind, module = type(operation).__name__, type(operation).__module__
    if isinstance(operation, (*PADDINGS, *CROPPINGS)):
        return _shifted(operation, fields)
    if isinstance(operation, UPSAMPLINGS):
        return _enlarged(operation, fields)
    if isinstance(operation, TRANSPOSED):
        return _transposed(operation, fields, given, made)
    if hasattr(operation, "kernel_size") or hasattr(operation, "pool_size"):
        return _windowed(operation, fields, given, made)
    if isinstance(operation, (*MERGES, *POINTWISE_LAYERS)) or kind in POINTWISE:
        return fields
    if module.startswith("keras.src.layers.") and module.split(".")[3] in POINTWISE_MODULES:
        return fields
    if kind.startswith("Random") and has_keras_call(operation) and given == made:
        return fields  # augments images, and only in training
    if isinstance(operation, layers.TimeDistributed):
        return fields if len(given) == 3 else None
    # A stranger's layer that keeps the map's size is taken to work at each place by itself.
    keeps = isinstance(operation, layers.Layer) and spatial(operation, given) == spatial(operation, made)
    return fields if keeps and is_custom(operation) else None


def is_custom(operation: keras.Operation) -> bool:
    """Return whether its code is not one of Keras' layers; `keras.applications` defines some, too."""
    return not has_keras_call(operation) or is_from_applications(operation)


def _whole(fields: list[Field | None]) -> View:
    return None if None in fields else tuple(fields)


def _shifted(layer: layers.Layer, fields: tuple[Field, ...]) -> View:
    """Padding or cropping; one axis has a pair of numbers, several have a pair each."""
    crops = isinstance(layer, CROPPINGS)
    sides = layer.cropping if crops else layer.padding
    starts = [sides[0]] if isinstance(sides[0], int) else [side[0] for side in sides]
    return tuple(windowed(field, 1, 1, -start if crops else start) for field, start in zip(fields, starts))


def _enlarged(layer: layers.Layer, fields: tuple[Field, ...]) -> View:
    how = getattr(layer, "interpolation", "nearest")
    if how not in ("nearest", "bilinear"):
        return None
    factors = layer.size if isinstance(layer.size, (tuple, list)) else [layer.size]
    return _whole([enlarged(field, n, how == "bilinear") for field, n in zip(fields, factors)])


def _windowed(layer: layers.Layer, fields: tuple[Field, ...], given: Shape, made: Shape) -> View:
    before, after = spatial(layer, given), spatial(layer, made)
    moved = []
    for axis, field in enumerate(fields):
        kernel, stride, dilation = (
            of_axis(layer, name, axis) for name in ("window", "strides", "dilation_rate")
        )
        window = (kernel - 1) * dilation + 1
        padding = getattr(layer, "padding", None)
        if padding == "causal":
            start = window - 1
        elif padding == "valid":
            start = 0
        else:  # "same", or a stranger's layer that does not say, which then shows in the sizes
            start = max((after[axis] - 1) * stride + window - before[axis], 0) // 2
        moved.append(windowed(field, window, stride, start))
    return tuple(moved)


def _transposed(layer: layers.Layer, fields: tuple[Field, ...], given: Shape, made: Shape) -> View:
    before, after = spatial(layer, given), spatial(layer, made)
    moved = []
    for axis, field in enumerate(fields):
        kernel, stride, dilation = (
            of_axis(layer, name, axis) for name in ("window", "strides", "dilation_rate")
        )
        window = (kernel - 1) * dilation + 1
        full = (before[axis] - 1) * stride + window
        start = 0 if layer.padding == "valid" else max(full - after[axis], 0) // 2
        moved.append(spread(field, window, stride, start))
    return _whole(moved)


def of_axis(layer: layers.Layer, name: str, axis: int) -> int:
    """A layer's setting for one axis; 1 if it has none. "window" is the size of its kernel or pool."""
    if name == "window":
        value = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    else:
        value = getattr(layer, name, None) or (
            getattr(layer, "pool_size", None) if name == "strides" else None
        )
    return (value or 1) if isinstance(value, (int, type(None))) else value[axis]


def gates(graph: Graph, views: Sequence[View]) -> int:
    """Return how many calls join a map with what looks at all of the input."""
    seen = [[views[source] for source in vertex.sources] for vertex in graph.vertices]
    return sum(ALL in each and any(isinstance(one, tuple) for one in each) for each in seen)


def last_map(graph: Graph, views: Sequence[View]) -> int | None:
    """Return the last vertex on the way to the first output that gives a map; None if there is none."""
    before = set()
    ahead = [graph.outputs[0]]
    while ahead:
        i = ahead.pop()
        if i not in before:
            before.add(i)
            ahead += graph.vertices[i].sources
    maps = [i for i in before if views[i] not in (ALL, None) and graph.vertices[i].sources]
    return max(maps, default=None)


def sizes(seen: View) -> tuple[int, ...] | None:
    """Pixels along each axis; None if that is not known or is everything."""
    return tuple(field.size for field in seen) if isinstance(seen, tuple) and prod(map(bool, seen)) else None
