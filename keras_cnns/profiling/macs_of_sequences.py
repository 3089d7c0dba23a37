"""The multiply-adds of attention and of recurrent layers."""

from collections.abc import Sequence
from math import prod
from typing import Any

from keras import layers

from keras_cnns.profiling.formulas import Work, times, total
from keras_cnns.profiling.tensor_shapes import KnownShape

# What one time step keeps for its gradient, in multiples of the units: gates, candidate, state.
STATES = {layers.SimpleRNN: 1, layers.GRU: 4, layers.LSTM: 5}


def multi_head_attention(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    """Four projections, and the products of queries with keys and of weights with values."""
    query, value = inputs[0], inputs[1] if len(inputs) > 1 else inputs[0]
    key = inputs[2] if len(inputs) > 2 else value
    grouped = isinstance(layer, layers.GroupQueryAttention)
    heads = layer.num_query_heads if grouped else layer.num_heads
    sources = layer.num_key_value_heads if grouped else heads
    key_dim = layer.head_dim if grouped else layer.key_dim
    value_dim = layer.head_dim if grouped else layer.value_dim
    queries, values = prod(query[1:-1]), prod(value[1:-1])
    axes = getattr(layer, "_attention_axes", None)
    if axes and len(axes) != len(query) - 2:
        return Work(None, note="attention over some of the axes only")
    projections = (
        times((query[-1], heads, key_dim), (queries,)),
        times((key[-1], sources, key_dim), (values,)),
        times((value[-1], sources, value_dim), (values,)),
        times((heads, value_dim, outputs[0][-1]), (queries,)),
    )
    products = times((heads, queries, values, key_dim)), times((heads, queries, values, value_dim))
    kept = heads * queries * (key_dim + value_dim) + sources * values * (key_dim + value_dim)
    return Work(*total(*projections, *products), weighted=1, inner_values=kept + heads * queries * values)


def attention(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    """Products of queries with keys, and of weights with values; there is no kernel."""
    query, value = inputs[0], inputs[1]
    key = inputs[2] if len(inputs) > 2 else value
    queries, values = prod(query[1:-1]), prod(value[1:-1])
    products = times((queries, values, key[-1])), times((queries, values, value[-1]))
    return Work(*total(*products), inner_values=queries * values)


def dot(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    """Every output value is a sum over the axis that both inputs share."""
    axes = (layer.axes, layer.axes) if isinstance(layer.axes, int) else layer.axes
    return Work(*times(outputs[0][1:], (inputs[0][axes[0]],)))


def recurrent(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    """At each time step, the input and the state times their kernels."""
    steps, entry = inputs[0][1:]
    gates = {layers.GRU: 3, layers.LSTM: 4}
    n = next((n for kind, n in gates.items() if isinstance(layer, kind)), 1)
    states = next(n for kind, n in STATES.items() if isinstance(layer, kind))
    kernels = times((entry, n * layer.units), (steps,)), times((layer.units, n * layer.units), (steps,))
    return Work(*total(*kernels), weighted=1, inner_values=steps * states * layer.units)


def convolutional_recurrent(layer: Any, inputs: Sequence[KnownShape], outputs: Sequence[KnownShape]) -> Work:
    """At each time step, two convolutions: of the input and of the state."""
    first = layer.data_format == "channels_first"
    rank = len(layer.kernel_size)
    shape = outputs[0]
    places = shape[-rank:] if first else shape[-rank - 1 : -1]
    steps, entry = inputs[0][1], inputs[0][2 if first else -1]
    kernels = [
        times((*layer.kernel_size, n, 4 * layer.filters), places, (steps,)) for n in (entry, layer.filters)
    ]
    return Work(*total(*kernels), weighted=1, inner_values=steps * 5 * layer.filters * prod(places))


def both_ways(ways: list[Work]) -> Work:
    """A recurrent layer forwards, and one backwards."""
    if missing := [way for way in ways if way.macs is None]:
        return missing[0]
    macs, formula = total(*((way.macs or 0, way.formula) for way in ways))
    return Work(macs, formula, weighted=1, inner_values=sum(way.inner_values for way in ways))
