"""Functions of `keras.ops` that compute what a layer does, as steps of that layer's kind."""

from __future__ import annotations

from typing import Any

import keras
from keras import Variable

from keras_cnns.comparison.canonical.canonical_graph import Attributes, Step
from keras_cnns.comparison.canonical.layer_configs import bound_arguments
from keras_cnns.graph import Shape, Vertex


def function_steps(vertex: Vertex) -> list[Step] | None:
    """Return the step of a convolution with a weight as its kernel, or of a pooling; None for all else."""
    operation = vertex.operation
    kind = _KINDS.get(type(operation).__name__)
    if kind is None or not type(operation).__module__.startswith("keras.src.ops."):
        return None
    data_format = operation.data_format or keras.config.image_data_format()
    shape = tuple(vertex.call.input_tensors[0].shape) if vertex.call.input_tensors else ()
    if data_format != "channels_last" or len(vertex.call.input_tensors) != 1 or len(shape) < 3:
        return None
    return kind(vertex, shape)


def _convolved(vertex: Vertex, shape: Shape) -> list[Step] | None:
    kernel = _kernel(vertex)
    if kernel is None or shape[-1] is None:
        return None
    *_, read, filters = kernel
    groups = shape[-1] // read
    window = _window(vertex.operation, kernel)
    if groups == shape[-1] > 1:
        return [("depthwise convolution", {"multiplier": filters // groups, **window})]
    return [("convolution", {"filters": filters, **window, "groups": groups})]


def _convolved_by_depth(vertex: Vertex, shape: Shape) -> list[Step] | None:
    kernel = _kernel(vertex)
    if kernel is None:
        return None
    return [("depthwise convolution", {"multiplier": kernel[-1], **_window(vertex.operation, kernel)})]


def _kernel(vertex: Vertex) -> tuple[int, ...] | None:
    """The shape of the kernel, if it is a weight that no other call computes with."""
    kernel = bound_arguments(vertex).get("kernel")
    if not isinstance(kernel, Variable) or [id(one) for one in vertex.borrowed] != [id(kernel)]:
        return None
    return tuple(kernel.shape)


def _window(operation: Any, kernel: tuple[int, ...]) -> Attributes:
    axes = len(kernel) - 2
    return {
        "kernel": kernel[:-2],
        "strides": _each(operation.strides, axes),
        "padding": operation.padding,
        "dilation": _each(operation.dilation_rate, axes),
        "bias": False,
    }


def _pooled(vertex: Vertex, shape: Shape) -> list[Step]:
    operation, axes = vertex.operation, len(shape) - 2
    window = _each(operation.pool_size, axes)
    strides = window if operation.strides is None else _each(operation.strides, axes)
    statistic = "max" if type(operation).__name__ == "MaxPool" else "average"
    attributes = {"statistic": statistic, "window": window, "strides": strides, "padding": operation.padding}
    return [("pooling", attributes)]


def _each(value: Any, axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)


_KINDS: dict[str, Any] = {
    "Conv": _convolved,
    "DepthwiseConv": _convolved_by_depth,
    "MaxPool": _pooled,
    "AveragePool": _pooled,
}
