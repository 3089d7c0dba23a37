"""A Keras model read as a graph: one vertex for each call of a layer, in the order of computation."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from keras import Model, Operation, Sequential, layers

from keras_cnns.arguments import shown
from keras_cnns.calls import Call, Node, call_of, maker_of

Shape = tuple[int | None, ...]
Item = TypeVar("Item", bound=Hashable)
# A tensor: the vertex that makes it, and which of the vertex's outputs it is.
Maker = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Vertex:
    """A call of a layer or of a `keras.ops` function.

    Attributes:
        operation: the layer or function.
        sources: the vertices it reads, one for each tensor and in its order.
        places: for each of these tensors, which output of its source it is, from 0.
        shapes: its outputs', with the batch.
        call: its arguments and tensors.
        inside: what the call computes, where it is the call of a model; None if it cannot be seen.
        each_step: whether `inside` is computed once for each step of time, as by TimeDistributed. Its shapes
            are those of one step, so it is never put in the vertex's place.
    """

    operation: Operation
    sources: tuple[int, ...]
    places: tuple[int, ...]
    shapes: tuple[Shape, ...]
    call: Call
    inside: Graph | None = None
    each_step: bool = False

    @property
    def name(self) -> str:
        return self.operation.name


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A model's calls.

    Attributes:
        name: the model's.
        vertices: the calls, so ordered that each comes after those it reads.
        inputs: the vertices that stand for the model's inputs, in the order of `model.inputs`.
        outputs: the vertices that give the model's outputs, in the order of `model.outputs`.
        output_places: for each of these, which output of its vertex it is, from 0.
    """

    name: str
    vertices: tuple[Vertex, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    output_places: tuple[int, ...]

    def readers(self) -> list[list[int]]:
        """For each vertex, those that read it, one for each tensor read."""
        return readers_of([vertex.sources for vertex in self.vertices])


def readers_of(sources: Sequence[Sequence[int]]) -> list[list[int]]:
    """Turn edges round: for each vertex, those that read it, one for each time.

    Args:
        sources: for each vertex, those that it reads.
    """
    readers: list[list[int]] = [[] for _ in sources]
    for i, reads in enumerate(sources):
        for source in reads:
            readers[source].append(i)
    return readers


def depth_first(
    ends: Iterable[Item], sources_of: Callable[[Item], Iterable[Item]], done: Iterable[Item] = ()
) -> list[Item]:
    """Return all that `ends` depend on, each item after its sources, the first source and its sources first.

    It works without recursion, since networks are deep.

    Args:
        ends: where to start, the first first.
        sources_of: what an item reads.
        done: items to leave out, with all that only they depend on.
    """
    order: list[Item] = []
    finished = set(done)
    stack = list(ends)[::-1]
    while stack:
        item = stack[-1]
        if item in finished:
            stack.pop()
        elif missing := [source for source in sources_of(item) if source not in finished]:
            stack.extend(reversed(missing))
        else:
            finished.add(stack.pop())
            order.append(item)
    return order


def check_functional(model: Any, argument: str = "model") -> None:
    """Raise a ValueError unless `model` is a graph of layers: functional, or Sequential and built.

    `argument` is what the message calls it.
    """
    if isinstance(model, Model) and getattr(model, "outputs", None):
        return
    if isinstance(model, Sequential):
        raise ValueError(
            f"{argument} {shown(model.name)} has no input shape yet; give it a keras.Input, or call it once."
        )
    if isinstance(model, Model):
        raise ValueError(
            f"{argument} must be functional or Sequential; {type(model).__name__} is a subclass whose call() "
            "is code, not a graph. Wrap what it computes: keras.Model(inputs, outputs of the layers)."
        )
    raise ValueError(f"{argument} must be a functional or Sequential Keras model; got {shown(model)}.")


def read(model: Model, expand_nested: bool = False) -> Graph:
    """Read a functional or built Sequential model.

    Args:
        model: the model; nothing in it is changed or computed.
        expand_nested: put the layers of a model inside the model in its place; by default it is one vertex.

    Returns:
        The graph, towers one after the other.

    Raises:
        ValueError: if `model` is a subclass, not built, or no model.
    """
    check_functional(model)
    graph = _Reader().read(model)
    return _expanded(graph) if expand_nested else graph


class _Reader:
    """Reads a model and those inside it, each once, however often it is called."""

    def __init__(self) -> None:
        self.known: dict[int, Graph] = {}

    def read(self, model: Model) -> Graph:
        if id(model) not in self.known:
            self.known[id(model)] = self.graph(model)
        return self.known[id(model)]

    def graph(self, model: Model) -> Graph:
        vertices: list[Vertex] = []
        makers: dict[int, Maker] = {}  # by the id of the tensor
        for node, call in _calls(model):
            reads = [makers[id(tensor)] for tensor in call.input_tensors]
            makers.update((id(tensor), (len(vertices), i)) for i, tensor in enumerate(call.outputs))
            vertices.append(self.vertex(node.operation, call, reads))
        inputs = tuple(makers[id(tensor)][0] for tensor in model.inputs)
        outputs, places = zip(*(makers[id(tensor)] for tensor in model.outputs))
        return Graph(model.name, tuple(vertices), inputs, outputs, places)

    def vertex(self, operation: Operation, call: Call, reads: list[Maker]) -> Vertex:
        each_step = isinstance(operation, layers.TimeDistributed)
        inner = operation.layer if each_step else operation
        is_model = bool(reads) and isinstance(inner, Model) and bool(getattr(inner, "outputs", None))
        sources, places = tuple(vertex for vertex, _ in reads), tuple(place for _, place in reads)
        shapes = tuple(tuple(tensor.shape) for tensor in call.outputs)
        inside = self.read(inner) if is_model else None
        return Vertex(operation, sources, places, shapes, call, inside, each_step and is_model)


def _expanded(graph: Graph) -> Graph:
    """The same, with what is inside each vertex in its place."""
    vertices: list[Vertex] = []
    makers = _append(vertices, graph, [])
    ends = [makers[output, place] for output, place in zip(graph.outputs, graph.output_places)]
    outputs, places = zip(*ends)
    return Graph(graph.name, tuple(vertices), tuple(makers[i, 0][0] for i in graph.inputs), outputs, places)


def _append(vertices: list[Vertex], graph: Graph, given: Sequence[Maker]) -> dict[Maker, Maker]:
    """Append a graph's vertices; return which of the vertices makes each of its tensors.

    `given` are the vertices that stand for the inputs of a model inside a model.
    """
    makers = {(i, 0): maker for i, maker in zip(graph.inputs, given)}
    for i, vertex in enumerate(graph.vertices):
        if (i, 0) in makers:
            continue
        reads = [makers[maker] for maker in zip(vertex.sources, vertex.places)]
        if vertex.inside and not vertex.each_step:
            inner = _append(vertices, vertex.inside, reads)
            ends = zip(vertex.inside.outputs, vertex.inside.output_places)
            makers.update(((i, place), inner[end]) for place, end in enumerate(ends))
            continue
        makers.update(((i, place), (len(vertices), place)) for place in range(len(vertex.shapes)))
        sources, places = tuple(source for source, _ in reads), tuple(place for _, place in reads)
        vertices.append(replace(vertex, sources=sources, places=places))
    return makers


def _calls(model: Model) -> list[tuple[Node, Call]]:
    """The calls that the outputs depend on, depth first, and those that stand for the inputs."""
    starts = set(map(maker_of, model.inputs))
    calls: dict[Node, Call] = {}

    def before(node: Node) -> list[Node]:
        if node not in calls:
            calls[node] = call_of(node)
        return [] if node in starts else [maker_of(tensor) for tensor in calls[node].input_tensors]

    nodes = depth_first(map(maker_of, [*model.outputs, *model.inputs]), before)
    return [(node, calls[node]) for node in nodes]
