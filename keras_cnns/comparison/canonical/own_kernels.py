"""Layers of a person's own that are dense layers or convolutions with weights of their own, found by numbers.

A layer with one kernel, and perhaps a bias, is called with random numbers in their place. It is a dense layer
or a convolution if it gives what Keras' function gives for the same numbers, or one function of each of these
values.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, Layer, ops, tree

from keras_cnns.comparison.canonical.activations import function_of_numbers
from keras_cnns.comparison.canonical.canonical_graph import Attributes, Step
from keras_cnns.comparison.canonical.probing import agree
from keras_cnns.comparison.symbolic_run import check_kernels
from keras_cnns.graph import Shape, Vertex
from keras_cnns.graph.tracing import unchanged
from keras_cnns.keras_files.opaque_layer import OpaqueLayer
from keras_cnns.layer_kinds import has_own_call

Array = np.ndarray
# What Keras computes from a tensor and a kernel.
Product = Callable[[Any, Any], Any]
BATCH, AT_ONCE = 2, 64
BEYOND = 6  # what the maps of a probe have along an axis beyond the kernel
MOST_STRIDE = MOST_DILATION = 4
MOST_TESTED = 300  # values to which an activation is applied again
MOST_MACS = 4e8


def has_own_weights(vertex: Vertex) -> bool:
    """Whether a call is that of a layer of a person's own with weights and no layers in it."""
    operation = vertex.operation
    if not isinstance(operation, Layer) or isinstance(operation, OpaqueLayer) or vertex.inside:
        return False
    is_ours = type(operation).__module__.startswith("keras_cnns.")
    return has_own_call(operation) and not is_ours and bool(operation.weights) and not vertex.opaque


def kernel_steps(vertex: Vertex) -> list[Step] | None:
    """Return the steps of a layer of a person's own with one kernel, if Keras has such a layer."""
    if not has_own_weights(vertex) or len(vertex.sources) != 1 or len(vertex.shapes) != 1:
        return None
    weights = list(vertex.operation.weights)
    kernels, biases = ([w for w in weights if (len(w.shape) > 1) is more] for more in (True, False))
    tensors = (*vertex.call.input_tensors, *vertex.call.outputs)
    types = {str(one.dtype) for one in (*tensors, *weights)}
    if len(kernels) != 1 or len(biases) > 1 or types != {"float32"}:
        return None
    kernel, shape, out_shape = kernels[0], tuple(tensors[0].shape), vertex.shapes[0]
    if biases and tuple(biases[0].shape) != (out_shape[-1],):
        return None
    layer = _Layer(vertex, kernel, biases[0] if biases else None)
    for kind, attributes, multiplied in _kinds(tuple(kernel.shape), shape, out_shape):
        try:
            found = layer.activation_after(multiplied, kind)
        except Exception:  # code of another may raise anything
            continue
        if found is not None:
            step = kind, {**attributes, "bias": bool(biases)}
            return [step, ("activation", found)] if found else [step]
    return None


def _kinds(kernel: Shape, shape: Shape, out_shape: Shape) -> Iterator[tuple[str, Attributes, Product]]:
    """The kinds of layers whose kernel may have this shape, with what Keras computes for each."""
    channels, filters = shape[-1], kernel[-1]
    if channels is None or None in kernel or not filters:
        return
    if kernel == (channels, out_shape[-1]) and shape[:-1] == out_shape[:-1]:
        yield "dense", {"filters": filters}, ops.matmul
    sizes = kernel[:-2]
    if len(kernel) != len(shape) or not sizes or channels % (kernel[-2] or 1):
        return
    groups = channels // (kernel[-2] or 1)
    by_depth = groups == 1 < channels and out_shape[-1] == channels * filters
    if out_shape[-1] != filters and not by_depth:
        return
    for stride, dilation, padding in _windows():
        if _sizes_after(shape[1:-1], sizes, stride, dilation, padding) != tuple(out_shape[1:-1]):
            continue
        window: Attributes = {"kernel": sizes, "strides": (stride,) * len(sizes), "padding": padding}
        window["dilation"] = (dilation,) * len(sizes)
        options = {"strides": stride, "padding": padding, "dilation_rate": dilation}
        function = ops.depthwise_conv if by_depth else ops.conv
        convolved = functools.partial(function, **options, data_format="channels_last")
        if by_depth or groups == channels > 1:
            multiplier = filters if by_depth else filters // groups
            yield "depthwise convolution", {"multiplier": multiplier, **window}, convolved
        else:
            yield "convolution", {"filters": filters, **window, "groups": groups}, convolved


def _windows() -> Iterator[tuple[int, int, str]]:
    """Strides, dilations and paddings, the frequent ones first; backends refuse a stride with a dilation."""
    for stride, padding in product(range(1, MOST_STRIDE + 1), ("valid", "same")):
        yield stride, 1, padding
    for dilation, padding in product(range(2, MOST_DILATION + 1), ("valid", "same")):
        yield 1, dilation, padding


def _sizes_after(sizes: Shape, kernel: Shape, stride: int, dilation: int, padding: str) -> Shape:
    lost = [0 if padding == "same" else dilation * ((k or 1) - 1) for k in kernel]
    return tuple(None if n is None else -(-(n - less) // stride) for n, less in zip(sizes, lost))


class _Layer:
    """A layer as a function of numbers and of the numbers that its weights have."""

    def __init__(self, vertex: Vertex, kernel: Any, bias: Any) -> None:
        self.vertex, self.kernel, self.bias = vertex, kernel, bias
        self.rng = np.random.default_rng(0)
        shape = tuple(vertex.call.input_tensors[0].shape)
        window = tuple(kernel.shape)[:-2] if len(kernel.shape) == len(shape) else ()
        reach = [MOST_DILATION * (k - 1) + 1 for k in window]
        inner = [max(k + BEYOND, far + 1) for k, far in zip(window, reach)] or [n or 3 for n in shape[1:-1]]
        self.shape = (*inner, shape[-1])
        self.width = int(vertex.shapes[0][-1] or 0)

    def activation_after(self, multiplied: Product, name: str) -> Attributes | None:
        """What is applied after a product: nothing ({}), an activation, or None if it is not that product."""
        if BATCH * np.prod(self.shape[:-1]) * np.prod(self.kernel.shape) > MOST_MACS:
            return None
        attributes: Attributes | None = None
        for attempt in range(2):
            k, b, x = self._drawn(BATCH)
            y, z = self._run(x, k, b), _numbers(multiplied(x, k)) + b
            if y.shape != z.shape or not np.isfinite(y).all() or not agree(y, self._run(x, k, b)):
                return None
            if agree(y, z):
                found: Attributes | None = {}
            elif agree(y, _softmax(z)):
                found = {"function": "softmax"}
            else:
                found = self._elementwise(y, z, multiplied, k, name)
            if found is None or (attempt and found != attributes):
                return None
            attributes = found
        return attributes

    def _elementwise(self, y: Array, z: Array, multiplied: Product, k: Array, name: str) -> Attributes | None:
        """The function that makes each value of `y` of that of `z`."""
        function = self._of_numbers(multiplied, k)
        places = self.rng.permutation(z.size)[:MOST_TESTED]
        if not agree(y.reshape(-1)[places], function(z.reshape(-1)[places].astype(np.float32))):
            return None
        return function_of_numbers(function, name)

    def _of_numbers(self, multiplied: Product, k: Array) -> Callable[[Any], Any]:
        """What the layer makes of any number: of inputs that give just that number at one place."""
        _, _, start = self._drawn(1)
        products = _numbers(multiplied(start, k)).reshape(-1)
        place = int(np.argmax(np.abs(products)))
        none = np.zeros(self.width, np.float32)

        def function(given: Any) -> Array:
            numbers = np.asarray(ops.convert_to_numpy(given), np.float32)
            flat = numbers.reshape(-1) / products[place]
            values = []
            for i in range(0, flat.size, AT_ONCE):
                part = np.resize(flat[i : i + AT_ONCE], AT_ONCE)
                x: Array = part.reshape(-1, *[1] * len(self.shape)) * start
                values.append(self._run(x.astype(np.float32), k, none).reshape(AT_ONCE, -1)[:, place])
            return np.concatenate(values)[: flat.size].reshape(numbers.shape).astype(np.float32)

        return function

    def _drawn(self, batch: int) -> tuple[Array, Array, Array]:
        """A kernel, a bias and inputs, such that the products are of the size of one."""
        fan_in = max(1, int(np.prod(self.kernel.shape[:-1])))
        k = np.asarray(self.rng.normal(0, 2 / np.sqrt(fan_in), tuple(self.kernel.shape)), np.float32)
        b = np.asarray(self.rng.normal(0, 1, (self.width,)), np.float32)
        x = self.rng.standard_normal((batch, *self.shape)).astype(np.float32)
        return k, b if self.bias is not None else np.zeros_like(b), x

    def _run(self, x: Array, k: Array, b: Array) -> Array:
        """What the layer gives if its weights have these values; nothing that it holds changes."""
        operation, given = self.vertex.operation, self.vertex.call.arguments
        values = [(self.kernel, ops.convert_to_tensor(k))]
        values += [(self.bias, ops.convert_to_tensor(b))] if self.bias is not None else []

        def called(tensor: Any) -> Any:
            args, kwargs = tree.map_structure(
                lambda leaf: tensor if isinstance(leaf, KerasTensor) else leaf, (given.args, given.kwargs)
            )
            with keras.StatelessScope(values), unchanged(operation):
                return operation.call(*args, **kwargs)

        tensor = ops.convert_to_tensor(x)
        check_kernels(called, [tensor])
        return _numbers(called(tensor))


def _numbers(value: Any) -> Array:
    return np.asarray(ops.convert_to_numpy(value), np.float64)


def _softmax(z: Array) -> Array:
    powers = np.exp(z - z.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)
