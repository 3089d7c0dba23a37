"""A Keras model read as a graph: one vertex for each call of a layer, in the order of computation.

What is code, the `call` of a subclassed model or of a layer of a user's own, is read by calling it on
symbolic tensors; see `tracing`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from keras import KerasTensor, Layer, Model, Operation, Variable, layers, tree

from keras_cnns.arguments import shown
from keras_cnns.garbage import collector_paused
from keras_cnns.graph.calls import Arguments, Call, Node, call_of, maker_of
from keras_cnns.graph.input_shapes import arguments_of, check_readable
from keras_cnns.graph.orders import depth_first
from keras_cnns.graph.tracing import NotTraceable, traced
from keras_cnns.graph.vertices import Graph, Maker, Shape, Vertex, expanded
from keras_cnns.layer_kinds import (
    has_automatic_name,
    has_keras_call,
    has_own_call,
    holds_layers,
    names_of_parts,
)
from keras_cnns.weightless import build_weightless


@collector_paused()
def read(model: Model, expand_nested: bool = False, own_layers: bool = True) -> Graph:
    """Read a model: functional, Sequential or subclassed, and built.

    Args:
        model: the model; nothing in it is changed or computed.
        expand_nested: put what is inside a model or layer in its place; by default it is one vertex.
        own_layers: see what is inside layers of a user's own, by calling their `call`.

    Returns:
        The graph, towers one after the other.

    Raises:
        ValueError: if `model` is no model or not built, or its `call` is code that cannot be followed.
    """
    check_readable(model)
    reader = _Reader(own_layers)
    graph = reader.functional(model) if _is_functional(model) else reader.subclassed(model)
    return expanded(graph) if expand_nested else graph


def _is_functional(model: Any) -> bool:
    """Whether it is a graph of layers, and no `call` of a user's own says otherwise."""
    return isinstance(model, Model) and bool(getattr(model, "outputs", None)) and has_keras_call(model)


class _Reader:
    """Reads a model and what is inside it, each once, however often it is called."""

    def __init__(self, own_layers: bool) -> None:
        self.own_layers = own_layers
        self.known: dict[object, Graph | str] = {}
        self.is_tracing = False

    def functional(self, model: Model) -> Graph:
        if id(model) not in self.known:
            self.known[id(model)] = self.graph(model.name, model.inputs, model.outputs, model)
        return cast(Graph, self.known[id(model)])

    def subclassed(self, model: Model) -> Graph:
        arguments = cast(Arguments, arguments_of(model))
        found = self.own(model, arguments, model.name)
        if isinstance(found, str):
            raise ValueError(f"model {shown(model.name)} cannot be read: {found}.")
        return found

    def own(self, layer: Layer, arguments: Arguments, name: str) -> Graph | str:
        """What the `call` of a layer or model computes, or why it cannot be seen."""
        leaves = tree.flatten((arguments.args, arguments.kwargs))
        given = [
            (tuple(leaf.shape), leaf.dtype) if isinstance(leaf, KerasTensor) else leaf for leaf in leaves
        ]
        key = (id(layer), str(given))
        if key not in self.known:
            if self.is_tracing:
                self.known[key] = self.traced(layer, arguments, name)
            else:
                self.is_tracing = True
                self.known[key] = build_weightless(self.traced, layer, arguments, name)
                self.is_tracing = False
        return self.known[key]

    def traced(self, layer: Layer, arguments: Arguments, name: str) -> Graph | str:
        try:
            with traced(layer, arguments) as found:
                return self.graph(name, found.inputs, found.outputs, layer, found.shape)
        except NotTraceable as error:
            return str(error)
        except (AttributeError, KeyError):  # a tensor that none of the calls has made
            return "its call reads a tensor of another model"

    def graph(
        self,
        name: str,
        inputs: list[KerasTensor],
        outputs: list[KerasTensor],
        owner: Layer,
        shape_of: Callable[[KerasTensor], Shape] = lambda tensor: tuple(tensor.shape),
    ) -> Graph:
        """The graph from inputs to outputs; `owner` is the model or layer that computes it."""
        vertices: list[Vertex] = []
        makers: dict[int, Maker] = {}  # by the id of the tensor
        calls = _calls(inputs, outputs)
        parts = names_of_parts([node.operation for node, _ in calls])
        for node, call in calls:
            reads = [makers[id(tensor)] for tensor in call.input_tensors]
            makers.update((id(tensor), (len(vertices), i)) for i, tensor in enumerate(call.outputs))
            shapes = tuple(map(shape_of, call.outputs))
            open_shapes = {
                id(tensor): vertices[v].shapes[place] for tensor, (v, place) in zip(call.input_tensors, reads)
            }
            vertex = self.vertex(node.operation, call, reads, shapes, open_shapes)
            vertices.append(replace(vertex, is_part=True) if vertex.name in parts else vertex)
        starts = tuple(makers[id(tensor)][0] for tensor in inputs)
        ends, places = zip(*(makers[id(tensor)] for tensor in outputs))
        return Graph(name, _with_borrowed(vertices, owner), starts, ends, places)

    def vertex(
        self,
        operation: Operation,
        call: Call,
        reads: list[Maker],
        shapes: tuple[Shape, ...],
        read_shapes: dict[int, Shape],
    ) -> Vertex:
        each_step = isinstance(operation, layers.TimeDistributed)
        inside = self.inside(operation, call, read_shapes, each_step) if reads else None
        sources, places = tuple(vertex for vertex, _ in reads), tuple(place for _, place in reads)
        graph, opaque = (None, inside) if isinstance(inside, str) else (inside, "")
        return Vertex(operation, sources, places, shapes, call, graph, each_step and bool(graph), opaque)

    def inside(
        self, operation: Operation, call: Call, shapes: dict[int, Shape], each_step: bool
    ) -> Graph | str | None:
        inner = operation.layer if each_step else operation
        if _is_functional(inner):
            return self.functional(inner)
        if not self.own_layers or not has_own_call(inner) or not (_is_model(inner) or holds_layers(inner)):
            return None

        def stand_in(leaf: Any) -> Any:
            if id(leaf) not in shapes:
                return leaf
            shape = shapes[id(leaf)]
            return KerasTensor((shape[0], *shape[2:]) if each_step else shape, leaf.dtype)

        arguments = tree.map_structure(stand_in, (call.arguments.args, call.arguments.kwargs))
        is_named = _is_model(inner) and not has_automatic_name(inner)
        found = self.own(inner, Arguments(*arguments), inner.name if is_named else type(inner).__name__)
        if isinstance(found, str) or _is_model(inner):
            return found
        return found if any(_is_a_layer(vertex.operation) for vertex in found.vertices) else None


def _is_model(operation: Operation) -> bool:
    return isinstance(operation, Model)


def _is_a_layer(operation: Operation) -> bool:
    return isinstance(operation, Layer) and not isinstance(operation, layers.InputLayer)


def _with_borrowed(vertices: list[Vertex], owner: Layer) -> tuple[Vertex, ...]:
    """The same, with all of the owner's weights in them.

    A function is given some of them by name. Others reach it as numbers that were computed from them: these
    are given to the first call that computes with such numbers, or else to the first of all.
    """
    called = {id(vertex.operation) for vertex in vertices}
    holds_itself = owner._trainable_variables or owner._non_trainable_variables
    if not holds_itself and called.issuperset(map(id, owner._layers)):
        return tuple(vertices)
    own = {id(weight): weight for weight in owner.weights}
    for vertex in vertices:
        for weight in getattr(vertex.operation, "weights", ()):
            own.pop(id(weight), None)
    if not own:
        return tuple(vertices)
    constants: list[int] = []
    for i, vertex in enumerate(vertices):
        given = tree.flatten((vertex.call.arguments.args, vertex.call.arguments.kwargs))
        borrowed = tuple(own.pop(id(leaf)) for leaf in given if id(leaf) in own)
        vertices[i] = replace(vertex, borrowed=borrowed)
        numbers = [leaf for leaf in given if not isinstance(leaf, (KerasTensor, Variable))]
        if any(len(getattr(leaf, "shape", ())) > 0 for leaf in numbers):
            constants.append(i)
    calls = [i for i, vertex in enumerate(vertices) if vertex.sources]
    first = next(iter([*constants, *calls, 0]))
    vertices[first] = replace(vertices[first], borrowed=(*vertices[first].borrowed, *own.values()))
    return tuple(vertices)


def _calls(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> list[tuple[Node, Call]]:
    """The calls that the outputs depend on, depth first, and those that stand for the inputs."""
    starts = set(map(maker_of, inputs))
    calls: dict[Node, Call] = {}
    sources: dict[Node, list[Node]] = {}

    def before(node: Node) -> list[Node]:
        if node not in calls:
            calls[node] = call_of(node)
            makers = () if node in starts else map(maker_of, calls[node].input_tensors)
            sources[node] = list(makers)
        return sources[node]

    nodes = depth_first(map(maker_of, [*outputs, *inputs]), before)
    return [(node, calls[node]) for node in nodes]
