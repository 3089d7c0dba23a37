"""The multiply-adds of a call, by the kind of its layer.

A multiply-accumulate (MAC) is one multiplication and one addition; papers on convolutional networks print
MACs as "FLOPs" or "multiply-adds", as the ResNet paper does (He et al. 2015, Table 1). The convention is
theirs: kernels (convolution, dense, recurrent) and the products of attention are counted, at each
position of the output once, whether or not it reaches into the padding. Biases, normalization, activation
functions and pooling are not counted. A layer that cannot be counted is named in the result, and never
counted as nothing.
"""

from collections.abc import Sequence
from math import prod
from typing import Any, cast

import keras
from keras import layers

from keras_cnns.graph import Graph, Shape, expanded
from keras_cnns.keras_files.opaque_layer import OpaqueLayer
from keras_cnns.layer_kinds import (
    CONVOLUTIONS,
    DEPTHWISE,
    SEPARABLE,
    TRANSPOSED,
    channels,
    has_keras_call,
    spatial,
    unwrapped,
)
from keras_cnns.profiling import macs_of_sequences
from keras_cnns.profiling.depth import longest_path
from keras_cnns.profiling.formulas import Work, dotted, kernel_factors, times, total
from keras_cnns.profiling.macs_of_functions import work_of_function
from keras_cnns.profiling.receptive_field import Unbounded
from keras_cnns.profiling.tensor_shapes import KnownShape, is_known, known_shapes, operand_shapes
from keras_cnns.safe_text import one_line

# Layers of Keras whose cost is not that of kernels, or whose code cannot be seen.
OPAQUE = (
    "Lambda",
    "AdditiveAttention",
    "TFSMLayer",
    "TorchModuleWrapper",
    "JaxLayer",
    "FlaxLayer",
    "STFTSpectrogram",
    "MelSpectrogram",
    "RNN",
    "StackedRNNCells",
)


def count_work(
    operation: keras.Operation,
    inputs: Sequence[Shape],
    outputs: Sequence[Shape],
    inside: Graph | None = None,
) -> Work:
    """Return what a call computes for one example.

    Args:
        operation: the layer or function.
        inputs: the shapes of its inputs, with the batch.
        outputs: the shapes of its outputs, with the batch.
        inside: what a wrapper computes at each step, where that can be seen.
    """
    if not inputs:
        return Work()
    operation = unwrapped(operation)
    if isinstance(operation, OpaqueLayer):
        return Work(None, note=f"{type(operation).__name__} is unknown: its code is not in the file")
    if not all(map(is_known, (*inputs, *outputs))):
        return Work(None, note="a size is unknown, and its memory is not counted")
    known_inputs, known_outputs = cast(list[KnownShape], inputs), cast(list[KnownShape], outputs)
    if not isinstance(operation, layers.Layer):
        return work_of_function(operation, known_inputs, known_outputs)
    if not _takes(operation, known_inputs):
        axes = ", ".join(str(len(shape)) for shape in inputs)
        return Work(None, note=f"{type(operation).__name__} cannot compute on inputs of {axes} axes")
    if isinstance(operation, layers.Wrapper):
        return _wrapped(operation, known_inputs, known_outputs, inside)
    for kinds, count in COUNTERS:
        if isinstance(operation, kinds):
            return count(operation, known_inputs, known_outputs)
    if isinstance(operation, keras.Model):
        return Work(None, note="a model whose call() is code")
    if type(operation).__name__ in OPAQUE and has_keras_call(operation):
        return Work(None, note=f"{type(operation).__name__} is opaque: its cost is unknown")
    if has_keras_call(operation):
        return Work()
    return _custom(operation, known_outputs)


def _takes(layer: layers.Layer, inputs: Sequence[KnownShape]) -> bool:
    """Whether the inputs have as many axes as the layer needs; Keras does not look inside a wrapper."""
    spec = layer.input_spec
    specs = keras.tree.flatten(spec) if isinstance(spec, (list, tuple, dict)) else [spec]
    return len(specs) != len(inputs) or all(
        getattr(spec, "ndim", None) in (None, len(shape))
        and (getattr(spec, "min_ndim", None) or 0) <= len(shape)
        for spec, shape in zip(specs, inputs)
    )


def _convolution(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    kernel = (*layer.kernel_size, channels(layer, inputs[0]) // layer.groups, layer.filters)
    return Work(*times(kernel, spatial(layer, outputs[0])), weighted=1)


def _depthwise(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    kernel = (*layer.kernel_size, channels(layer, inputs[0]), layer.depth_multiplier)
    return Work(*times(kernel, spatial(layer, outputs[0])), weighted=1)


def _separable(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    entry, places = channels(layer, inputs[0]), spatial(layer, outputs[0])
    between = entry * layer.depth_multiplier
    each = times((*layer.kernel_size, entry, layer.depth_multiplier), places)
    across = times((between, layer.filters), places)
    return Work(*total(each, across), weighted=1, inner_values=between * prod(places))


def _transposed(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    """The whole kernel multiplies each position of the input, also where "same" cuts the edge off."""
    kernel = (*layer.kernel_size, channels(layer, inputs[0]), layer.filters)
    return Work(*times(kernel, spatial(layer, inputs[0])), weighted=1)


def _dense(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    return Work(*times((inputs[0][-1], layer.units), inputs[0][1:-1]), weighted=1)


def _einsum(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    """One multiply-add for each value of each letter of the equation; the batch counts as one."""
    equation = layer.equation.replace(" ", "").replace("...", "0")
    operands, result = equation.split("->")
    entry, kernel = operands.split(",")
    sizes: dict[str, int] = {}
    for letters, shape in ((entry, inputs[0]), (result, outputs[0])):
        spread = len(shape) - len(letters) + 1  # axes that the ellipsis stands for
        place = 0
        for letter in letters:
            width = spread if letter == "0" else 1
            sizes[letter] = prod(size or 1 for size in shape[place : place + width])
            place += width
    if entry[0] in sizes:
        batch = (1, *inputs[0][1:])
        width = len(inputs[0]) - len(entry) + 1 if entry[0] == "0" else 1
        sizes[entry[0]] = prod(batch[:width])
    others = [size for letter, size in sizes.items() if letter not in kernel and size != 1]
    return Work(*times([sizes[letter] for letter in kernel], others), weighted=1)


def _both_ways(
    wrapper: layers.Bidirectional, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]
) -> Work:
    ways = [count_work(layer, inputs, outputs) for layer in (wrapper.forward_layer, wrapper.backward_layer)]
    return macs_of_sequences.both_ways(ways)


def _wrapped(
    wrapper: layers.Wrapper, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape], inside: Graph | None
) -> Work:
    """Of a wrapper: what is inside, once for each step of time."""
    inner = wrapper.layer
    if isinstance(wrapper, layers.TimeDistributed):
        steps = inputs[0][1]
        shapes = (None, *inputs[0][2:]), (None, *outputs[0][2:])
        once = _inside(expanded(inside), shapes[0]) if inside else count_work(inner, shapes[:1], shapes[1:])
        if once.macs is None:
            return once
        formula = f"{steps} · ({once.formula})" if once.formula else ""
        return Work(steps * once.macs, formula, once.weighted, steps * once.inner_values, once.note)
    return Work(None, note=f"{type(wrapper).__name__} is opaque: its cost is unknown")


def _inside(graph: Graph, input_shape: Shape) -> Work:
    """The work of a model, or of a layer of a user's own, in a wrapper."""
    try:
        shapes = known_shapes(graph, [cast(KnownShape, input_shape[1:])])
    except ValueError:  # Keras applies a model for one channel to any number of them
        return Work(None, note=f"{one_line(graph.name)} was built for inputs of another shape")
    each = [
        count_work(vertex.operation, operand_shapes(graph, shapes, i), shapes[i], vertex.inside)
        for i, vertex in enumerate(graph.vertices)
    ]
    if uncounted := [one for one in each if one.macs is None]:
        return Work(None, note=f"in {one_line(graph.name)}: {uncounted[0].note}")
    macs = sum(one.macs or 0 for one in each)
    depth = longest_path(graph, [one.weighted for one in each], [Unbounded.UNKNOWN] * len(each))
    kept = sum(one.inner_values for one in each)
    kept += sum(
        prod(cast(KnownShape, shape[1:]))
        for i, of_call in enumerate(shapes)
        if each[i].macs
        for shape in of_call
    )
    return Work(macs, f"{macs}", depth, kept)


def _custom(layer: layers.Layer, outputs: Sequence[KnownShape]) -> Work:
    """A custom class: a window with weights is counted as a convolution, any other is not counted.

    A convolution uses each of its weights but the bias once at each position of the output. It is a weighted
    layer if it has a kernel; pooling with a coefficient, as in LeNet-5, is not.
    """
    weights = [variable for variable in layer.weights if variable.name != "bias"]
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    kind = type(layer).__name__
    if window and weights and not getattr(layer, "_layers", None):
        count, formula = total(*(times(kernel_factors(variable.shape)) for variable in weights))
        places = spatial(layer, outputs[0])
        return Work(
            count * prod(places),
            f"({formula}) · {dotted(places)}" if "+" in formula else f"{formula} · {dotted(places)}",
            weighted=int(hasattr(layer, "kernel_size")),
            note=f"{kind} is a custom class, counted as a convolution: each weight once at each position",
        )
    has = "what it does with its weights is unknown" if layer.weights else "it has no kernel"
    return Work(None, note=f"{kind} is a custom class; {has}")


COUNTERS = (
    (TRANSPOSED, _transposed),  # before the convolutions: a class may be both
    (DEPTHWISE, _depthwise),
    (SEPARABLE, _separable),
    (CONVOLUTIONS, _convolution),
    (layers.Dense, _dense),
    (layers.EinsumDense, _einsum),
    (layers.Dot, macs_of_sequences.dot),
    ((layers.MultiHeadAttention, layers.GroupQueryAttention), macs_of_sequences.multi_head_attention),
    (layers.AdditiveAttention, lambda *_: Work(None, note="additive attention has no kernel products")),
    (layers.Attention, macs_of_sequences.attention),
    (layers.Bidirectional, _both_ways),
    (layers.SimpleRNN, macs_of_sequences.recurrent),
    (layers.GRU, macs_of_sequences.recurrent),
    (layers.LSTM, macs_of_sequences.recurrent),
    ((layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D), macs_of_sequences.convolutional_recurrent),
)
