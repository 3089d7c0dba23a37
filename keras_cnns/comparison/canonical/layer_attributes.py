"""What a layer computes, as steps of a kind and its attributes.

Keras' common layers have attributes of their own here; any other layer has its config.
"""

from __future__ import annotations

import re
from math import prod
from typing import Any

import numpy as np
from keras import KerasTensor, Layer, Operation, layers, tree

from keras_cnns.backends import no_tensorflow
from keras_cnns.comparison.canonical.activations import activation_attributes, activation_layer
from keras_cnns.comparison.canonical.canonical_graph import Attributes, Step
from keras_cnns.comparison.canonical.functions import function_steps
from keras_cnns.comparison.canonical.layer_configs import (
    arguments_of,
    bound_arguments,
    code_inside,
    config_of,
    freeze,
    is_called_for_training,
)
from keras_cnns.comparison.canonical.own_kernels import kernel_steps
from keras_cnns.comparison.canonical.probing import probe, rescaling
from keras_cnns.comparison.canonical.shuffles import KIND
from keras_cnns.graph import Shape, Vertex
from keras_cnns.graph.own_code import code_of
from keras_cnns.graph.shuffles import groups_shuffled
from keras_cnns.layer_kinds import is_depthwise, is_keras_class

# The constants of local response normalization, by the names that different libraries give them.
RESPONSE_CONSTANTS = {
    "size": "size",
    "n": "size",
    "local_size": "size",
    "window": "size",
    "k": "k",
    "bias": "k",
}
RESPONSE_CONSTANTS |= {"alpha": "alpha", "beta": "beta"}
# What Keras' configs call otherwise than the steps of convolutions do.
SAME_WORD = {"dilation_rate": "dilation"}
# Over height and width both are global pooling.
KINDS_OF_FUNCTIONS = {"Mean": "average over axes", "Max": "maximum over axes"}
MERGES = {name: name.lower() for name in ("Add", "Multiply", "Average", "Subtract", "Maximum", "Minimum")}
NOISE = (
    "Dropout",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization",
    "StochasticDepth",
    "DropPath",
)


def steps(vertex: Vertex, also: frozenset[str]) -> list[Step]:
    """Return what a call computes, step by step: a convolution, then its activation.

    `also` says what counts although only training uses it, of `also.ALSO`.
    """
    operation = vertex.operation
    name = type(operation).__name__
    found = None
    if is_keras_class(operation) or name in NOISE:
        found = _merge(vertex) or activation_layer(operation, len(vertex.shapes[0]))
        if found is None and name in _BY_CLASS_NAME:
            found = _BY_CLASS_NAME[name](operation, vertex)
        found = found or function_steps(vertex)
    if found is None and not type(operation).__module__.startswith("keras_cnns."):
        found = probe(vertex) or kernel_steps(vertex)
    if found is None and re.search("local_?response|^lrn", name, re.IGNORECASE):
        found = [("local response normalization", _response(operation))]
    if found is None:
        found = [_other(vertex)]
    if getattr(operation, "data_format", None) == "channels_first":
        kind, attributes = found[0]
        attributes = {key: value for key, value in attributes.items() if key != "data_format"}
        found[0] = (kind, {**attributes, "channels": "first"})
    if is_called_for_training(vertex):
        kind, attributes = found[0]
        found[0] = (kind, {**attributes, "training": True})
    if also:
        kind, attributes = found[0]
        found[0] = (kind, {**attributes, **_training_attributes(operation, also)})
    return found


def _merge(vertex: Vertex) -> list[Step] | None:
    name = type(vertex.operation).__name__
    if name not in MERGES and name != "Concatenate":
        return None
    given = tree.flatten((vertex.call.arguments.args, vertex.call.arguments.kwargs))
    if any(hasattr(value, "shape") and not isinstance(value, KerasTensor) for value in given):
        return None  # a constant is joined, too
    is_average = name == "Average" and not isinstance(vertex.operation, Layer)
    if name in MERGES and len(vertex.sources) > 1 and not is_average:
        return [(MERGES[name], {})]
    if name == "Concatenate":
        axis = vertex.operation.axis
        return [("concatenate", {"axis": axis - len(vertex.shapes[0]) if axis >= 0 else axis})]
    return None


def _convolution(operation: Any, vertex: Vertex) -> list[Step]:
    attributes: Attributes = {
        "filters": operation.filters,
        "kernel": tuple(operation.kernel_size),
        "strides": tuple(operation.strides),
        "padding": operation.padding,
        "dilation": tuple(operation.dilation_rate),
        "groups": operation.groups,
        "bias": bool(operation.use_bias),
    }
    if is_depthwise(operation):
        multiplier = operation.filters // operation.groups
        attributes = _depthwise_attributes(operation, multiplier, bool(operation.use_bias))
        return _activated("depthwise convolution", attributes, operation)
    return _activated("convolution", attributes, operation)


def _depthwise(operation: Any, vertex: Vertex) -> list[Step]:
    attributes = _depthwise_attributes(operation, operation.depth_multiplier, bool(operation.use_bias))
    return _activated("depthwise convolution", attributes, operation)


def _separable(operation: Any, vertex: Vertex) -> list[Step]:
    ones = (1,) * operation.rank
    pointwise: Attributes = {
        "filters": operation.filters,
        "kernel": ones,
        "strides": ones,
        "padding": "valid",
    }
    pointwise |= {"dilation": ones, "groups": 1, "bias": bool(operation.use_bias)}
    first = ("depthwise convolution", _depthwise_attributes(operation, operation.depth_multiplier, False))
    return [first, *_activated("convolution", pointwise, operation)]


def _depthwise_attributes(operation: Any, multiplier: int, bias: bool) -> Attributes:
    return {
        "multiplier": multiplier,
        "kernel": tuple(operation.kernel_size),
        "strides": tuple(operation.strides),
        "padding": operation.padding,
        "dilation": tuple(operation.dilation_rate),
        "bias": bias,
    }


def _dense(operation: Any, vertex: Vertex) -> list[Step]:
    return _activated("dense", {"filters": operation.units, "bias": bool(operation.use_bias)}, operation)


def _activated(kind: str, attributes: Attributes, operation: Any) -> list[Step]:
    function = activation_attributes(operation.activation)
    return [(kind, attributes)] + ([("activation", function)] if function else [])


def _pooling(operation: Any, vertex: Vertex) -> list[Step]:
    statistic = "max" if "Max" in type(operation).__name__ else "average"
    attributes: Attributes = {"statistic": statistic, "window": tuple(_each(operation.pool_size))}
    attributes |= {"strides": tuple(_each(operation.strides)), "padding": operation.padding}
    return [("pooling", attributes)]


def _each(value: Any) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _global_pooling(operation: Any, vertex: Vertex) -> list[Step]:
    return [("pooling", _whole("max" if "Max" in type(operation).__name__ else "average"))]


def _whole(statistic: str) -> Attributes:
    return {"statistic": statistic, "window": "whole map"}


def _reduced(operation: Any, vertex: Vertex) -> list[Step] | None:
    """`keras.ops.mean(x, axis=(1, 2))` is global average pooling, with `max` it is global max-pooling."""
    axes = operation.axis if isinstance(operation.axis, (tuple, list)) else ()
    if getattr(operation, "initial", None) is not None:
        return None
    rank = len(vertex.shapes[0]) + (0 if operation.keepdims else len(axes))
    if sorted(axis % rank for axis in axes) == list(range(1, rank - 1)) and rank > 2:
        return [("pooling", _whole("max" if type(operation).__name__ == "Max" else "average"))]
    return None


def _batch_normalization(operation: Any, vertex: Vertex) -> list[Step]:
    axis = operation.axis if isinstance(operation.axis, int) else tuple(operation.axis)
    rank = len(vertex.shapes[0])
    attributes: Attributes = {"axis": axis - rank if isinstance(axis, int) and axis >= 0 else axis}
    attributes |= {"epsilon": _rounded(operation.epsilon), "scale": bool(operation.scale)}
    if getattr(operation, "renorm", False):  # Keras 3.15 has it, with weights of its own
        attributes["renormalization"] = True
    return [("batch normalization", {**attributes, "center": bool(operation.center)})]


def _rounded(epsilon: float) -> float:
    """An epsilon in as many digits as make a difference: Keras has 1.001e-5 for 1e-5 in some networks."""
    return float(f"{epsilon:.2g}") if epsilon < 0.01 else float(epsilon)


def _rescaling(operation: Any, vertex: Vertex) -> list[Step]:
    scale: Any = freeze(operation.scale)
    offset: Any = freeze(operation.offset)
    shape = tuple(vertex.call.input_tensors[0].shape)
    if all(_fits(np.shape(constant), shape) for constant in (scale, offset)):
        return [rescaling(scale, offset)]
    return [("rescaling", {"scale": scale, "offset": offset})]


def _fits(constants: tuple[int, ...], shape: Shape) -> bool:
    """Whether constants of one shape may be joined with a tensor of the other, and its shape stays."""
    pairs = zip(constants[::-1], shape[::-1])
    return len(constants) <= len(shape) and all(n in (1, size) for n, size in pairs)


def _padding(operation: Any, vertex: Vertex) -> list[Step]:
    pads = operation.padding
    pads = (pads,) if isinstance(pads[0], int) else tuple(tuple(pair) for pair in pads)
    return [("zero padding", {"padding": pads})]


def _padded(operation: Any, vertex: Vertex) -> list[Step] | None:
    """`keras.ops.pad` of height and width with zeros."""
    pads = tuple(tuple(pair) for pair in operation.pad_width)
    value = arguments_of(vertex).get("constant_values")
    if operation.mode != "constant" or value not in (None, 0) or any(pads[0]) or any(pads[-1]):
        return None
    return [("zero padding", {"padding": pads[1:-1]})]


def _noise(operation: Any, vertex: Vertex) -> list[Step]:
    rate = getattr(operation, "rate", getattr(operation, "stddev", None))
    return [("dropout", {"rate": rate, "type": type(operation).__name__})]


def _input(operation: Any, vertex: Vertex) -> list[Step]:
    return [("input", {"in_shape": tuple(vertex.shapes[0][1:])})]


def _identity(operation: Any, vertex: Vertex) -> list[Step]:
    return [("identity", {})]


def _reshape(operation: Any, vertex: Vertex) -> list[Step]:
    """Flatten is a Reshape to a vector."""
    shape = tuple(vertex.shapes[0][1:])
    return [("flatten", {})] if len(shape) == 1 else [("reshape", {"to": shape})]


def _slice(operation: Any, vertex: Vertex) -> list[Step] | None:
    """`x[..., a:b]`: some channels, next to each other."""
    (tensor,) = vertex.call.input_tensors
    given = [value for value in bound_arguments(vertex).values() if not isinstance(value, KerasTensor)]
    keys = given[0] if len(given) == 1 and isinstance(given[0], tuple) else tuple(given)
    rank = len(tensor.shape)
    if Ellipsis in keys[:1]:
        keys = (*[slice(None)] * (rank - len(keys) + 1), *keys[1:])
    whole, last = keys[:-1], keys[-1] if keys else None
    if len(keys) != rank or any(key != slice(None) for key in whole) or not isinstance(last, slice):
        return None
    if tensor.shape[-1] is None or last.step not in (None, 1):
        return None
    start, end, _ = last.indices(tensor.shape[-1])
    return [("slice", {"from": start, "to": end})]


def _split(operation: Any, vertex: Vertex) -> list[Step] | None:
    """`keras.ops.split` of the channels."""
    (tensor,) = vertex.call.input_tensors
    width, rank, at = tensor.shape[-1], len(tensor.shape), operation.indices_or_sections
    if operation.axis not in (-1, rank - 1) or width is None:
        return None
    inner = [width // at * k for k in range(1, at)] if isinstance(at, int) else [int(k) for k in at]
    return [("split", {"bounds": (0, *inner, width)})]


def _shuffle(operation: Any, vertex: Vertex) -> list[Step] | None:
    """`keras.ops.take` of the channels in the order of a shuffle."""
    groups = groups_shuffled(vertex)
    return [(KIND, {"groups": groups})] if groups else None


_BY_CLASS_NAME: dict[str, Any] = {
    "GetItem": _slice,
    "Take": _shuffle,
    "Split": _split,
    "Dense": _dense,
    "BatchNormalization": _batch_normalization,
}
_BY_CLASS_NAME |= {f"Conv{n}D": _convolution for n in (1, 2, 3)}
_BY_CLASS_NAME |= {f"DepthwiseConv{n}D": _depthwise for n in (1, 2)}
_BY_CLASS_NAME |= {f"SeparableConv{n}D": _separable for n in (1, 2)}
_BY_CLASS_NAME |= {f"{word}Pooling{n}D": _pooling for word in ("Max", "Average") for n in (1, 2, 3)}
_BY_CLASS_NAME |= {
    f"Global{word}Pooling{n}D": _global_pooling for word in ("Max", "Average") for n in (1, 2, 3)
}
_BY_CLASS_NAME |= {f"ZeroPadding{n}D": _padding for n in (1, 2, 3)}
_BY_CLASS_NAME |= {f"SpatialDropout{n}D": _noise for n in (1, 2, 3)}
_BY_CLASS_NAME |= dict.fromkeys(NOISE, _noise)
_BY_CLASS_NAME |= {"Mean": _reduced, "Max": _reduced, "Pad": _padded, "Rescaling": _rescaling}
_BY_CLASS_NAME |= {"InputLayer": _input, "Identity": _identity, "Flatten": _reshape, "Reshape": _reshape}


def _response(operation: Any) -> Attributes:
    """The constants of local response normalization under one name each; a radius is half a size."""
    config = config_of(operation)
    attributes = {name: config[key] for key, name in RESPONSE_CONSTANTS.items() if key in config}
    if "depth_radius" in config:
        attributes["size"] = 2 * config["depth_radius"] + 1
    return {
        name: float(f"{value:.4g}") if isinstance(value, float) else value
        for name, value in attributes.items()
    }


def _other(vertex: Vertex) -> Step:
    """Any other layer: the name of its class, its config and the arguments of the call."""
    operation = vertex.operation
    kind, config, own = type(operation).__name__, config_of(operation), code_inside(operation)
    if isinstance(operation, layers.Lambda):
        config.pop("function", None)  # bytecode with the lines and the name of its file
        own = code_of(operation.function)
    words: dict[str, str] = {}
    if is_keras_class(operation):
        kind, words = KINDS_OF_FUNCTIONS.get(kind, kind), SAME_WORD
    attributes = {words.get(key, key): freeze(value) for key, value in config.items()} | own
    return kind, attributes | {key: freeze(value) for key, value in arguments_of(vertex).items()}


def _training_attributes(operation: Operation, also: frozenset[str]) -> Attributes:
    """What only training uses, as far as it counts."""
    if not also or not isinstance(operation, Layer):
        return {}
    with no_tensorflow():
        config = operation.get_config()
    attributes: Attributes = {}
    if "momentum" in also and "momentum" in config:
        attributes["momentum"] = config["momentum"]
    for word in ("initializer", "regularizer"):
        if f"{word}s" in also:
            attributes |= {key: freeze(value) for key, value in config.items() if key.endswith(f"_{word}")}
    if "names" in also:
        attributes["name"] = operation.name
    return attributes


def parameter_counts(vertex: Vertex, n_steps: int) -> list[int]:
    """Return the parameters of each step of a call; all are in the first, but for separable convolutions."""
    layer, counts = vertex.operation, [0] * n_steps
    counts[0] = sum(prod(weight.shape) for weight in vertex.borrowed)
    if not isinstance(layer, Layer) or not layer.built:
        return counts
    sizes = [prod(weight.shape) for weight in layer.weights]
    if type(layer).__name__.startswith("Sep") and sizes:
        counts[:2] = sizes[0], sum(sizes[1:])
    else:
        counts[0] += sum(sizes)
    return counts
