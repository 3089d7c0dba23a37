"""A model's calls as a graph: what a vertex is, and how what is inside one takes its place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from keras import Operation, Variable

from keras_cnns.graph.calls import Call
from keras_cnns.safe_text import one_line, shortened

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
        inside: what the call computes, where it is the call of a model, or of a layer of a user's own with
            layers in it; None for all others, and if it cannot be seen.
        each_step: whether `inside` is computed once for each step of time, as by TimeDistributed. Its shapes
            are those of one step, so it is never put in the vertex's place.
        opaque: why `inside` cannot be seen, of a model or layer whose `call` is code; "" of all others.
        borrowed: weights that it computes with and that belong to the layer or model around it.
    """

    operation: Operation
    sources: tuple[int, ...]
    places: tuple[int, ...]
    shapes: tuple[Shape, ...]
    call: Call
    inside: Graph | None = None
    each_step: bool = False
    opaque: str = ""
    borrowed: tuple[Variable, ...] = ()

    @property
    def name(self) -> str:
        return self.operation.name

    @property
    def why_closed(self) -> str:
        """Why a layer of a user's own is one vertex, as a sentence; "" if there is nothing to open."""
        kind = shortened(one_line(type(self.operation).__name__))
        return f"{kind} cannot be opened: {self.opaque}" if self.opaque else ""

    @property
    def weights(self) -> list[Variable]:
        """The weights that it computes with."""
        return [*getattr(self.operation, "weights", ()), *self.borrowed]


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


def expanded(graph: Graph) -> Graph:
    """The same, with what is inside each vertex in its place."""
    if not any(vertex.inside and not vertex.each_step for vertex in graph.vertices):
        return graph
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
