"""The multiply-adds of a call, by the kind of its layer.

Counted are the kernels' (convolution, dense, recurrent) and attention's products, each position of the output
once, whether or not it reaches into the padding. Not counted, by the papers' convention, are biases,
normalization, activation functions and pooling. What cannot be counted is named, never taken for nothing.
"""

from math import prod

import keras
from keras import layers

from keras_cnns.graph import Shape, read
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
from keras_cnns.profiling.depth import longest
from keras_cnns.profiling.formulas import Work, times, total
from keras_cnns.profiling.macs_of_functions import work_of_function
from keras_cnns.profiling.shapes import known_shapes, reads

# Layers of Keras that compute what a kernel's multiply-adds are not a measure of.
OPAQUE = ("Lambda", "AdditiveAttention", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")
OPAQUE += ("STFTSpectrogram", "MelSpectrogram", "RNN", "StackedRNNCells")


def work(operation: keras.Operation, given: list[Shape], made: list[Shape]) -> Work:
    """Return what a call computes for one example.

    Args:
        operation: the layer or function.
        given: the shapes that it reads, with the batch.
        made: the shapes that it gives.
    """
    if not given:
        return Work()
    operation = unwrapped(operation)
    if any(size is None for shape in (*given, *made) for size in shape[1:]):
        return Work(None, note="a size is unknown, and its memory not counted")
    if not isinstance(operation, layers.Layer):
        return work_of_function(operation, given, made)
    if isinstance(operation, layers.Wrapper):
        return _wrapped(operation, given, made)
    for kinds, count in COUNTERS:
        if isinstance(operation, kinds):
            return count(operation, given, made)
    if isinstance(operation, keras.Model):
        return Work(None, note="a model whose call() is code")
    if type(operation).__name__ in OPAQUE and has_keras_call(operation):
        return Work(None, note=f"what a {type(operation).__name__} computes is not known")
    if has_keras_call(operation):
        return Work()
    return _foreign(operation, made)


def _convolution(layer, given: list[Shape], made: list[Shape]) -> Work:
    kernel = (*layer.kernel_size, channels(layer, given[0]) // layer.groups, layer.filters)
    return Work(*times(kernel, spatial(layer, made[0])), weighted=1)


def _depthwise(layer, given: list[Shape], made: list[Shape]) -> Work:
    kernel = (*layer.kernel_size, channels(layer, given[0]), layer.depth_multiplier)
    return Work(*times(kernel, spatial(layer, made[0])), weighted=1)


def _separable(layer, given: list[Shape], made: list[Shape]) -> Work:
    entry, places = channels(layer, given[0]), spatial(layer, made[0])
    between = entry * layer.depth_multiplier
    each = times((*layer.kernel_size, entry, layer.depth_multiplier), places)
    across = times((between, layer.filters), places)
    return Work(*total(each, across), weighted=1, inner_values=between * prod(places))


def _transposed(layer, given: list[Shape], made: list[Shape]) -> Work:
    """Each position of the input is multiplied by the whole kernel, also where "same" cuts the edge off."""
    kernel = (*layer.kernel_size, channels(layer, given[0]), layer.filters)
    return Work(*times(kernel, spatial(layer, given[0])), weighted=1)


def _dense(layer, given: list[Shape], made: list[Shape]) -> Work:
    return Work(*times((given[0][-1], layer.units), given[0][1:-1]), weighted=1)


def _einsum(layer, given: list[Shape], made: list[Shape]) -> Work:
    """One multiply-add for each value of each letter of the equation; the batch counts as one."""
    equation = layer.equation.replace(" ", "").replace("...", "0")
    inputs, result = equation.split("->")
    entry, kernel = inputs.split(",")
    sizes: dict[str, int] = {}
    for letters, shape in ((entry, given[0]), (result, made[0])):
        spread = len(shape) - len(letters) + 1  # axes that the ellipsis stands for
        place = 0
        for letter in letters:
            width = spread if letter == "0" else 1
            sizes[letter] = prod(size or 1 for size in shape[place : place + width])
            place += width
    if entry[0] in sizes:
        batch = (1, *given[0][1:])
        width = len(given[0]) - len(entry) + 1 if entry[0] == "0" else 1
        sizes[entry[0]] = prod(batch[:width])
    others = [size for letter, size in sizes.items() if letter not in kernel and size != 1]
    return Work(*times([sizes[letter] for letter in kernel], others), weighted=1)


def _both_ways(wrapper: layers.Bidirectional, given: list[Shape], made: list[Shape]) -> Work:
    ways = [work(layer, given, made) for layer in (wrapper.forward_layer, wrapper.backward_layer)]
    return macs_of_sequences.both_ways(ways)


def _wrapped(wrapper: layers.Wrapper, given: list[Shape], made: list[Shape]) -> Work:
    """Of a wrapper: what is inside, once for each step of time."""
    inner = wrapper.layer
    if isinstance(wrapper, layers.TimeDistributed):
        steps = given[0][1]
        once = _inside(inner, (None, *given[0][2:]), (None, *made[0][2:]))
        if once.macs is None:
            return once
        formula = f"{steps} · ({once.formula})" if once.formula else ""
        return Work(steps * once.macs, formula, once.weighted, steps * once.inner_values, once.note)
    return Work(None, note=f"what a {type(wrapper).__name__} computes is not known")


def _inside(inner: keras.Layer, given: Shape, made: Shape) -> Work:
    """The work of a layer, or of a whole model, in a wrapper."""
    if not isinstance(inner, keras.Model) or not getattr(inner, "outputs", None):
        return work(inner, [given], [made])
    graph = read(inner, expand_nested=True)
    shapes = known_shapes(graph, [given[1:]])
    each = [
        work(vertex.operation, [shapes[source][k] for source, k in reads(graph, i)], list(shapes[i]))
        for i, vertex in enumerate(graph.vertices)
    ]
    if uncounted := [one for one in each if one.macs is None]:
        return Work(None, note=f"in {inner.name}: {uncounted[0].note}")
    macs = sum(one.macs for one in each)
    depth = longest(graph, [one.weighted for one in each], [None] * len(each))
    kept = sum(one.inner_values for one in each)
    kept += sum(prod(shape[1:]) for i, made_here in enumerate(shapes) if each[i].macs for shape in made_here)
    return Work(macs, f"{macs}", depth, kept)


def _foreign(layer: layers.Layer, made: list[Shape]) -> Work:
    """A class of the user's own: a window with weights is taken for a convolution, all else is named.

    A convolution uses each of its weights but the bias once at each position of the output. It is a weighted
    layer if it has a kernel; pooling with a coefficient, as in LeNet-5, is none.
    """
    own = [variable for variable in layer.weights if variable.name != "bias"]
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    kind = type(layer).__name__
    if window and own and not getattr(layer, "_layers", None):
        weights = total(*(times(variable.shape) for variable in own))
        places = spatial(layer, made[0])
        several = "+" in weights[1]
        text = f"({weights[1]})" if several else weights[1]
        return Work(
            weights[0] * prod(places),
            f"{text} · {'·'.join(map(str, places))}",
            weighted=int(hasattr(layer, "kernel_size")),
            note=f"{kind} is a class of its own, taken for a convolution: each weight once at each position",
        )
    has = "what it does with its weights is not known" if layer.weights else "it has no kernel"
    return Work(None, note=f"{kind} is a class of its own; {has}")


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
