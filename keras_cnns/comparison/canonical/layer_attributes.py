"""What a layer computes, as kind and facts: its own words for Keras' common layers, its config for others."""

from __future__ import annotations

import re
from math import prod
from typing import Any

from keras import Layer, Operation

from keras_cnns.comparison.canonical.activations import activation_facts, activation_layer
from keras_cnns.comparison.canonical.layer_configs import arguments, config_of, freeze
from keras_cnns.comparison.canonical.nodes import Facts, Part
from keras_cnns.graph import Vertex

# What different people call the constants of local response normalization.
RESPONSE = {"size": "size", "n": "size", "local_size": "size", "window": "size", "k": "k", "bias": "k"}
RESPONSE |= {"alpha": "alpha", "beta": "beta"}
NOISE = ("Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization")
NOISE += ("StochasticDepth", "DropPath")


def parts(vertex: Vertex, also: frozenset[str]) -> list[Part]:
    """What a call computes, one part after the other: a convolution, then its activation.

    `also` names what counts besides, as `compare` takes it.
    """
    operation = vertex.operation
    common = is_keras(operation)
    found = None
    if common or type(operation).__name__ in NOISE:
        found = (
            _merge(vertex)
            or activation_layer(operation)
            or _KNOWN_BY_NAME.get(type(operation).__name__, lambda *_: None)(operation, vertex)
        )
    if found is None and re.search("local_?response|^lrn", type(operation).__name__, re.IGNORECASE):
        found = [("local response normalization", _response(operation))]
    if found is None:
        found = [_other(operation)]
    if also:
        found[0] = (found[0][0], {**found[0][1], **_besides(operation, also)})
    return found


def is_keras(operation: Operation) -> bool:
    """Whether Keras itself defines the class; a subclass may compute anything."""
    return (
        type(operation).__module__.startswith("keras.src.")
        and "applications" not in type(operation).__module__
    )


def _merge(vertex: Vertex) -> list[Part] | None:
    name = type(vertex.operation).__name__
    kinds = {"Add": "add", "Multiply": "multiply", "Average": "average", "Subtract": "subtract"}
    kinds |= {"Maximum": "maximum", "Minimum": "minimum"}
    if name in kinds and len(vertex.sources) > 1:
        return [(kinds[name], {})]
    if name == "Concatenate":
        axis = vertex.operation.axis
        return [("concatenate", {"axis": axis - len(vertex.shapes[0]) if axis >= 0 else axis})]
    return None


def _convolution(operation: Any, vertex: Vertex) -> list[Part]:
    facts: Facts = {
        "filters": operation.filters,
        "kernel": tuple(operation.kernel_size),
        "strides": tuple(operation.strides),
        "padding": operation.padding,
        "dilation": tuple(operation.dilation_rate),
        "groups": operation.groups,
        "bias": bool(operation.use_bias),
    }
    kernel = getattr(operation, "_kernel", None)
    if operation.groups > 1 and kernel is not None and kernel.shape[-2] == 1:
        multiplier = operation.filters // operation.groups
        facts = _depthwise_facts(operation, multiplier, bool(operation.use_bias))
        return _activated("depthwise convolution", facts, operation)
    return _activated("convolution", facts, operation)


def _depthwise(operation: Any, vertex: Vertex) -> list[Part]:
    facts = _depthwise_facts(operation, operation.depth_multiplier, bool(operation.use_bias))
    return _activated("depthwise convolution", facts, operation)


def _separable(operation: Any, vertex: Vertex) -> list[Part]:
    ones = (1,) * operation.rank
    pointwise: Facts = {"filters": operation.filters, "kernel": ones, "strides": ones, "padding": "valid"}
    pointwise |= {"dilation": ones, "groups": 1, "bias": bool(operation.use_bias)}
    first = ("depthwise convolution", _depthwise_facts(operation, operation.depth_multiplier, False))
    return [first, *_activated("convolution", pointwise, operation)]


def _depthwise_facts(operation: Any, multiplier: int, bias: bool) -> Facts:
    return {
        "multiplier": multiplier,
        "kernel": tuple(operation.kernel_size),
        "strides": tuple(operation.strides),
        "padding": operation.padding,
        "dilation": tuple(operation.dilation_rate),
        "bias": bias,
    }


def _dense(operation: Any, vertex: Vertex) -> list[Part]:
    return _activated("dense", {"filters": operation.units, "bias": bool(operation.use_bias)}, operation)


def _activated(kind: str, facts: Facts, operation: Any) -> list[Part]:
    function = activation_facts(operation.activation)
    return [(kind, facts)] + ([("activation", function)] if function else [])


def _pooling(operation: Any, vertex: Vertex) -> list[Part]:
    statistic = "max" if "Max" in type(operation).__name__ else "average"
    facts: Facts = {"statistic": statistic, "window": tuple(_each(operation.pool_size))}
    facts |= {"strides": tuple(_each(operation.strides)), "padding": operation.padding}
    return [("pooling", facts)]


def _each(value: Any) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _global_pooling(operation: Any, vertex: Vertex) -> list[Part]:
    return [("pooling", _whole("max" if "Max" in type(operation).__name__ else "average"))]


def _whole(statistic: str) -> Facts:
    return {"statistic": statistic, "window": "whole map"}


def _reduced(operation: Any, vertex: Vertex) -> list[Part] | None:
    """`keras.ops.mean(x, axis=(1, 2))` is global average pooling, with `max` it is global max-pooling."""
    axes = operation.axis if isinstance(operation.axis, (tuple, list)) else ()
    rank = len(vertex.shapes[0]) + (0 if operation.keepdims else len(axes))
    if sorted(axis % rank for axis in axes) == list(range(1, rank - 1)) and rank > 2:
        return [("pooling", _whole("max" if type(operation).__name__ == "Max" else "average"))]
    return None


def _batch_normalization(operation: Any, vertex: Vertex) -> list[Part]:
    axis = operation.axis if isinstance(operation.axis, int) else tuple(operation.axis)
    rank = len(vertex.shapes[0])
    facts: Facts = {"axis": axis - rank if isinstance(axis, int) and axis >= 0 else axis}
    facts |= {"epsilon": float(f"{operation.epsilon:.2g}"), "scale": bool(operation.scale)}
    return [("batch normalization", {**facts, "center": bool(operation.center)})]


def _rescaling(operation: Any, vertex: Vertex) -> list[Part]:
    scale, offset = freeze(operation.scale), freeze(operation.offset)
    return [("rescaling", {"scale": scale, "offset": offset})]


def _padding(operation: Any, vertex: Vertex) -> list[Part]:
    pads = operation.padding
    pads = (pads,) if isinstance(pads[0], int) else tuple(tuple(pair) for pair in pads)
    return [("zero padding", {"padding": pads})]


def _padded(operation: Any, vertex: Vertex) -> list[Part] | None:
    """`keras.ops.pad` of height and width with zeros."""
    pads = tuple(tuple(pair) for pair in operation.pad_width)
    value = arguments(operation).get("constant_values")
    if operation.mode != "constant" or value not in (None, 0) or any(pads[0]) or any(pads[-1]):
        return None
    return [("zero padding", {"padding": pads[1:-1]})]


def _noise(operation: Any, vertex: Vertex) -> list[Part]:
    rate = getattr(operation, "rate", getattr(operation, "stddev", None))
    return [("dropout", {"rate": rate, "type": type(operation).__name__})]


def _input(operation: Any, vertex: Vertex) -> list[Part]:
    return [("input", {"in_shape": tuple(vertex.shapes[0][1:])})]


def _identity(operation: Any, vertex: Vertex) -> list[Part]:
    return [("identity", {})]


def _reshape(operation: Any, vertex: Vertex) -> list[Part]:
    """Flatten is a Reshape to a vector."""
    shape = tuple(vertex.shapes[0][1:])
    return [("flatten", {})] if len(shape) == 1 else [("reshape", {"to": shape})]


_KNOWN_BY_NAME: dict[str, Any] = {"Dense": _dense, "BatchNormalization": _batch_normalization}
_KNOWN_BY_NAME |= {f"Conv{n}D": _convolution for n in (1, 2, 3)}
_KNOWN_BY_NAME |= {f"DepthwiseConv{n}D": _depthwise for n in (1, 2)}
_KNOWN_BY_NAME |= {f"SeparableConv{n}D": _separable for n in (1, 2)}
_KNOWN_BY_NAME |= {f"{word}Pooling{n}D": _pooling for word in ("Max", "Average") for n in (1, 2, 3)}
_KNOWN_BY_NAME |= {
    f"Global{word}Pooling{n}D": _global_pooling for word in ("Max", "Average") for n in (1, 2, 3)
}
_KNOWN_BY_NAME |= {f"ZeroPadding{n}D": _padding for n in (1, 2, 3)}
_KNOWN_BY_NAME |= {f"SpatialDropout{n}D": _noise for n in (1, 2, 3)}
_KNOWN_BY_NAME |= dict.fromkeys(NOISE, _noise)
_KNOWN_BY_NAME |= {"Mean": _reduced, "Max": _reduced, "Pad": _padded, "Rescaling": _rescaling}
_KNOWN_BY_NAME |= {"InputLayer": _input, "Identity": _identity, "Flatten": _reshape, "Reshape": _reshape}


def _response(operation: Any) -> Facts:
    """The constants of local response normalization under one name each; a radius is half a size."""
    config = config_of(operation)
    facts = {name: config[key] for key, name in RESPONSE.items() if key in config}
    if "depth_radius" in config:
        facts["size"] = 2 * config["depth_radius"] + 1
    return {
        name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in facts.items()
    }


def _other(operation: Operation) -> Part:
    """Any other layer: the name of its class, and its config or the arguments of the call."""
    kind = type(operation).__name__
    facts = {key: freeze(value) for key, value in config_of(operation).items()}
    if not isinstance(operation, Layer):
        facts |= {key: freeze(value) for key, value in arguments(operation).items()}
    return kind, facts


def _besides(operation: Operation, also: frozenset[str]) -> Facts:
    """What only training sees, if it was asked for."""
    config = operation.get_config() if isinstance(operation, Layer) else {}
    facts: Facts = {}
    if "momentum" in also and "momentum" in config:
        facts["momentum"] = config["momentum"]
    for word in ("initializer", "regularizer"):
        if f"{word}s" in also:
            facts |= {key: freeze(value) for key, value in config.items() if key.endswith(f"_{word}")}
    if "names" in also:
        facts["name"] = operation.name
    return facts


def parameter_counts(layer: Operation, n_parts: int, separable: bool) -> list[int]:
    """The parameters of a layer, for each of its parts; all in the first but for separable convolutions."""
    counts = [0] * n_parts
    if not isinstance(layer, Layer) or not layer.built:
        return counts
    shapes = [prod(weight.shape) for weight in layer.weights]
    counts[0] = shapes[0] if separable and shapes else sum(shapes)
    if separable:
        counts[1] = sum(shapes[1:])
    return counts
