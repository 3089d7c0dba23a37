"""Random inputs and weights with which nothing cancels, and what models give with them.

The models keep their own weights: values stand in for them in a scope of Keras' own, `StatelessScope`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, Model, Variable, layers, ops, tree

from keras_cnns.graph import Graph, Vertex

# By the id of a weight: the weight, and its value.
Values = dict[int, tuple[Variable, np.ndarray]]
BATCH = 3
Skipped = frozenset[int]
# Times what keeps the variance: neither do signals die nor does a softmax become one of zeros and ones.
GAIN = 1.5


def random_inputs(
    graph: Graph, shapes: Sequence[tuple[int, ...]], rng: np.random.Generator
) -> list[np.ndarray]:
    """Return an array of each shape, with the batch; whole numbers where an embedding looks them up."""
    words = {
        source: vertex.operation.input_dim
        for vertex in graph.vertices
        if isinstance(vertex.operation, layers.Embedding)
        for source in vertex.sources
    }
    arrays = []
    for i, shape in zip(graph.inputs, shapes):
        tensor = graph.vertices[i].call.outputs[0]
        if i in words or "float" not in tensor.dtype:
            arrays.append(rng.integers(0, words.get(i, 3), shape).astype(tensor.dtype))
        else:
            arrays.append(rng.normal(0, 1.0, shape).astype("float32"))
    return arrays


def random_weights(
    graph: Graph, inputs: Sequence[np.ndarray], rng: np.random.Generator, skipped: Skipped = frozenset()
) -> Values:
    """Draw a value for each weight, in the order of computation, to suit what reaches it."""
    values: Values = {}

    def draw(vertex: Vertex, given: list[Any]) -> None:
        power = max((float(np.mean(np.square(_array(x)))) for x in given if _is_float(x)), default=1.0)
        for weight in vertex.weights:
            if id(weight) not in values and is_weight(weight):
                values[id(weight)] = weight, _drawn(weight, power or 1.0, rng)
        if isinstance(vertex.operation, layers.BatchNormalization) and given:
            _fit(vertex.operation, _array(given[0]), values, rng)

    for _ in walk(graph, inputs, values, skipped, draw):
        pass
    return values


def is_weight(weight: Variable) -> bool:
    """Return whether it is a weight, and not the state of random numbers or a count."""
    return "float" in str(weight.dtype) and "seed_generator" not in weight.path


def _drawn(weight: Variable, power: float, rng: np.random.Generator) -> np.ndarray:
    """A value for a weight that reads values whose mean square is `power`."""
    shape, name = tuple(weight.shape), weight.name
    if any(word in name for word in ("gamma", "scale", "variance")):
        return rng.uniform(0.5, 1.5, shape).astype("float32")
    if len(shape) < 2:
        return rng.normal(0, 0.3, shape).astype("float32")
    fan_in = np.prod(shape[:2]) if "depthwise" in name else np.prod(shape[:-1])
    if "embedding" in name or "recurrent" in name or "alpha" in name:
        power, fan_in = 1.0, shape[-1] if "recurrent" in name else 4.0
    values = rng.standard_normal(shape, np.float32)
    values *= np.float32(GAIN / np.sqrt(fan_in * power))
    return values


def _fit(layer: layers.BatchNormalization, x: np.ndarray, values: Values, rng: np.random.Generator) -> None:
    """Mean and variance near those of what is normalized, as those of a network that was trained."""
    axes = tuple(axis for axis in range(x.ndim) if axis != layer.axis % x.ndim)
    mean, variance = x.mean(axes), x.var(axes) + 1e-3
    for weight, value in (
        (layer.moving_mean, mean + 0.3 * np.sqrt(variance) * rng.normal(size=mean.shape)),
        (layer.moving_variance, variance * rng.uniform(0.5, 2.0, mean.shape)),
    ):
        values[id(weight)] = weight, value.astype("float32")


def walk(
    graph: Graph,
    inputs: Sequence[np.ndarray],
    values: Values,
    skipped: Skipped = frozenset(),
    before: Callable[[Vertex, list[Any]], None] | None = None,
) -> Iterator[list[Any]]:
    """Compute a graph call by call; yield the outputs of each.

    Args:
        graph: the calls.
        inputs: an array for each input.
        values: of the weights.
        skipped: operations, by their id, that give what they are given.
        before: sees a call and its tensors before it is computed.
    """
    made: list[list[Any]] = []
    starts = dict(zip(graph.inputs, inputs))
    left = [len(readers) for readers in graph.readers()]
    for i, vertex in enumerate(graph.vertices):
        given = [made[source][place] for source, place in zip(vertex.sources, vertex.places)]
        if before:
            before(vertex, given)
        if i in starts:
            outputs = [ops.convert_to_tensor(starts[i])]
        elif id(vertex.operation) in skipped:
            outputs = given
        else:
            with standing_in(values, vertex.weights):
                outputs = called(vertex, given)
        made.append(outputs)
        yield outputs
        for source in vertex.sources:  # what nothing reads any more takes memory
            left[source] -= 1
            if not left[source]:
                made[source] = []


def called(vertex: Vertex, given: list[Any], function: Callable[..., Any] | None = None) -> list[Any]:
    """Return what a call, or a function in its place, gives if its tensors are those given."""
    waiting = iter(given)
    known = {id(tensor) for tensor in vertex.call.input_tensors}

    def value(leaf: Any) -> Any:
        return next(waiting) if isinstance(leaf, KerasTensor) and id(leaf) in known else leaf

    arguments = vertex.call.arguments
    args, kwargs = tree.map_structure(value, (arguments.args, arguments.kwargs))
    return list(tree.flatten((function or vertex.operation)(*args, **kwargs)))


def outputs_of(
    model: Model, graph: Graph, inputs: Sequence[np.ndarray], values: Values, skipped: Skipped
) -> list[np.ndarray]:
    """Return what a model gives if its weights have these values; without what is skipped."""
    if skipped:
        made = {
            i: [_array(output) for output in outputs]
            for i, outputs in enumerate(walk(graph, inputs, values, skipped))
            if i in graph.outputs
        }
        return [made[i][place] for i, place in zip(graph.outputs, graph.output_places)]
    given: Any = [ops.convert_to_tensor(x) for x in inputs]
    structure = getattr(model, "_inputs_struct", None)
    if structure is not None:
        given = tree.pack_sequence_as(structure, given)
    elif len(given) == 1:
        given = given[0]
    with standing_in(values) as scope:
        outputs = [_array(x) for x in tree.flatten(model(given))]
        seeds = [state for state in model.variables if "seed" in state.path]
        if any(scope.get_current_value(state) is not None for state in seeds):
            raise Random
        return outputs


class Random(Exception):
    """A model draws random numbers although it is not being trained."""


@contextmanager
def standing_in(values: Values, only: Sequence[Variable] | None = None) -> Iterator[keras.StatelessScope]:
    """In this context the weights have these values."""
    chosen = values.values() if only is None else [values[id(one)] for one in only if id(one) in values]
    with keras.StatelessScope(
        [(weight, ops.convert_to_tensor(value, weight.dtype)) for weight, value in chosen]
    ) as scope:
        yield scope


def _array(x: Any) -> np.ndarray:
    return np.asarray(ops.convert_to_numpy(x))


def _is_float(x: Any) -> bool:
    return "float" in str(getattr(x, "dtype", ""))


def difference(one: Any, other: Any) -> float:
    """Return the largest difference of two arrays, relative to the largest value; infinite for two shapes."""
    a, b = (_array(x).astype("float64") for x in (one, other))
    if a.shape != b.shape:
        return float("inf")
    if not a.size or np.array_equal(a, b, equal_nan=True):
        return 0.0
    if (np.isfinite(a) != np.isfinite(b)).any():
        return float("inf")
    both = np.isfinite(a)
    return float(np.abs(a[both] - b[both]).max(initial=0.0) / max(np.abs(b[both]).max(initial=0.0), 1e-6))
