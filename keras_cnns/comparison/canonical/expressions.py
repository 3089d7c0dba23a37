"""Functions of `keras.ops` that together compute one known function, such as a softmax or a normalization.

The calls between one tensor and another are run on numbers as one function; see `probing`. What is found has
passed a test on random numbers; where no test passes, each call stays a step of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import KerasTensor, Layer, ops, tree

from keras_cnns.comparison.canonical.canonical_graph import Step
from keras_cnns.comparison.canonical.layer_configs import freeze
from keras_cnns.comparison.canonical.probing import probed
from keras_cnns.comparison.symbolic_run import check_kernels
from keras_cnns.graph import Graph, Vertex
from keras_cnns.graph.preparation import preparation
from keras_cnns.graph.vertices import Maker
from keras_cnns.layer_kinds import is_keras_class

MOST_CALLS = 24  # of one expression
MOST_PROBES = 16  # in vain, of one network
LRN = "local response normalization"


@dataclass(frozen=True, slots=True)
class Expression:
    """Calls that together compute one step.

    Attributes:
        step: what they compute.
        start: the tensor that they read.
        inside: the calls but for the last.
    """

    step: Step
    start: Maker
    inside: frozenset[int]


def expressions(graph: Graph) -> dict[int, Expression]:
    """Return for the last call of each expression in a graph what it computes."""
    found: dict[int, Expression] = {}
    known: dict[str, Step | None] = {}
    taken = {i for chain in preparation(graph).values() for i in chain}
    may = [_may_be_inside(vertex) for vertex in graph.vertices]
    if sum(may) < 2:
        return {}
    readers = graph.readers()
    for end in reversed(range(len(graph.vertices))):
        if not may[end] or end in taken:
            continue
        for start, inside in reversed(list(_spans(graph, end, may, readers))):
            if inside & taken:
                continue
            members = [*sorted(inside), end]
            key = _key(graph, members, start)
            if key not in known and sum(one is None for one in known.values()) < MOST_PROBES:
                known[key] = _step(graph, members, start)
            step = known.get(key)
            if step:
                found[end] = Expression(step, start, frozenset(inside))
                taken |= {*inside, end}
                break
    return found


def _may_be_inside(vertex: Vertex) -> bool:
    """Whether a call is a function of Keras that computes floating-point numbers from such numbers alone."""
    if isinstance(vertex.operation, Layer) or not is_keras_class(vertex.operation) or vertex.weights:
        return False
    tensors = [*vertex.call.input_tensors, *vertex.call.outputs]
    return bool(vertex.sources) and len(vertex.shapes) == 1 and all("float" in str(t.dtype) for t in tensors)


def _spans(
    graph: Graph, end: int, may: list[bool], readers: list[list[int]]
) -> Iterator[tuple[Maker, set[int]]]:
    """Tensors that a call is computed from alone, the nearest first, and the calls between."""
    inside: set[int] = set()
    border = _reads(graph.vertices[end])
    while len(inside) < MOST_CALLS:
        if len(border) == 1 and inside:
            yield min(border), set(inside)
        last, place = max(border)  # the last of them may depend on the others
        readers_outside = [reader for reader in readers[last] if reader not in inside and reader != end]
        if not may[last] or place or readers_outside or last in graph.outputs:
            return
        inside.add(last)
        border = {maker for maker in border if maker[0] != last} | _reads(graph.vertices[last])


def _reads(vertex: Vertex) -> set[Maker]:
    return {*zip(vertex.sources, vertex.places)}


def _key(graph: Graph, members: list[int], start: Maker) -> str:
    """What two expressions share that compute the same; tensors are known by their places in them."""
    numbers = {start: 0} | {(i, 0): k for k, i in enumerate(members, start=1)}
    parts: list[object] = [graph.vertices[start[0]].shapes[start[1]]]
    for i in members:
        vertex = graph.vertices[i]
        held = {key: freeze(value) for key, value in vars(vertex.operation).items() if key[0] != "_"}
        given = tree.map_structure(_placed(vertex, numbers), _arguments(vertex))
        parts.append((type(vertex.operation).__name__, {**held, "name": ""}, str(given)))
    return str(parts)


def _placed(vertex: Vertex, values: dict[Maker, Any]) -> Callable[[Any], Any]:
    """What puts a value in the place of each tensor that a call reads; other numbers become words."""
    makers = dict(zip(map(id, vertex.call.input_tensors), zip(vertex.sources, vertex.places)))
    return lambda leaf: f"tensor {values[makers[id(leaf)]]}" if id(leaf) in makers else freeze(leaf)


def _arguments(vertex: Vertex) -> tuple[Any, Any]:
    return vertex.call.arguments.args, vertex.call.arguments.kwargs


def _step(graph: Graph, members: list[int], start: Maker) -> Step | None:
    shape, last = graph.vertices[start[0]].shapes[start[1]], graph.vertices[members[-1]]
    step = probed(_function(graph, members, start), shape, last.shapes[0], last.name)
    if step is None or step[0] not in ("activation", LRN):
        return None
    return step if step[0] == LRN or isinstance(step[1]["function"], str) else None


def _function(graph: Graph, members: list[int], start: Maker) -> Callable[[Any], np.ndarray]:
    """The calls as one function of numbers."""
    fit: set[str] = set()

    def called(x: Any) -> Any:
        values: dict[Maker, Any] = {start: x}
        for i in members:
            vertex = graph.vertices[i]
            makers = dict(zip(map(id, vertex.call.input_tensors), zip(vertex.sources, vertex.places)))
            args, kwargs = tree.map_structure(
                lambda leaf, makers=makers: (
                    values[makers[id(leaf)]] if isinstance(leaf, KerasTensor) and id(leaf) in makers else leaf
                ),
                _arguments(vertex),
            )
            values[i, 0] = vertex.operation.call(*args, **kwargs)
        return values[members[-1], 0]

    def function(x: Any) -> np.ndarray:
        tensor = ops.convert_to_tensor(x)
        if str(tensor.shape) not in fit:
            check_kernels(called, [tensor])
            fit.add(str(tensor.shape))
        with keras.StatelessScope():
            return np.asarray(ops.convert_to_numpy(called(tensor)), np.float64)

    return function
